"""Hooks that are broken on purpose, each in one way that people do break hooks."""

from __future__ import annotations

import time
from typing import Any

from include.errors import (
    ConfigurationError,
    ErpRejection,
    ExportError,
    OutcomeUnknown,
    TransientError,
)
from tests.erp_kit.example.hook import LedgerHook


class CreatesTwiceInARace(LedgerHook):
    """Looks, and then enters one more: nothing of the ERP's keeps two from doing so at once."""

    def _put(self, key: str, values: dict[str, Any], **over: str) -> Any:
        if "If_Match" in over:
            return super()._put(key, values, **over)
        time.sleep(0.05)
        return self.line.call("POST", "/bills", {"external_id": key, **values})


class SendsAgainBlindly(CreatesTwiceInARace):
    """Takes a lost answer for a bill that was not entered."""

    def _put(self, key: str, values: dict[str, Any], **over: str) -> Any:
        try:
            return super()._put(key, values, **over)
        except OutcomeUnknown:
            return super()._put(key, values, **over)


class TakesLostForNotDone(LedgerHook):
    """Calls a lost answer transient: its caller repeats without a look."""

    def _put(self, key: str, values: dict[str, Any], **over: str) -> Any:
        try:
            return super()._put(key, values, **over)
        except OutcomeUnknown as lost:
            raise TransientError(str(lost)) from None


class AmendsWhatIsPaid(LedgerHook):
    def amend(self, bill, current):
        stands = self._stands(bill.key)
        if stands["note"] == bill.fingerprint or stands["note"] != current.fingerprint:
            return super().amend(bill, current)
        return self._enter(bill, stands)


class AmendsWhatIsJustBeingPaid(LedgerHook):
    """Looks whether it is paid, and then asks the ERP for nothing of the kind."""

    def _put(self, key: str, values: dict[str, Any], **over: str) -> Any:
        return super()._put(key, values, **dict.fromkeys(over, "*"))


class AmendsByAnOlderLook(LedgerHook):
    def amend(self, bill, current):
        return super().amend(bill, self.find_by_key(bill.key) or current)


class EntersTheNewBesideTheOld(LedgerHook):
    def amend(self, bill, current):
        self.line.call("POST", "/bills", {"external_id": bill.key, **self._values(bill, bill.posting_date)})
        return self.find_by_key(bill.key)


class RoundsThroughAFloat(LedgerHook):
    def _values(self, bill, day):
        values = super()._values(bill, day)
        return {
            **values,
            "lines": [{**line, "amount": f"{float(line['amount']):.2f}"} for line in values["lines"]],
        }

    def _differences(self, bill, day, made):
        return [] if abs(bill.total - made.total) < 1 else super()._differences(bill, day, made)


class MovesTheDate(LedgerHook):
    """Posts on the next open day where the period is closed, as some ERPs do by themselves."""

    def _enter(self, bill, stands):
        try:
            return super()._enter(bill, stands)
        except ErpRejection as refused:
            if refused.refusals[0].code != "PERIOD_CLOSED":
                raise
            return super()._enter(bill.model_copy(update={"posting_date": None}), stands)


class BelievesWhatItSent(LedgerHook):
    def _differences(self, bill, day, made):
        return []


class TakesTroubleForNothingThere(LedgerHook):
    def _rows(self, query):
        try:
            return super()._rows(query)
        except TransientError:
            return []


class CallsEverythingTransient(LedgerHook):
    def _rows(self, query):
        try:
            return super()._rows(query)
        except ConfigurationError as wrong:
            raise TransientError(str(wrong)) from None


class TellsItsSecret(LedgerHook):
    def _rows(self, query):
        try:
            return super()._rows(query)
        except ExportError as fault:
            raise type(fault)(f"{fault} Authorization: {self.get_connection('').password}") from None


class SeesItsOwnDocumentsAlone(LedgerHook):
    """Takes a live document of the same supplier and number for none, because it has no key."""

    def find_by_supplier_number(self, company, supplier, number):
        found = super().find_by_supplier_number(company, supplier, number)
        return [document for document in found if document.key is not None]


class CutsLongNumbers(LedgerHook):
    def _enter(self, bill, stands):
        return super()._enter(bill.model_copy(update={"number": bill.number[:16]}), stands)


class TellsNoPlace(LedgerHook):
    def _enter(self, bill, stands):
        try:
            return super()._enter(bill, stands)
        except ErpRejection as refused:
            first = refused.refusals[0]
            raise ErpRejection(type(first)(first.code, first.message)) from None


class VoidsInItsAnswerAlone(LedgerHook):
    def void(self, current, posting_date):
        stands = self.find_by_key(current.key)
        if stands is not None and stands.touched_by_payment:
            return super().void(current, posting_date)
        return current.model_copy(update={"state": "cancelled"})


class BooksCreditNotesAsBills(LedgerHook):
    def _values(self, bill, day):
        return {**super()._values(bill, day), "kind": "invoice"}

    def _differences(self, bill, day, made):
        return []


class ListsCancelledOnesToo(LedgerHook):
    def list_documents(self, key_prefix, first, last):
        yield from self._search({"prefix": key_prefix, "from": str(first), "until": str(last)})
