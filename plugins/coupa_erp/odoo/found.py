"""One supplier document as a row of Odoo shows it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from coupa_erp.odoo.content import KINDS
from coupa_erp.odoo.names import amount
from coupa_erp.odoo.remark import Remark
from coupa_erp.odoo.transport import Row
from include.erp_port import DocumentState, ErpDocument

#: What :func:`read_found` reads.
FIELDS = (
    "name", "state", "move_type", "posted_before", "ref", "invoice_origin", "narration", "invoice_date",
    "date", "invoice_date_due", "invoice_payment_term_id", "company_id", "journal_id", "partner_id",
    "currency_id", "amount_total", "amount_tax", "amount_residual", "payment_state", "tax_lock_date_message",
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A document with what the protocol needs beside the port's view of it.

    :param generation: which of its key's documents it is; 0 where it is not ours.
    :param state: Odoo's own.
    :param once_posted: whether it has been posted before: then Odoo keeps its number and deletes it no more.
    :param would_move: Odoo's sentence where posting would move its date out of a locked period.
    """

    id: int
    generation: int
    state: str
    once_posted: bool
    company: int
    would_move: str | None
    remark: Remark | None
    row: Row
    document: ErpDocument

    @property
    def posted(self) -> bool:
        """Whether it counts in the books."""
        return self.state == "posted" and self.document.live

    @property
    def unposted(self) -> bool:
        """Whether it is still to be posted."""
        return self.state == "draft"


def read_found(
    row: Row,
    ours: tuple[str | None, int],
    remark: Remark | None,
    fingerprint: str | None,
    *,
    supplier: str,
    company: str,
    was_reversed: bool,
) -> Found:
    """A document of a row with :data:`FIELDS`.

    :param ours: its key and generation, by its external id.
    :param was_reversed: a posted entry takes all of it back, where Odoo calls that paid.
    """
    total = amount(row["amount_total"])
    state = _state(row, total, was_reversed)
    numbered = row["name"] and row["name"] != "/" and row["posted_before"]
    return Found(
        id=row["id"],
        generation=ours[1],
        state=row["state"],
        once_posted=bool(row["posted_before"]),
        company=row["company_id"][0],
        would_move=row["tax_lock_date_message"] or None,
        remark=remark,
        row=row,
        document=ErpDocument(
            erp_id=str(row["id"]),
            number=row["name"] if numbered else None,
            key=ours[0],
            fingerprint=fingerprint,
            state=state,
            kind=KINDS[row["move_type"]],
            company=company,
            supplier=supplier,
            supplier_number=row["ref"] or None,
            invoice_date=read_date(row["invoice_date"]),
            posting_date=read_date(row["date"]),
            currency=row["currency_id"][1],
            total=total,
            tax=amount(row["amount_tax"]),
            paid_amount=Decimal(0) if state == "cancelled" else _paid(row, total),
        ),
    )


def _state(row: Row, total: Decimal, was_reversed: bool) -> DocumentState:
    """The port's name of Odoo's two states. Odoo calls a bill of zero paid at once, though no money moved."""
    if row["state"] == "draft":
        return "draft"
    if row["state"] == "cancel" or row["payment_state"] == "reversed" or was_reversed:
        return "cancelled"
    return "paid" if row["payment_state"] in ("paid", "in_payment") and total else "posted"


def _paid(row: Row, total: Decimal) -> Decimal:
    if row["payment_state"] in ("paid", "in_payment"):
        return total
    if row["payment_state"] == "partial":
        # Odoo 18 and later know payments without a journal entry: then nothing is taken off the residual.
        return total - amount(row["amount_residual"]) or total
    return Decimal(0)


def read_date(value: Any) -> datetime.date | None:
    """A date of Odoo; ``False`` is none."""
    return datetime.date.fromisoformat(value) if value else None
