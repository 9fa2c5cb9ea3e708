"""Entering bills so that a key never has two live documents, whatever is killed, repeated or raced.

NetSuite takes one record for an external id, and ``PUT …/eid:`` creates it or brings it to what is sent: two
processes with one bill make one record. What that leaves open is settled here:

- A document that was voided keeps its external id. What is entered after it has the next generation's, which
  follows from what stands there, so processes that race for it choose the same.
- A bill and a credit are two types. Where an external id is one record's among all transactions, as Oracle's
  help has it, the second of two contents of an invoice that changed its kind is refused, and looks again.
  Where it is one of a type, both could stand: whoever sees two live documents of a key after entering one
  voids the younger.
- An update has no condition in NetSuite. A document that somebody paid while it was being changed is brought
  back to what it was.
"""

from __future__ import annotations

import logging
import random
import time

from coupa_erp.erp_http.read_back import differences
from coupa_erp.erp_http.remarks import nothing_stands, refuse_if_paid, stays_as_it_was, with_remark
from coupa_erp.netsuite.answers import AlreadyThere, Refused
from coupa_erp.netsuite.codes import Codes, References
from coupa_erp.netsuite.documents import BILL, CREDIT, Documents, Found, choose
from coupa_erp.netsuite.entry import (
    further_codes,
    places_of,
    record_values,
    refuse_unfit,
    same_record,
    tax_codes,
)
from coupa_erp.netsuite.external_ids import GENERATIONS, external_id
from coupa_erp.netsuite.transport import NetSuiteTransport
from coupa_erp.netsuite.voiding import Voiding
from coupa_erp.netsuite.wire import Row
from include.erp_port import ErpDocument
from include.errors import ErpRejection, Refusal, TransientError
from include.models.bill import Bill

log = logging.getLogger(__name__)

_ROUNDS = 8
_ERP = "NetSuite"


class Entering:
    """Creates and amends documents.

    :param transport: NetSuite.
    :param documents: finds and reads documents.
    :param codes: finds what bills name.
    """

    def __init__(self, transport: NetSuiteTransport, documents: Documents, codes: Codes) -> None:
        self._transport = transport
        self._settings = transport.settings
        self._documents = documents
        self._codes = codes
        self.voiding = Voiding(transport, documents, codes)

    def references(self, bill: Bill) -> References:
        """All that a bill names, and whether its fields can hold it.

        :raises ErpRejection: with what NetSuite does not have or hold.
        """
        refuse_unfit(bill, self._settings)
        return self._codes.of(bill, tax_codes(bill, self._settings), further_codes(bill, self._settings))

    def create(self, bill: Bill) -> ErpDocument:
        """Enter the bill, or answer what is live under its key.

        :raises ErpRejection: NetSuite refuses it; nothing of it stays live.
        """
        return self._until_done(bill, None)

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        """Bring the unpaid document of the bill's key to the bill's content.

        In place; what NetSuite lets nobody change of a record (its kind, supplier, company and currency) is
        changed by voiding it and entering another.

        :param current: what the caller decided upon.
        :raises ErpRejection: it was paid, or NetSuite refuses the new content; then the old document stays.
        :raises TransientError: it has other content by now.
        """
        return self._until_done(bill, current)

    def _until_done(self, bill: Bill, current: ErpDocument | None) -> ErpDocument:
        voided: ErpDocument | None = None
        taken: AlreadyThere | None = None
        for round_ in range(_ROUNDS):
            found = self._documents.of_key(bill.key)
            live = choose(found)
            if live is None or live.cancelled:
                try:
                    done = self._enter(bill, found)
                except AlreadyThere as there:
                    done, taken = None, there
                except ErpRejection as refused:
                    raise with_remark(refused, nothing_stands(voided, _ERP)) from refused
            else:
                stands = self._documents.read(live)
                if stands is not None and (current is None or stands.fingerprint == bill.fingerprint):
                    return stands
                done = None if stands is None else self._amend(bill, live, stands, current)
                if done is None and stands is not None:
                    voided = stands
            if done is not None:
                return done
            log.info("Another process works on %s in NetSuite; looking again.", bill.key)
            time.sleep(random.uniform(0, min(2.0, 0.05 * 2**round_)))  # noqa: S311 - jitter, no secret
        raise taken or TransientError(
            f"Other processes keep changing {bill.key} in NetSuite; trying again later."
        )

    def _enter(self, bill: Bill, found: list[Found]) -> ErpDocument | None:
        """Create the record of the next generation. ``None``: another one was there first."""
        references = self.references(bill)
        generation = max((one.generation for one in found), default=0) + 1
        if generation > GENERATIONS:
            raise ErpRejection(
                Refusal(
                    "VOIDED_TOO_OFTEN",
                    f"The invoice was voided and entered again {GENERATIONS} times: enter it by hand.",
                )
            )
        kind = CREDIT if bill.kind == "credit_note" else BILL
        record = self._put(kind, external_id(bill.key, generation), bill, references)
        found = self._documents.of_key(bill.key)
        own = next((one for one in found if one.id == record), None)
        stands = self._documents.read(own) if own is not None else None
        if own is None or stands is None or stands.state == "cancelled":
            return None
        if stands.fingerprint == bill.fingerprint and not stands.touched_by_payment:
            faults = self.voiding.of_differing(own, bill, stands)
            if faults:
                raise ErpRejection(*faults)
        if any(not one.cancelled and int(one.id) < int(own.id) for one in found):
            self.voiding.void(own, None)
            return None
        return stands

    def _put(self, kind: str, external: str, bill: Bill, found: References) -> str:
        content = self._documents.content_text(bill.fingerprint, found.posting_date)
        values = record_values(bill, found, self._settings, content)
        try:
            record = self._transport.put(kind, external, values)
        except Refused as refused:
            raise refused.of(bill, places_of(bill, self._settings)) from refused
        if record:
            return record
        own = [one for one in self._documents.of_key(bill.key) if one.external_id == external]
        return own[0].id if own else ""

    def _amend(
        self, bill: Bill, live: Found, stands: ErpDocument, current: ErpDocument | None
    ) -> ErpDocument | None:
        """``None``: it was voided, so that another can be entered, or somebody else voided it."""
        if current is not None and (stands.erp_id, stands.fingerprint) != (
            current.erp_id,
            current.fingerprint,
        ):
            # Newer content, perhaps: whoever decided by an older look must look again.
            raise TransientError(f"NetSuite's document {stands.number} was changed meanwhile.")
        refuse_if_paid(stands, _ERP)
        stays = stays_as_it_was(stands, _ERP)
        try:
            references = self.references(bill)
            if not _same_record(bill, stands):
                self.voiding.void(live, references.posting_date)
                return None
        except ErpRejection as refused:
            raise with_remark(refused, stays) from refused
        return self._change(bill, live, stays, references)

    def _change(self, bill: Bill, live: Found, stays: str, references: References) -> ErpDocument | None:
        before = self._transport.record(live.kind, live.id)
        if before is None:
            return None
        content = self._documents.content_text(bill.fingerprint, references.posting_date)
        values = record_values(bill, references, self._settings, content)
        for name in ("entity", "subsidiary", "currency"):
            values.pop(name)
        try:
            self._transport.patch(live.kind, live.id, values, replace="expense")
        except Refused as refused:
            if self._now(bill.key, live) is None:
                return None
            told = refused.of(bill, places_of(bill, self._settings))
            raise with_remark(told, stays) from refused
        now = self._now(bill.key, live)
        stands = self._documents.read(now) if now is not None else None
        if now is None or stands is None:
            return None
        if stands.touched_by_payment:
            self._restore(live, before, values)
            refuse_if_paid(stands.model_copy(update={"total": live.total}), _ERP)
        if stands.fingerprint == bill.fingerprint:
            faults = differences(bill, stands, erp=_ERP)
            if faults:
                self._restore(live, before, values)
                raise with_remark(ErpRejection(*faults), stays)
        return stands

    def _restore(self, live: Found, before: Row, changed: Row) -> None:
        self._transport.patch(live.kind, live.id, same_record(before, changed), replace="expense")

    def _now(self, key: str, live: Found) -> Found | None:
        """The document as it is found now, where it is still live."""
        found = self._documents.of_key(key)
        return next((one for one in found if one.id == live.id and not one.cancelled), None)


def _same_record(bill: Bill, stands: ErpDocument) -> bool:
    return (bill.kind, bill.supplier, bill.company, bill.currency) == (
        stands.kind,
        stands.supplier,
        stands.company,
        stands.currency,
    )
