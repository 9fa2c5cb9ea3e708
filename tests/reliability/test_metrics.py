"""What a run measures arrives at a StatsD, over a real socket."""

from __future__ import annotations

import datetime
import socket

import pytest
from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics import stats_utils

from coupa_erp.metrics import operation_of
from tests.reliability.kinds import KINDS


@pytest.fixture
def statsd(monkeypatch):
    """Reads what has arrived until now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(0.5)
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_ON", "True")
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_HOST", "127.0.0.1")
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_PORT", str(listening.getsockname()[1]))
        stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=False)

        def arrived():
            lines = {}
            while True:
                try:
                    line = listening.recv(65535).decode()
                except TimeoutError:
                    return lines
                name, _, value = line.partition(":")
                lines.setdefault(name, []).append(value)

        yield arrived
        stats.initialize(factory=NoStatsLogger, export_legacy_names=False)


def test_a_run_measures_outcomes_calls_and_the_age_of_what_waits(world, statsd):
    world.a_day_ago()
    ids = [*KINDS["clean"].prepare(world, 2), *KINDS["refused by the mapping"].prepare(world)]
    touched = min(datetime.datetime.fromisoformat(world.row(one)["updated-at"]) for one in ids)
    waited = (datetime.datetime.now(datetime.UTC) - touched).total_seconds()
    world.airflow.whole()
    measured = statsd()
    assert measured["airflow.coupa_erp.invoices.posted"] == ["2|c"]
    assert measured["airflow.coupa_erp.invoices.rejected"] == ["1|c"]
    (age,) = measured["airflow.coupa_erp.oldest_waiting_seconds"]
    assert float(age.removesuffix("|g")) == pytest.approx(waited, abs=60)
    calls = {name: values for name, values in measured.items() if ".call.coupa." in name}
    assert all(value.endswith("|ms") for values in calls.values() for value in values)
    assert len(calls["airflow.coupa_erp.call.coupa.post_integration_history_records"]) == 2
    assert "airflow.coupa_erp.call.coupa.put_integration_runs_success" in calls


def test_a_cleared_index_is_counted_once_more_and_the_others_are_not(world, statsd):
    world.a_day_ago()
    KINDS["clean"].prepare(world, 3)
    run = world.airflow.trigger("cleared")
    world.airflow.play(run)
    statsd()
    world.airflow.clear_step(run, "post_to_erp", 0)
    world.airflow.play(run)
    assert statsd()["airflow.coupa_erp.invoices.unchanged"] == ["1|c"]


@pytest.mark.parametrize(
    ("call", "operation"),
    [
        ("PUT /api/integration_runs/5/success", "put_integration_runs_success"),
        ("GET /api/invoices/104201", "get_invoices"),
        ("POST account.invoice/12/post", "post_account_invoice_post"),
    ],
)
def test_an_operation_is_a_call_without_what_is_of_one_invoice(call, operation):
    assert operation_of(call) == operation
