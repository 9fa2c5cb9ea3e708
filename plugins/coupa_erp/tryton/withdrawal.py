"""Taking documents back: drafts are deleted, posted ones cancelled; what was paid stays."""

from __future__ import annotations

import datetime

from coupa_erp.erp_http.remarks import refuse_if_paid
from coupa_erp.tryton import warned
from coupa_erp.tryton.answers import CANCEL_IN_CLOSED_PERIOD, ERP
from coupa_erp.tryton.documents import INVOICE, Documents, Found
from coupa_erp.tryton.transport import TrytonTransport
from include.errors import ErpRejection, Refusal, TransientError


class Withdrawal:
    """Deletes drafts and cancels posted documents.

    :param transport: the database.
    :param documents: finds them.
    """

    def __init__(self, transport: TrytonTransport, documents: Documents) -> None:
        self._transport = transport
        self._documents = documents

    def of_unposted(self, draft: Found) -> Found | None:
        """Take an unposted document out of the way: a draft is deleted, a numbered one cancelled.

        :return: the document where it was posted meanwhile, and so stands; ``None`` where it is gone.
        """
        try:
            if draft.document.number is None:
                self._transport.delete(INVOICE, draft.id, company=draft.company)
            else:
                self._cancel(draft)
        except ErpRejection:
            stands = self._documents.by_id(draft.id)
            if stands is None or stands.state == "cancelled":
                return None
            if stands.posted:
                return stands
            if stands.document.number is not None and draft.document.number is None:
                return self.of_unposted(stands)
            raise
        stands = self._documents.by_id(draft.id) if draft.document.number is not None else None
        return stands if stands is not None and stands.posted else None

    def of_posted(self, posted: Found, posting_date: datetime.date | None = None) -> Found:
        """Cancel a posted, unpaid document: Tryton posts the reversing move and reconciles both.

        Tryton dates the reversal as the document; where that period is closed it warns, and dates it today.

        :param posting_date: the wanted date of the reversal. The document's own date is refused where its
            period is closed; Tryton offers no other choice.
        :raises ErpRejection: money moved on it, or its period is closed and must be kept.
        """
        refuse_if_paid(posted.document, ERP)
        if posted.state == "paid":  # a bill of zero, which Tryton reconciled with itself
            self._unreconcile(posted)
        try:
            self._cancel(posted)
        except ErpRejection as refused:
            stands = self._documents.by_id(posted.id)
            if stands is None or not stands.posted:  # another process cancelled it first
                return stands or posted
            refuse_if_paid(stands.document, ERP)
            if refused.refusals[0].code != CANCEL_IN_CLOSED_PERIOD or posted.move is None:
                raise
            self._date_reversal_today(posted, posting_date)
        cancelled = self._documents.by_id(posted.id)
        if cancelled is None or cancelled.state != "cancelled":
            raise TransientError(f"Tryton did not cancel document {posted.document.number}.")
        return cancelled

    def _date_reversal_today(self, posted: Found, posting_date: datetime.date | None) -> None:
        """Cancel in a closed period: what Tryton asks with a warning is answered here."""
        if posting_date is not None and posting_date == posted.document.posting_date:
            raise ErpRejection(kept_in_closed_period(posted, posting_date))
        warned.skip(self._transport, warned.cancel_in_closed_period(posted.move or 0))
        self._cancel(posted)

    def _cancel(self, found: Found) -> None:
        self._transport.press(INVOICE, found.id, "cancel", company=found.company, lines=found.lines)

    def _unreconcile(self, posted: Found) -> None:
        """Dissolve the reconciliation of lines of zero; Tryton's cancel makes it anew with the reversal."""
        lines = self._transport.search(
            "account.move.line",
            [["move", "=", posted.move], ["reconciliation", "!=", None]],
            ["reconciliation"],
            company=posted.company,
        )
        for reconciliation in {row["reconciliation"] for row in lines}:
            self._transport.delete("account.move.reconciliation", reconciliation, company=posted.company)


def kept_in_closed_period(posted: Found, posting_date: datetime.date) -> Refusal:
    """Why a reversal that must bear its document's own date is refused once that period is closed."""
    return Refusal(
        "PERIOD_CLOSED",
        f"The period of Tryton's document {posted.document.number} ({posting_date}) is closed, so its "
        "reversal cannot be dated there: reopen the period in Tryton, or let the export date reversals on "
        "the day they are made.",
    )
