"""Option 2 of the article: history records, of errors too, and alerts on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from include.models.records import IntegrationRecord, IntegrationRun, RecordDraft
from include.monitoring.without_runs import WithoutRuns, is_error

_ALERTED = "!"

Records = list[IntegrationRecord]


class HistoryMonitoring(WithoutRuns):
    """Coupa, in which an integration error is a history record of the status ``Error``.

    What a success and an error are is told by our own name of them, so a record of another integration is
    neither; it is resolved with the rest when the invoice is exported again. The number of the run is the
    last part of that name.

    :param coupa: the instance.
    """

    def create_integration_run(self, *, may_adopt: Callable[[], bool] = lambda: True) -> IntegrationRun:
        """A number of our own.

        :raises ConfigurationError: Coupa does not know the integration that each record names.
        """
        self._coupa.require_integration()
        return super().create_integration_run(may_adopt=may_adopt)

    def find_history_records(
        self, invoice_id: int, *, resolved: bool | None = False, external_id: str | None = None
    ) -> Records:
        """Step 3a: what is no error of ours."""
        return self._of_one("successes", invoice_id, resolved, external_id)

    def find_integration_errors(
        self, invoice_id: int, *, resolved: bool | None = False, external_id: str | None = None
    ) -> Records:
        """Step 3a: errors of ours."""
        return self._of_one("errors", invoice_id, resolved, external_id)

    def find_open_history_records(self, invoice_ids: Iterable[int]) -> dict[int, Records]:
        """Open ones that are no errors of ours, by invoice id."""
        return self._of_many("successes", invoice_ids)

    def find_open_integration_errors(self, invoice_ids: Iterable[int]) -> dict[int, Records]:
        """Open errors of ours, by invoice id."""
        return self._of_many("errors", invoice_ids)

    def list_errors_of_run(self, run_id: int) -> Iterator[IntegrationRecord]:
        """Errors of ours that were written in one run, by id, as they are consumed."""
        query = {"status": "Error", "external-id[contains]": f"@{run_id}"}
        for record in self._coupa.list_history_records(query):
            told = self._told(record)
            # Coupa may pass over a condition that it does not know.
            if told.integration_run_id == run_id and told.document_id and self._is_error(told):
                yield told

    def list_open_errors(self, prefix: str) -> Iterator[IntegrationRecord]:
        """Open errors of ours about invoices, by id, as they are consumed.

        :param prefix: the beginning of their external id.
        """
        return (record for record in self._open_errors(prefix) if self._is_error(record))

    def find_open_run_errors(self, prefix: str) -> Records:
        """Open sums of runs, each on one of its invoices.

        :param prefix: the beginning of their external id.
        """
        return list(self._open_errors(prefix))

    def resolve_history_record(self, record_id: int) -> IntegrationRecord:
        """Step 3b."""
        self._written()
        return self._coupa.resolve_history_record(record_id)

    def unresolve_history_record(self, record_id: int) -> IntegrationRecord:
        """Open it again."""
        self._written()
        return self._coupa.unresolve_history_record(record_id)

    resolve_integration_error = resolve_history_record
    unresolve_integration_error = unresolve_history_record

    def create_history_record(
        self, draft: RecordDraft, *, alert: bool = False, look_first: bool = False
    ) -> IntegrationRecord:
        """Step 4b."""
        self._written()
        return self._coupa.create_history_record(_named(draft), alert=alert, look_first=look_first)

    def create_integration_error(
        self, draft: RecordDraft, *, alert: bool = True, look_first: bool = False
    ) -> IntegrationRecord:
        """Step 4c. What is about the run hangs on the last invoice of whose trouble no mail told, if any."""
        if draft.document_id is None:
            untold = self._last_without_alert(draft)
            if untold is None:
                return self._untold(draft)
            draft = draft.model_copy(
                update={"document_id": untold.document_id, "document_status": untold.document_status}
            )
        return self.create_history_record(draft, alert=alert, look_first=look_first)

    def fields_of_outcome(self, draft: RecordDraft) -> dict[str, str]:
        """None: records tell."""
        return {}

    def _of_one(self, kind: str, invoice_id: int, resolved: bool | None, external_id: str | None) -> Records:
        def read() -> tuple[Records, Records]:
            found = self._coupa.find_history_records(invoice_id, resolved=resolved, external_id=external_id)
            return self._parted(found)

        records: Records = self._half(kind, (invoice_id, resolved, external_id), read)
        return records

    def _of_many(self, kind: str, invoice_ids: Iterable[int]) -> dict[int, Records]:
        asked = tuple(invoice_ids)

        def read() -> tuple[dict[int, Records], dict[int, Records]]:
            successes: dict[int, Records] = {}
            errors: dict[int, Records] = {}
            for invoice_id, records in self._coupa.find_open_history_records(asked).items():
                successes[invoice_id], errors[invoice_id] = self._parted(records)
            return successes, errors

        found: dict[int, Records] = self._half(kind, asked, read)
        return found

    def _parted(self, records: Records) -> tuple[Records, Records]:
        told = [self._told(record) for record in records]
        errors = [record for record in told if self._is_error(record)]
        return [record for record in told if record not in errors], errors

    def _open_errors(self, prefix: str) -> Iterator[IntegrationRecord]:
        query = {"resolved": "false", "status": "Error", "external-id[starts_with]": prefix}
        for record in self._coupa.list_history_records(query):
            if (record.external_id or "").startswith(prefix) and not record.resolved:
                yield self._told(record)

    def _last_without_alert(self, draft: RecordDraft) -> IntegrationRecord | None:
        code, last = draft.responses[0].response_code, None
        for error in self.list_errors_of_run(draft.integration_run_id or 0):
            alerted = (error.external_id or "").endswith(_ALERTED)
            if not alerted and error.responses and error.responses[0].response_code == code:
                last = error
        return last

    def _is_error(self, record: IntegrationRecord) -> bool:
        return is_error(record, self._coupa.scope.key(record.document_id or 0))

    @staticmethod
    def _told(record: IntegrationRecord) -> IntegrationRecord:
        """The record, with the number of the run that is a part of its name."""
        of_run = (record.external_id or "").removesuffix(_ALERTED).rpartition("@")[2]
        if not (of_run.startswith("-") and of_run[1:].isdigit()):
            return record
        return record.model_copy(update={"integration_run_id": int(of_run)})


def _named(draft: RecordDraft) -> RecordDraft:
    """The draft, with the number of its run as the last part of its name, and of no run in Coupa."""
    name = draft.external_id
    if draft.integration_run_id is not None:
        alerted = _ALERTED if name.endswith(_ALERTED) else ""
        name = f"{name.removesuffix(_ALERTED)}@{draft.integration_run_id}{alerted}"
    return draft.model_copy(update={"external_id": name, "integration_run_id": None})
