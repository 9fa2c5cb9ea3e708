"""Entering bills so that a key never has two live documents, whatever is killed, repeated or raced.

By what that holds is in :mod:`coupa_erp.odoo.external_ids`; here is the order of the calls. A clean bill:
look up the key, import the draft with its external id, set the tax amounts where Odoo's differ, compare,
note the fingerprint, post, compare again. An amendment is in :mod:`coupa_erp.odoo.in_place`.

A draft that was never posted is never edited: one that does not say what is wanted is deleted and imported
anew.
"""

from __future__ import annotations

import datetime
import logging
import random
import time
from collections.abc import Callable

from coupa_erp.erp_http.remarks import refuse_if_paid, stays_as_it_was, with_remark
from coupa_erp.odoo import external_ids
from coupa_erp.odoo.answers import ERP
from coupa_erp.odoo.content import Content
from coupa_erp.odoo.documents import MOVE, Documents
from coupa_erp.odoo.doubles import BeingEntered, refuse_double
from coupa_erp.odoo.found import Found
from coupa_erp.odoo.in_place import InPlace
from coupa_erp.odoo.lookup import ReferenceLookup
from coupa_erp.odoo.names import Names
from coupa_erp.odoo.references import References
from coupa_erp.odoo.settling import Settling
from coupa_erp.odoo.transport import OdooTransport
from coupa_erp.odoo.withdrawal import Withdrawal
from include.erp_port import ErpDocument
from include.errors import ConfigurationError, ErpRejection, TransientError
from include.models.bill import Bill

log = logging.getLogger(__name__)

#: So often an attempt starts anew because another process moved the same bill under it.
_ROUNDS = 8


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
        self.withdrawal = Withdrawal(transport, documents, self._settling, lookup.locks)
        self._in_place = InPlace(documents, self._settling, self.withdrawal, lookup.orders)

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
            return self._in_place.enter(bill, references, wanted, draft)
        if draft is not None and not self._settling.says(draft, wanted, bill.fingerprint):
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

    def _finish(
        self, bill: Bill, references: References, wanted: Content, draft: Found
    ) -> ErpDocument | None:
        """Post a draft; take it away where that is refused, or where it differs from what was sent."""

        def check(now: Found) -> None:
            refuse_double(self._documents, bill, references, now)
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
        refuse_if_paid(old.document, ERP)
        stays = stays_as_it_was(old.document, ERP)
        try:
            references = self._lookup.of(bill, old)
            refuse_double(self._documents, bill, references, old)
            if (references.company, bill.kind) == (old.company, old.document.kind):
                self._lookup.locks.refuse_change_of(old)
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
        if not self._in_place.take_back_to_draft(old):
            return None
        return self._in_place.enter(bill, references, wanted, old, before)
