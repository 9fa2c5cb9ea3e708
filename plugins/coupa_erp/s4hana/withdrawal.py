"""Taking documents back: parked ones are deleted, posted ones cancelled; what was paid stays."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from coupa_erp.erp_http.remarks import refuse_if_paid
from coupa_erp.s4hana.answers import PERIOD_CLOSED, ChangedMeanwhile, NotInS4Hana
from coupa_erp.s4hana.books import Books
from coupa_erp.s4hana.documents import ENTITY, Documents, Found
from coupa_erp.s4hana.transport import S4HanaTransport
from coupa_erp.s4hana.wire import date_literal, text_literal
from include.errors import ErpRejection, TransientError


class Withdrawal:
    """Deletes parked documents and cancels posted ones.

    :param transport: S/4HANA.
    :param documents: finds them.
    :param books: reads what was paid.
    """

    def __init__(self, transport: S4HanaTransport, documents: Documents, books: Books) -> None:
        self._transport = transport
        self._documents = documents
        self._books = books

    def of_parked(self, parked: Found) -> Found | None:
        """Delete a parked document.

        :return: the document where it was posted meanwhile, and so stands; ``None`` where it is gone.
        """
        try:
            self._transport.delete(ENTITY, parked.address, etag=parked.etag)
        except (ErpRejection, ChangedMeanwhile) as refused:
            stands = self._documents.by_id(parked)
            if stands is None or not stands.document.live:
                return None
            if stands.posted:
                return stands
            if isinstance(refused, ChangedMeanwhile) and stands.etag != parked.etag:
                return self.of_parked(stands)  # somebody changed it: the more reason to delete it
            raise
        return None

    def of_posted(self, posted: Found, days: Sequence[datetime.date]) -> Found:
        """Cancel a posted, unpaid document: S/4HANA posts a reversal that names it.

        A reason of SAP's says whether another posting date than the document's is allowed with it: its 01 is
        for the current period, its 02 for a closed one. So the reason follows from the day.

        S/4HANA itself would reverse a paid one and leave the payment open, so that is looked up before.

        :param days: posting dates of the reversal; the next one is tried where a period is closed.
        :raises ErpRejection: money moved on it, or none of the days is open.
        """
        refuse_if_paid(self._books.seen(posted), "S/4HANA")
        *before, last = days
        for day in before:
            try:
                return self._cancel(posted, day)
            except ErpRejection as refused:
                if refused.refusals[0].code != PERIOD_CLOSED:
                    raise
        return self._cancel(posted, last)

    def _cancel(self, posted: Found, day: datetime.date) -> Found:
        extra = self._transport.settings.extra
        own = day == posted.document.posting_date
        reason = extra.reversal_reason if own else extra.reversal_reason_other_date
        try:
            self._transport.call(
                "Cancel",
                {
                    **posted.arguments,
                    "ReversalReason": text_literal(reason),
                    "PostingDate": date_literal(day),
                },
            )
        except (ErpRejection, NotInS4Hana):
            stands = self._documents.by_id(posted)
            if stands is None or stands.posted:
                raise
            return stands  # another process cancelled it first
        stands = self._documents.by_id(posted)
        if stands is None or stands.document.state != "cancelled":
            raise TransientError(f"S/4HANA did not cancel document {posted.document.number}.")
        return stands
