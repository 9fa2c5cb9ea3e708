"""Pressing a draft's buttons, and what to do about Tryton's check for similar bills.

The check refuses a bill of the same supplier and number within 60 days, whatever the other's state. It
does not leave out cancelled ones, so a bill that is entered again is always refused once; and it sees drafts.
"""

from __future__ import annotations

import datetime

from coupa_erp.tryton import warned
from coupa_erp.tryton.answers import SIMILAR_BILL, Forbidden
from coupa_erp.tryton.documents import INVOICE, Documents, Found
from coupa_erp.tryton.transport import TrytonTransport
from coupa_erp.tryton.withdrawal import Withdrawal
from include.errors import ErpRejection, Refusal, TransientError

#: ``Invoice._similar_domain`` of Tryton 8.2.
_SIMILAR_WITHIN = datetime.timedelta(days=60)
_PRESSES = 5


class BeingEntered(TransientError):
    """Another bill of the export has the same supplier and number and is not posted yet."""


class Posting:
    """Validates and posts drafts.

    :param transport: the database.
    :param documents: finds documents.
    :param withdrawal: deletes rivals' drafts.
    """

    def __init__(self, transport: TrytonTransport, documents: Documents, withdrawal: Withdrawal) -> None:
        self._transport = transport
        self._documents = documents
        self._withdrawal = withdrawal

    def press(self, draft: Found, button: str, *, replaces: int | None) -> Found | None:
        """Press ``post`` or ``validate_invoice``.

        :param replaces: the document of the same key that this one takes the place of.
        :return: the document as it stands then, or ``None`` where it was taken away.
        :raises ErpRejection: Tryton refuses.
        :raises BeingEntered: a similar draft stands in the way; whoever withdraws its own lets one pass.
        """
        wanted = ("posted", "paid") if button == "post" else ("validated",)
        for _ in range(_PRESSES):
            if draft.state in wanted:
                return draft
            try:
                self._transport.press(INVOICE, draft.id, button, company=draft.company, lines=draft.lines)
            except ErpRejection as refused:
                if refused.refusals[0].code == SIMILAR_BILL:
                    self._settle_similar(draft, replaces)
                    continue
                stands = self._documents.by_id(draft.id)
                if stands is not None and stands.state == draft.state:
                    raise
                # Tryton refuses a button that the state has no use for: another process pressed it first.
            except Forbidden as forbidden:
                self._tell_rule_from_right(forbidden)
            else:
                stands = self._documents.by_id(draft.id)
            return stands if stands is not None and stands.state in wanted else None
        raise TransientError(
            f"Other bills with number {draft.document.supplier_number} come and go in Tryton."
        )

    def _settle_similar(self, draft: Found, replaces: int | None) -> None:
        """Make sure that no live bill is similar, then pass the warning by its exact name.

        Cancelled bills stand in the way of Tryton's check for good: nobody can delete them. What is live is
        either this key's own (a rival's draft, deleted here; the document being replaced) or a double.

        :raises ErpRejection: naming the live bill.
        """
        ours = draft.document
        pass_warning = False
        for other in self._documents.of_number(ours.company, ours.supplier, ours.supplier_number or ""):
            if other.id == draft.id or not _near(other, draft):
                continue
            if other.id == replaces or other.state == "cancelled":
                pass_warning = True
            elif other.document.key == ours.key and other.unposted:
                self._withdrawal.of_unposted(other)
            elif other.document.key is not None and other.unposted:
                raise BeingEntered(
                    f"Invoice {ours.supplier_number} of supplier {ours.supplier} is just being entered for "
                    f"{other.document.key}, too."
                )
            else:
                named = other.document.number or f"draft {other.id}"
                raise ErpRejection(
                    Refusal(
                        SIMILAR_BILL,
                        f"Tryton already holds invoice {ours.supplier_number} of supplier {ours.supplier} as "
                        f"{named}: if it is the same invoice, void one of the two; if not, correct the "
                        "invoice number.",
                    )
                )
        if pass_warning:
            warned.skip(self._transport, warned.similar_bill(draft.id))

    def _tell_rule_from_right(self, forbidden: Forbidden) -> None:
        """A button's 403 hides Tryton's sentence: a rule about the record, where the user may write bills."""
        access = self._transport.call("ir.model.access", "get_access", {"models": [INVOICE]})
        if not access[INVOICE]["write"]:
            raise forbidden
        raise ErpRejection(
            Refusal(
                "ERP_REFUSED",
                "Tryton forbids to post the bill and does not say why: look whether its period, journal and "
                "accounts are open, and whether the export's user may post.",
            )
        ) from forbidden


def _near(one: Found, other: Found) -> bool:
    days = one.document.invoice_date, other.document.invoice_date
    if days[0] is None or days[1] is None:
        return True
    return abs(days[0] - days[1]) <= _SIMILAR_WITHIN
