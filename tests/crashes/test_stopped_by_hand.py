"""A person stops a run in its middle: marks it failed, or deletes it."""

from __future__ import annotations

import pytest

from include.soak.faults import Order
from tests.crashes.deployment import until


def test_a_run_marked_failed_by_hand_stays_failed_gives_back_and_can_be_cleared(live):
    ids = live.invoices(3)
    before = live.alerts()
    run: list[str] = []

    def mark_failed():
        until(lambda: "success" in live.outcomes_of(run[0]), "one invoice is done", 60)
        live.api("PATCH", f"/dagRuns/{run[0]}", {"state": "failed"})

    live.erp.order(Order(None, "POST", r"account\.invoice$", invoice=ids[2], before=mark_failed))
    run.append(live.trigger())
    assert live.ended(run[0]) == "failed"
    first = live.coupa_run(run[0])
    assert first["status"] == "failed"
    ends = live.ends(ids)
    assert "posted" in ends.values()
    assert ends[ids[2]] == "waiting"
    assert live.alerts() == before

    live.api("POST", f"/dagRuns/{run[0]}/clear", {"dry_run": False, "only_failed": False})
    until(lambda: live.airflow.api.run_state(live.dag_id, run[0]) in ("queued", "running"), "it is cleared")
    assert live.ended(run[0]) == "success"
    assert live.coupa_run(run[0])["id"] != first["id"]
    assert live.ends(ids) == dict.fromkeys(ids, "posted")
    assert live.open_runs() == []


@pytest.mark.slow
def test_what_a_deleted_run_had_claimed_is_carried_by_the_next_and_its_integration_run_is_ended(live):
    ids = live.invoices(2)
    run: list[str] = []

    def delete():
        live.api("PATCH", f"/dagRuns/{run[0]}", {"state": "queued"})  # Airflow deletes no running one
        live.api("DELETE", f"/dagRuns/{run[0]}")

    live.erp.order(Order(None, "POST", r"account\.invoice$", invoice=ids[0], after=delete))
    run.append(live.trigger())
    until(lambda: live.states(run[0]) == {}, "it is deleted")
    left = live.open_runs()
    assert len(left) == 1
    live.wait_until_old(left[0])
    assert live.run() == "success"
    assert live.ends(ids) == dict.fromkeys(ids, "posted")
    assert live.open_runs() == []
    assert live.sandbox.control.row("runs", left[0])["status"] == "failed"
