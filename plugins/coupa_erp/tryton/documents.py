"""Supplier documents as they stand in Tryton."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from coupa_erp.tryton.postings import MOVE_LINE, POSTING_FIELDS, postings_of
from coupa_erp.tryton.reads import Domain, TrytonReads
from coupa_erp.tryton.remark import read_remark
from coupa_erp.tryton.wire import Row
from include.erp_port import DocumentState, ErpDocument
from include.models.bill import BillKind

INVOICE = "account.invoice"

#: What :func:`read_document` reads.
FIELDS = (
    "number",
    "state",
    "reference",
    "description",
    "comment",
    "invoice_date",
    "accounting_date",
    "company.party.code",
    "party.code",
    "currency.code",
    "account",
    "lines",
    "move.date",
    "total_amount",
    "tax_amount",
    "amount_to_pay",
    "create_date",
    "write_date",
)


@dataclass(frozen=True)
class Found:
    """A document with what the protocol needs beside the port's view of it.

    :param state: Tryton's own, which knows ``validated``, too.
    :param lines: how many lines it has.
    :param touched: whether somebody changed the record after it was created.
    """

    id: int
    state: str
    company: int
    payable: int
    move: int | None
    lines: int
    accounting_date: datetime.date | None
    touched: bool
    document: ErpDocument

    @property
    def unposted(self) -> bool:
        """Whether it is still to be posted: a draft, or validated and numbered."""
        return self.state in ("draft", "validated")

    @property
    def posted(self) -> bool:
        """Whether it counts in the books."""
        return self.state in ("posted", "paid")


class Documents:
    """Finds documents.

    :param transport: the database.
    """

    def __init__(self, transport: TrytonReads) -> None:
        self._transport = transport

    def of_key(self, key: str) -> list[Found]:
        """Every document of a key, in any state, the newest first."""
        return self._find([["type", "=", "in"], ["description", "=", key]])

    def by_id(self, record: int) -> Found | None:
        """One document, or ``None`` where it was deleted."""
        found = self._find([["id", "=", record]])
        return found[0] if found else None

    def of_number(self, company: str, supplier: str, number: str) -> list[Found]:
        """Every document of a supplier with the supplier's number, cancelled ones too."""
        return self._find(
            [
                ["type", "=", "in"],
                ["company.party.code", "=", company],
                ["party.code", "=", supplier],
                ["reference", "=", number],
            ]
        )

    def live_keys(self, keys: Iterable[str]) -> set[str]:
        """Those of some keys that have a live document."""
        rows = self._transport.search_names(
            INVOICE,
            "description",
            keys,
            [["type", "=", "in"], ["state", "!=", "cancelled"]],
            ["description"],
        )
        return {row["description"] for row in rows}

    def account_sums(self, found: Found) -> dict[str, Decimal]:
        """What the posted move adds to each account; see :mod:`coupa_erp.tryton.postings`."""
        if found.move is None:
            return {}
        rows = self._transport.search(
            MOVE_LINE, [["move", "=", found.move]], POSTING_FIELDS, company=found.company
        )
        return postings_of(rows, found.payable, found.document.kind).accounts

    def _find(self, domain: Domain) -> list[Found]:
        rows = self._transport.search(INVOICE, domain, FIELDS, order=[("id", "DESC")])
        return [read_document(row) for row in rows]


def choose(found: Iterable[Found]) -> Found | None:
    """Which document of a key counts: the posted one, else a draft, else the newest cancelled one."""
    newest_first = list(found)
    for counts in (
        [document for document in newest_first if document.posted],
        [document for document in newest_first if document.unposted],
        newest_first,
    ):
        if counts:
            return counts[0]
    return None


def read_document(row: Row) -> Found:
    """A document of a row with :data:`FIELDS`."""
    ours = read_remark(row["comment"])
    total: Decimal = row["total_amount"]
    kind: BillKind = ours[1] if ours and not total else "credit_note" if total < 0 else "invoice"
    side = -1 if kind == "credit_note" else 1
    move = row["move"]
    return Found(
        id=row["id"],
        state=row["state"],
        company=row["company"]["id"],
        payable=row["account"],
        move=move["id"] if move else None,
        lines=len(row["lines"]),
        accounting_date=row["accounting_date"],
        # Tryton computes taxes after creating: in one transaction, so with one time.
        touched=row["write_date"] not in (None, row["create_date"]),
        document=ErpDocument(
            erp_id=str(row["id"]),
            number=row["number"],
            key=row["description"] if ours else None,
            fingerprint=ours[0] if ours else None,
            state=_state(row["state"], total),
            kind=kind,
            company=row["company"]["party"]["code"],
            supplier=row["party"]["code"],
            supplier_number=row["reference"],
            invoice_date=row["invoice_date"],
            posting_date=(move["date"] if move else None) or row["accounting_date"] or row["invoice_date"],
            currency=row["currency"]["code"],
            total=side * total,
            tax=side * row["tax_amount"],
            paid_amount=_paid(row["state"], total, row["amount_to_pay"]),
        ),
    )


def _state(state: str, total: Decimal) -> DocumentState:
    """The port's name of Tryton's state. Tryton calls a bill of zero paid at once, though no money moved."""
    if state == "paid" and not total:
        return "posted"
    states: dict[str, DocumentState] = {"validated": "draft", "posted": "posted", "paid": "paid"}
    return "cancelled" if state == "cancelled" else states.get(state, "draft")


def _paid(state: str, total: Decimal, to_pay: Decimal | None) -> Decimal:
    if state == "paid":
        return abs(total)
    return abs(total) - abs(to_pay or Decimal(0)) if state == "posted" else Decimal(0)
