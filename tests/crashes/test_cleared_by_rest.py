"""Squares of a run that has ended are cleared as the grid does it, by REST."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.crashes.deployment import FAILED_RUNS, until

NET_45 = {"id": 45, "code": "Net 45", "description": "Net 45 days", "active": True}
NET_30 = {"id": 30, "code": "Net 30", "description": "Net 30 days", "active": True}
POST, RECORD = "invoice.post_to_erp", "invoice.record_outcome"


def clear(live, run, *tasks, **how):
    body = {
        "dry_run": False,
        "dag_run_id": run,
        "task_ids": list(tasks),
        "only_failed": False,
        "include_downstream": False,
        **how,
    }
    cleared = live.api("POST", "/clearTaskInstances", body)["task_instances"]
    until(lambda: live.airflow.api.run_state(live.dag_id, run) in ("queued", "running"), "it is cleared")
    live.ended(run)
    return sorted((one["task_id"], one["map_index"]) for one in cleared)


def links(live, run, task_id, index):
    return live.api("GET", f"/dagRuns/{run}/taskInstances/{task_id}/links?map_index={index}")["extra_links"]


def log_lines(live, run, task_id, index):
    files = [
        file
        for file in Path(live.layout.run_dir).rglob("attempt=*.log")
        if run in str(file) and f"task_id={task_id}" in str(file) and f"map_index={index}" in str(file)
    ]
    assert files
    return [json.loads(line) for line in sorted(files)[-1].read_text().splitlines()]


@pytest.mark.slow
def test_squares_cleared_by_rest_bring_the_present_outcome_into_coupa(live):
    (refused,) = live.invoices(1, **{"payment-term": NET_45})
    (clean,) = live.invoices(1)
    run = live.trigger()
    assert live.ended(run) == "success"
    index = {refused: 0, clean: 1}
    assert live.ends([refused, clean]) == {refused: "under error", clean: "posted"}
    first = live.coupa_run(run)["id"]
    assert live.states(run)[f"{POST}[{index[refused]}]"] == "failed"

    # Its log: what happened and what to do before the traceback, each line of ours with run and invoice.
    lines = log_lines(live, run, POST, index[refused])
    said = [line["event"] for line in lines]
    at = next(number for number, event in enumerate(said) if event.startswith("Refused: "))
    assert said[at + 1].startswith("What to do: ")
    ours = [line for line in lines if line.get("logger", "").startswith(("coupa_erp", "include"))]
    assert ours
    assert {(line["integration_run"], line["invoice"]) for line in ours} == {(first, f"L-{refused}")}

    # A step alone, mended: setup and teardown run with it, no other step does.
    live.sandbox.control.edit_in_ui(refused, {"payment-term": NET_30}, reset_mark=False)
    cleared = clear(live, run, [POST, index[refused]])
    assert cleared == [("create_integration_run", -1), ("end_integration_run", -1), (POST, index[refused])]
    assert live.ends([refused, clean]) == dict.fromkeys([refused, clean], "posted")
    assert live.airflow.api.run_state(live.dag_id, run) == "success"
    second = live.coupa_run(run)
    assert second["id"] != first
    assert second["end-time"]
    assert live.summary(run)["counts"]["posted"] == 2
    assert live.errors(refused, resolved=False) == []

    # The buttons.
    found = links(live, run, POST, index[clean])
    assert found["Invoice in Coupa"] == f"{live.coupa.url}/invoices/{clean}"
    assert found["Document in the ERP"] is None  # the connection names no web client
    assert links(live, run, "create_integration_run", -1)["Integration run in Coupa"].endswith(
        f"/integration_runs/{second['id']}"
    )

    # A green square alone, with what follows, and "only failed", which has nothing to do here.
    for task, how in ((RECORD, {}), ("invoice.mark_exported", {"include_downstream": True})):
        clear(live, run, [task, index[clean]], **how)
        assert live.ends([refused, clean]) == dict.fromkeys([refused, clean], "posted")
        assert live.airflow.api.run_state(live.dag_id, run) == "success"
    assert live.open_runs() == []
    assert live.settle([refused, clean]) == 0


@pytest.mark.slow
def test_only_failed_of_a_refused_invoice_keeps_the_integration_run_that_has_ended(live):
    (refused,) = live.invoices(1, **{"payment-term": NET_45})
    run = live.trigger()
    assert live.ended(run) == "success"
    first = live.coupa_run(run)["id"]
    live.sandbox.control.edit_in_ui(refused, {"payment-term": NET_30}, reset_mark=False)
    assert clear(live, run, [POST, 0], only_failed=True, include_downstream=True) == [(POST, 0)]
    assert live.ends([refused]) == {refused: "posted"}
    assert live.coupa_run(run)["id"] == first
    assert live.open_runs() == []


@pytest.mark.slow
def test_a_run_that_failed_in_an_outage_is_told_of_and_carried_on_by_only_failed(live):
    (waiting,) = live.invoices(1)
    live.erp.down()
    try:
        run = live.trigger()
        assert live.ended(run) == "failed"
    finally:
        live.erp.up()
    told = Path(live.layout.run_dir) / FAILED_RUNS
    until(lambda: told.exists() and run in told.read_text().split(), "the notifier tells")
    cleared = clear(live, run, "fetch_invoices", only_failed=True, include_downstream=True)
    assert ("create_integration_run", -1) not in cleared
    assert ("end_integration_run", -1) in cleared
    assert live.airflow.api.run_state(live.dag_id, run) == "success"
    assert live.ends([waiting]) == {waiting: "posted"}
    assert live.coupa_run(run)["status"] == "failed"  # an end is never overturned
    assert live.open_runs() == []
