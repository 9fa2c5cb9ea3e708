"""What the export asks of Coupa: the calls of the article's three options, typed.

``plugins/coupa_erp/coupa/hook.py`` fulfils it over HTTP.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from include.models.invoice import CoupaInvoice, InvoiceLabel
from include.models.records import IntegrationRecord, IntegrationRun, RecordDraft
from include.scope import CoupaScope

if TYPE_CHECKING:
    from include.attachments.attached import Attached


class CoupaPort(Protocol):
    """One Coupa instance.

    Each method raises :class:`~include.errors.TransientError` after its own retries,
    :class:`~include.errors.RefusedByCoupa` for this one request, and
    :class:`~include.errors.ConfigurationError` for credentials, rights and settings.
    """

    @property
    def scope(self) -> CoupaScope:
        """The business settings of the connection: codes, field names, what is taken and what is not."""

    def invoice_url(self, invoice_id: int) -> str:
        """Where a person opens the invoice."""

    def require_integration(self) -> None:
        """Make sure that Coupa knows the integration of the connection.

        :raises ConfigurationError: it does not.
        """

    def create_integration_run(self, *, may_adopt: Callable[[], bool] = lambda: True) -> IntegrationRun:
        """Step 1: open a run of the connection's integration.

        :param may_adopt: whether, where the answer is lost, the one new run that nobody has started is ours.
        """

    def start_integration_run(self, run_id: int, total_records: int) -> IntegrationRun:
        """Step 3: say how many invoices the run has, and start it."""

    def succeed_integration_run(self, run_id: int) -> IntegrationRun:
        """Step 8: end the run well."""

    def fail_integration_run(self, run_id: int) -> IntegrationRun:
        """Step x: end the run as failed."""

    def read_integration_run(self, run_id: int) -> IntegrationRun:
        """The run as Coupa shows it now."""

    def list_open_runs(self, created_before: datetime.datetime) -> list[IntegrationRun]:
        """Runs of this integration that were created before a moment and have no end.

        :param created_before: with its zone.
        """

    def list_invoices(self, query: Mapping[str, str], *, after_id: int = 0) -> Iterator[InvoiceLabel]:
        """Step 2: every invoice that the query names, by id, page after page, as it is consumed.

        :param query: Coupa's query parameters, ``{"exported": "false", "status[in]": "approved,voided"}``.
        :param after_id: only ids above this one.
        """

    def read_invoices(self, query: Mapping[str, str]) -> Iterator[CoupaInvoice]:
        """Whole invoices that the query names, by id, page after page, as they are consumed."""

    def mark_exported(self, invoice_id: int) -> CoupaInvoice:
        """Step 4: claim the invoice; the answer is the invoice as it stood at that moment."""

    def unmark_exported(self, invoice_id: int) -> CoupaInvoice:
        """Take the mark away, so that a coming run takes the invoice again."""

    def read_invoice(self, invoice_id: int) -> CoupaInvoice:
        """The invoice as it stands now, with the same fields as the answer of mark-exported."""

    def list_attached(self, invoice_id: int) -> list[Attached]:
        """What hangs on the invoice now, its scan first; without the bytes."""

    def fetch_file(self, attached: Attached, largest: int) -> bytes:
        """The bytes of a scan or a file.

        :param largest: so many at most.
        :raises NotAttachable: there are more, or what Coupa answers is not the file.
        """

    def write_custom_fields(self, invoice_id: int, values: Mapping[str, Any]) -> CoupaInvoice:
        """Step 7a: write custom fields of the header; the answer is the invoice as it stands then.

        :raises RefusedByCoupa: also where Coupa answered well and did not take the values.
        """

    def fields_of_outcome(self, draft: RecordDraft) -> Mapping[str, str]:
        """Custom fields that tell of an outcome, written along with the ERP's number; none but in option 1.

        :param draft: the record of the outcome.
        """

    def find_history_records(
        self, invoice_id: int, *, resolved: bool | None = False, external_id: str | None = None
    ) -> list[IntegrationRecord]:
        """Step 5a: history records of the invoice; ``resolved=None`` finds both kinds."""

    def list_history_records(self, query: Mapping[str, str]) -> Iterator[IntegrationRecord]:
        """Every history record that the query names, by id, as it is consumed."""

    def find_open_history_records(self, invoice_ids: Iterable[int]) -> dict[int, list[IntegrationRecord]]:
        """Open history records of many invoices, by invoice id."""

    def resolve_history_record(self, record_id: int) -> IntegrationRecord:
        """Step 5b."""

    def unresolve_history_record(self, record_id: int) -> IntegrationRecord:
        """Open it again."""

    def create_history_record(
        self, draft: RecordDraft, *, alert: bool = False, look_first: bool = False
    ) -> IntegrationRecord:
        """Step 7b (and option 2's 4c, with alert).

        :param look_first: an earlier attempt may have created it: answer that one, found by external id.
        """

    def find_integration_errors(
        self, invoice_id: int, *, resolved: bool | None = False, external_id: str | None = None
    ) -> list[IntegrationRecord]:
        """Step 6a: integration errors of the invoice; ``resolved=None`` finds both kinds."""

    def find_open_integration_errors(self, invoice_ids: Iterable[int]) -> dict[int, list[IntegrationRecord]]:
        """Open integration errors of many invoices, by invoice id."""

    def list_errors_of_run(self, run_id: int) -> Iterator[IntegrationRecord]:
        """Integration errors of one run, by id, as they are consumed."""

    def list_open_errors(self, prefix: str) -> Iterator[IntegrationRecord]:
        """Open integration errors about invoices, by id, as they are consumed.

        :param prefix: the beginning of their external id.
        """

    def find_open_run_errors(self, prefix: str) -> list[IntegrationRecord]:
        """Open integration errors about a run itself, not about an invoice.

        :param prefix: the beginning of their external id.
        """

    def resolve_integration_error(self, error_id: int) -> IntegrationRecord:
        """Step 6b."""

    def unresolve_integration_error(self, error_id: int) -> IntegrationRecord:
        """Open it again: the same trouble as before, no new mail."""

    def create_integration_error(
        self, draft: RecordDraft, *, alert: bool = True, look_first: bool = False
    ) -> IntegrationRecord:
        """Step 7c.

        :param look_first: an earlier attempt may have created it: answer that one, found by external id.
        """
