"""Entering invoices so that a key never has two posted documents, whatever is killed, repeated or raced.

S/4HANA has no unique field and no idempotency key for a supplier invoice. It has parked documents, which
count for nothing, and which ``Post`` turns into posted ones. The rules:

- A document is parked first. It is posted only after a look that began later shows it as the **only** parked
  document of its key, and none posted.
- Whoever sees two parked documents of a key deletes all but one and looks again; S/4HANA refuses to delete
  what was posted meanwhile, and to post what was deleted.
- A parked document is never edited. New content is a new one; the old one is deleted.

Why that leaves one: were two posted, x by a look that did not show y, then y was parked after that look. The
look that let y be posted began later still, when x existed, so it did not show x only because x had been
deleted, and a deleted document cannot be posted. It rests on this alone: a search shows what was parked
before it began, and S/4HANA carries out ``Post`` and the deletion of one document one after the other.

A crash at any place leaves a parked document that the next attempt posts or deletes.
"""

from __future__ import annotations

import datetime
import logging
import random
import time

from coupa_erp.erp_http.read_back import differences
from coupa_erp.erp_http.remarks import nothing_stands, refuse_if_paid, stays_as_it_was, with_remark
from coupa_erp.s4hana.answers import DOUBLE, PERIOD_CLOSED, ChangedMeanwhile, NotInS4Hana
from coupa_erp.s4hana.books import Books
from coupa_erp.s4hana.comparison import is_as_sent
from coupa_erp.s4hana.documents import ENTITY, PARKED, Documents, Found
from coupa_erp.s4hana.entry import matched, parked_values, refuse_unfit
from coupa_erp.s4hana.open_days import days_to_try
from coupa_erp.s4hana.places import with_places
from coupa_erp.s4hana.transport import S4HanaTransport
from coupa_erp.s4hana.wire import without_zeros
from coupa_erp.s4hana.withdrawal import Withdrawal
from include.erp_port import ErpDocument
from include.errors import ErpRejection, TransientError
from include.models.bill import Bill

log = logging.getLogger(__name__)

#: So often an attempt starts anew because another process moved the same invoice under it.
_ROUNDS = 10
_ERP = "S/4HANA"


class Entering:
    """Creates, amends and voids documents.

    :param transport: S/4HANA.
    :param documents: finds documents.
    :param books: reads what was paid.
    """

    def __init__(self, transport: S4HanaTransport, documents: Documents, books: Books) -> None:
        self._transport = transport
        self._documents = documents
        self._books = books
        self._withdrawal = Withdrawal(transport, documents, books)

    def create(self, bill: Bill) -> ErpDocument:
        """Post the bill, or finish what an earlier attempt left of it.

        :raises ErpRejection: S/4HANA refuses it; nothing of it stays live.
        """
        return self._on_an_open_day(bill, None)

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        """Replace the posted document of the bill's key by one with the bill's content.

        The new document is parked, with the checks that parking makes, before the old one is cancelled. The
        reversal bears the new document's posting date: so S/4HANA refuses a closed period while the old
        document still stands, and nothing moves in any other period.

        :param current: what the caller decided upon.
        :raises ErpRejection: the old document was paid, or S/4HANA refuses the new content.
        :raises TransientError: another document took its place meanwhile.
        """
        return self._on_an_open_day(bill, current)

    def discard_parked(self, key: str) -> None:
        """Delete the parked documents of a key."""
        for document in self._documents.of_key(key):
            if document.parked:
                self._withdrawal.of_parked(document)

    def void(self, key: str, day: datetime.date | None) -> Found | None:
        """Cancel what is posted under a key and delete what is parked, until nothing of it is live.

        :param day: the reversal's posting date; ``None``: the document's own, or the first open one after it.
        :return: the newest cancelled document.
        """
        for round_ in range(_ROUNDS):
            found = self._documents.of_key(key)
            live = [document for document in found if document.document.live]
            if not live:
                return found[0] if found else None
            for document in live:
                if document.posted:
                    own = document.document.posting_date or _today()
                    self._withdrawal.of_posted(document, [day] if day else [*days_to_try(own), _today()])
                else:
                    self._withdrawal.of_parked(document)
            _pause(round_)
        raise TransientError(f"Other processes keep entering {key} in S/4HANA; trying again later.")

    def _on_an_open_day(self, bill: Bill, current: ErpDocument | None) -> ErpDocument:
        """Enter the bill on its posting date; where it leaves that to S/4HANA, on the first that it takes."""
        if bill.posting_date is not None:
            return self._until_done(bill, current)
        closed: ErpRejection | None = None
        for day in days_to_try(bill.invoice_date):
            try:
                return self._until_done(bill.model_copy(update={"posting_date": day}), current)
            except ErpRejection as refused:
                if refused.refusals[0].code != PERIOD_CLOSED:
                    raise
                closed = closed or refused
        assert closed is not None  # noqa: S101 - for mypy: one day was tried
        raise closed

    def _until_done(self, bill: Bill, current: ErpDocument | None) -> ErpDocument:
        cancelled: Found | None = None
        for round_ in range(_ROUNDS):
            found = self._documents.of_key(bill.key)
            old = next((document for document in found if document.posted), None)
            if old is not None and (current is None or old.document.fingerprint == bill.fingerprint):
                self._sweep(found)
                return self._books.seen(old)
            done: ErpDocument | Found | None
            try:
                if old is not None and current is not None:
                    done = self._replace(bill, found, old, current)
                else:
                    done = self._enter(bill, found, cancelled)
            except ChangedMeanwhile:
                done = None
            if isinstance(done, ErpDocument):
                return done
            cancelled = done or cancelled
            log.info("Another process works on %s in S/4HANA; looking again.", bill.key)
            _pause(round_)
        raise TransientError(f"Other processes keep changing {bill.key} in S/4HANA; trying again later.")

    def _enter(self, bill: Bill, found: list[Found], replaces: Found | None) -> ErpDocument | None:
        """Park and post; ``None``: the view was old, look again."""
        try:
            sole = self._sole_parked(bill, found)
        except ErpRejection as refused:
            raise with_remark(
                refused, nothing_stands(replaces.document if replaces else None, _ERP)
            ) from refused
        if sole is None or sole[1]:
            return None
        return self._finish(bill, sole[0], replaces)

    def _replace(
        self, bill: Bill, found: list[Found], old: Found, current: ErpDocument
    ) -> ErpDocument | Found | None:
        """Park the new content, cancel the old document, post. The old one where it was cancelled only."""
        if old.document.erp_id != current.erp_id:
            # Newer content, perhaps: whoever decided by an older look must look again.
            raise TransientError(
                f"S/4HANA's document {current.number} was replaced by {old.document.number} meanwhile."
            )
        refuse_if_paid(self._books.seen(old), _ERP)
        try:
            sole = self._sole_parked(bill, found)
        except ErpRejection as refused:
            if refused.refusals[0].code != DOUBLE or self._others(bill, old):
                raise with_remark(refused, stays_as_it_was(old.document, _ERP)) from refused
            # Here parking itself checks for doubles, and what it met is the document to be replaced.
            return self._withdrawal.of_posted(old, _days(bill))
        if sole is None or [document.id for document in sole[1]] != [old.id]:
            return None
        try:
            self._withdrawal.of_posted(old, _days(bill))
        except ErpRejection as refused:
            self._withdrawal.of_parked(sole[0])
            raise with_remark(refused, stays_as_it_was(old.document, _ERP)) from refused
        # By the same rule as any other: a look that shows it alone, and none posted.
        return self._enter(bill, self._documents.of_key(bill.key), old) or old

    def _sole_parked(self, bill: Bill, found: list[Found]) -> tuple[Found, list[Found]] | None:
        """The only parked document of the key, with the bill's content, and what is posted beside it.

        ``None``: there were others, which are deleted now; whoever looks again may find one alone.

        :param found: what a look has just shown.
        """
        fitting = [document for document in found if self._is_as_sent(document, bill)]
        if not fitting:
            parked = self._park(bill)
            found = self._documents.of_key(bill.key)
            fitting = [
                document
                for document in found
                if document.parked and (document.id == parked or self._is_as_sent(document, bill))
            ]
        if not fitting:
            return None
        kept = min(fitting, key=lambda document: document.id)
        others = [document for document in found if document.parked and document.id != kept.id]
        for document in others:
            self._withdrawal.of_parked(document)
        return None if others else (kept, [document for document in found if document.posted])

    def _park(self, bill: Bill) -> tuple[str, str]:
        """Park the bill; the id of what came of it."""
        settings = self._transport.settings
        refuse_unfit(bill, settings)
        try:
            made = self._transport.create(ENTITY, parked_values(bill, settings))
        except ErpRejection as refused:
            raise with_places(refused, bill) from refused
        return str(made.get("FiscalYear")), str(made.get("SupplierInvoice"))

    def _is_as_sent(self, document: Found, bill: Bill) -> bool:
        """Whether a parked document that was found can be posted for the bill: nobody edited it."""
        if not _fits(document, bill):
            return False
        stands = self._documents.whole(document)
        return stands is not None and is_as_sent(stands, parked_values(bill, self._transport.settings))

    def _finish(self, bill: Bill, parked: Found, replaces: Found | None) -> ErpDocument | None:
        """Post and compare. ``None``: another process took the document away."""
        try:
            stands = self._post(parked)
        except ErpRejection as refusal:
            refused = with_places(refusal, bill)
            posted = self._withdrawal.of_parked(parked)
            if posted is None:
                raise with_remark(
                    refused, nothing_stands(replaces.document if replaces else None, _ERP)
                ) from refused
            stands = posted
        if stands is None or not stands.posted:
            return None
        document = self._books.seen(stands)
        if document.fingerprint == bill.fingerprint and not document.touched_by_payment:
            settings = self._transport.settings
            own_accounts = not any(matched(line, settings) for line in bill.lines)
            faults = differences(bill, document, erp=_ERP, accounts=own_accounts, spelled=without_zeros)
            if faults:
                self._withdrawal.of_posted(stands, [*_days(bill), _today()])
                raise with_remark(
                    ErpRejection(*faults), nothing_stands(replaces.document if replaces else None, _ERP)
                )
        return document

    def _post(self, parked: Found) -> Found | None:
        """The document as it stands after ``Post``; ``None`` where it was deleted."""
        try:
            self._transport.call("Post", parked.arguments)
        except (ErpRejection, NotInS4Hana) as refused:
            stands = self._documents.by_id(parked)
            if stands is not None and stands.parked and isinstance(refused, ErpRejection):
                raise
            # SAP refuses what another process posted or deleted first.
            return stands if stands is not None and stands.posted else None
        stands = self._documents.by_id(parked)
        if stands is not None and stands.parked:
            raise TransientError(
                f"S/4HANA took the order to post document {parked.document.erp_id} and left it with status "
                f"{stands.status}: a workflow or a check there may hold it."
            )
        return stands

    def _others(self, bill: Bill, old: Found) -> bool:
        found = self._documents.of_number(bill.company, bill.supplier, bill.number)
        return any(document.document.live and document.id != old.id for document in found)

    def _sweep(self, found: list[Found]) -> None:
        """Delete what is parked beside a posted document; who still needs one parks it again."""
        for document in found:
            if document.parked:
                self._withdrawal.of_parked(document)


def _fits(document: Found, bill: Bill) -> bool:
    """Whether a parked document can be posted for the bill: it says what was sent, and stands as parked."""
    stands = document.document
    return (
        document.parked
        and document.status == PARKED
        and stands.fingerprint == bill.fingerprint
        and stands.posting_date == bill.posting_date
        and stands.total == bill.total
    )


def _days(bill: Bill) -> list[datetime.date]:
    return [bill.posting_date] if bill.posting_date else []


def _pause(round_: int) -> None:
    time.sleep(random.uniform(0, min(3.0, 0.05 * 2**round_)))  # noqa: S311 - jitter, no secret


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()
