"""Bills whose supplier and number stand in Odoo already, under another key or under none."""

from __future__ import annotations

from coupa_erp.odoo.answers import SIMILAR_BILL
from coupa_erp.odoo.documents import Documents
from coupa_erp.odoo.found import Found
from coupa_erp.odoo.references import References
from include.errors import ErpRejection, Refusal, TransientError
from include.models.bill import Bill


class BeingEntered(TransientError):
    """Another bill of the export has the same supplier and number and is not posted yet."""


def refuse_double(documents: Documents, bill: Bill, references: References, own: Found | None = None) -> None:
    """Refuse a bill whose supplier and number stand under another key, or under none.

    Odoo posts such a bill without a word. Whoever comes here has its own draft in Odoo already, so of two
    at once at least one sees the other; of two drafts the older one goes on.

    :raises ErpRejection: naming the document.
    :raises BeingEntered: the other one is an older draft of the export.
    """
    for other in documents.of_number(references.company, references.partner, bill.number):
        key = other.document.key
        if key == bill.key or (own is not None and other.id == own.id):
            continue
        if key is not None and other.unposted and not other.once_posted:
            if own is None or other.id > own.id:
                continue
            raise BeingEntered(
                f"Invoice {bill.number} of supplier {bill.supplier} is just being entered for {key}, too."
            )
        named = other.document.number or f"draft {other.id}"
        raise ErpRejection(
            Refusal(
                SIMILAR_BILL,
                f"Odoo already holds invoice {bill.number} of supplier {bill.supplier} as {named}: if it "
                "is the same invoice, void one of the two; if not, correct the invoice number.",
            )
        )
