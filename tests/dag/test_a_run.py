from __future__ import annotations

from decimal import Decimal

from include.sandbox.faults import Fault

CLEAN, CREDIT, NEVER_SENT, UNMAPPED, CLOSED = 104201, 104231, 104237, 104261, 104271


def runs(sandbox):
    return sandbox.control.rows("runs")


def errors(sandbox, invoice_id=None):
    rows = sandbox.control.rows("errors")
    return [row for row in rows if invoice_id in (None, row["document-id"])]


def number_of(sandbox, invoice_id):
    return sandbox.control.row("invoices", invoice_id)["custom-fields"]["cf-erp-invoice-number"]


def exported(sandbox, invoice_id):
    return sandbox.control.row("invoices", invoice_id)["exported"]


def test_each_invoice_ends_with_its_outcome_in_coupa_and_in_the_ledger(run_dag, sandbox, take, books):
    take(CLEAN, CREDIT, NEVER_SENT, UNMAPPED, CLOSED)
    ended = run_dag()
    assert ended.state == "success"
    assert books.totals() == {CLEAN: Decimal("1180.00"), CREDIT: Decimal("-492.00")}
    assert number_of(sandbox, CLEAN) == books.number(CLEAN)
    assert number_of(sandbox, CREDIT) == books.number(CREDIT)
    refused = {row["document-id"]: row for row in errors(sandbox)}
    assert set(refused) == {UNMAPPED, CLOSED}
    assert all(row["contact-alert-type"] == "Functional" and not row["resolved"] for row in refused.values())
    assert refused[CLOSED]["responses"][0]["response-code"] == "PERIOD_CLOSED"
    assert all(exported(sandbox, invoice) for invoice in (CLEAN, CREDIT, NEVER_SENT, UNMAPPED, CLOSED))
    (run,) = runs(sandbox)
    assert run["end-time"]
    assert run["total-records"] == 5
    assert len(sandbox.control.rows("alerts")) == 2


def test_the_grid_shows_the_invoice_number_and_red_where_the_trouble_is(run_dag, sandbox, take):
    take(CLEAN, UNMAPPED)
    ended = run_dag()
    assert ended.labels["invoice.mark_exported", 0] == "INV-88123"
    assert ended.state_of("invoice.post_to_erp", 0) == "success"
    assert ended.state_of("invoice.post_to_erp", 1) == "failed"
    assert ended.labels["invoice.post_to_erp", 1] == "SC-2026-050"
    assert ended.state_of("invoice.record_outcome", 1) == "success"


def test_an_invoice_moves_as_one_value_from_step_to_step(run_dag, take):
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    take(CLEAN)
    ended = run_dag()
    with create_session() as session:
        kept = session.query(XComModel.task_id, XComModel.key).filter(XComModel.run_id == ended.run_id)
        assert [key for task, key in kept if task.startswith("invoice.")] == ["return_value"] * 3


def test_a_second_run_over_the_same_invoices_posts_nothing_twice(run_dag, sandbox, take, books):
    take(CLEAN)
    run_dag()
    before = books.number(CLEAN)
    run_dag(include_exported=True)
    assert books.totals() == {CLEAN: Decimal("1180.00")}
    assert books.number(CLEAN) == before
    assert len(runs(sandbox)) == 2


def test_an_hour_without_invoices_ends_its_run(run_dag, sandbox):
    ended = run_dag()
    assert ended.state == "success"
    assert ended.state_of("invoice.mark_exported") == "skipped"
    (run,) = runs(sandbox)
    assert run["end-time"]
    assert run["status"] == "successful"


def test_a_listing_that_fails_ends_the_run_as_failed_and_claims_nothing(run_dag, sandbox, take, books):
    take(CLEAN)
    sandbox.control.order(Fault(method="GET", path="/api/invoices$", times=None, status=500))
    ended = run_dag()
    assert ended.state == "failed"
    (run,) = runs(sandbox)
    assert run["status"] == "failed"
    assert not exported(sandbox, CLEAN)
    assert books.totals() == {}


def test_a_param_that_is_not_known_creates_nothing_in_coupa(run_dag, sandbox, take):
    take(CLEAN)
    assert run_dag(dryrun=True).state == "failed"
    assert runs(sandbox) == []
    assert not exported(sandbox, CLEAN)


def test_an_erp_that_cannot_be_reached_fails_the_run_and_gives_everything_back(
    run_dag, sandbox, take, connections, monkeypatch
):
    import json

    take(CLEAN, CREDIT)
    nowhere = {**connections["ERP_DEFAULT"], "host": "http://127.0.0.1:9"}
    monkeypatch.setenv("AIRFLOW_CONN_ERP_DEFAULT", json.dumps(nowhere))
    ended = run_dag()
    assert ended.state == "failed"
    assert not exported(sandbox, CLEAN)
    assert not exported(sandbox, CREDIT)
    assert {row["contact-alert-type"] for row in errors(sandbox)} <= {"Technical"}
    assert runs(sandbox)[0]["status"] == "failed"


def test_a_technical_failure_of_one_invoice_is_mended_by_the_next_run(run_dag, sandbox, take, books):
    take(CLEAN, CREDIT)
    sandbox.control.order(
        Fault(method="GET", path="/api/integration_errors$", invoice_id=CLEAN, times=None, status=503)
    )
    ended = run_dag()
    assert ended.state == "success"
    assert not exported(sandbox, CLEAN)
    assert errors(sandbox, CLEAN)[0]["contact-alert-type"] == "Technical"
    assert books.totals() == {CREDIT: Decimal("-492.00")}
    sandbox.control.behave()
    run_dag()
    assert books.totals() == {CLEAN: Decimal("1180.00"), CREDIT: Decimal("-492.00")}
    assert all(row["resolved"] for row in errors(sandbox, CLEAN))


def test_an_edit_after_posting_comes_back_and_is_amended(run_dag, sandbox, take, books, monkeypatch):
    from include.export import recording

    take(CLEAN)
    written = recording.record_success
    edit = {"invoice-lines": {"0": {"account": {"code": "3004-6400-CA200", "segment-3": "CA200"}}}}

    def edited_meanwhile(*args, **kwargs):
        sandbox.control.edit_in_ui(CLEAN, edit)
        return written(*args, **kwargs)

    monkeypatch.setattr(recording, "record_success", edited_meanwhile)
    run_dag()
    assert not exported(sandbox, CLEAN)
    first = books.number(CLEAN)
    monkeypatch.setattr(recording, "record_success", written)
    run_dag()
    assert exported(sandbox, CLEAN)
    assert books.totals() == {CLEAN: Decimal("1180.00")}
    assert books.number(CLEAN) != first
    assert number_of(sandbox, CLEAN) == books.number(CLEAN)


def test_a_void_in_coupa_is_carried_into_the_ledger(run_dag, sandbox, take, books):
    take(CLEAN)
    run_dag()
    sandbox.control.void_in_ui(CLEAN)
    run_dag()
    assert books.totals() == {}


def test_an_invoice_that_left_approval_meanwhile_is_skipped_and_given_back(
    run_dag, sandbox, take, books, monkeypatch
):
    from include.export import claim

    take(CLEAN)
    marked = claim.mark_exported

    def held_meanwhile(coupa, invoice_id):
        sandbox.control.edit_in_ui(invoice_id, {"status": "on_hold"})
        return marked(coupa, invoice_id)

    monkeypatch.setattr(claim, "mark_exported", held_meanwhile)
    ended = run_dag()
    assert ended.state == "success"
    assert ended.state_of("invoice.post_to_erp", 0) == "skipped"
    assert not exported(sandbox, CLEAN)
    assert books.totals() == {}
    assert errors(sandbox) == []


def test_a_backlog_is_carried_on_by_a_follow_up_run_named_after_its_parent(run_dag, sandbox, take):
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    take(CLEAN, 104202, 104203)
    ended = run_dag(max_invoices=2)
    assert ended.state_of("continue_backlog") == "success"
    with create_session() as session:
        follow_up = session.query(DagRun).filter(DagRun.run_id == f"{ended.run_id}__after_104202").one()
        assert follow_up.conf == {"max_invoices": 2, "after_id": 104202}
        session.delete(follow_up)
    assert run_dag(max_invoices=2, after_id=104202).state_of("continue_backlog") == "skipped"
    assert all(exported(sandbox, invoice) for invoice in (CLEAN, 104202, 104203))
