"""The ERP port on an API that the settings file describes; ``docs/rest.md`` says what it must do."""

from __future__ import annotations

import datetime
import random
import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import ClassVar
from urllib.parse import quote

from airflow.sdk import BaseHook

from coupa_erp.erp_http.remarks import refuse_if_paid
from coupa_erp.form import told_in_the_form
from coupa_erp.rest.api import Call, RestApi
from coupa_erp.rest.connection import RestSettings, read_settings
from coupa_erp.rest.documents import Found, differences, values_of
from coupa_erp.rest.exchange import Exchange
from coupa_erp.rest.files import RestFiles
from coupa_erp.rest.line import Overtaken
from coupa_erp.rest.refusing import of_bill, refuse_beyond_limit
from coupa_erp.rest.templates import at
from include.erp_port import ErpDocument, ErpLimits, ErpPort
from include.errors import ConfigurationError, ErpRejection, ExportError, OutcomeUnknown, TransientError
from include.models.bill import Bill

_ROUNDS = 8
_KEYS_IN_A_QUERY = 20


class RestErpHook(BaseHook, ErpPort):
    """Supplier bills behind an API of somebody's own. Opens nothing until it is first used.

    :param erp_conn_id: the connection: host, token as the password, settings file in the extra ``api``.
    """

    conn_name_attr = "erp_conn_id"
    default_conn_name = "erp_default"
    conn_type = "erp_rest"
    hook_name = "ERP over REST"

    uniqueness: ClassVar[str] = (
        "The other side's: a create is done at most once for an Idempotency-Key, which is the business key "
        "and how many documents of it were cancelled before; changes and cancellations go over the version "
        "that was read (If-Match). docs/rest.md writes it down, and the kit tests it."
    )

    def __init__(self, *, erp_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.erp_conn_id = erp_conn_id

    @cached_property
    def settings(self) -> RestSettings:
        """The connection and its settings file, validated."""
        return read_settings(self.get_connection(self.erp_conn_id))

    @property
    def erp_name(self) -> str:  # type: ignore[override]
        """As the settings file calls it: one hook serves many ERPs."""
        return self._api.name

    @property
    def limits(self) -> ErpLimits:  # type: ignore[override]
        """Likewise."""
        return ErpLimits(number_length=self._api.number_length)

    @property
    def sandbox(self) -> bool:
        """Whether the connection's extra marks it as one."""
        return self.settings.extra.sandbox

    @property
    def _api(self) -> RestApi:
        return self.settings.api

    @cached_property
    def _exchange(self) -> Exchange:
        return Exchange(self.settings)

    # -- looking ---------------------------------------------------------------------------------------------

    def find_by_key(self, key: str) -> ErpDocument | None:
        """The live document of the key, else the newest cancelled one."""
        found = self._of_key(key)
        chosen = _live(found) or (found[0] if found else None)
        return chosen.document if chosen else None

    def live_keys(self, keys: list[str]) -> set[str]:
        """Those that have a live document; twenty keys a call."""
        return {document.key for document in self.find_by_keys(keys) if document.live and document.key}

    def find_by_keys(self, keys: Iterable[str]) -> list[ErpDocument]:
        """Every document of these keys; twenty keys a call."""
        wanted = list(dict.fromkeys(keys))
        pages = (
            wanted[start : start + _KEYS_IN_A_QUERY] for start in range(0, len(wanted), _KEYS_IN_A_QUERY)
        )
        return [
            found.document
            for page in pages
            for found in self._exchange.search("by_keys", self._api.by_keys, {"keys": page})
            if found.document.key in page
        ]

    def list_documents(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[ErpDocument]:
        """Live documents of our keys that are dated, or were entered or changed, in a window."""
        values = {"prefix": key_prefix, "first": first.isoformat(), "last": last.isoformat()}
        for found in self._exchange.search("by_window", self._api.by_window, values):
            if found.document.live and (found.document.key or "").startswith(key_prefix):
                yield found.document

    def find_by_supplier_number(self, company: str, supplier: str, number: str) -> list[ErpDocument]:
        """Live documents of this supplier with exactly this number."""
        values = {"company": company, "supplier": supplier, "number": number}
        found = [one.document for one in self._exchange.search("by_number", self._api.by_number, values)]
        wanted = (company, supplier, number)
        return [
            one for one in found if one.live and (one.company, one.supplier, one.supplier_number) == wanted
        ]

    # -- entering --------------------------------------------------------------------------------------------

    def create(self, bill: Bill) -> ErpDocument:
        """Enter the bill where nothing of its key is live."""
        refuse_beyond_limit(bill, self._api)
        for round_ in range(_ROUNDS):
            found = self._of_key(bill.key)
            live = _live(found)
            if live is not None:
                return live.document
            try:
                return self._enter("create", self._api.create, bill, f"{bill.key}#{len(found)}")
            except Overtaken:
                _pause(round_)
        raise TransientError(f"Other processes keep entering {bill.key} in {self.erp_name}.")

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        """Bring the document to the bill's content, over the version that was read."""
        if current.key != bill.key:
            raise of_bill("ERP_REFUSED", f"{self.erp_name}'s document {current.number} is not of {bill.key}.")
        refuse_beyond_limit(bill, self._api)
        live = _live(self._of_key(bill.key))
        if live is None:
            return self.create(bill)
        if live.document.fingerprint == bill.fingerprint:
            return live.document
        changed = TransientError(f"{self.erp_name}'s document {current.number} was changed meanwhile.")
        if (live.document.erp_id, live.document.fingerprint) != (current.erp_id, current.fingerprint):
            raise changed
        refuse_if_paid(live.document, self.erp_name)
        try:
            return self._enter("amend", self._api.amend, bill, f"{bill.key}#{bill.fingerprint}", over=live)
        except Overtaken:
            raise changed from None

    def discard_drafts(self, key: str) -> None:
        """Nothing: the other side takes a bill whole."""

    def void(self, current: ErpDocument, posting_date: datetime.date | None) -> ErpDocument:
        """Cancel the live document of the key, over the version that was read."""
        if current.key is None:
            raise of_bill("ERP_REFUSED", f"{self.erp_name}'s document {current.number} is not the export's.")
        for round_ in range(_ROUNDS):
            found = self._of_key(current.key)
            live = _live(found)
            if live is None:
                cancelled = current.model_copy(update={"state": "cancelled"})
                return found[0].document if found else cancelled
            refuse_if_paid(live.document, self.erp_name)
            try:
                self._cancel(live, posting_date)
            except Overtaken:
                _pause(round_)
        raise TransientError(f"Other processes keep changing {current.key} in {self.erp_name}.")

    def files(self) -> RestFiles:
        """Files of documents, where the settings file says how the API takes them.

        :raises ConfigurationError: it does not.
        """
        files = self._api.files
        if files is None:
            raise ConfigurationError(
                f"The settings of {self.erp_name} have no section files, so no file can be attached: add it, "
                "or set COUPA_ERP_ATTACHMENTS to false."
            )
        return RestFiles(self._exchange, files)

    def document_url(self, document: ErpDocument) -> str | None:
        """The document in the ERP's own client, where the connection's extra says where that is."""
        web = self.settings.extra.web_url
        values = {"{id}": document.erp_id, "{number}": document.number or ""}
        for name, value in values.items():
            web = web.replace(name, quote(value, safe="")) if web else web
        return web

    # -- the connection --------------------------------------------------------------------------------------

    def check_reachable(self) -> None:
        """The call ``check`` of the settings file."""
        self._exchange.ask("check", self._api.check, {})

    def test_connection(self) -> tuple[bool, str]:
        """The settings file is read, and the call ``check`` made: nothing is written."""
        try:
            self.check_reachable()
        except ExportError as fault:
            return False, told_in_the_form(fault, self.erp_conn_id)
        kind = "a sandbox" if self.sandbox else "production"
        return True, f"{self.erp_name} answers at {self.settings.base_url} as {kind}."

    # -- one call each ---------------------------------------------------------------------------------------

    def _of_key(self, key: str) -> list[Found]:
        found = self._exchange.search("by_keys", self._api.by_keys, {"keys": [key]})
        return [one for one in found if one.document.key == key]

    def _enter(
        self, operation: str, call: Call, bill: Bill, once: str, *, over: Found | None = None
    ) -> ErpDocument:
        """Create or change, read back, compare; what differs is cancelled and refused."""
        day = bill.posting_date or self._first_open_day(bill)
        values = {**(over.values if over else {}), **values_of(bill, day, self._api)}
        once = f"{once}@{over.version}" if over else once
        self._exchange.write(operation, call, values, once=once, over=over, bill=bill)
        made = _live(self._of_key(bill.key))
        if made is None:
            raise OutcomeUnknown(f"{self.erp_name} took {bill.key} and does not show it.")
        if made.document.fingerprint != bill.fingerprint:
            return made.document  # another process was first: whoever called decides anew
        wrong = differences(bill, day, made.document, self.erp_name)
        if wrong:
            self._cancel(made, None)
            raise ErpRejection(*wrong)
        return made.document

    def _cancel(self, found: Found, posting_date: datetime.date | None) -> None:
        values = {**found.values, "posting_date": posting_date.isoformat() if posting_date else None}
        once = f"{found.document.key}#cancel@{found.version}"
        self._exchange.write("cancel", self._api.cancel, values, once=once, over=found)

    def _first_open_day(self, bill: Bill) -> datetime.date:
        call = self._api.open_day
        if call is None:
            raise ConfigurationError(
                f"The settings of {self.erp_name} have no call open_day, so posting_date of the mapping "
                "cannot be first_open_day: add the call, or choose another policy."
            )
        values = {"company": bill.company, "day": bill.invoice_date.isoformat()}
        day = at(self._exchange.ask("open_day", call, values), call.answer)
        try:
            return datetime.date.fromisoformat(str(day))
        except ValueError:
            raise ConfigurationError(
                f"{self.erp_name} answers no day at {call.answer} of open_day."
            ) from None


def _live(found: Iterable[Found]) -> Found | None:
    return next((one for one in found if one.document.live), None)


def _pause(round_: int) -> None:
    time.sleep(random.uniform(0, min(1.0, 0.05 * 2**round_)))  # noqa: S311 - jitter, no secret
