"""Coupa for Airflow: a method for each call of Coupa's article "Invoices Integration into your ERP"."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import requests
from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk.log import mask_secret

from coupa_erp.coupa.connection import CoupaSettings, read_settings
from coupa_erp.coupa.connection_check import ConnectionCheck
from coupa_erp.coupa.creating import Creator
from coupa_erp.coupa.invoices import Invoices, answer_of
from coupa_erp.coupa.oauth import ClientCredentials
from coupa_erp.coupa.pages import invoice_page
from coupa_erp.coupa.payments import Payments
from coupa_erp.coupa.records import Records
from coupa_erp.coupa.retry import RetryPolicy
from coupa_erp.coupa.runs import Runs
from coupa_erp.coupa.transport import JSON_HEADERS, CoupaTransport
from coupa_erp.form import told_in_the_form
from include.errors import ExportError, RefusedByCoupa
from include.models.invoice import CoupaInvoice, InvoiceLabel
from include.models.records import IntegrationRecord, IntegrationRun, RecordDraft
from include.pairing import refuse_wrong_flag
from include.payments.invoice import PaidInvoice, PaymentDraft
from include.scope import CoupaScope

if TYPE_CHECKING:
    from coupa_erp.coupa.files import Files
    from include.attachments.attached import Attached


class CoupaHook(HttpHook):
    """One Coupa instance; fulfils :class:`include.coupa_port.CoupaPort`. Opens nothing until it is used.

    :param coupa_conn_id: the connection, of type ``coupa``.
    :param with_attachments: whether to ask of each invoice, too, if anything is attached to it.
    :param retry_policy: how long one call is repeated before its failure is the task's.
    :param sleep: waits between attempts.
    """

    conn_name_attr = "coupa_conn_id"
    default_conn_name = "coupa_default"
    conn_type = "coupa"
    hook_name = "Coupa"

    def __init__(
        self,
        *,
        coupa_conn_id: str = default_conn_name,
        with_attachments: bool = False,
        retry_policy: RetryPolicy | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(method="GET", http_conn_id=coupa_conn_id)
        self.coupa_conn_id = coupa_conn_id
        self._with_attachments = with_attachments
        self._retry_policy = retry_policy or RetryPolicy()
        self._sleep = sleep

    @cached_property
    def settings(self) -> CoupaSettings:
        """The connection, validated.

        :raises ConfigurationError: naming every key that is missing, unknown or unusable.
        """
        return read_settings(self.get_connection(self.coupa_conn_id))

    @cached_property
    def auth(self) -> ClientCredentials:
        """The token of this machine, masked in Airflow's logs."""
        return ClientCredentials(self.settings, on_token=mask_secret)

    @cached_property
    def session(self) -> requests.Session:
        """One session for the hook's life: its connections stay open from call to call."""
        return self.get_conn()

    def get_conn(
        self, headers: dict[Any, Any] | None = None, extra_options: dict[str, Any] | None = None
    ) -> requests.Session:
        """A new authenticated session.

        The parent would send each key of the connection's extra as a header, and the secret as basic auth.

        :param headers: further headers.
        :param extra_options: as ``run`` of the parent takes them; by default it follows no redirect.
        """
        self.base_url = self.settings.base_url
        self._base_url_initialized = True
        self.merged_extra = {
            "allow_redirects": False,
            "timeout": self.settings.calls.timeout_seconds,
            **(extra_options or {}),
        }
        session = self._configure_session_from_mount_adapters(requests.Session())
        session.auth = self.auth
        session.headers.update(JSON_HEADERS | (headers or {}))
        return session

    @cached_property
    def transport(self) -> CoupaTransport:
        """Sends calls, and repeats what is safe to repeat."""
        return CoupaTransport(self.settings, self.session, self.auth, self._retry_policy, sleep=self._sleep)

    @property
    def scope(self) -> CoupaScope:
        """The business settings of the connection."""
        return self.settings.business

    def invoice_url(self, invoice_id: int) -> str:
        """Where a person opens the invoice."""
        return invoice_page(self.settings.base_url, invoice_id)

    # Integration runs

    def require_integration(self) -> None:
        """Make sure that Coupa knows the integration of the connection.

        :raises ConfigurationError: it does not.
        """
        self._runs.require_integration()

    def create_integration_run(self, *, may_adopt: Callable[[], bool] = lambda: True) -> IntegrationRun:
        """Option 3, step 1: open a run of the connection's integration.

        :param may_adopt: where the answer is lost, look for the run that was made: a run has no name of ours,
            so it is the one new run that nobody has started. Not while another run of ours may be starting,
            which is asked after the look: then another is made, and the lost one is ended by a later sweep.
        :raises ConfigurationError: Coupa does not know the integration.
        :raises OutcomeUnknown: the answer was lost, and no run or several could be the one.
        """
        try:
            return self._runs.create(may_adopt=may_adopt)
        except RefusedByCoupa as refusal:
            self._runs.blame_code(refusal)

    def start_integration_run(self, run_id: int, total_records: int) -> IntegrationRun:
        """Option 3, step 3: say how many invoices the run has, and start it.

        :param total_records: the number of invoices from step 2.
        """
        return self._runs.move(run_id, "run", lambda run: run.start_time, {"total-records": total_records})

    def succeed_integration_run(self, run_id: int) -> IntegrationRun:
        """Option 3, step 8: end the run well."""
        return self._runs.move(run_id, "success", lambda run: run.end_time)

    def fail_integration_run(self, run_id: int) -> IntegrationRun:
        """Option 3, step x: end the run as failed."""
        return self._runs.move(run_id, "fail", lambda run: run.end_time)

    def read_integration_run(self, run_id: int) -> IntegrationRun:
        """The run as Coupa shows it now."""
        return self._runs.read(run_id)

    def list_open_runs(self, created_before: datetime.datetime) -> list[IntegrationRun]:
        """Runs of the connection's integration that were created before a moment and have no end.

        :param created_before: with its zone.
        """
        return self._runs.open_since_before(created_before)

    # Invoices

    def list_invoices(self, query: Mapping[str, str], *, after_id: int = 0) -> Iterator[InvoiceLabel]:
        """Option 3, step 2: every invoice that the query names, by id, as it is consumed.

        :param query: ``{"exported": "false", "status[in]": "approved,voided"}``.
        :param after_id: only ids above this one.
        """
        return self._invoices.labels(query, after_id)

    def read_invoices(self, query: Mapping[str, str]) -> Iterator[CoupaInvoice]:
        """Every invoice that the query names, whole, by id, fifty a call, as it is consumed.

        :param query: ``{"status[in]": "approved,voided", "invoice-date[gt_or_eq]": "2026-03-01"}``.
        """
        return self._invoices.each(query)

    def mark_exported(self, invoice_id: int) -> CoupaInvoice:
        """Option 3, step 4: claim the invoice, in a request of its own; the answer is the invoice itself.

        :raises RefusedByCoupa: also where Coupa answered well and did not set the mark.
        """
        return self._invoices.mark(invoice_id)

    def unmark_exported(self, invoice_id: int) -> CoupaInvoice:
        """Take the mark away, so that a coming run takes the invoice again (as Coupa's Mule connector does).

        :raises RefusedByCoupa: also where Coupa answered well and kept the mark.
        """
        return self._invoices.unmark(invoice_id)

    def read_invoice(self, invoice_id: int) -> CoupaInvoice:
        """The invoice as it stands now."""
        return self._invoices.read(invoice_id)

    def write_custom_fields(self, invoice_id: int, values: Mapping[str, Any]) -> CoupaInvoice:
        """Option 1, step 3, option 2, step 4a, and option 3, step 7a: write custom fields of the header.

        :param values: by the field's name, ``{"cf-erp-invoice-number": "4711"}``.
        :raises RefusedByCoupa: also where Coupa answered well and did not take the values.
        """
        return self._invoices.write_custom_fields(invoice_id, values)

    def fields_of_outcome(self, draft: RecordDraft) -> Mapping[str, str]:
        """None: records tell of outcomes; see :mod:`include.monitoring.custom_field`."""
        return {}

    # Attachments

    def list_attached(self, invoice_id: int) -> list[Attached]:
        """What hangs on the invoice now, its scan first; without the bytes."""
        return self._files.of_invoice(invoice_id)

    def fetch_file(self, attached: Attached, largest: int) -> bytes:
        """The bytes of a scan or a file.

        :param largest: so many at most.
        :raises NotAttachable: there are more, or what comes is not the file.
        """
        return self._files.fetch(attached, largest)

    # Payments

    def read_paid_invoices(self, invoice_ids: Iterable[int]) -> Iterator[PaidInvoice]:
        """What some invoices tell of their payments, fifty a call; one that Coupa has not is left out."""
        return Payments(self.transport).of_invoices(invoice_ids)

    def record_payments(
        self,
        invoice: PaidInvoice,
        drafts: Iterable[PaymentDraft],
        *,
        paid: bool,
        payment_date: datetime.date | None,
    ) -> PaidInvoice:
        """Add payments to an invoice and say whether it is paid.

        :param invoice: as just read.
        :param drafts: what is added; what stands there stays.
        """
        return Payments(self.transport).record(invoice, drafts, paid=paid, payment_date=payment_date)

    # History records

    def find_history_records(
        self, invoice_id: int, *, resolved: bool | None = False, external_id: str | None = None
    ) -> list[IntegrationRecord]:
        """Option 2, step 3a, and option 3, step 5a: history records of the invoice, by id.

        :param resolved: ``None`` finds both kinds.
        :param external_id: only records with this name of ours.
        """
        return list(self._history.find(invoice_id, resolved, external_id))

    def resolve_history_record(self, record_id: int) -> IntegrationRecord:
        """Option 2, step 3b, and option 3, step 5b."""
        return self._history.turn(record_id, resolved=True)

    def unresolve_history_record(self, record_id: int) -> IntegrationRecord:
        """Open it again."""
        return self._history.turn(record_id, resolved=False)

    def create_history_record(
        self, draft: RecordDraft, *, alert: bool = False, look_first: bool = False
    ) -> IntegrationRecord:
        """Option 2, step 4b, and option 3, step 7b; with alert option 2, step 4c.

        :param look_first: an earlier attempt may have created it: answer that one, found by external id.
        """
        body = {**draft.body(), "integration": {"code": self.scope.integration_code}}
        if draft.integration_run_id is not None:
            body["integration-run"] = {"id": draft.integration_run_id}
        try:
            return self._history.create(draft, body, alert=alert, look_first=look_first)
        except RefusedByCoupa as refusal:
            self._runs.blame_code(refusal)

    def list_history_records(self, query: Mapping[str, str]) -> Iterator[IntegrationRecord]:
        """Every history record that the query names, by id, as it is consumed."""
        return self._history.each(query, ("id", "document-id", "external-id", "resolved"))

    def find_open_history_records(self, invoice_ids: Iterable[int]) -> dict[int, list[IntegrationRecord]]:
        """Open history records of many invoices, fifty a call."""
        return self._history.open_of(invoice_ids)

    # Integration errors

    def find_open_integration_errors(self, invoice_ids: Iterable[int]) -> dict[int, list[IntegrationRecord]]:
        """Open integration errors of many invoices, fifty a call."""
        return self._errors.open_of(invoice_ids)

    def list_errors_of_run(self, run_id: int) -> Iterator[IntegrationRecord]:
        """Integration errors of one run, by id, as they are consumed."""
        for error in self._errors.each({"integration-run-id": str(run_id)}, ("id", "external-id")):
            if error.integration_run_id == run_id:
                yield error

    def list_open_errors(self, prefix: str) -> Iterator[IntegrationRecord]:
        """Open integration errors about invoices, by the beginning of our own name of them.

        :param prefix: of the external id.
        """
        return (error for error in self._errors.open_by_name(prefix) if error.document_id is not None)

    def find_open_run_errors(self, prefix: str) -> list[IntegrationRecord]:
        """Open integration errors about a run itself, by the beginning of our own name of them.

        :param prefix: of the external id.
        """
        return [error for error in self._errors.open_by_name(prefix) if error.document_id is None]

    def find_integration_errors(
        self, invoice_id: int, *, resolved: bool | None = False, external_id: str | None = None
    ) -> list[IntegrationRecord]:
        """Option 3, step 6a: integration errors of the invoice, by id.

        :param resolved: ``None`` finds both kinds.
        :param external_id: only records with this name of ours.
        """
        return list(self._errors.find(invoice_id, resolved, external_id))

    def resolve_integration_error(self, error_id: int) -> IntegrationRecord:
        """Option 3, step 6b."""
        return self._errors.turn(error_id, resolved=True)

    def unresolve_integration_error(self, error_id: int) -> IntegrationRecord:
        """Open it again: the same trouble as before, no new mail."""
        return self._errors.turn(error_id, resolved=False)

    def create_integration_error(
        self, draft: RecordDraft, *, alert: bool = True, look_first: bool = False
    ) -> IntegrationRecord:
        """Option 3, step 7c.

        The article names the run by id, the Swagger requires the object: both are sent.

        :param look_first: an earlier attempt may have created it: answer that one, found by external id.
        """
        body = draft.body()
        if draft.integration_run_id is not None:
            body["integration-run"] = {"id": draft.integration_run_id}
            body["integration-run-id"] = draft.integration_run_id
        return self._errors.create(draft, body, alert=alert, look_first=look_first)

    # Airflow's Test button

    def test_connection(self) -> tuple[bool, str]:
        """What can be told of the connection without writing; see :mod:`coupa_erp.coupa.connection_check`.

        :return: whether all of it works, and a sentence for the form.
        """
        try:
            refuse_wrong_flag(self.scope, self.settings.base_url)
            # A person waits for the answer, and can press again.
            once = RetryPolicy(attempts=1)
            transport = CoupaTransport(self.settings, self.session, self.auth, once, sleep=self._sleep)
            answer = answer_of(self.settings, attachments=self._with_attachments)
            return True, ConnectionCheck(self.settings, self.auth, transport, answer).told()
        except ExportError as problem:
            return False, told_in_the_form(problem, self.coupa_conn_id)

    # How the calls above are made

    @cached_property
    def _invoices(self) -> Invoices:
        return Invoices(self.transport, self.settings, attachments=self._with_attachments)

    @cached_property
    def _files(self) -> Files:
        from coupa_erp.coupa.files import Files  # noqa: PLC0415 - most tasks have no use for it

        return Files(self.transport)

    @cached_property
    def _runs(self) -> Runs:
        return Runs(self.transport, self.scope.integration_code)

    @cached_property
    def _creator(self) -> Creator:
        return Creator(self.transport, self.settings.calls.create_method)

    @cached_property
    def _history(self) -> Records:
        return Records("/api/integration_history_records", self.transport, self._creator)

    @cached_property
    def _errors(self) -> Records:
        return Records("/api/integration_errors", self.transport, self._creator)
