"""Amending a posted document in place, so that it keeps its number.

It goes back to draft, is written anew and posted again; where the new content is refused it gets its old one
back.
"""

from __future__ import annotations

from coupa_erp.erp_http.remarks import refuse_if_paid, stays_as_it_was, with_remark
from coupa_erp.odoo.answers import ERP, NotInOdoo
from coupa_erp.odoo.content import Content
from coupa_erp.odoo.documents import Documents
from coupa_erp.odoo.doubles import refuse_double
from coupa_erp.odoo.found import Found
from coupa_erp.odoo.orders import Orders
from coupa_erp.odoo.references import References
from coupa_erp.odoo.settling import Settling
from coupa_erp.odoo.withdrawal import Withdrawal
from include.erp_port import ErpDocument
from include.errors import ErpRejection
from include.models.bill import Bill


class InPlace:
    """Takes documents back to draft and writes them anew.

    :param documents: finds documents.
    :param settling: brings drafts to what they have to say.
    :param withdrawal: takes away what cannot be posted again.
    :param orders: knows what is left to be billed.
    """

    def __init__(
        self, documents: Documents, settling: Settling, withdrawal: Withdrawal, orders: Orders
    ) -> None:
        self._documents = documents
        self._settling = settling
        self._withdrawal = withdrawal
        self._orders = orders

    def take_back_to_draft(self, old: Found) -> bool:
        """Press Odoo's button; whether it did so, and nobody was quicker.

        :raises ErpRejection: it was paid, or Odoo refuses; it stays as it was.
        """
        now = self._documents.by_id(old.id)
        if now is None or not now.posted or now.document.fingerprint != old.document.fingerprint:
            return False
        # Once more, as late as can be: before 19 Odoo takes payments off with the button below.
        refuse_if_paid(now.document, ERP)
        try:
            self._settling.press(old, "button_draft")
        except NotInOdoo:
            return False
        except ErpRejection as refused:
            stands = self._documents.by_id(old.id)
            if stands is None or not stands.posted:
                return False
            raise with_remark(refused, stays_as_it_was(old.document, ERP)) from refused
        return True

    def enter(
        self,
        bill: Bill,
        references: References,
        wanted: Content,
        old: Found,
        before: Content | None = None,
    ) -> ErpDocument | None:
        """Write a document that went back to draft anew, and post it.

        :param before: what it said, to be restored where the new content is refused; ``None`` where an
            earlier attempt took it back to draft.
        """
        now = self._back_in_draft(old, before)
        if now is None:
            return None
        if (references.company, bill.kind) != (now.company, now.document.kind):
            self._withdrawal.of_unposted(now)
            return None

        def note(draft: Found) -> None:
            self._orders.refuse_exceeded(wanted, draft)
            self._settling.note(draft, bill.fingerprint)

        try:
            refuse_double(self._documents, bill, references, now)
            if not self._settling.says(now, wanted, bill.fingerprint):
                self._settling.write(now, wanted.as_values())
            for _ in range(2):  # a process that amends it likewise may have moved its taxes in between
                done, faults = self._settling.post(now, wanted, before=note)
                if done is None:
                    return None
                if not faults:
                    return self._documents.with_sums([done])[0]
                if done.posted:
                    self._settling.press(done, "button_draft")
        except NotInOdoo:
            return None
        except ErpRejection as refused:
            stands = self._documents.by_id(old.id)
            if stands is None or not stands.unposted:  # another process carried it on
                return None
            raise with_remark(refused, self._restored(now, before)) from refused
        raise with_remark(ErpRejection(*faults), self._restored(now, before))

    def _back_in_draft(self, old: Found, before: Content | None) -> Found | None:
        """The document as it went back to draft; ``None`` where another process, or person, was quicker.

        :raises ErpRejection: it was paid in the moment before; it stands again as it was.
        """
        now = self._documents.by_id(old.id)
        if now is None or not now.unposted:
            return None
        if now.row["payment_state"] == "reversed":
            self._withdrawal.finish_amendment(now)  # an accountant's credit note: it goes back as it was
            return None
        if now.document.touched_by_payment:
            self._restore(now, before)
            refuse_if_paid((self._documents.by_id(old.id) or now).document, ERP)
        return now

    def _restore(self, draft: Found, before: Content | None) -> bool:
        """Give a document the content that it had, and post it; whether it stands again."""
        if before is None:
            self._withdrawal.finish_amendment(draft)
        else:
            if not before.fits(self._documents.content(draft)):
                self._settling.write(draft, before.as_values())
            self._settling.post(draft, before)
        stands = self._documents.by_id(draft.id)
        return stands is not None and stands.posted

    def _restored(self, draft: Found, before: Content | None) -> str:
        try:
            if self._restore(draft, before):
                return stays_as_it_was(draft.document, ERP)
        except ErpRejection:
            pass  # what refuses the old content now is no news to who asked for the new one
        stands = self._documents.by_id(draft.id)
        if stands is not None and stands.unposted:
            self._withdrawal.of_unposted(stands)
        number = draft.document.number
        return f" Document {number} could not be posted again and is cancelled: nothing stands in Odoo."
