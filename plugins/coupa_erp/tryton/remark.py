"""What the export writes into a document's comment, and reads back from it.

The first line is for the export (fingerprint and kind of what was last sent), the rest for people.
"""

from __future__ import annotations

import re

from include.models.bill import Bill, BillKind

_OURS = re.compile(r"^Coupa export: ([0-9a-f]{32}) (invoice|credit_note)\b", re.M)


def remark_of(bill: Bill) -> str:
    """The comment of a bill's document."""
    lines = [f"Coupa export: {bill.fingerprint} {bill.kind} (do not change this line)"]
    if bill.purchase_orders:
        lines.append(f"Purchase orders: {', '.join(bill.purchase_orders)}")
    if bill.original_number:
        lines.append(f"Credits invoice: {bill.original_number}")
    if bill.remit_to:
        lines.append(f"Remit to: {bill.remit_to}")
    lines += [f"{name}: {value}" for name, value in sorted(bill.custom_fields.items()) if value]
    return "\n".join(lines)


def read_remark(comment: str | None) -> tuple[str, BillKind] | None:
    """The fingerprint and kind that a comment carries; ``None`` where the document is not ours.

    :param comment: Tryton's comment.
    """
    found = _OURS.search(comment or "")
    if found is None:
        return None
    return found.group(1), "credit_note" if found.group(2) == "credit_note" else "invoice"
