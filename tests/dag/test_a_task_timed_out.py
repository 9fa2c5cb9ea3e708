"""A try of a task that takes longer than it may."""

from __future__ import annotations

import pytest

from include.sandbox.faults import Fault

CLEAN, CREDIT = 104201, 104231


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setenv("COUPA_ERP_TASK_MINUTES", "0.1")


def test_an_invoice_whose_task_is_timed_out_comes_back_and_the_run_ends(
    impatient, run_dag, sandbox, take, books
):
    take(CLEAN, CREDIT)
    sandbox.control.order(
        Fault(method="GET", path="/api/integration_errors$", invoice_id=CLEAN, times=2, delay_seconds=9)
    )
    ended = run_dag()
    assert ended.state == "success"
    assert ended.state_of("invoice.resolve_previous", 0) == "failed"
    assert set(books.totals()) == {CREDIT}
    shown = sandbox.control.row("invoices", CLEAN)
    assert not shown["exported"]
    (told,) = [row for row in sandbox.control.rows("errors") if row["document-id"] == CLEAN]
    assert told["responses"][0]["response-code"] == "TECHNICAL-AirflowTaskTimeout"
    assert all(run["end-time"] for run in sandbox.control.rows("runs"))
