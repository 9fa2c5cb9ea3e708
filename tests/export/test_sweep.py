from __future__ import annotations

import datetime

import pytest

from include.errors import ErpRejection, Refusal, TransientError
from include.export import claim
from include.export.sweep import end_left_open_runs, sweep_invoices
from include.options import Options
from tests.export.conftest import Export

INVOICE = 104201
EDIT = {"invoice-lines": {"0": {"account": {"code": "3004-6400-CA200", "segment-3": "CA200"}}}}
CLOSED = ErpRejection(Refusal("PERIOD_CLOSED", "The period is closed."))


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def sweep(export: Export, in_flight: tuple[int, ...] = ()):
    outcomes = sweep_invoices(
        export.ports, Options(), now(), lambda: in_flight, run_id=export.run_id, where="DAG run x"
    )
    return {outcome.facts.invoice_id: outcome for outcome in outcomes}


def exported(export: Export) -> bool:
    return export.invoice(INVOICE)["exported"]


def test_nothing_is_left_behind_in_a_coupa_that_nobody_touched(export):
    assert sweep(export) == {}


def test_a_claim_without_an_outcome_is_given_back_and_told(export):
    claim.mark_exported(export.ports, INVOICE)
    swept = sweep(export)
    assert swept[INVOICE].kind == "given_back"
    assert not exported(export)
    assert len(export.sandbox.control.rows("alerts")) == 1


def test_a_claim_that_breaks_off_three_times_is_stopped(export):
    for _ in range(3):
        claim.mark_exported(export.ports, INVOICE)
        claimed_at = (now() + datetime.timedelta(seconds=export.attempt)).isoformat()
        export.sandbox.control.edit_in_ui(INVOICE, {"last-exported-at": claimed_at}, reset_mark=False)
        export.attempt += 1
        swept = sweep(export)
    assert swept[INVOICE].kind == "stopped"
    assert exported(export)
    assert sweep(export) == {}


def test_a_sweep_that_is_repeated_counts_and_alerts_once(export):
    claim.mark_exported(export.ports, INVOICE)
    sweep(export)
    assert sweep(export) == {}
    assert len(export.errors(INVOICE)) == len(export.sandbox.control.rows("alerts")) == 1


def test_what_a_live_run_holds_is_left_alone(export):
    claim.mark_exported(export.ports, INVOICE)
    assert sweep(export, in_flight=(INVOICE,)) == {}
    assert exported(export)


def test_posted_and_killed_before_its_number_reached_coupa_comes_back_and_is_not_posted_twice(export):
    export.post(INVOICE)
    assert INVOICE in sweep(export)
    assert export.whole(INVOICE).action == "unchanged"
    assert len(export.erp.documents) == 1
    assert sweep(export) == {}


def test_posted_and_numbered_and_killed_before_its_record_comes_back_and_gets_it(export):
    verdict = export.post(INVOICE)
    export.coupa.write_custom_fields(INVOICE, {"cf-erp-invoice-number": verdict.erp_number})
    assert INVOICE in sweep(export)
    export.whole(INVOICE)
    assert [record["status"] for record in export.history(INVOICE)] == ["Success"]


def test_a_success_is_left_alone(export):
    export.whole(INVOICE)
    export.sandbox.control.forget_calls()
    assert sweep(export) == {}
    read = [call for call in export.sandbox.control.calls() if call["path"].endswith(str(INVOICE))]
    assert read == []


@pytest.mark.parametrize("change", ["edit", "void"])
def test_a_change_that_kept_the_mark_comes_back_without_a_strike_or_an_alert(export, change):
    export.whole(INVOICE)
    if change == "edit":
        export.sandbox.control.edit_in_ui(INVOICE, EDIT, reset_mark=False)
    else:
        export.sandbox.control.void_in_ui(INVOICE)
    assert sweep(export)[INVOICE].kind == "given_back"
    assert not exported(export)
    assert export.errors(INVOICE) == export.sandbox.control.rows("alerts") == []
    assert export.whole(INVOICE).action == ("amended" if change == "edit" else "voided")


def test_a_write_of_somebody_else_that_changes_no_content_is_seen_through(export):
    export.whole(INVOICE)
    export.sandbox.control.edit_in_ui(INVOICE, {"paid": True}, reset_mark=False)
    assert sweep(export) == {}


def test_a_refused_invoice_rests_under_its_error(export):
    export.refuse(INVOICE, CLOSED)
    assert sweep(export) == {}
    assert exported(export)


def test_a_refused_invoice_that_was_mended_through_the_api_comes_back(export):
    export.refuse(INVOICE, CLOSED)
    export.sandbox.control.edit_in_ui(INVOICE, EDIT, reset_mark=False)
    assert sweep(export)[INVOICE].kind == "given_back"
    assert not exported(export)
    assert len(export.sandbox.control.rows("alerts")) == 1


def test_resolving_the_error_by_hand_sends_the_invoice_again(export):
    export.refuse(INVOICE, CLOSED)
    export.coupa.resolve_integration_error(export.errors(INVOICE)[0]["id"])
    assert sweep(export)[INVOICE].kind == "given_back"
    assert not exported(export)
    assert len(export.errors(INVOICE)) == len(export.sandbox.control.rows("alerts")) == 1


def test_an_error_that_promised_another_try_does_not_hold_the_invoice(export, monkeypatch):
    from include.export import giving_back

    monkeypatch.setattr(giving_back, "give_back", lambda *_: None)
    export.refuse(INVOICE, TransientError("Tryton failed."))
    assert exported(export)
    monkeypatch.undo()
    assert INVOICE in sweep(export)
    assert not exported(export)


def test_what_another_export_numbered_before_is_left_alone(export):
    export.coupa.write_custom_fields(INVOICE, {"cf-erp-invoice-number": "OLD-7"})
    export.coupa.mark_exported(INVOICE)
    assert sweep(export) == {}
    assert exported(export)


def test_only_a_run_that_is_old_open_and_of_nobody_alive_is_ended(export):
    control = export.sandbox.control
    lost, live, ended = (export.coupa.create_integration_run().id for _ in range(3))
    export.coupa.fail_integration_run(ended)
    options = Options(longest_run_hours=1)
    assert end_left_open_runs(export.coupa, options, now(), {export.run_id, live}) == []
    later = now() + datetime.timedelta(hours=2)
    assert end_left_open_runs(export.coupa, options, later, {export.run_id, live}) == [lost]
    open_now = {row["id"] for row in control.rows("runs") if not row["end-time"]}
    assert open_now == {export.run_id, live}
    assert end_left_open_runs(export.coupa, options, later, {export.run_id, live}) == []
