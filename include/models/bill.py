"""The ERP-neutral bill: what the mapping makes of a Coupa invoice and every ERP hook posts."""

from __future__ import annotations

import datetime
import hashlib
import json
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

BillKind = Literal["invoice", "credit_note"]


class Frozen(BaseModel):
    """Immutable, and strict about unknown keys: a typing error must not become a lost amount."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BillLine(Frozen):
    """One posting to an expense, asset or other account.

    :param account: the ERP's account code.
    :param amount: net of recoverable tax, in the document's currency. Positive adds to what is owed to the
        supplier on an invoice, and to what the supplier owes on a credit note (signs are normalised by
        :attr:`Bill.kind`, so a credit note's ordinary lines are positive).
    :param dimensions: the ERP's analytic axis to its code, ``{"cost_center": "CA234"}``.
    :param place: where it comes from, for messages: ``Line 1``, ``Line 1, allocation 2``, ``Shipping``.
    :param purchase_order_line: the number of the line in that order.
    """

    account: str
    amount: Decimal
    description: str
    place: str
    dimensions: dict[str, str] = Field(default_factory=dict)
    quantity: Decimal | None = None
    unit: str | None = None
    purchase_order: str | None = None
    purchase_order_line: str | None = None


class BillTax(Frozen):
    """One tax amount, as Coupa has it; the ERP must not compute it anew.

    :param code: the ERP's tax code. The account is the ERP's own for that tax.
    :param base: the net amount that the tax is on, signed as :attr:`BillLine.amount`.
    :param amount: signed as :attr:`BillLine.amount`; negative for withholding and for the counter-entry
        of a reverse charge.
    """

    code: str
    base: Decimal
    amount: Decimal
    place: str


class Bill(Frozen):
    """A supplier invoice or credit note, complete: ``total == sum(lines) + sum(taxes)``, to the cent.

    :param key: the business key: ``<instance key>/InvoiceHeader/<invoice id>``.
    :param company: the ERP's code of the legal entity.
    :param supplier: the ERP's code of the supplier.
    :param number: the supplier's own invoice number, where the ERP expects it.
    :param invoice_date: the document date, Coupa's date part, never converted.
    :param posting_date: the date in the books; ``None`` asks the ERP for its first open day.
    :param remit_to: Coupa's remit-to code, for ERPs that keep several pay-to addresses.
    :param total: what is owed (or credited), positive or zero.
    :param against_orders: whether the ERP books lines against its own purchase orders: then what a line bills
        of which order is content.
    """

    key: str
    kind: BillKind
    company: str
    supplier: str
    supplier_name: str
    number: str
    invoice_date: datetime.date
    posting_date: datetime.date | None
    due_date: datetime.date | None = None
    currency: str
    payment_term: str | None = None
    remit_to: str | None = None
    original_number: str | None = None
    purchase_orders: list[str] = Field(default_factory=list)
    custom_fields: dict[str, str] = Field(default_factory=dict)
    lines: list[BillLine]
    taxes: list[BillTax] = Field(default_factory=list)
    total: Decimal
    against_orders: bool = False

    @property
    def net(self) -> Decimal:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        """The sum of the taxes."""
        return sum((tax.amount for tax in self.taxes), Decimal(0))

    @property
    def fingerprint(self) -> str:
        """The financial content as 32 hexadecimal digits; texts and the posting date are no part of it.

        The posting date is left out because the policies ``today`` and ``first_open_day`` move it while
        nothing in Coupa changes.
        """
        return self._digits(orders=self.against_orders)

    @property
    def fingerprints(self) -> tuple[str, str]:
        """What a document may carry that holds this content: without the orders, and with them.

        Both count, whether or not the ERP matches now: a bill that was sent before orders were content, or
        before ``po_backed`` was changed, has changed only when its money has.
        """
        return self._digits(orders=False), self._digits(orders=True)

    def _digits(self, *, orders: bool) -> str:
        content: dict[str, object] = {
            "kind": self.kind,
            "company": self.company,
            "supplier": self.supplier,
            "number": self.number,
            "invoice_date": self.invoice_date.isoformat(),
            "due_date": self.due_date and self.due_date.isoformat(),
            "currency": self.currency,
            "payment_term": self.payment_term,
            "remit_to": self.remit_to,
            "lines": sorted(_posted(line) for line in self.lines),
            "taxes": sorted([tax.code, _plain(tax.base), _plain(tax.amount)] for tax in self.taxes),
            "total": _plain(self.total),
        }
        if orders:
            # Also where no line names one: an order that is named later is a change.
            content["ordered"] = sorted(
                [*_posted(line), line.purchase_order, line.purchase_order_line or "", _plain(line.quantity)]
                for line in self.lines
                if line.purchase_order is not None
            )
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _posted(line: BillLine) -> list[Any]:
    return [line.account, sorted(line.dimensions.items()), _plain(line.amount)]


def _plain(amount: Decimal | None) -> str:
    """One spelling for equal amounts: ``1.50`` and ``1.5`` are the same money."""
    if amount is None:
        return ""
    return format(amount.normalize() + Decimal(0), "f")
