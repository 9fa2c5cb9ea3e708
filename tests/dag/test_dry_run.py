"""A dry run of the DAG itself; and what was refused is sent again once its cause is mended."""

from __future__ import annotations

from decimal import Decimal

import pytest
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session

CLEAN, CREDIT, NEVER_SENT, UNMAPPED, CLOSED = 104201, 104231, 104237, 104261, 104271
ALL = (CLEAN, CREDIT, NEVER_SENT, UNMAPPED, CLOSED)
KINDS = ("invoices", "history", "errors", "runs", "alerts")


@pytest.fixture
def reported():
    """The XCom of a run's end."""

    def read(ended):
        with create_session() as session:
            of_end = {"run_id": ended.run_id, "task_id": "end_integration_run", "key": "return_value"}
            return session.query(XComModel.value).filter_by(**of_end).one()[0]

    return read


def test_a_dry_run_tells_what_the_run_then_does_and_writes_nothing(run_dag, sandbox, take, books, reported):
    take(*ALL)
    before = {kind: sandbox.control.rows(kind) for kind in KINDS}
    sandbox.control.forget_calls()
    ended = run_dag(dry_run=True)
    assert ended.state == "success"
    assert {kind: sandbox.control.rows(kind) for kind in KINDS} == before
    calls = [call for call in sandbox.control.calls() if "/oauth2/" not in call["path"]]
    assert {call["method"] for call in calls} == {"GET"}
    assert books.totals() == {}
    assert ended.labels["invoice.post_to_erp", 0] == "INV-88123"
    assert ended.state_of("invoice.post_to_erp", 4) == "failed"
    assert ended.state_of("continue_backlog") == "skipped"
    report = reported(ended)
    assert {told["invoice_id"]: told["would"] for told in report["invoices"]} == {
        CLEAN: "create",
        CREDIT: "create",
        NEVER_SENT: "nothing",
        UNMAPPED: "refuse",
        CLOSED: "refuse",
    }
    foretold = {told["invoice_id"]: told["messages"] for told in report["invoices"] if told["messages"]}

    # In one process Airflow keeps the last run's values as the form's defaults.
    assert run_dag(dry_run=False).state == "success"
    assert books.totals() == {CLEAN: Decimal("1180.00"), CREDIT: Decimal("-492.00")}
    refused = {row["document-id"]: row["responses"] for row in sandbox.control.rows("errors")}
    assert {
        one: [(told["code"], told["text"]) for told in messages] for one, messages in foretold.items()
    } == {
        one: [
            (told["response-code"], told["response-message"])
            for told in responses
            if told["response-code"] != "AIRFLOW_RUN"
        ]
        for one, responses in refused.items()
    }


def test_what_a_closed_period_had_refused_is_sent_again_once_it_is_open(
    run_dag, sandbox, take, books, by_hand
):
    take(UNMAPPED, CLOSED)
    run_dag()
    by_hand("reopen", "2026-01-20")
    assert run_dag().state == "success"
    assert books.totals() == {}
    ended = run_dag(retry_rejected=["PERIOD_CLOSED"])
    assert ended.state == "success"
    assert books.totals() == {CLOSED: Decimal("365.80")}
    errors = {row["document-id"]: row["resolved"] for row in sandbox.control.rows("errors")}
    assert errors == {UNMAPPED: False, CLOSED: True}
    assert sandbox.control.row("invoices", CLOSED)["custom-fields"]["cf-erp-invoice-number"]
