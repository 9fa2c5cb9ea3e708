"""The ERP port on Odoo 17 to 19."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import ClassVar

from airflow.sdk import BaseHook

from coupa_erp.form import told_in_the_form
from coupa_erp.odoo.connection import OdooSettings, read_settings
from coupa_erp.odoo.connection_check import check_connection, check_reachable
from coupa_erp.odoo.documents import MOVE, Documents
from coupa_erp.odoo.entering import Entering
from coupa_erp.odoo.files import OdooFiles
from coupa_erp.odoo.foresight import Foresight
from coupa_erp.odoo.lookup import ReferenceLookup
from coupa_erp.odoo.names import Names
from coupa_erp.odoo.payments import Payments
from coupa_erp.odoo.transport import OdooTransport
from include.erp_port import ErpDocument, ErpLimits, ErpPort
from include.errors import ErpRejection, ExportError, Refusal
from include.models.bill import Bill
from include.payments.ports import DocumentPayments

_KEYS_A_CALL = 200


class OdooHook(BaseHook, ErpPort):
    """Vendor bills in Odoo (community, app Invoicing).

    Opens nothing until it is first used.

    :param erp_conn_id: the connection: host, database in ``schema``, the user's login, its API key as the
        password.
    """

    conn_name_attr = "erp_conn_id"
    default_conn_name = "erp_default"
    conn_type = "odoo"
    hook_name = "Odoo"

    erp_name: ClassVar[str] = "Odoo"
    matches_orders: ClassVar[bool] = True
    #: ``ref`` is a text without a limit.
    limits: ClassVar[ErpLimits] = ErpLimits()
    uniqueness: ClassVar[str] = (
        "A bill is imported (account.move.load) together with an external id made of the business key, in "
        "one transaction; the unique index of ir.model.data on module and name lets PostgreSQL decide a "
        "race. The external id of a next document of the key is taken only once the one before is cancelled "
        "or reversed."
    )

    def __init__(self, *, erp_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.erp_conn_id = erp_conn_id

    @cached_property
    def settings(self) -> OdooSettings:
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

    def get_conn(self) -> OdooTransport:
        """The transport."""
        return self.transport

    @cached_property
    def transport(self) -> OdooTransport:
        """The database over Odoo's external API."""
        return OdooTransport(self.settings)

    @cached_property
    def _names(self) -> Names:
        return Names(self.transport)

    @cached_property
    def _documents(self) -> Documents:
        return Documents(self.transport, self._names)

    @cached_property
    def _lookup(self) -> ReferenceLookup:
        return ReferenceLookup(self.transport, self._names)

    @cached_property
    def _entering(self) -> Entering:
        return Entering(self.transport, self._documents, self._lookup, self._names)

    @cached_property
    def _foresight(self) -> Foresight:
        return Foresight(self._documents, self._lookup, self._entering.withdrawal)

    def find_by_key(self, key: str) -> ErpDocument | None:
        """The newest document of the key, which is the live one where there is any; without account sums."""
        found = self._documents.of_key(key)
        return found[0].document if found else None

    def live_keys(self, keys: list[str]) -> set[str]:
        """Those keys that have a live document; 200 keys in two calls."""
        return {
            document.document.key
            for some in _in_parts(keys)
            for document in self._documents.of_keys(some)
            if document.document.live and document.document.key is not None
        }

    def list_documents(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[ErpDocument]:
        """Live bills of our keys in a window, with their sums: 200 bills in three calls."""
        after = 0
        while page := self._documents.in_window(first, last, after):
            after = page[-1].id
            yield from self._documents.with_sums(
                [
                    found
                    for found in page
                    if found.document.live
                    and found.document.key is not None
                    and found.document.key.startswith(key_prefix)
                ]
            )

    def list_payments(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[DocumentPayments]:
        """What settled our bills; see :mod:`coupa_erp.odoo.payments`."""
        return Payments(self.transport, self._documents, self._names).of_window(key_prefix, first, last)

    def find_by_keys(self, keys: Iterable[str]) -> list[ErpDocument]:
        """Every bill of these keys, with its sums: 200 keys in three calls."""
        return [
            document
            for some in _in_parts(keys)
            for document in self._documents.with_sums(self._documents.of_keys(some))
        ]

    def find_by_supplier_number(self, company: str, supplier: str, number: str) -> list[ErpDocument]:
        """Live bills of this supplier with this number, typed by hand or exported."""
        record = self._lookup.companies().get(company)
        if record is None:
            return []
        return [
            found.document
            for partner in self._lookup.suppliers(supplier, record)
            for found in self._documents.of_number(record, partner, number)
        ]

    def create(self, bill: Bill) -> ErpDocument:
        """Create and post the bill; see :mod:`coupa_erp.odoo.entering`."""
        return self._entering.create(bill)

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        """Back to draft, written anew and posted again: the document keeps its number."""
        if current.key != bill.key:
            raise ErpRejection(
                Refusal("ERP_REFUSED", f"Odoo's document {current.number} was not entered for {bill.key}.")
            )
        return self._entering.amend(bill, current)

    def discard_drafts(self, key: str) -> None:
        """Delete drafts of the key; what was posted before is cancelled, for Odoo deletes that no more."""
        self._entering.discard_drafts(key)

    def void(self, current: ErpDocument, posting_date: datetime.date | None) -> ErpDocument:
        """Reverse the document by a credit note of that date; drafts of its key are deleted."""
        if current.key is None:
            raise ErpRejection(
                Refusal("ERP_REFUSED", f"Odoo's document {current.number} was not entered by this export.")
            )
        voided = self._entering.void(current.key, posting_date)
        return voided.document if voided else current.model_copy(update={"state": "cancelled"})

    def foresee(self, bill: Bill, current: ErpDocument | None) -> None:
        """Read what creating or amending would meet; see :mod:`coupa_erp.odoo.foresight`."""
        self._foresight.of_entering(bill)

    def foresee_void(self, current: ErpDocument, posting_date: datetime.date | None) -> None:
        """Read what voiding would meet."""
        if current.key is not None:
            self._foresight.of_void(current.key, posting_date)

    def files(self) -> OdooFiles:
        """Attachments of bills."""
        return OdooFiles(self.transport, self._names)

    def document_url(self, document: ErpDocument) -> str | None:
        """The document in Odoo's own client."""
        web = self.settings.extra.web_url or self.settings.base_url
        return f"{web}/web#id={document.erp_id}&model={MOVE}&view_type=form"

    def check_reachable(self) -> None:
        """Ask for one company's id, and for purchase orders where they are needed."""
        check_reachable(self.transport, self._names)

    def test_connection(self) -> tuple[bool, str]:
        """What can be told without writing; see :mod:`coupa_erp.odoo.connection_check`."""
        try:
            return True, check_connection(self.transport, self._names)
        except ExportError as fault:
            return False, told_in_the_form(fault, self.erp_conn_id)


def _in_parts(keys: Iterable[str]) -> Iterator[list[str]]:
    every = sorted(set(keys))
    for start in range(0, len(every), _KEYS_A_CALL):
        yield every[start : start + _KEYS_A_CALL]
