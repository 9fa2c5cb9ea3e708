"""Entering bills so that a key never has two live documents, whatever is killed, repeated or raced.

By what that holds is in :mod:`coupa_erp.odoo.external_ids`; here is the order of the calls. A clean bill:
look up the key, import the draft with its external id, set the tax amounts where Odoo's differ, compare,
note the fingerprint, post, compare again. An amendment takes the document back to draft and writes it anew
in place, so that it keeps its number.

A draft that was never posted is never edited: one that does not say what is wanted is deleted and imported
anew.
"""

from __future__ import annotations

import datetime
import logging
import random
import time
from collections.abc import Callable

from coupa_erp.odoo import external_ids
from coupa_erp.odoo.answers import PERIOD_CLOSED, SIMILAR_BILL, NotInOdoo
from coupa_erp.odoo.content import Content
from coupa_erp.odoo.documents import MOVE, Documents
from coupa_erp.odoo.found import Found
from coupa_erp.odoo.lookup import ReferenceLookup, locked_message
from coupa_erp.odoo.names import Names
from coupa_erp.odoo.references import References
from coupa_erp.odoo.settling import Settling
from coupa_erp.odoo.transport import OdooTransport
from coupa_erp.odoo.withdrawal import Withdrawal, refuse_if_paid, with_remark
from include.erp_port import ErpDocument
from include.errors import ConfigurationError, ErpRejection, Refusal, TransientError
from include.models.bill import Bill

log = logging.getLogger(__name__)

#: So often an attempt starts anew because another process moved the same bill under it.
_ROUNDS = 8


class BeingEntered(TransientError):
    """Another bill of the export has the same supplier and number and is not posted yet."""


class Entering:
    """Creates, amends and voids documents.

    :param transport: the database.
    :param documents: finds documents.
    :param lookup: finds what bills name.
    :param names: tells what ids are called.
    """

    def __init__(
        self, transport: OdooTransport, documents: Documents, lookup: ReferenceLookup, names: Names
    ) -> None:
        self._transport = transport
        self._documents = documents
        self._lookup = lookup
        self._settling = Settling(transport, documents, names)
        self.withdrawal = Withdrawal(transport, documents, self._settling, lookup)

    def create(self, bill: Bill) -> ErpDocument:
        """Post the bill, or finish what an earlier attempt left of it.

        :raises ErpRejection: Odoo refuses it; nothing of it stays live.
        """
        return self._until_done(bill, self._create_once)

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        """Bring the posted document of the bill's key to the bill's content.

        :param current: what the caller decided upon.
        :raises ErpRejection: it was paid, or Odoo refuses the new content; the document stays as it was.
        :raises TransientError: it has other content by now than the caller saw.
        """
        return self._until_done(bill, lambda wanted: self._amend_once(wanted, current))

    def discard_drafts(self, key: str) -> None:
        """Take the drafts of a key away, also what an amendment that broke off took back to draft."""
        for document in self._documents.of_key(key):
            if document.unposted:
                self.withdrawal.of_unposted(document)

    def void(self, key: str, posting_date: datetime.date | None) -> Found | None:
        """Reverse what is posted under a key and take its drafts away, until nothing of it is live.

        :return: the newest document of the key.
        """
        for _ in range(_ROUNDS):
            found = self._documents.of_key(key)
            live = [document for document in found if document.document.live]
            if not live:
                return found[0] if found else None
            for document in live:
                if document.unposted:
                    self.withdrawal.of_unposted(document)
                else:
                    self.withdrawal.of_posted(document, posting_date)
        raise TransientError(f"Other processes keep entering {key} in Odoo; trying again later.")

    def refuse_double(self, bill: Bill, company: int, partner: int, own: Found | None = None) -> None:
        """Refuse a bill whose supplier and number stand under another key, or under none.

        Odoo posts such a bill without a word. Whoever comes here has its own draft in Odoo already, so of two
        at once at least one sees the other; of two drafts the older one goes on.

        :raises ErpRejection: naming the document.
        :raises BeingEntered: the other one is an older draft of the export.
        """
        for other in self._documents.of_number(company, partner, bill.number):
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

    def _until_done(self, bill: Bill, attempt: Callable[[Bill], ErpDocument | None]) -> ErpDocument:
        for round_ in range(_ROUNDS):
            done = attempt(bill)
            if done is not None:
                return done
            log.info("Another process works on %s in Odoo; looking again.", bill.key)
            time.sleep(random.uniform(0, min(2.0, 0.1 * 2**round_)))  # noqa: S311 - jitter, no secret
        raise TransientError(f"Other processes keep changing {bill.key} in Odoo; trying again later.")

    def _create_once(self, bill: Bill) -> ErpDocument | None:
        found = self._documents.of_key(bill.key)
        if found and found[0].posted:
            return found[0].document
        references = self._lookup.of(bill, found[0] if found and found[0].document.live else None)
        wanted = references.content_of(bill)
        draft = found[0] if found and found[0].unposted else None
        if draft is not None and draft.once_posted:
            return self._enter_in_place(bill, references, wanted, draft)
        if draft is not None and not self._says(draft, bill, wanted):
            self.withdrawal.of_unposted(draft)
            return None
        if draft is None:
            draft = self._import(bill, wanted, (found[0].generation if found else 0) + 1)
            if draft is None or not draft.unposted or draft.document.fingerprint != bill.fingerprint:
                return None
        return self._finish(bill, references, wanted, draft)

    def _import(self, bill: Bill, wanted: Content, generation: int) -> Found | None:
        name = external_ids.document_name(bill.key, generation)
        columns, rows = wanted.as_import(f"{external_ids.MODULE}.{name}")
        record = self._transport.load(MOVE, columns, rows, company=wanted.company, lines=len(rows))
        return self._documents.by_id(record)

    def _says(self, draft: Found, bill: Bill, wanted: Content) -> bool:
        """Whether a draft that was found can be posted for the bill: nobody edited it since it was sent."""
        return draft.document.fingerprint == bill.fingerprint and wanted.fits(self._documents.content(draft))

    def _finish(
        self, bill: Bill, references: References, wanted: Content, draft: Found
    ) -> ErpDocument | None:
        """Post a draft; take it away where that is refused, or where it differs from what was sent."""

        def check(now: Found) -> None:
            self.refuse_double(bill, references.company, references.partner, now)
            self._lookup.orders.refuse_exceeded(wanted, now)
            self._settling.note(now, bill.fingerprint)

        try:
            done, faults = self._settling.post(draft, wanted, before=check)
        except (ErpRejection, BeingEntered, ConfigurationError):
            self.withdrawal.of_unposted(draft)
            raise
        if done is None:
            return None
        if faults:
            if done.document.fingerprint != bill.fingerprint and done.posted:
                return done.document  # another process's content, which that process answers for
            if done.unposted:
                self.withdrawal.of_unposted(done)
            else:
                self.withdrawal.of_wrong(done)
            raise ErpRejection(*faults)
        return self._documents.with_sums([done])[0]

    def _amend_once(self, bill: Bill, current: ErpDocument) -> ErpDocument | None:
        found = self._documents.of_key(bill.key)
        old = found[0] if found else None
        if old is None or not old.posted:  # cancelled meanwhile, or an earlier attempt stopped half-way
            return self._create_once(bill)
        if old.document.fingerprint == bill.fingerprint:
            return old.document
        if (old.document.erp_id, old.document.fingerprint) != (current.erp_id, current.fingerprint):
            # Newer content, perhaps: whoever decided by an older look must look again.
            raise TransientError(
                f"Odoo's document {current.number} was changed meanwhile, or replaced by another one."
            )
        refuse_if_paid(old)
        stays = f" Document {old.document.number} stays in Odoo as it was."
        try:
            references = self._lookup.of(bill, old)
            self.refuse_double(bill, references.company, references.partner, old)
            if (references.company, bill.kind) == (old.company, old.document.kind):
                self.refuse_locked(old)
        except ErpRejection as refused:
            raise with_remark(refused, stays) from refused
        wanted = references.content_of(bill)
        if (references.company, bill.kind) != (old.company, old.document.kind):
            # Odoo's document keeps its company and kind: it is reversed, and another one takes its place.
            self.withdrawal.of_posted(old)
            try:
                return self._create_once(bill)
            except ErpRejection as refused:
                gone = f" Document {old.document.number} had been reversed for it: nothing stands in Odoo."
                raise with_remark(refused, gone) from refused
        before = self._documents.content(old)
        if not self._take_back_to_draft(old, stays):
            return None
        return self._enter_in_place(bill, references, wanted, old, before)

    def _take_back_to_draft(self, old: Found, stays: str) -> bool:
        """Press Odoo's button; whether it did so, and nobody was quicker.

        :raises ErpRejection: it was paid, or Odoo refuses; it stays as it was.
        """
        now = self._documents.by_id(old.id)
        if now is None or not now.posted or now.document.fingerprint != old.document.fingerprint:
            return False
        refuse_if_paid(now)  # once more, as late as can be: Odoo 17 takes payments off with this button
        try:
            self._settling.press(old, "button_draft")
        except NotInOdoo:
            return False
        except ErpRejection as refused:
            stands = self._documents.by_id(old.id)
            if stands is None or not stands.posted:
                return False
            raise with_remark(refused, stays) from refused
        return True

    def _enter_in_place(
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
            self.withdrawal.of_unposted(now)
            return None

        def note(draft: Found) -> None:
            self._lookup.orders.refuse_exceeded(wanted, draft)
            self._settling.note(draft, bill.fingerprint)

        try:
            self.refuse_double(bill, references.company, references.partner, now)
            if not self._says(now, bill, wanted):
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
            self.withdrawal.finish_amendment(now)  # an accountant's credit note: it goes back as it was
            return None
        if now.document.touched_by_payment:
            self._restore(now, before)
            refuse_if_paid(self._documents.by_id(old.id) or now)
        return now

    def _restore(self, draft: Found, before: Content | None) -> bool:
        """Give a document the content that it had, and post it; whether it stands again."""
        if before is None:
            self.withdrawal.finish_amendment(draft)
        else:
            if not before.fits(self._documents.content(draft)):
                self._settling.write(draft, before.as_values())
            self._settling.post(draft, before)
        stands = self._documents.by_id(draft.id)
        return stands is not None and stands.posted

    def _restored(self, draft: Found, before: Content | None) -> str:
        number = draft.document.number
        try:
            if self._restore(draft, before):
                return f" Document {number} stays in Odoo as it was."
        except ErpRejection:
            pass  # what refuses the old content now is no news to who asked for the new one
        stands = self._documents.by_id(draft.id)
        if stands is not None and stands.unposted:
            self.withdrawal.of_unposted(stands)
        return f" Document {number} could not be posted again and is cancelled: nothing stands in Odoo."

    def refuse_locked(self, old: Found) -> None:
        """Odoo does not let a document of a locked period be changed.

        :raises ErpRejection: its own posting date is locked.
        """
        locked = self._lookup.locked_until(old.company, taxed=bool(old.document.tax))
        day = old.document.posting_date
        if locked is not None and day is not None and day <= locked:
            raise ErpRejection(Refusal(PERIOD_CLOSED, locked_message(day, locked, old.document.company)))
