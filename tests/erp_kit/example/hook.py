"""The ERP port on Ledger: an example to copy."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, ClassVar, NoReturn
from urllib.parse import quote

from airflow.sdk import BaseHook

from coupa_erp.channel import Channel
from coupa_erp.form import extra_of, told_in_the_form
from include.erp_port import ErpDocument, ErpLimits, ErpPort
from include.errors import (
    ConfigurationError,
    ErpRejection,
    ExportError,
    OutcomeUnknown,
    Refusal,
    TransientError,
)
from include.models.bill import Bill
from tests.erp_kit.example.document import ELSEWHERE, differences, document_of, values_of
from tests.erp_kit.example.line import LedgerLine, Overtaken, RefusedByLedger

_ROUNDS = 8
_KEYS_IN_A_QUERY = 20
_CODES = {
    "company.unknown": "COMPANY_UNKNOWN",
    "supplier.unknown": "SUPPLIER_UNKNOWN",
    "currency.unknown": "CURRENCY_UNKNOWN",
    "term.unknown": "PAYMENT_TERM_UNKNOWN",
    "account.unknown": "ACCOUNT_UNKNOWN",
    "center.unknown": "DIMENSION_UNKNOWN",
    "tax.unknown": "TAX_UNKNOWN",
    "period.closed": "PERIOD_CLOSED",
    "reference.long": "NUMBER_TOO_LONG",
}


class LedgerHook(BaseHook, ErpPort):
    """Supplier bills in Ledger.

    :param erp_conn_id: the connection: host, token as the password.
    """

    conn_name_attr = "erp_conn_id"
    default_conn_name = "erp_default"
    conn_type = "ledger"
    hook_name = "Ledger"

    erp_name: ClassVar[str] = "Ledger"
    limits: ClassVar[ErpLimits] = ErpLimits(number_length=16)
    uniqueness: ClassVar[str] = (
        "The business key is Ledger's external id, of which it holds one document: PUT with If-None-Match "
        "enters it only where there is none, with If-Match only over the version that was read."
    )

    def __init__(self, *, erp_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.erp_conn_id = erp_conn_id

    @cached_property
    def _extra(self) -> dict[str, Any]:
        return extra_of(self.get_connection(self.erp_conn_id).extra, '{"sandbox": true}')

    @property
    def sandbox(self) -> bool:
        """Whether the connection's extra marks it as one."""
        return bool(self._extra.get("sandbox", False))

    @cached_property
    def line(self) -> LedgerLine:
        """The session; opened when it is first used."""
        connection = self.get_connection(self.erp_conn_id)
        if not connection.host or not connection.password:
            raise ConfigurationError(f"Connection {self.erp_conn_id}: host and password are required.")
        return LedgerLine(
            Channel(connection.host), connection.password, float(self._extra.get("timeout_seconds", 60))
        )

    # -- looking ---------------------------------------------------------------------------------------------

    def find_by_key(self, key: str) -> ErpDocument | None:
        """The one document of the key."""
        found = self._stands(key)
        return document_of(found) if found else None

    def live_keys(self, keys: list[str]) -> set[str]:
        """Twenty keys a call."""
        return {document.key for document in self.find_by_keys(keys) if document.live and document.key}

    def find_by_keys(self, keys: Iterable[str]) -> list[ErpDocument]:
        """Likewise; a reversed document is the only one of its key."""
        wanted = list(dict.fromkeys(keys))
        pages = [
            wanted[start : start + _KEYS_IN_A_QUERY] for start in range(0, len(wanted), _KEYS_IN_A_QUERY)
        ]
        return [document for page in pages for document in self._search({"external_id": page})]

    def list_documents(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[ErpDocument]:
        """In one call: Ledger does not page."""
        query = {"prefix": key_prefix, "from": first.isoformat(), "until": last.isoformat()}
        yield from (document for document in self._search(query) if document.live)

    def find_by_supplier_number(self, company: str, supplier: str, number: str) -> list[ErpDocument]:
        """Typed by hand or exported."""
        query = {"company": company, "supplier": supplier, "reference": number}
        return [document for document in self._search(query) if document.live]

    # -- entering --------------------------------------------------------------------------------------------

    def create(self, bill: Bill) -> ErpDocument:
        """Enter the bill where nothing of its key is live."""
        for _ in range(_ROUNDS):
            stands = self._stands(bill.key)
            if stands is not None and stands["state"] != "reversed":
                return document_of(stands)
            try:
                return self._enter(bill, stands)
            except Overtaken:  # another process entered it between the look and the call
                continue
        raise TransientError(f"Other processes keep entering {bill.key} in Ledger; trying again later.")

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        """Change the document in place, over the version that was read."""
        if current.key != bill.key:
            raise ErpRejection(
                Refusal("ERP_REFUSED", f"Ledger's document {current.number} was not entered for {bill.key}.")
            )
        stands = self._stands(bill.key)
        if stands is None or stands["state"] == "reversed":
            return self.create(bill)
        document = document_of(stands)
        if document.fingerprint == bill.fingerprint:
            return document
        if document.fingerprint != current.fingerprint:
            raise TransientError(f"Ledger's document {current.number} was changed meanwhile.")
        _refuse_if_paid(document)
        try:
            return self._enter(bill, stands)
        except Overtaken:  # a payment, or another process: whoever calls again sees which
            raise TransientError(f"Ledger's document {current.number} was changed meanwhile.") from None

    def discard_drafts(self, key: str) -> None:
        """Nothing: Ledger enters a bill in one call and keeps no drafts."""

    def void(self, current: ErpDocument, posting_date: datetime.date | None) -> ErpDocument:
        """Reverse the document, on the day that is asked for or today."""
        if current.key is None:
            raise ErpRejection(
                Refusal("ERP_REFUSED", f"Ledger's document {current.number} was not entered by this export.")
            )
        for _ in range(_ROUNDS):
            stands = self._stands(current.key)
            if stands is None:
                return current.model_copy(update={"state": "cancelled"})
            if stands["state"] == "reversed":
                return document_of(stands)
            _refuse_if_paid(document_of(stands))
            try:
                return self._reverse(stands, posting_date)
            except Overtaken:
                continue
        raise TransientError(f"Other processes keep changing {current.key} in Ledger; trying again later.")

    def document_url(self, document: ErpDocument) -> str | None:
        """Ledger has no pages of its own."""
        return None

    # -- the connection --------------------------------------------------------------------------------------

    def check_reachable(self) -> None:
        """Ask for Ledger's name."""
        told = self.line.call("GET", "/status")
        if not isinstance(told, dict) or "ledger" not in told:
            raise ConfigurationError(ELSEWHERE)

    def test_connection(self) -> tuple[bool, str]:
        """The same, as a sentence."""
        try:
            self.check_reachable()
        except ExportError as fault:
            return False, told_in_the_form(fault, self.erp_conn_id)
        return True, "Ledger answers."

    # -- one call each ---------------------------------------------------------------------------------------

    def _stands(self, key: str) -> dict[str, Any] | None:
        found = self._rows({"external_id": key})
        return found[0] if found else None

    def _search(self, query: dict[str, Any]) -> list[ErpDocument]:
        return [document_of(row) for row in self._rows(query)]

    def _rows(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        found = self.line.call("GET", "/bills", query=query)
        if not isinstance(found, list):
            raise ConfigurationError(ELSEWHERE)
        return found

    def _enter(self, bill: Bill, stands: dict[str, Any] | None) -> ErpDocument:
        """Enter or change, read back, compare; what differs is taken back and refused."""
        day = bill.posting_date or self._first_open_day(bill.invoice_date)
        over = {"If_Match": str(stands["version"])} if stands else {"If_None_Match": "*"}
        try:
            row = self._put(bill.key, self._values(bill, day), **over)
        except RefusedByLedger as refused:
            _reject(bill, refused)
        try:
            document = document_of(row)
        except ConfigurationError as unreadable:  # it came well, so the bill may stand
            raise OutcomeUnknown(str(unreadable)) from None
        wrong = self._differences(bill, day, document)
        if wrong:
            self._reverse(row, None)
            raise ErpRejection(*wrong)
        return document

    def _put(self, key: str, values: dict[str, Any], **over: str) -> Any:
        return self.line.call("PUT", f"/bills/{quote(key, safe='')}", values, **over)

    def _reverse(self, row: dict[str, Any], day: datetime.date | None) -> ErpDocument:
        body = {} if day is None else {"posting_date": day.isoformat()}
        path = f"/bills/{quote(row['external_id'], safe='')}/reversal"
        try:
            return document_of(self.line.call("POST", path, body, If_Match=str(row["version"])))
        except RefusedByLedger as refused:
            raise ErpRejection(
                *(
                    Refusal(_CODES.get(error["code"], "ERP_REFUSED"), f"Ledger refuses: {error['message']}")
                    for error in refused.errors
                )
            ) from None

    _values = staticmethod(values_of)
    _differences = staticmethod(differences)

    def _first_open_day(self, day: datetime.date) -> datetime.date:
        told = self.line.call("GET", "/periods", query={"from": day.isoformat()})
        try:
            return datetime.date.fromisoformat(told["open"])
        except (KeyError, TypeError, ValueError):
            raise ConfigurationError(ELSEWHERE) from None


def _reject(bill: Bill, refused: RefusedByLedger) -> NoReturn:
    """Every error of Ledger, at the place of the line that it is about."""
    places = {
        **{f"lines/{index}": line.place for index, line in enumerate(bill.lines)},
        **{f"taxes/{index}": tax.place for index, tax in enumerate(bill.taxes)},
    }
    raise ErpRejection(
        *(
            Refusal(
                _CODES.get(error["code"], "ERP_REFUSED"),
                f"Ledger refuses: {error['message']}",
                places.get(error["field"], "Header"),
            )
            for error in refused.errors
        )
    ) from None


def _refuse_if_paid(document: ErpDocument) -> None:
    if document.touched_by_payment:
        raise ErpRejection(
            Refusal(
                "PAID",
                f"Ledger's document {document.number} is paid with {document.paid_amount} of "
                f"{document.total} {document.currency} and stays as it is: decide in Ledger what to do.",
            )
        )
