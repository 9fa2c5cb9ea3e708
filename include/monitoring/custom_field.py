"""Option 1 of the article: a status text in a custom field of the invoice, and nothing else."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from include.coupa_port import CoupaPort
from include.errors import NotInCoupa, RefusedByCoupa
from include.export.content import content_of, version_of
from include.export.listing import hold_go_live, in_coupas_time
from include.export.past import FAILURES
from include.export.records import RecordName
from include.models.invoice import CoupaInvoice
from include.models.records import IntegrationRecord, RecordDraft
from include.monitoring.status_text import StatusText, written
from include.monitoring.without_runs import WithoutRuns

log = logging.getLogger(__name__)

Records = list[IntegrationRecord]

_NUMBERED = frozenset({"created", "amended", "unchanged"})


class FieldMonitoring(WithoutRuns):
    """Coupa, in which what stands open about an invoice is its status field: one outcome, the newest.

    It is shown to the business as the records that would stand in its place, under the invoice's id below
    zero, which no record of Coupa's has. A technical failure that is the second or third in a row stands for
    those before it, too. No mail is sent: people see it in Coupa's lists.

    :param coupa: the instance.
    :param days: how far back errors are looked for: Coupa documents no search by custom field.
    """

    def __init__(self, coupa: CoupaPort, days: int) -> None:
        super().__init__(coupa)
        self._days = days
        #: What was read last of an invoice, and what was written along with its number.
        self._known: dict[int, StatusText | None] = {}
        self._beside_number: dict[int, str] = {}

    def find_history_records(
        self, invoice_id: int, *, resolved: bool | None = False, external_id: str | None = None
    ) -> Records:
        """The success that the field tells, if it does."""
        return self._of_one("successes", invoice_id, resolved, external_id)

    def find_integration_errors(
        self, invoice_id: int, *, resolved: bool | None = False, external_id: str | None = None
    ) -> Records:
        """The error that the field tells, if it does."""
        return self._of_one("errors", invoice_id, resolved, external_id)

    def find_open_history_records(self, invoice_ids: Iterable[int]) -> dict[int, Records]:
        """The successes of many invoices."""
        return self._of_many("successes", invoice_ids)

    def find_open_integration_errors(self, invoice_ids: Iterable[int]) -> dict[int, Records]:
        """The errors of many invoices."""
        return self._of_many("errors", invoice_ids)

    def list_errors_of_run(self, run_id: int) -> Iterator[IntegrationRecord]:
        """None: there are no mails to be counted."""
        return iter(())

    def list_open_errors(self, prefix: str) -> Iterator[IntegrationRecord]:
        """Errors of what was exported lately, by the invoice's id, as they are consumed.

        :param prefix: the beginning of their external id.
        """
        since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=self._days)
        query = {"exported": "true", "last-exported-at[gt_or_eq]": in_coupas_time(since)}
        query |= self._coupa.scope.selection_query
        hold_go_live(query, self._coupa.scope)
        for invoice in self._coupa.read_invoices(query):
            yield from (record for record in self._records(invoice)[1] if not record.resolved)

    def find_open_run_errors(self, prefix: str) -> Records:
        """None: what is about a run is told in Airflow."""
        return []

    def mark_exported(self, invoice_id: int) -> CoupaInvoice:
        """The claim, without the history records that Coupa shows with it: they are another integration's."""
        claimed = self._coupa.mark_exported(invoice_id)
        return claimed.model_copy(update={"current_integration_history_records": None})

    def resolve_history_record(self, record_id: int) -> IntegrationRecord:
        """Say that the invoice is being exported again, before the text that stood there."""
        return self._turn(record_id, resolved=True)

    def unresolve_history_record(self, record_id: int) -> IntegrationRecord:
        """Let the text stand as it did."""
        return self._turn(record_id, resolved=False)

    resolve_integration_error = resolve_history_record
    unresolve_integration_error = unresolve_history_record

    def write_custom_fields(self, invoice_id: int, values: Mapping[str, Any]) -> CoupaInvoice:
        """Step 3: number and status in one write; where Coupa refuses that, the number alone."""
        self._written()
        status = values.get(self._coupa.scope.status_field)
        others = {name: value for name, value in values.items() if name != self._coupa.scope.status_field}
        try:
            answer = self._coupa.write_custom_fields(invoice_id, values)
        except RefusedByCoupa:
            if status is None:
                raise
            return self._coupa.write_custom_fields(invoice_id, others)
        if status is not None:
            self._beside_number[invoice_id] = status
        return answer

    def fields_of_outcome(self, draft: RecordDraft) -> dict[str, str]:
        """The status that is written along with the ERP's number."""
        return {self._coupa.scope.status_field: str(self._text_of(draft, strikes=0))}

    def create_history_record(
        self, draft: RecordDraft, *, alert: bool = False, look_first: bool = False
    ) -> IntegrationRecord:
        """Step 3: the status, unless it was written along with the number."""
        invoice_id, text = draft.document_id or 0, self._text_of(draft, strikes=0)
        known = self._known.get(invoice_id)
        # An error about the number of this very success stays: that is what people must see.
        is_unnumbered = known is not None and (known.outcome, known.attempt) == ("unnumbered", text.attempt)
        if self._beside_number.pop(invoice_id, None) != str(text) and not is_unnumbered:
            self._write(invoice_id, text)
        return IntegrationRecord(id=-invoice_id, resolved=False)

    def create_integration_error(
        self, draft: RecordDraft, *, alert: bool = True, look_first: bool = False
    ) -> IntegrationRecord:
        """Step 3: the status of an invoice that did not reach the ERP."""
        if draft.document_id is None:
            return self._untold(draft)
        name, strikes = self._name(draft), 0
        if name.outcome in FAILURES:
            before = self._known_of(draft.document_id)
            if before is None or before.outcome not in FAILURES:
                strikes = 1
            else:
                strikes = before.strikes + (before.attempt != name.attempt)
        self._write(draft.document_id, self._text_of(draft, strikes=strikes))
        return IntegrationRecord(id=-draft.document_id, resolved=False)

    def _of_one(self, kind: str, invoice_id: int, resolved: bool | None, external_id: str | None) -> Records:
        def read() -> tuple[Records, Records]:
            try:
                return self._records(self._coupa.read_invoice(invoice_id))
            except NotInCoupa:
                return [], []

        found: Records = self._half(kind, invoice_id, read)
        return [
            record
            for record in found
            if resolved in (None, record.resolved) and external_id in (None, record.external_id)
        ]

    def _of_many(self, kind: str, invoice_ids: Iterable[int]) -> dict[int, Records]:
        asked = tuple(invoice_ids)

        def read() -> tuple[dict[int, Records], dict[int, Records]]:
            successes: dict[int, Records] = {}
            errors: dict[int, Records] = {}
            for start in range(0, len(asked), 50):
                named = ",".join(str(invoice_id) for invoice_id in asked[start : start + 50])
                for invoice in self._coupa.read_invoices({"id[in]": named}):
                    successes[invoice.id], errors[invoice.id] = (
                        [record for record in records if not record.resolved]
                        for records in self._records(invoice)
                    )
            return successes, errors

        found: dict[int, Records] = self._half(kind, asked, read)
        return found

    def _records(self, invoice: CoupaInvoice) -> tuple[Records, Records]:
        """The records that the invoice's status stands for: successes and errors."""
        scope = self._coupa.scope
        text = self._known[invoice.id] = StatusText.read(invoice.custom_field(scope.status_field))
        number = invoice.custom_field(scope.erp_number_field)
        if text is None or (text.outcome in _NUMBERED and not number):
            return [], []  # Coupa took the text and not the number that belongs to it
        is_present = text.content == content_of(invoice, scope)
        name = RecordName(
            key=scope.key(invoice.id),
            fingerprint=None,
            outcome=text.outcome,
            attempt=text.attempt,
            content=text.content,
            version=version_of(invoice) if is_present else None,
        )
        # An invoice whose failure was told, or that was taken again, was claimed after that: only of the rest
        # may the text be about its last claim.
        is_of_last_claim = not text.resolved and text.outcome != "failed"
        newest = IntegrationRecord(
            id=-invoice.id,
            document_id=invoice.id,
            status="Error" if text.is_error else "Success",
            resolved=text.resolved,
            external_id=str(name),
            integration_run_id=text.run_id,
            created_at=invoice.updated_at if is_of_last_claim else None,
            responses=text.responses,
        )
        if not text.is_error:
            return [newest], []
        return [], [*(self._earlier(name, invoice.id, strike) for strike in range(1, text.strikes)), newest]

    @staticmethod
    def _earlier(name: RecordName, invoice_id: int, strike: int) -> IntegrationRecord:
        """A failure of which nothing is left but that it was."""
        failed = RecordName(key=name.key, fingerprint=None, outcome="failed", attempt=f"earlier.{strike}")
        return IntegrationRecord(
            id=-invoice_id - 1000 + strike, document_id=invoice_id, resolved=True, external_id=str(failed)
        )

    def _turn(self, record_id: int, *, resolved: bool) -> IntegrationRecord:
        """Turn a status; a record of Coupa's own, of a level that was left, is nothing to this one."""
        text = self._known_of(-record_id) if record_id < 0 else None
        if text is not None and text.resolved is not resolved:
            self._write(-record_id, text.turned(resolved=resolved))
        return IntegrationRecord(id=record_id, resolved=resolved)

    def _known_of(self, invoice_id: int) -> StatusText | None:
        if invoice_id not in self._known:
            self._records(self._coupa.read_invoice(invoice_id))
        return self._known[invoice_id]

    def _write(self, invoice_id: int, text: StatusText) -> None:
        """Write the status. Where Coupa refuses it the invoice goes its way all the same, unseen there."""
        self._written()
        field = self._coupa.scope.status_field
        try:
            self._coupa.write_custom_fields(invoice_id, {field: str(text)})
        except RefusedByCoupa as refused:
            log.warning(
                "Coupa does not show this, because it refuses the status (%s): %s", refused, text.words
            )
        else:
            self._known[invoice_id] = text

    def _text_of(self, draft: RecordDraft, *, strikes: int) -> StatusText:
        name = self._name(draft)
        return written(draft, name.outcome, name.content, name.attempt, strikes)

    def _name(self, draft: RecordDraft) -> RecordName:
        name = RecordName.read(draft.external_id, self._coupa.scope.key(draft.document_id or 0))
        if name is None:
            raise ValueError(f"{draft.external_id} is no name of an outcome.")
        return name
