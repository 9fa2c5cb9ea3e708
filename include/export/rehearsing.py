"""The ports of a dry run: both systems are read, and a write is impossible.

Each wrapper lets through what its list of reads names; whatever else is called, a method that a port gains
later included, is refused. So a step that would write in a dry run fails instead.
"""

from __future__ import annotations

import dataclasses
import datetime
from typing import TYPE_CHECKING, Any, cast

from include.coupa_port import CoupaPort
from include.erp_port import ErpDocument, ErpPort
from include.errors import ExportError
from include.export.ports import Ports
from include.models.bill import Bill
from include.models.invoice import CoupaInvoice
from include.models.records import IntegrationRecord

if TYPE_CHECKING:
    from include.attachments.ports import FileStore

COUPA_READS = frozenset(
    {
        "scope",
        "invoice_url",
        "require_integration",
        "fields_of_outcome",
        "read_integration_run",
        "list_open_runs",
        "list_invoices",
        "read_invoices",
        "read_invoice",
        "list_attached",
        "fetch_file",
        "find_history_records",
        "list_history_records",
        "find_open_history_records",
        "find_integration_errors",
        "find_open_integration_errors",
        "list_errors_of_run",
        "list_open_errors",
        "find_open_run_errors",
    }
)

ERP_READS = frozenset(
    {
        "erp_name",
        "limits",
        "uniqueness",
        "matches_orders",
        "against_orders",
        "sandbox",
        "find_by_key",
        "live_keys",
        "list_documents",
        "find_by_keys",
        "find_by_supplier_number",
        "foresee",
        "foresee_void",
        "document_url",
        "check_reachable",
        "test_connection",
    }
)


def rehearsing(ports: Ports) -> Ports:
    """The same ports, by which nothing can be written.

    :param ports: of a real run.
    """
    return dataclasses.replace(
        ports,
        coupa=cast("CoupaPort", RehearsingCoupa(ports.coupa)),
        open_erp=lambda: cast("ErpPort", RehearsingErp(ports.open_erp())),
        rehearsal=True,
    )


class _Reads:
    def __init__(self, port: Any, reads: frozenset[str]) -> None:
        self._port, self._reads = port, reads

    def __getattr__(self, name: str) -> Any:
        if name not in self._reads:
            raise ExportError(f"A dry run writes nothing, so {name} is not called; please report this.")
        return getattr(self._port, name)


class RehearsingCoupa(_Reads):
    """Coupa, read only: an invoice is looked at where a real run would mark it.

    :param coupa: the instance.
    """

    def __init__(self, coupa: CoupaPort) -> None:
        super().__init__(coupa, COUPA_READS)

    def mark_exported(self, invoice_id: int) -> CoupaInvoice:
        """The invoice as the mark's answer would show it."""
        return self._read(invoice_id)

    def unmark_exported(self, invoice_id: int) -> CoupaInvoice:
        """The invoice as it stands: there is no mark of this run's to take away."""
        return self._read(invoice_id)

    def resolve_history_record(self, record_id: int) -> IntegrationRecord:
        """Nothing: what a real run would resolve stays open."""
        return IntegrationRecord(id=record_id, resolved=False)

    def resolve_integration_error(self, error_id: int) -> IntegrationRecord:
        """Nothing, likewise."""
        return IntegrationRecord(id=error_id, resolved=False)

    def _read(self, invoice_id: int) -> CoupaInvoice:
        invoice: CoupaInvoice = self._port.read_invoice(invoice_id)
        return invoice


class RehearsingErp(_Reads):
    """An ERP, read only: what would be entered is foreseen.

    :param erp: the ERP.
    """

    def __init__(self, erp: ErpPort) -> None:
        super().__init__(erp, ERP_READS)

    def discard_drafts(self, key: str) -> None:
        """Nothing: what a broken attempt left stays."""

    def files(self) -> FileStore:
        """The files, none of which can be attached.

        :raises ConfigurationError: the hook attaches none.
        """
        return cast("FileStore", _Reads(self._port.files(), frozenset({"keys_of"})))

    def create(self, bill: Bill) -> ErpDocument:
        """The document as it would stand, without a number.

        :raises ErpRejection: the ERP would refuse it, as far as reading tells.
        """
        self._port.foresee(bill, None)
        return ErpDocument(
            erp_id="",
            number=None,
            key=bill.key,
            fingerprint=bill.fingerprint,
            state="posted",
            kind=bill.kind,
            company=bill.company,
            supplier=bill.supplier,
            supplier_number=bill.number,
            invoice_date=bill.invoice_date,
            posting_date=bill.posting_date,
            currency=bill.currency,
            total=bill.total,
            tax=bill.tax,
        )

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        """The document that would be replaced, with the content that it would get.

        :raises ErpRejection: the ERP would refuse it, as far as reading tells.
        """
        self._port.foresee(bill, current)
        return current.model_copy(update={"fingerprint": bill.fingerprint})

    def void(self, current: ErpDocument, posting_date: datetime.date | None) -> ErpDocument:
        """The document as it would stand.

        :raises ErpRejection: the ERP would refuse it, as far as reading tells.
        """
        self._port.foresee_void(current, posting_date)
        return current.model_copy(update={"state": "cancelled"})
