"""Entering bills so that a key never has two posted documents, whatever is killed, repeated or raced.

The rules are in :mod:`coupa_erp.tryton.claims`; here is the order of the calls. A clean bill: look up the
key, create the draft, claim the key for it, look up the key again, post, read back, release.
"""

from __future__ import annotations

import datetime
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from coupa_erp.erp_http.remarks import nothing_stands, refuse_if_paid, stays_as_it_was, with_remark
from coupa_erp.tryton.answers import ERP
from coupa_erp.tryton.claims import Claim, Claims
from coupa_erp.tryton.documents import INVOICE, Documents, Found
from coupa_erp.tryton.entry import invoice_values
from coupa_erp.tryton.lookup import ReferenceLookup
from coupa_erp.tryton.posting import BeingEntered, Posting
from coupa_erp.tryton.read_back import differences
from coupa_erp.tryton.references import References
from coupa_erp.tryton.settling import Settling
from coupa_erp.tryton.transport import TrytonTransport
from coupa_erp.tryton.withdrawal import Withdrawal
from include.erp_port import ErpDocument
from include.errors import ConfigurationError, ErpRejection, TransientError
from include.models.bill import Bill

log = logging.getLogger(__name__)

#: So often an attempt starts anew because another process moved the same bill under it.
_ROUNDS = 8


@dataclass(frozen=True)
class _Held:
    """The key is ours: its claim, the claimed draft, and what is posted under the key."""

    claim: Claim
    draft: Found
    posted: list[Found]


class Entering:
    """Creates and amends documents.

    :param transport: the database.
    :param documents: finds documents.
    :param lookup: finds what bills name.
    :param settling: keeps purchase orders right; ``None``: bills are not booked against them.
    """

    def __init__(
        self,
        transport: TrytonTransport,
        documents: Documents,
        lookup: ReferenceLookup,
        settling: Settling | None = None,
    ) -> None:
        self._settling = settling
        self._transport = transport
        self._lookup = lookup
        self._documents = documents
        self._claims = Claims(transport)
        self.withdrawal = Withdrawal(transport, documents)
        self._posting = Posting(transport, documents, self.withdrawal)

    def create(self, bill: Bill) -> ErpDocument:
        """Post the bill, or finish what an earlier attempt left of it.

        :raises ErpRejection: Tryton refuses it; nothing of it stays live.
        """
        return self._until_done(bill, self._create_once)

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        """Replace the posted document of the bill's key by one with the bill's content.

        The new document is validated before the old one is cancelled: validating runs every check of posting
        and numbers the bill.

        :param current: what the caller decided upon.
        :raises ErpRejection: the old document was paid, or Tryton refuses the new content; the old one stays.
        :raises TransientError: another document took its place meanwhile.
        """
        return self._until_done(bill, lambda wanted: self._amend_once(wanted, current))

    def discard_drafts(self, key: str) -> None:
        """Delete the drafts of a key, release a claim whose draft is gone, bring its orders into line."""
        drafts = [document for document in self._documents.of_key(key) if document.unposted]
        for draft in drafts:
            self.withdrawal.of_unposted(draft)
        claim = self._claims.find(key) if drafts else None
        if claim is not None:
            self._settle(claim)
        self._settle_orders(key)

    def void(self, key: str, posting_date: datetime.date | None) -> Found | None:
        """Cancel what is posted under a key and delete its drafts, until nothing of it is live.

        :return: the newest cancelled document.
        """
        for _ in range(_ROUNDS):
            found = self._documents.of_key(key)
            live = [document for document in found if document.posted or document.unposted]
            if not live:
                break
            for document in live:
                if document.posted:
                    self.withdrawal.of_posted(document, posting_date)
                else:
                    self.withdrawal.of_unposted(document)
        else:
            raise TransientError(f"Other processes keep entering {key} in Tryton; trying again later.")
        claim = self._claims.find(key)
        if claim is not None:
            self._settle(claim)
        self._settle_orders(key)
        return found[0] if found else None

    def _until_done(self, bill: Bill, attempt: Callable[[Bill], ErpDocument | None]) -> ErpDocument:
        for round_ in range(_ROUNDS):
            done = attempt(bill)
            if done is not None:
                return done
            log.info("Another process works on %s in Tryton; looking again.", bill.key)
            time.sleep(random.uniform(0, min(2.0, 0.1 * 2**round_)))  # noqa: S311 - jitter, no secret
        raise TransientError(f"Other processes keep changing {bill.key} in Tryton; trying again later.")

    def _create_once(self, bill: Bill) -> ErpDocument | None:
        found = self._documents.of_key(bill.key)
        posted = next((document for document in found if document.posted), None)
        if posted is not None:
            if any(document.unposted for document in found):
                self._sweep(bill.key, found)
            return posted.document
        references = self._lookup.of(bill)
        held = self._hold(bill, references, found)
        if held is None:
            return None
        if held.posted:
            self._give_up(held.claim, held.draft, references)
            return None
        return self._finish(bill, references, held, replaces=None)

    def _amend_once(self, bill: Bill, current: ErpDocument) -> ErpDocument | None:
        found = self._documents.of_key(bill.key)
        old = next((document for document in found if document.posted), None)
        if old is None:  # an earlier attempt cancelled it and stopped there
            return self._create_once(bill)
        if old.document.fingerprint == bill.fingerprint:
            if any(document.unposted for document in found):
                self._sweep(bill.key, found)
            return old.document
        if old.document.erp_id != current.erp_id:
            # Newer content, perhaps: whoever decided by an older look must look again.
            raise TransientError(
                f"Tryton's document {current.number} was replaced by {old.document.number} meanwhile."
            )
        refuse_if_paid(old.document, ERP)
        references = self._lookup.of(bill)
        held = self._hold(bill, references, found)
        if held is None:
            return None
        if [document.id for document in held.posted] != [old.id]:
            self._give_up(held.claim, held.draft, references)
            return None
        stays = stays_as_it_was(old.document, ERP)
        try:
            refuse_if_paid(held.posted[0].document, ERP)
            if self._settling:
                self._settling.check(bill, references.matches)
            validated = self._posting.press(held.draft, "validate_invoice", replaces=old.id)
        except ErpRejection as refused:
            self._give_up(held.claim, held.draft, references)
            raise with_remark(refused, stays) from refused
        except (BeingEntered, ConfigurationError):
            self._give_up(held.claim, held.draft, references)
            raise
        if validated is None:
            return None
        try:
            self.withdrawal.of_posted(old)
        except ErpRejection as refused:
            self._give_up(held.claim, validated, references)
            raise with_remark(refused, stays) from refused
        return self._finish(bill, references, replace(held, draft=validated), replaces=old)

    def _hold(self, bill: Bill, references: References, found: list[Found]) -> _Held | None:
        """Hold a claim whose draft has the bill's content; ``None``: the view was old, look again."""
        drafts = [document for document in found if document.unposted]
        claim = self._claims.find(bill.key) if drafts else None
        if claim is None:
            fitting = next((document.id for document in drafts if _fits(document, bill, references)), None)
            record = fitting or self._transport.create(
                INVOICE,
                invoice_values(bill, references),
                company=references.company,
                lines=len(bill.lines),
            )
            claim = self._claims.take(bill.key, record)
            if claim is None:
                self._lose(bill.key, record)
                return None
        # Only what is read after the claim was seen shows whatever was posted before it.
        now = self._documents.of_key(bill.key)
        draft = next((document for document in now if document.id == claim.draft and document.unposted), None)
        if draft is None:
            self._settle(claim)
            return None
        if not _fits(draft, bill, references):
            self._give_up(claim, draft, references)
            return None
        for document in now:
            if document.unposted and document.id != draft.id:
                self.withdrawal.of_unposted(document)
        return _Held(claim, draft, [document for document in now if document.posted])

    def _lose(self, key: str, record: int) -> None:
        """Another draft has the key: take one's own away, and a claim whose draft is done with."""
        claim = self._claims.find(key)
        if claim is not None and claim.draft != record:
            self._settle(claim)
        own = self._documents.by_id(record)
        if own is not None and own.unposted and (claim is None or claim.draft != record):
            self.withdrawal.of_unposted(own)

    def _finish(
        self, bill: Bill, references: References, held: _Held, *, replaces: Found | None
    ) -> ErpDocument | None:
        """Post the claimed draft, compare, release. ``None``: another process took it away."""
        claim, draft = held.claim, held.draft
        gone = nothing_stands(replaces.document if replaces else None, ERP)
        try:
            if self._settling:  # also for what an attempt that ended half-way has cancelled
                self._settling.make_room(bill, references.matches, draft.id)
            posted = self._posting.press(draft, "post", replaces=replaces.id if replaces else None)
        except ErpRejection as refused:
            stands = self._give_up(claim, draft, references)
            if stands is not None:
                posted = stands
            else:
                raise with_remark(refused, gone) from refused
        except (BeingEntered, ConfigurationError):
            if replaces is None:
                self._give_up(claim, draft, references)
            raise
        if posted is None:
            self._settle(claim)
            return None
        document = posted.document.model_copy(update={"account_sums": self._documents.account_sums(posted)})
        if document.fingerprint == bill.fingerprint:
            faults = differences(bill, references, document)
            if faults:
                self.withdrawal.of_posted(posted)
                self._settle(claim)
                self._settle_orders(bill.key, references)
                raise with_remark(ErpRejection(*faults), gone)
        self._claims.release(claim)
        if references.matches:
            self._settle_orders(bill.key, references)
        return document

    def _give_up(self, claim: Claim, draft: Found, references: References) -> Found | None:
        """Withdraw a claimed draft and release its claim; the document where it was posted meanwhile."""
        stands = self.withdrawal.of_unposted(draft)
        self._claims.release(claim)
        self._settle_orders(draft.document.key or "", references)
        return stands

    def _settle_orders(self, key: str, references: References | None = None) -> None:
        """Have Tryton wait for just what is not billed of a key's orders, and of those that were to be."""
        if self._settling:
            self._settling.settle(key, references.matches if references else {})

    def _settle(self, claim: Claim) -> None:
        """Release a claim whose draft is posted, cancelled or gone; keep any other."""
        claimed = self._documents.by_id(claim.draft) if claim.draft is not None else None
        if claimed is None or not claimed.unposted:
            self._claims.release(claim)

    def _sweep(self, key: str, found: list[Found]) -> None:
        """Delete drafts beside a posted document; a claimed one belongs to an amendment under way."""
        claim = self._claims.find(key)
        for document in found:
            if document.unposted and (claim is None or claim.draft != document.id):
                self.withdrawal.of_unposted(document)
        self._settle_orders(key)


def _fits(draft: Found, bill: Bill, references: References) -> bool:
    """Whether a draft that was found can be posted for the bill as it is: nobody edited it since it was sent.

    Validating edits it, too, and then nothing else can.
    """
    return (
        draft.document.fingerprint == bill.fingerprint
        and draft.accounting_date == references.posting_date
        and (draft.state == "validated" or not draft.touched)
    )
