"""What a document says, the same shape for what is sent and for what stands in Odoo."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from coupa_erp.odoo.transport import Row
from include.models.bill import BillKind

MOVE_TYPES: dict[BillKind, str] = {"invoice": "in_invoice", "credit_note": "in_refund"}
KINDS: dict[str, BillKind] = {move_type: kind for kind, move_type in MOVE_TYPES.items()}

Analytic = frozenset[tuple[frozenset[int], Decimal]]

_ONCE = Decimal(1)


@dataclass(frozen=True)
class Ordered:
    """What a posting bills of a purchase order.

    :param line: the id of the order's line.
    :param quantity: in the order line's unit, signed as the posting's amount.
    """

    line: int
    quantity: Decimal
    product: int | None
    unit: int | None


@dataclass(frozen=True)
class ContentLine:
    """One posting that is no tax, signed as :class:`~include.models.bill.BillLine`.

    :param taxes: the ids of the taxes whose base it is.
    :param analytic: sets of analytic accounts with their percentage.
    """

    name: str
    account: int
    amount: Decimal
    taxes: frozenset[int] = frozenset()
    analytic: Analytic = frozenset()
    ordered: Ordered | None = None

    @property
    def figures(self) -> tuple[Any, ...]:
        """What the books keep of it, in an order of its own."""
        return (
            self.account,
            self.amount,
            sorted(self.taxes),
            sorted((sorted(accounts), share) for accounts, share in self.analytic),
            (self.ordered.line, self.ordered.quantity) if self.ordered else (),
        )

    @property
    def quantity(self) -> Decimal:
        """Once its amount, so that nothing is multiplied or rounded, save where it bills an order."""
        return self.ordered.quantity if self.ordered else _ONCE

    @property
    def price(self) -> Decimal:
        """What makes the amount, times the quantity."""
        return self.amount / self.quantity if self.quantity not in (0, 1) else self.amount


@dataclass(frozen=True)
class Content:
    """A document's figures, with the ids of Odoo's records.

    :param taxes: the amount of each tax, signed as the lines.
    :param due_date: ``None`` leaves it to Odoo.
    :param rate: the document's own rate of exchange, where it must not be looked up anew.
    :param reverses: the document that it reverses.
    """

    kind: BillKind
    company: int
    journal: int
    partner: int
    currency: int
    ref: str
    invoice_date: datetime.date | None
    posting_date: datetime.date
    due_date: datetime.date | None
    term: int | None
    origin: str
    narration: str
    lines: tuple[ContentLine, ...]
    taxes: Mapping[int, Decimal] = field(default_factory=dict)
    rate: Decimal | None = None
    reverses: int | None = None

    @property
    def total(self) -> Decimal:
        """What is owed or credited."""
        return sum((line.amount for line in self.lines), Decimal(0)) + sum(self.taxes.values(), Decimal(0))

    @property
    def bills_orders(self) -> bool:
        """Whether a posting bills a purchase order."""
        return any(line.ordered for line in self.lines)

    def reversed_by(self, document: int, number: str | None, day: datetime.date) -> Content:
        """The document that takes all of it back on a day."""
        return replace(
            self,
            kind="invoice" if self.kind == "credit_note" else "credit_note",
            ref=f"Reversal of: {number}",
            invoice_date=day,
            posting_date=day,
            due_date=day,
            term=None,
            narration=f"<p>Voided in Coupa: reverses {number}</p>",
            reverses=document,
        )

    def header_differences(self, stands: Content) -> list[tuple[str, object, object]]:
        """What of the header stands otherwise: name, wanted, found."""
        pairs: list[tuple[str, object, object]] = [
            ("kind", self.kind, stands.kind),
            ("company", self.company, stands.company),
            ("supplier", self.partner, stands.partner),
            ("supplier's number", self.ref, stands.ref),
            ("currency", self.currency, stands.currency),
            ("document date", self.invoice_date, stands.invoice_date),
            ("posting date", self.posting_date, stands.posting_date),
            ("payment term", self.term, stands.term),
        ]
        if self.due_date is not None:
            pairs.append(("due date", self.due_date, stands.due_date))
        return [pair for pair in pairs if pair[1] != pair[2]]

    def same_lines(self, stands: Content) -> bool:
        """Whether every posting stands as it is here, in whatever order."""
        return sorted(line.figures for line in self.lines) == sorted(line.figures for line in stands.lines)

    def fits(self, stands: Content) -> bool:
        """Whether all but the taxes' amounts stand as they are here."""
        return not self.header_differences(stands) and self.same_lines(stands)

    def as_import(self, external_id: str) -> tuple[list[str], list[list[str]]]:
        """Columns and rows for ``load``: the first row has the header, each row a line."""
        head = {
            "id": external_id,
            "move_type": MOVE_TYPES[self.kind],
            "company_id/.id": str(self.company),
            "journal_id/.id": str(self.journal),
            "partner_id/.id": str(self.partner),
            "currency_id/.id": str(self.currency),
            "ref": self.ref,
            "invoice_date": _day(self.invoice_date),
            "date": _day(self.posting_date),
            "invoice_payment_term_id/.id": str(self.term or ""),
            "invoice_origin": self.origin,
            "narration": self.narration,
        }
        if self.due_date is not None and self.term is None:
            head["invoice_date_due"] = _day(self.due_date)
        if self.rate is not None:
            head["invoice_currency_rate"] = f"{self.rate:f}"
        if self.reverses is not None:
            head["reversed_entry_id/.id"] = str(self.reverses)
        lines = [_import_line(line, ordered=self.bills_orders) for line in self.lines]
        columns = [f"invoice_line_ids/{name}" for name in (lines[0] if lines else ())]
        rows = [
            [*(head.values() if not place else [""] * len(head)), *line.values()]
            for place, line in enumerate(lines)
        ]
        return [*head, *columns], rows

    def as_values(self) -> Row:
        """Values for ``write`` that make a draft say this; company, kind and journal stay."""
        values: Row = {
            "partner_id": self.partner,
            "currency_id": self.currency,
            "ref": self.ref,
            "invoice_date": _day(self.invoice_date),
            "date": _day(self.posting_date),
            "invoice_payment_term_id": self.term or False,
            "invoice_origin": self.origin,
            "narration": self.narration,
            "invoice_line_ids": [
                [5, 0, 0],
                *([0, 0, _line_values(line, ordered=self.bills_orders)] for line in self.lines),
            ],
        }
        if self.due_date is not None and self.term is None:
            values["invoice_date_due"] = _day(self.due_date)
        return values


def _import_line(line: ContentLine, *, ordered: bool) -> dict[str, str]:
    distribution = {name: float(share) for name, share in _distribution(line).items()}
    order = line.ordered
    return {
        "name": line.name,
        "account_id/.id": str(line.account),
        "quantity": f"{line.quantity:f}",
        "price_unit": f"{line.price:f}",
        "tax_ids/.id": ",".join(str(tax) for tax in sorted(line.taxes)),
        "analytic_distribution": json.dumps(distribution) if distribution else "",
        **(
            {
                "purchase_line_id/.id": str(order.line if order else ""),
                "product_id/.id": str((order and order.product) or ""),
                "product_uom_id/.id": str((order and order.unit) or ""),
            }
            if ordered
            else {}
        ),
    }


def _line_values(line: ContentLine, *, ordered: bool) -> Row:
    order = line.ordered
    return {
        "name": line.name,
        "account_id": line.account,
        "quantity": line.quantity,
        "price_unit": line.price,
        "tax_ids": [[6, 0, sorted(line.taxes)]],
        "analytic_distribution": _distribution(line) or False,
        **(
            {
                "purchase_line_id": order.line if order else False,
                "product_id": (order and order.product) or False,
                "product_uom_id": (order and order.unit) or False,
            }
            if ordered
            else {}
        ),
    }


def _distribution(line: ContentLine) -> dict[str, Decimal]:
    return {
        ",".join(str(account) for account in sorted(accounts)): share for accounts, share in line.analytic
    }


def _day(day: datetime.date | None) -> str:
    return day.isoformat() if day else ""
