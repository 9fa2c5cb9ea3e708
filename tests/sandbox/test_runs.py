from __future__ import annotations

import pytest

from tests.sandbox.caller import Caller, error_body, history_body

RUNS = "/api/integration_runs"


def test_a_run_begins_pending_with_201(coupa: Caller) -> None:
    response = coupa.send("POST", RUNS, json={"integration": {"code": "INVOICES_TO_ERP"}})
    assert response.status_code == 201
    run = response.json()
    assert (run["status"], run["total-records"], run["start-time"], run["end-time"]) == (
        "pending",
        None,
        None,
        None,
    )
    assert run["integration"]["code"] == "INVOICES_TO_ERP"


@pytest.mark.parametrize("spelling", ["total-records", "total_records"])
def test_a_run_starts_with_its_total_in_either_spelling(coupa: Caller, spelling: str) -> None:
    run_id = coupa.run(started=False)
    run = coupa.send("PUT", f"{RUNS}/{run_id}/run", json={spelling: 60}).json()
    assert (run["status"], run["total-records"]) == ("running", 60)
    assert run["start-time"] is not None


@pytest.mark.parametrize(
    ("end", "status"), [("success", "successful"), ("finish", "successful"), ("fail", "failed")]
)
def test_a_run_ends_and_is_never_ended_again(coupa: Caller, end: str, status: str) -> None:
    run_id = coupa.run()
    run = coupa.call("PUT", f"{RUNS}/{run_id}/{end}")
    assert run["status"] == status
    assert run["end-time"] is not None
    for again in ("success", "finish", "fail", "run", "pause", "pending"):
        assert f"that is {status}" in coupa.refused(400, "PUT", f"{RUNS}/{run_id}/{again}")
    assert coupa.call("GET", f"{RUNS}/{run_id}") == run


@pytest.mark.parametrize(
    ("moves", "last"),
    [
        (["run"], "run"),
        ([], "success"),
        ([], "finish"),
        ([], "pause"),
        ([], "pending"),
        (["run", "pause"], "pause"),
    ],
)
def test_a_move_that_the_status_does_not_allow_is_refused(coupa: Caller, moves: list[str], last: str) -> None:
    run_id = coupa.run(started=False)
    for move in moves:
        coupa.call("PUT", f"{RUNS}/{run_id}/{move}")
    coupa.refused(400, "PUT", f"{RUNS}/{run_id}/{last}")


def test_a_run_can_pause_wait_and_go_on(coupa: Caller) -> None:
    run_id = coupa.run()
    for move, status in (("pause", "paused"), ("run", "running"), ("pending", "pending"), ("run", "running")):
        assert coupa.call("PUT", f"{RUNS}/{run_id}/{move}")["status"] == status


def test_a_run_that_never_started_can_fail(coupa: Caller) -> None:
    assert coupa.call("PUT", f"{RUNS}/{coupa.run(started=False)}/fail")["status"] == "failed"


def test_success_is_not_called_successful_where_errors_exist(coupa: Caller) -> None:
    run_id = coupa.run()
    coupa.call("POST", "/api/integration_errors", error_body(101, run_id))
    run = coupa.call("PUT", f"{RUNS}/{run_id}/success")
    assert run["status"] == "errored"
    assert run["end-time"] is not None
    assert [error["document-id"] for error in run["integration-errors"]] == [101]


def test_records_are_counted_on_their_run(coupa: Caller) -> None:
    run_id = coupa.run()
    coupa.call("POST", "/api/integration_errors", error_body(101, run_id))
    body = history_body(102, **{"integration-run": {"id": run_id}})
    coupa.call("POST", "/api/integration_history_records", body)
    assert coupa.call("GET", f"{RUNS}/{run_id}")["records-processed"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"integration": {"code": "SOMETHING_ELSE"}},
        {"integration": {"id": 99}},
        {"integration": "INVOICES_TO_ERP"},
        {"integration": {}},
        {"status": "pending"},
        {},
    ],
)
def test_a_run_needs_an_integration_that_coupa_knows(coupa: Caller, body: dict[str, object]) -> None:
    assert "integration" in coupa.refused(400, "POST", RUNS, body)
    assert coupa.call("GET", RUNS) == []


def test_runs_are_listed_read_and_updated(coupa: Caller) -> None:
    first, second = coupa.run(), coupa.run()
    coupa.call("PUT", f"{RUNS}/{first}/success")
    assert [run["id"] for run in coupa.call("GET", RUNS, status="running")] == [second]
    updated = coupa.call("PUT", f"{RUNS}/{second}", {"total-records": 5, "records-processed": 3})
    assert (updated["total-records"], updated["records-processed"]) == (5, 3)
    ids = [run["id"] for run in coupa.call("GET", RUNS, order_by="id", dir="desc", fields='["id"]')]
    assert ids == [second, first]


def test_an_update_never_overturns_an_end(coupa: Caller) -> None:
    run_id = coupa.run()
    coupa.call("PUT", f"{RUNS}/{run_id}/fail")
    coupa.refused(400, "PUT", f"{RUNS}/{run_id}", {"status": "successful"})
    coupa.call("PUT", f"{RUNS}/{run_id}", {"total-records": 5})
    assert coupa.call("GET", f"{RUNS}/{run_id}")["status"] == "failed"


def test_a_total_that_is_no_number_is_refused(coupa: Caller) -> None:
    coupa.refused(400, "PUT", f"{RUNS}/{coupa.run(started=False)}/run", {"total-records": "many"})


@pytest.mark.parametrize("path", ["/99", "/99/run"])
def test_an_unknown_run_is_answered_404(coupa: Caller, path: str) -> None:
    coupa.refused(404, "GET" if path == "/99" else "PUT", RUNS + path)


def test_the_integration_and_its_contacts_can_be_read(coupa: Caller) -> None:
    integration = coupa.call("GET", "/api/integrations", code="INVOICES_TO_ERP")[0]
    assert coupa.call("GET", f"/api/integrations/{integration['id']}") == integration
    assert coupa.call("GET", "/api/integrations", code="SOMETHING_ELSE") == []
    kinds = {contact["contact-alert-type"] for contact in coupa.call("GET", "/api/integration_contacts")}
    assert kinds == {"Functional", "Technical"}
    coupa.call("GET", "/api/integration_contacts/1")
