"""What both lesser levels share: a run is known to Airflow alone, and goes by a number of ours."""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Callable
from typing import Any

from include.coupa_port import CoupaPort
from include.errors import ExportError
from include.export.records import SUCCESSES, RecordName
from include.models.records import IntegrationRecord, IntegrationRun, RecordDraft

log = logging.getLogger(__name__)

#: What goes to Coupa as it is. Whatever else the port has, each level answers itself or does not call.
PASSED_ON = frozenset(
    {"scope", "invoice_url", "list_invoices", "read_invoices", "mark_exported", "unmark_exported"}
    | {"read_invoice", "write_custom_fields", "list_attached", "fetch_file"}
)

#: How long one half of an answer waits to be asked for, in seconds.
_SOON = 1.0


class WithoutRuns:
    """Coupa without integration runs.

    :param coupa: the instance.
    """

    def __init__(self, coupa: CoupaPort) -> None:
        self._coupa = coupa
        self._other_half: tuple[Any, Any, float] | None = None

    def __getattr__(self, name: str) -> Any:
        if name not in PASSED_ON:
            raise ExportError(f"{name} is no call of this monitoring level; please report this.")
        return getattr(self._coupa, name)

    def create_integration_run(self, *, may_adopt: Callable[[], bool] = lambda: True) -> IntegrationRun:
        """A number of our own, below zero: no run of Coupa's has such a one."""
        return IntegrationRun(id=-time.time_ns() // 1_000_000)

    def start_integration_run(self, run_id: int, total_records: int) -> IntegrationRun:
        """Nothing: Coupa does not have the run."""
        return IntegrationRun(id=run_id, total_records=total_records)

    def succeed_integration_run(self, run_id: int) -> IntegrationRun:
        """Nothing, likewise."""
        return IntegrationRun(id=run_id)

    def fail_integration_run(self, run_id: int) -> IntegrationRun:
        """Nothing, likewise: Airflow shows it, and its notifier tells."""
        return IntegrationRun(id=run_id)

    def read_integration_run(self, run_id: int) -> IntegrationRun:
        """The run, of which no start and no end is known."""
        return IntegrationRun(id=run_id)

    def list_open_runs(self, created_before: datetime.datetime) -> list[IntegrationRun]:
        """None."""
        return []

    def _untold(self, draft: RecordDraft) -> IntegrationRecord:
        """What is about a run and not about an invoice has no place in Coupa at this level."""
        said = draft.responses[0]
        log.warning("Told in Airflow alone: %s: %s", said.response_code, said.response_message)
        return IntegrationRecord(id=0, resolved=False)

    def _half(self, kind: str, asked: Any, read: Callable[[], tuple[Any, Any]]) -> Any:
        """Successes or errors of an answer that holds both: the other half is kept for the call after this.

        Steps ask for both, one right after the other. Whatever is written in between makes the kept one old.

        :param kind: ``successes`` or ``errors``.
        :param asked: what about.
        :param read: reads both.
        """
        kept, self._other_half = self._other_half, None
        if kept is not None and kept[0] == (kind, asked) and time.monotonic() - kept[2] < _SOON:
            return kept[1]
        successes, errors = read()
        wanted, other = (successes, errors) if kind == "successes" else (errors, successes)
        self._other_half = (
            ("errors" if kind == "successes" else "successes", asked),
            other,
            time.monotonic(),
        )
        return wanted

    def _written(self) -> None:
        self._other_half = None


def is_error(record: IntegrationRecord, key: str) -> bool:
    """Whether a record is one of ours about an invoice that did not reach the ERP.

    :param record: as it stands in Coupa.
    :param key: the business key of its invoice.
    """
    name = RecordName.read(record.external_id, key)
    return name is not None and name.outcome not in SUCCESSES
