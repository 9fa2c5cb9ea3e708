"""Invoice or credit note, and which way its amounts point."""

from __future__ import annotations

from dataclasses import dataclass

from include.models.bill import BillKind
from include.models.invoice import CoupaInvoice

_CREDIT = ("credit note", "creditnote", "credit memo")


@dataclass(frozen=True)
class Orientation:
    """What the document is in the ERP, and the factors that make its ordinary amounts positive.

    :param header: for the header's figures.
    :param parts: for lines, charges and their taxes.
    """

    kind: BillKind
    header: int
    parts: int


def orientation(invoice: CoupaInvoice) -> Orientation:
    """Coupa's two ways of a credit, a "Credit Note" and an "Invoice" below zero, become one.

    A credit note may come with positive amounts, with negative ones, or with lines that point the other
    way than its total: the kind carries the sign, and the sums are checked afterwards in any case.

    :param invoice: as Coupa has it.
    """
    gross = invoice.gross() or 0
    sign = -1 if gross < 0 else 1
    declared = (invoice.document_type or "").replace("_", " ").strip().lower() in _CREDIT
    if not declared and not invoice.is_credit_note:
        return Orientation("credit_note" if gross < 0 else "invoice", sign, sign)
    totals = [line.total for line in invoice.invoice_lines if line.total]
    opposed = bool(totals) and gross != 0 and all((total < 0) != (gross < 0) for total in totals)
    return Orientation("credit_note", sign, -sign if opposed else sign)
