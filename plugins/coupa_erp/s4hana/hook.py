"""The ERP port on SAP S/4HANA."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import ClassVar

from airflow.sdk import BaseHook

from coupa_erp.erp_http.remarks import refuse_if_paid
from coupa_erp.form import told_in_the_form
from coupa_erp.s4hana.books import Books
from coupa_erp.s4hana.connection import S4HanaSettings, read_settings
from coupa_erp.s4hana.connection_check import check_connection
from coupa_erp.s4hana.documents import Documents, choose
from coupa_erp.s4hana.entering import Entering
from coupa_erp.s4hana.entry import NUMBER_LENGTH, refuse_unfit
from coupa_erp.s4hana.files import S4HanaFiles
from coupa_erp.s4hana.keys import KnownKeys
from coupa_erp.s4hana.transport import S4HanaTransport
from include.erp_port import ErpDocument, ErpLimits, ErpPort
from include.errors import ErpRejection, ExportError, Refusal
from include.models.bill import Bill


class S4HanaHook(BaseHook, ErpPort):
    """Supplier invoices in S/4HANA over OData V2 (``API_SUPPLIERINVOICE_PROCESS_SRV``).

    Opens nothing until it is first used.

    :param erp_conn_id: the connection: host, communication user and password, or an OAuth 2.0 client.
    """

    conn_name_attr = "erp_conn_id"
    default_conn_name = "erp_default"
    conn_type = "s4hana"
    hook_name = "SAP S/4HANA"

    erp_name: ClassVar[str] = "S/4HANA"
    matches_orders: ClassVar[bool] = True
    limits: ClassVar[ErpLimits] = ErpLimits(number_length=NUMBER_LENGTH)
    uniqueness: ClassVar[str] = (
        "S/4HANA has no unique field and no idempotency key for a supplier invoice. So a document is parked "
        "first and posted only after a later look shows it as the only parked one of its key and none "
        "posted; others are deleted, which S/4HANA refuses once they are posted. That holds between "
        "processes of this export on any number of machines as long as a search in S/4HANA shows what was "
        "saved before it began. SAP's own check for double invoices, a flag of the supplier's master data, "
        "stands behind it."
    )

    def __init__(self, *, erp_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.erp_conn_id = erp_conn_id

    @cached_property
    def settings(self) -> S4HanaSettings:
        """The connection, validated."""
        return read_settings(self.get_connection(self.erp_conn_id))

    @property
    def sandbox(self) -> bool:
        """Whether the connection's extra marks it as one."""
        return self.settings.extra.sandbox

    @property
    def against_orders(self) -> bool:
        """Whether lines are booked against purchase orders."""
        return self.settings.extra.po_backed == "match"

    def get_conn(self) -> S4HanaTransport:
        """The transport."""
        return self.transport

    @cached_property
    def transport(self) -> S4HanaTransport:
        """S/4HANA's services."""
        return S4HanaTransport(self.settings)

    @cached_property
    def _documents(self) -> Documents:
        return Documents(self.transport, self.settings, KnownKeys())

    @cached_property
    def _books(self) -> Books:
        return Books(self.transport, self._documents, self.settings)

    @cached_property
    def _entering(self) -> Entering:
        return Entering(self.transport, self._documents, self._books)

    def find_by_key(self, key: str) -> ErpDocument | None:
        """The posted document, else a parked one, else the newest cancelled one."""
        found = choose(self._documents.of_key(key))
        return self._books.seen(found) if found else None

    def live_keys(self, keys: list[str]) -> set[str]:
        """Those keys that have a live document; twenty keys a call."""
        found = self._documents.of_keys(keys)
        return {one.document.key for one in found if one.document.live and one.document.key}

    def list_documents(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[ErpDocument]:
        """Live documents of our keys that are dated in the window or were created in it, with their sums."""
        found = self._documents.of_window(key_prefix, first, last)
        return self._books.all_seen(one for one in found if one.document.live)

    def find_by_keys(self, keys: Iterable[str]) -> list[ErpDocument]:
        """Every document of these keys, with its sums; what is live first, which its number does not tell."""
        found = self._documents.of_keys(keys)
        found = sorted(found, key=lambda one: (one.document.live, one.id), reverse=True)
        return list(self._books.all_seen(found))

    def find_by_supplier_number(self, company: str, supplier: str, number: str) -> list[ErpDocument]:
        """Live documents of this supplier with this number, entered by hand or exported."""
        found = self._documents.of_number(company, supplier, number)
        return [one.document for one in found if one.document.live]

    def create(self, bill: Bill) -> ErpDocument:
        """Park and post the bill; see :mod:`coupa_erp.s4hana.entering`."""
        return self._entering.create(bill)

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        """Cancel and enter again under the same key: S/4HANA lets nobody change a posted invoice."""
        if current.key != bill.key:
            raise ErpRejection(
                Refusal("ERP_REFUSED", f"S/4HANA's document {current.number} was not entered for {bill.key}.")
            )
        return self._entering.amend(bill, current)

    def discard_drafts(self, key: str) -> None:
        """Delete parked documents of the key; S/4HANA refuses that once they are posted."""
        self._entering.discard_parked(key)

    def void(self, current: ErpDocument, posting_date: datetime.date | None) -> ErpDocument:
        """Cancel the document, which posts its reversal; parked ones of its key are deleted.

        :param posting_date: ``None``: the document's own, or the first day after it that S/4HANA takes.
        """
        if current.key is None:
            raise ErpRejection(
                Refusal("ERP_REFUSED", f"S/4HANA's document {current.number} was not entered by this export.")
            )
        cancelled = self._entering.void(current.key, posting_date)
        return cancelled.document if cancelled else current.model_copy(update={"state": "cancelled"})

    def foresee(self, bill: Bill, current: ErpDocument | None) -> None:
        """Tell what S/4HANA's fields cannot hold, and what was paid; its master data is not read."""
        if current is not None:
            found = choose(self._documents.of_key(bill.key))
            if found is not None and found.posted:
                refuse_if_paid(self._books.seen(found), self.erp_name)
        refuse_unfit(bill, self.settings)

    def foresee_void(self, current: ErpDocument, posting_date: datetime.date | None) -> None:
        """Tell whether it was paid; whether the period is open is not read."""
        if current.key is not None:
            found = choose(self._documents.of_key(current.key))
            if found is not None and found.posted:
                refuse_if_paid(self._books.seen(found), self.erp_name)

    def files(self) -> S4HanaFiles:
        """Attachments of supplier invoices."""
        return S4HanaFiles(self.transport)

    def document_url(self, document: ErpDocument) -> str | None:
        """The document in SAP's launchpad, where the connection's extra says where that is."""
        web = self.settings.extra.web_url
        if not web:
            return None
        number, _, year = document.erp_id.partition("/")
        return f"{web}#SupplierInvoice-displayAdvanced?SupplierInvoice={number}&FiscalYear={year}"

    def check_reachable(self) -> None:
        """Ask for the service's root, with the connection's user."""
        self.transport.reach()

    def test_connection(self) -> tuple[bool, str]:
        """What can be told without writing; see :mod:`coupa_erp.s4hana.connection_check`."""
        try:
            return True, check_connection(self.transport)
        except ExportError as fault:
            return False, told_in_the_form(fault, self.erp_conn_id)
