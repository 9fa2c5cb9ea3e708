"""The ERP port on Oracle NetSuite."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import ClassVar, NoReturn

from airflow.sdk import BaseHook

from coupa_erp.erp_http.remarks import refuse_if_paid
from coupa_erp.form import told_in_the_form
from coupa_erp.netsuite.codes import Codes
from coupa_erp.netsuite.connection import NetSuiteSettings, read_settings
from coupa_erp.netsuite.connection_check import check_connection, reach
from coupa_erp.netsuite.documents import Documents, choose
from coupa_erp.netsuite.entering import Entering
from coupa_erp.netsuite.entry import NUMBER_LENGTH
from coupa_erp.netsuite.external_ids import key_of
from coupa_erp.netsuite.transport import NetSuiteTransport
from include.erp_port import ErpDocument, ErpLimits, ErpPort
from include.errors import ConfigurationError, ErpRejection, ExportError, Refusal
from include.models.bill import Bill


class NetSuiteHook(BaseHook, ErpPort):
    """Vendor bills and vendor credits in NetSuite over SuiteTalk REST web services.

    Opens nothing until it is first used.

    :param erp_conn_id: the connection: the account's SuiteTalk address, client id and private key.
    """

    conn_name_attr = "erp_conn_id"
    default_conn_name = "erp_default"
    conn_type = "netsuite"
    hook_name = "Oracle NetSuite"

    erp_name: ClassVar[str] = "NetSuite"
    limits: ClassVar[ErpLimits] = ErpLimits(number_length=NUMBER_LENGTH)
    uniqueness: ClassVar[str] = (
        "NetSuite takes one record for an external id, and PUT …/eid:<external id> creates it or brings it "
        "to what is sent, so processes that race with one bill make one record. The external id spells the "
        "key; after a void the next generation's follows from what stands there. Of a bill and a credit of "
        "one key, which only two contents of an invoice can make, the second is refused; should NetSuite "
        "keep external ids apart by type, a look after entering settles it: the younger is voided."
    )

    def __init__(self, *, erp_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.erp_conn_id = erp_conn_id

    @cached_property
    def settings(self) -> NetSuiteSettings:
        """The connection, validated."""
        return read_settings(self.get_connection(self.erp_conn_id))

    @property
    def sandbox(self) -> bool:
        """Whether the connection's extra marks it as one."""
        return self.settings.extra.sandbox

    def get_conn(self) -> NetSuiteTransport:
        """The transport."""
        return self.transport

    @cached_property
    def transport(self) -> NetSuiteTransport:
        """The account over REST."""
        return NetSuiteTransport(self.settings)

    @cached_property
    def _codes(self) -> Codes:
        return Codes(self.transport)

    @cached_property
    def _documents(self) -> Documents:
        return Documents(self.transport, self._codes, self.settings)

    @cached_property
    def _entering(self) -> Entering:
        return Entering(self.transport, self._documents, self._codes)

    def find_by_key(self, key: str) -> ErpDocument | None:
        """The live document, else the newest voided one."""
        found = choose(self._documents.of_key(key))
        return self._documents.read(found) if found else None

    def live_keys(self, keys: list[str]) -> set[str]:
        """Those keys that have a live document; twenty keys a call."""
        found = [one for one in self._documents.of_keys(keys) if not one.cancelled]
        return {key for one in found if (key := key_of(one.external_id)) in keys}

    def list_documents(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[ErpDocument]:
        """Live documents of our keys in a window, with their sums: a call for each."""
        found = self._documents.of_window(key_prefix, first, last)
        return self._documents.all_read(one for one in found if not one.cancelled)

    def find_by_keys(self, keys: Iterable[str]) -> list[ErpDocument]:
        """Every document of these keys, with its sums."""
        return list(self._documents.all_read(self._documents.of_keys(keys)))

    def find_by_supplier_number(self, company: str, supplier: str, number: str) -> list[ErpDocument]:
        """Live documents of this supplier with this number, entered by hand or exported."""
        found = self._documents.of_number(company, supplier, number)
        return list(self._documents.all_read(one for one in found if not one.cancelled))

    def create(self, bill: Bill) -> ErpDocument:
        """Create the record of the bill's external id; see :mod:`coupa_erp.netsuite.entering`."""
        return self._entering.create(bill)

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        """Change the record in place, where NetSuite lets it be changed."""
        if current.key != bill.key:
            raise ErpRejection(
                Refusal(
                    "ERP_REFUSED", f"NetSuite's document {current.number} was not entered for {bill.key}."
                )
            )
        return self._entering.amend(bill, current)

    def discard_drafts(self, key: str) -> None:
        """Nothing: a bill is entered in one call, so no attempt leaves a draft."""

    def void(self, current: ErpDocument, posting_date: datetime.date | None) -> ErpDocument:
        """Set the document off against its opposite; see :mod:`coupa_erp.netsuite.voiding`."""
        if current.key is None:
            raise ErpRejection(
                Refusal(
                    "ERP_REFUSED", f"NetSuite's document {current.number} was not entered by this export."
                )
            )
        voided = self._entering.voiding.of_key(current.key, posting_date)
        document = self._documents.read(voided) if voided is not None else None
        return document or current.model_copy(update={"state": "cancelled"})

    def foresee(self, bill: Bill, current: ErpDocument | None) -> None:
        """Look up all that the bill names, its period, and what was paid."""
        if current is not None:
            found = choose(self._documents.of_key(bill.key))
            document = self._documents.read(found) if found is not None else None
            if document is not None and document.live:
                refuse_if_paid(document, self.erp_name)
        self._entering.references(bill)

    def foresee_void(self, current: ErpDocument, posting_date: datetime.date | None) -> None:
        """Look up what was paid, the period, and whether voids are left to people."""
        if current.key is not None:
            for found in self._documents.of_key(current.key):
                if not found.cancelled:
                    self._entering.voiding.foresee(found, posting_date)

    def files(self) -> NoReturn:
        """None.

        :raises ConfigurationError: always.
        """
        raise ConfigurationError(
            "NetSuite takes no file over its REST record service, which cannot put one into the File "
            "Cabinet: set COUPA_ERP_ATTACHMENTS to false."
        )

    def document_url(self, document: ErpDocument) -> str | None:
        """The document in NetSuite, where the connection's extra says where that is."""
        web = self.settings.extra.web_url
        kind, _, record = document.erp_id.partition("/")
        page = "vendcred" if kind == "vendorCredit" else "vendbill"
        return f"{web}/app/accounting/transactions/{page}.nl?id={record}" if web else None

    def check_reachable(self) -> None:
        """Ask for a number, with the connection's credentials."""
        reach(self.transport)

    def test_connection(self) -> tuple[bool, str]:
        """What can be told without writing; see :mod:`coupa_erp.netsuite.connection_check`."""
        try:
            return True, check_connection(self.transport)
        except ExportError as fault:
            return False, told_in_the_form(fault, self.erp_conn_id)
