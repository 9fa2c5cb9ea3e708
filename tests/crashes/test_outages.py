"""The ERP, or Coupa, goes away in the middle of a run."""

from __future__ import annotations

import threading

import pytest

from include.soak.faults import Fault, Order


@pytest.mark.slow
def test_an_erp_that_goes_away_in_the_middle_is_one_alert_and_the_next_run_carries_on(live):
    ids = live.invoices(4)
    before = live.alerts()
    # Beside it: the task that opened the integration run dies, so that its first one belongs to nobody.
    live.coupa.order(Order(Fault("kill_after"), "POST", "/api/integration_runs$"))
    live.erp.order(Order(None, "POST", r"account\.invoice/\d+/post$", after=live.erp.down))
    run_id = live.trigger()
    try:
        assert live.ended(run_id) == "failed"
    finally:
        live.erp.up()
    assert "cannot be reached" in live.summary(run_id)["failure"]
    assert live.coupa_run(run_id)["status"] == "failed"
    assert live.ends(ids) == dict.fromkeys(ids, "waiting")
    assert live.alerts() == before + 1
    (orphan,) = live.open_runs()
    live.wait_until_old(orphan)
    assert live.run() == "success"
    assert live.ends(ids) == dict.fromkeys(ids, "posted")
    assert live.errors(None, resolved=False) == []
    assert live.alerts() == before + 1
    assert live.open_runs() == []


@pytest.mark.slow
def test_an_erp_that_is_away_before_the_listing_fails_the_run_and_claims_nothing(live):
    ids = live.invoices(1)
    before = live.alerts()
    live.erp.down()
    try:
        ended = [live.run(), live.run()]
    finally:
        live.erp.up()
    assert ended == ["failed", "failed"]
    assert live.ends(ids) == dict.fromkeys(ids, "waiting")
    assert live.shown(ids[0])["last-exported-at"] is None
    assert live.alerts() == before + 1
    assert live.run() == "success"
    assert live.ends(ids) == dict.fromkeys(ids, "posted")
    assert live.errors(None, resolved=False) == []


@pytest.mark.slow
def test_a_coupa_that_is_away_when_the_run_ends_is_waited_for(live):
    def away():
        live.coupa.down()
        threading.Timer(8, live.coupa.up).start()

    live.coupa.order(Order(None, "PUT", r"/integration_runs/\d+/success$", before=away))
    run_id = live.trigger()
    assert live.ended(run_id) == "success"
    assert live.coupa_run(run_id)["status"] == "successful"


@pytest.mark.slow
def test_a_run_beside_a_live_backfill_leaves_its_invoices_and_its_integration_run_alone(live):
    held = live.invoices(1, **{"created-at": "2026-08-10T10:00:00-08:00"})
    reached, go_on = threading.Event(), threading.Event()

    def hold():
        reached.set()
        go_on.wait(120)

    live.erp.order(Order(None, "POST", r"account\.invoice/\d+/post$", before=hold))
    try:
        backfill = live.backfill("2026-08-01T00:00:00+00:00")
        assert reached.wait(120)
        of_backfill = live.coupa_run(backfill)
        live.wait_until_old(of_backfill["id"])
        assert live.run() == "success"
        assert live.shown(held[0])["exported"]
        assert live.errors(held[0]) == []
        assert live.coupa_run(backfill)["end-time"] is None
    finally:
        go_on.set()
    assert live.ended(backfill) == "success"
    assert live.ends(held) == dict.fromkeys(held, "posted")
