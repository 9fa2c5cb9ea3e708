"""The ERP port on Tryton 8.2."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import ClassVar

from airflow.sdk import BaseHook

from coupa_erp.form import told_in_the_form
from coupa_erp.tryton.connection import TrytonSettings, read_settings
from coupa_erp.tryton.connection_check import check_connection, read_companies, require_orders
from coupa_erp.tryton.documents import INVOICE, Documents, choose
from coupa_erp.tryton.entering import Entering
from coupa_erp.tryton.files import TrytonFiles
from coupa_erp.tryton.foresight import Foresight
from coupa_erp.tryton.listing import Listing
from coupa_erp.tryton.lookup import ReferenceLookup
from coupa_erp.tryton.matching import Matching
from coupa_erp.tryton.orders import Orders
from coupa_erp.tryton.payments import Payments
from coupa_erp.tryton.settling import Settling
from coupa_erp.tryton.transport import TrytonTransport
from include.erp_port import ErpDocument, ErpLimits, ErpPort
from include.errors import ErpRejection, ExportError, Refusal
from include.models.bill import Bill
from include.payments.ports import DocumentPayments


class TrytonHook(BaseHook, ErpPort):
    """Supplier bills in Tryton over REST (modules ``account_invoice``, ``analytic_invoice``, ``purchase``).

    Opens nothing until it is first used.

    :param erp_conn_id: the connection: host, database in ``schema``, REST application key as the password.
    """

    conn_name_attr = "erp_conn_id"
    default_conn_name = "erp_default"
    conn_type = "tryton"
    hook_name = "Tryton"

    erp_name: ClassVar[str] = "Tryton"
    matches_orders: ClassVar[bool] = True
    #: ``reference`` is a text without a limit.
    limits: ClassVar[ErpLimits] = ErpLimits()
    uniqueness: ClassVar[str] = (
        "A draft may be posted only while a row of ir.model.data, Tryton's register of external ids, names "
        "it for the business key; the register's unique index on module and fs_id lets PostgreSQL decide a "
        "race. The row is removed only once the draft is posted, cancelled or deleted, and whoever takes it "
        "looks the key up again before posting. Tryton's own check for similar bills stands behind it."
    )

    def __init__(self, *, erp_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.erp_conn_id = erp_conn_id

    @cached_property
    def settings(self) -> TrytonSettings:
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

    def get_conn(self) -> TrytonTransport:
        """The transport."""
        return self.transport

    @cached_property
    def transport(self) -> TrytonTransport:
        """The database over REST."""
        return TrytonTransport(self.settings)

    @cached_property
    def _documents(self) -> Documents:
        return Documents(self.transport)

    @cached_property
    def _orders(self) -> Orders | None:
        """Purchase orders, where the connection says that lines are booked against them."""
        return Orders(self.transport) if self.against_orders else None

    @cached_property
    def _lookup(self) -> ReferenceLookup:
        by_sequence = self.settings.extra.po_line_by == "sequence"
        matching = Matching(self._orders, by_sequence=by_sequence) if self._orders else None
        return ReferenceLookup(self.transport, matching)

    @cached_property
    def _entering(self) -> Entering:
        settling = Settling(self.transport, self._orders) if self._orders else None
        return Entering(self.transport, self._documents, self._lookup, settling)

    @cached_property
    def _foresight(self) -> Foresight:
        return Foresight(self.transport, self._documents, self._lookup)

    def find_by_key(self, key: str) -> ErpDocument | None:
        """The posted document, else a draft, else the newest cancelled one; without account sums."""
        found = choose(self._documents.of_key(key))
        return found.document if found else None

    def live_keys(self, keys: list[str]) -> set[str]:
        """Those keys that have a live document; twenty keys a call."""
        return self._documents.live_keys(keys)

    def list_documents(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[ErpDocument]:
        """Live bills of our keys in a window, with their sums: a hundred bills in two calls."""
        return Listing(self.transport).of_window(key_prefix, first, last)

    def find_by_keys(self, keys: Iterable[str]) -> list[ErpDocument]:
        """Every bill of these keys, with its sums: twenty keys in two calls."""
        return Listing(self.transport).of_keys(keys)

    def find_by_supplier_number(self, company: str, supplier: str, number: str) -> list[ErpDocument]:
        """Live bills of this supplier with this number, typed by hand or exported."""
        found = self._documents.of_number(company, supplier, number)
        return [document.document for document in found if document.document.live]

    def create(self, bill: Bill) -> ErpDocument:
        """Create and post the bill; see :mod:`coupa_erp.tryton.entering`."""
        return self._entering.create(bill)

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        """Cancel and enter again under the same key: Tryton lets nobody change a posted bill."""
        if current.key != bill.key:
            raise ErpRejection(
                Refusal("ERP_REFUSED", f"Tryton's document {current.number} was not entered for {bill.key}.")
            )
        return self._entering.amend(bill, current)

    def discard_drafts(self, key: str) -> None:
        """Delete drafts of the key, which Tryton refuses once they are posted; bring its orders into line."""
        self._entering.discard_drafts(key)

    def void(self, current: ErpDocument, posting_date: datetime.date | None) -> ErpDocument:
        """Cancel the document, which posts its reversal; drafts of its key are deleted.

        Tryton dates the reversal as the document, or today where that period is closed; it takes no other
        date.
        """
        if current.key is None:
            raise ErpRejection(
                Refusal("ERP_REFUSED", f"Tryton's document {current.number} was not entered by this export.")
            )
        cancelled = self._entering.void(current.key, posting_date)
        return cancelled.document if cancelled else current.model_copy(update={"state": "cancelled"})

    def foresee(self, bill: Bill, current: ErpDocument | None) -> None:
        """Read what creating or amending would meet; see :mod:`coupa_erp.tryton.foresight`."""
        self._foresight.of_entering(bill, replaces=current is not None)

    def foresee_void(self, current: ErpDocument, posting_date: datetime.date | None) -> None:
        """Read what cancelling would meet."""
        if current.key is not None:
            self._foresight.of_void(current.key, posting_date)

    def list_payments(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[DocumentPayments]:
        """What settled our bills; see :mod:`coupa_erp.tryton.payments`."""
        return Payments(self.transport).of_window(key_prefix, first, last)

    def files(self) -> TrytonFiles:
        """Attachments of bills."""
        return TrytonFiles(self.transport)

    def document_url(self, document: ErpDocument) -> str | None:
        """The document in Tryton's web client, where the connection's extra says where that is."""
        web = self.settings.extra.web_url
        return f"{web}/#{self.settings.database}/model/{INVOICE}/{document.erp_id}" if web else None

    def check_reachable(self) -> None:
        """Ask for one company's id: through HTTP, the application key and PostgreSQL; and for orders."""
        read_companies(self.transport, ["id"], limit=1)
        if self._orders:
            require_orders(self.transport)

    def test_connection(self) -> tuple[bool, str]:
        """What can be told without writing; see :mod:`coupa_erp.tryton.connection_check`."""
        try:
            return True, check_connection(self.transport)
        except ExportError as fault:
            return False, told_in_the_form(fault, self.erp_conn_id)
