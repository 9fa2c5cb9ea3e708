"""What the export measures, through Airflow's own metrics (StatsD or OpenTelemetry).

Each name carries what it is about, because plain StatsD has no tags::

    coupa_erp.invoices.<outcome>            counter: invoices of a run that has ended, posted, rejected, …
    coupa_erp.call.<system>.<operation>    timer: one request, whatever was answered
    coupa_erp.oldest_waiting_seconds        gauge: how long ago the invoice that waits longest was touched
"""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from airflow.sdk.observability import stats

_PREFIX = "coupa_erp"
_NUMBER = re.compile(r"^\d+$")
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_]+")


def count_outcomes(counts: Mapping[str, int]) -> None:
    """Count what became of the invoices of a run.

    :param counts: by outcome.
    """
    for outcome, number in counts.items():
        if number:
            stats.incr(f"{_PREFIX}.invoices.{outcome}", number)


def measure_waiting(age: datetime.timedelta | None) -> None:
    """How long the oldest invoice has been waiting.

    :param age: ``None`` where none waits.
    """
    stats.gauge(f"{_PREFIX}.oldest_waiting_seconds", age.total_seconds() if age else 0)


@contextmanager
def timed(system: str, call: str) -> Iterator[None]:
    """Time one request.

    :param system: ``coupa``, or the ERP.
    :param call: its verb and path: ``PUT /api/invoices/7``.
    """
    started = time.monotonic()
    try:
        yield
    finally:
        passed = datetime.timedelta(seconds=time.monotonic() - started)
        stats.timing(f"{_PREFIX}.call.{system}.{operation_of(call)}", passed)


def operation_of(call: str) -> str:
    """The name of a request, without what is only of one: ``put_integration_runs_success``.

    :param call: its verb and path.
    """
    verb, _, path = call.partition(" ")
    parts = [part for part in path.split("/") if part and part != "api" and not _NUMBER.match(part)]
    return _NOT_A_NAME.sub("_", "_".join([verb.lower(), *parts]))
