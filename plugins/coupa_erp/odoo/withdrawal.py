"""Taking documents back: drafts are deleted, posted ones reversed by a credit note; what was paid stays.

A posted bill is not cancelled, although Odoo would do it: ``button_cancel`` takes its entry out of the month
in which it was posted, also where that was reported already, and undoes payments without a word. A credit
note that reverses it bears the date that was asked for, leaves the bill's month as it is, and is possible in
a locked period and in a journal that Odoo secures with a hash.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal

from coupa_erp.erp_http.remarks import refuse_if_paid
from coupa_erp.odoo import external_ids
from coupa_erp.odoo.answers import ERP, PERIOD_CLOSED, NotInOdoo
from coupa_erp.odoo.documents import MOVE, Documents
from coupa_erp.odoo.found import Found
from coupa_erp.odoo.lock_dates import LockDates
from coupa_erp.odoo.settling import Settling
from coupa_erp.odoo.transport import OdooTransport
from include.errors import ErpRejection, Refusal, TransientError

_REVERSALS = 20


class Withdrawal:
    """Deletes drafts and reverses posted documents.

    :param transport: the database.
    :param documents: finds documents.
    :param settling: brings drafts to what they have to say.
    :param locks: knows which days are open.
    """

    def __init__(
        self,
        transport: OdooTransport,
        documents: Documents,
        settling: Settling,
        locks: LockDates,
    ) -> None:
        self._transport = transport
        self._documents = documents
        self._settling = settling
        self._locks = locks

    def of_unposted(self, draft: Found) -> None:
        """Take a draft away: Odoo deletes it, or cancels it where it has been posted before.

        :raises ErpRejection: money moved on it, or a credit note: cancelling would undo that.
        """
        try:
            if draft.once_posted:
                self._cancel_draft(draft)
            else:
                self._settling.press(draft, "unlink")
        except NotInOdoo:
            return
        except ErpRejection:
            stands = self._documents.by_id(draft.id)
            if stands is not None and stands.unposted:
                raise

    def _cancel_draft(self, draft: Found) -> None:
        """Odoo's button cancels what is posted, too, and undoes payments: so this looks once more."""
        now = self._documents.by_id(draft.id)
        if now is None or not now.unposted:
            return
        refuse_if_paid(now.document, ERP)
        if now.row["payment_state"] == "reversed":
            raise ErpRejection(
                Refusal(
                    "ERP_REFUSED",
                    f"Odoo's document {now.document.number} was reversed by a credit note while it was a "
                    "draft: post it again in Odoo.",
                )
            )
        self._settling.press(now, "button_cancel")

    def of_wrong(self, posted: Found) -> None:
        """Take back what was posted a moment ago and is not what was sent."""
        self._settling.press(posted, "button_draft")
        self._settling.press(posted, "button_cancel")

    def finish_amendment(self, draft: Found) -> None:
        """Post again what an amendment that broke off left as a draft; cancel it where its sums are unknown.

        Odoo computed its taxes anew when it went back to draft: the remark tells what they were.
        """
        remark = draft.remark
        if remark is not None:
            wanted = replace(self._documents.content(draft), taxes=remark.taxes)
            if wanted.total == remark.total and not draft.would_move:
                posted, faults = self._settling.post(draft, wanted)
                if posted is None or not faults:
                    return
        self.of_unposted(draft)

    def of_posted(self, posted: Found, posting_date: datetime.date | None = None) -> None:
        """Reverse a posted, unpaid document; a repeat after a crash carries on.

        :param posting_date: of the credit note; ``None`` takes today, or the first open day after it.
        :raises ErpRejection: money moved on it, or the books are locked on that day.
        """
        refuse_if_paid(posted.document, ERP)
        day = self.reversal_day(posted, posting_date)
        content = self._documents.content(posted).reversed_by(posted.id, posted.document.number, day)
        if self._transport.version >= 19:
            content = replace(content, rate=self._rate(posted))
        for attempt in range(1, _REVERSALS):
            name = external_ids.reversal_name(posted.document.key or "", posted.generation, attempt)
            columns, rows = content.as_import(f"{external_ids.MODULE}.{name}")
            record = self._transport.load(MOVE, columns, rows, company=posted.company, lines=len(rows))
            reversal = self._documents.by_id(record)
            if reversal is not None and reversal.state != "cancel":
                break
        else:
            raise TransientError(f"Odoo keeps cancelling the reversal of {posted.document.number}.")
        if reversal.unposted:
            self._post_reversal(posted, reversal)
        self._check_reversed(posted, reversal)

    def reversal_day(self, posted: Found, posting_date: datetime.date | None) -> datetime.date:
        """The day on which a reversal is booked.

        :raises ErpRejection: the books are locked on the day that was asked for.
        """
        if posting_date is None:
            return self._locks.first_open_day(posted.company, datetime.datetime.now(datetime.UTC).date())
        locked = self._locks.until(posted.company, taxed=True)
        if locked is not None and posting_date <= locked:
            raise ErpRejection(
                Refusal(
                    PERIOD_CLOSED,
                    f"Odoo's books of company {posted.document.company} are locked up to {locked}, so the "
                    f"reversal of {posted.document.number} cannot be dated {posting_date}: move the lock "
                    "date back, or let the export date reversals on the day they are made.",
                )
            )
        return posting_date

    def _post_reversal(self, posted: Found, reversal: Found) -> None:
        wanted = self._documents.content(posted).reversed_by(
            posted.id, posted.document.number, reversal.document.posting_date or datetime.date.min
        )
        try:
            done, faults = self._settling.post(reversal, wanted)
        except ErpRejection:
            self.of_unposted(reversal)
            raise
        if done is not None and faults:
            if done.unposted:
                self.of_unposted(done)
            else:
                self.of_wrong(done)
            raise ErpRejection(*faults)

    def _check_reversed(self, posted: Found, reversal: Found) -> None:
        stands = self._documents.by_id(posted.id)
        if stands is None or not stands.document.live:
            return
        note = self._documents.by_id(reversal.id)
        if note is not None and note.posted and stands.document.paid_amount:
            self.of_wrong(note)  # it was paid in between, so the credit note found nothing to reconcile with
            refuse_if_paid(stands.document, ERP)
        raise TransientError(f"Odoo did not reverse document {posted.document.number}.")

    def _rate(self, posted: Found) -> Decimal | None:
        """A foreign bill's own rate: the reversal must leave nothing in the company's currency either."""
        (row,) = self._transport.search(
            MOVE, [["id", "=", posted.id]], ["invoice_currency_rate"], company=posted.company
        )
        rate = Decimal(row["invoice_currency_rate"] or 0)
        return None if rate in (0, 1) else rate
