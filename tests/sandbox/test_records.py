from __future__ import annotations

from typing import Any

import pytest

from include.sandbox.running import RunningSandbox
from tests.sandbox.caller import Caller, error_body, history_body, without

HISTORY = "/api/integration_history_records"
ERRORS = "/api/integration_errors"
BOTH = pytest.mark.parametrize("path", [HISTORY, ERRORS])


def body_for(coupa: Caller, path: str, **changes: Any) -> dict[str, Any]:
    return error_body(101, coupa.run(), **changes) if path == ERRORS else history_body(101, **changes)


@BOTH
def test_a_record_is_created_open_with_201(coupa: Caller, path: str) -> None:
    response = coupa.send("POST", path, json=body_for(coupa, path, **{"external-id": "k/1"}))
    assert response.status_code == 201
    record = coupa.call("GET", f"{path}/{response.json()['id']}")
    assert (record["document-id"], record["resolved"], record["external-id"]) == (101, False, "k/1")
    assert record["responses"][0]["response-code"] == "POSTED"


@BOTH
def test_a_record_can_be_shaped_by_fields(coupa: Caller, path: str) -> None:
    record = coupa.call("POST", path, body_for(coupa, path), fields='["id","document-id","status"]')
    assert set(record) == {"id", "document-id", "status"}


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (HISTORY, "contact-alert-type"),
        (HISTORY, "document-id"),
        (HISTORY, "document-type"),
        (ERRORS, "contact-alert-type"),
        (ERRORS, "integration-run"),
    ],
)
def test_a_required_key_that_is_missing_is_refused_by_name(coupa: Caller, path: str, key: str) -> None:
    body = without(body_for(coupa, path), key)
    for create in (path, f"{path}/create_alert"):
        response = coupa.send("POST", create, json=body)
        assert response.status_code == 400
        assert response.json() == {"errors": {key: ["can't be blank"]}}
    assert coupa.call("GET", path) == []
    assert coupa.sandbox.control.rows("alerts") == []


def test_an_error_with_the_bare_run_id_of_the_article_is_refused(coupa: Caller) -> None:
    run_id = coupa.run()
    body = {**without(error_body(101, run_id), "integration-run"), "integration-run-id": run_id}
    assert "integration-run" in coupa.refused(400, "POST", ERRORS, body)
    coupa.call("POST", ERRORS, {**body, "integration-run": {"id": run_id}})


@BOTH
@pytest.mark.parametrize(
    "changes",
    [
        {"status": "x" * 256},
        {"external-id": "x" * 256},
        {"document-status": "x" * 256},
        {"status": 7},
        {"responses": [{"response-code": "x" * 256, "response-message": "y"}]},
        {"responses": [{"response-code": "x", "response-message": 5}]},
        {"responses": [{"colour": "red"}]},
        {"responses": "went well"},
        {"contact-alert-type": "Everybody"},
        {"document-type": "Letter"},
        {"document-id": "101"},
        {"document-id": 999},
        {"integration": {"code": "SOMETHING_ELSE"}},
        {"integration-run": {"id": 99}},
        {"integration-run": {"code": "x"}},
        {"integration-run-id": 99},
        {"colour": "red"},
    ],
)
def test_what_coupa_cannot_keep_is_refused(coupa: Caller, path: str, changes: dict[str, Any]) -> None:
    coupa.refused(400, "POST", path, {**body_for(coupa, path), **changes})
    assert coupa.call("GET", path) == []


@BOTH
def test_a_long_message_is_kept_whole(coupa: Caller, path: str) -> None:
    responses = [{"response-code": "x" * 255, "response-message": "y" * 5000}]
    record = coupa.call("POST", path, body_for(coupa, path, responses=responses))
    assert record["responses"][0]["response-message"] == "y" * 5000


@BOTH
def test_records_are_found_by_document_and_by_what_is_open(coupa: Caller, path: str) -> None:
    first = coupa.call("POST", path, body_for(coupa, path, **{"external-id": "k/1"}))
    second = coupa.call("POST", path, {**body_for(coupa, path), "document-id": 102})
    coupa.call("PUT", f"{path}/{first['id']}/resolve")
    found = {
        condition: [one["id"] for one in coupa.call("GET", path, order_by="id", **dict(pairs))]
        for condition, pairs in {
            "open": [("resolved", "false")],
            "of 101": [("document-type", "InvoiceHeader"), ("document-id", "101")],
            "open of 101": [
                ("resolved", "false"),
                ("document_id", "101"),
                ("document_type", "InvoiceHeader"),
            ],
            "named": [("external-id", "k/1")],
            "of a run": [("integration-run[id]", "1")],
            "of a run by number": [("integration-run-id", "1")],
            "of two": [("document-id[in]", "101,102")],
            "of none": [("document-id", "103")],
        }.items()
    }
    by_run = [first["id"]] if path == ERRORS else []
    assert found == {
        "open": [second["id"]],
        "of 101": [first["id"]],
        "open of 101": [],
        "named": [first["id"]],
        "of a run": by_run,
        "of a run by number": by_run,
        "of two": [first["id"], second["id"]],
        "of none": [],
    }
    coupa.refused(400, "GET", path, colour="red")


@BOTH
def test_records_come_in_pages_of_fifty(coupa: Caller, path: str) -> None:
    body = body_for(coupa, path)
    for _ in range(52):
        coupa.send("POST", path, json=body)
    assert len(coupa.call("GET", path)) == 50
    assert len(coupa.call("GET", path, order_by="id", **{"id[gt]": "50"})) == 2


@BOTH
def test_resolve_and_unresolve_answer_the_object_and_may_be_repeated(coupa: Caller, path: str) -> None:
    record_id = coupa.call("POST", path, body_for(coupa, path))["id"]
    for call, resolved in (("resolve", True), ("resolve", True), ("unresolve", False), ("unresolve", False)):
        record = coupa.call("PUT", f"{path}/{record_id}/{call}")
        assert (record["id"], record["resolved"]) == (record_id, resolved)


@BOTH
def test_resolve_can_answer_an_array_of_one_as_the_article_shows(
    sandbox: RunningSandbox, coupa: Caller, path: str
) -> None:
    record_id = coupa.call("POST", path, body_for(coupa, path))["id"]
    sandbox.control.change_settings(resolve_answers_array=True)
    answer = coupa.send("PUT", f"{path}/{record_id}/resolve", params={"fields": '["id","resolved"]'}).json()
    assert answer == [{"id": record_id, "resolved": True}]


@BOTH
def test_a_record_can_be_updated_within_the_same_rules(coupa: Caller, path: str) -> None:
    record_id = coupa.call("POST", path, body_for(coupa, path))["id"]
    assert coupa.call("PUT", f"{path}/{record_id}", {"status": "Later"})["status"] == "Later"
    coupa.refused(400, "PUT", f"{path}/{record_id}", {"external-id": "x" * 256})
    assert coupa.call("GET", f"{path}/{record_id}")["document-id"] == 101


@BOTH
@pytest.mark.parametrize("call", ["", "/resolve", "/unresolve"])
def test_an_unknown_record_is_answered_404(coupa: Caller, path: str, call: str) -> None:
    coupa.refused(404, "PUT", f"{path}/99{call}")


@BOTH
@pytest.mark.parametrize("create", ["", "/create_alert"])
@pytest.mark.parametrize("status", [404, 405])
def test_creates_know_one_verb_and_it_can_be_either(
    sandbox: RunningSandbox, coupa: Caller, path: str, create: str, status: int
) -> None:
    body = body_for(coupa, path)
    sandbox.control.change_settings(refused_verb_status=status)
    coupa.refused(status, "PUT", path + create, body)
    coupa.call("POST", path + create, body)
    sandbox.control.change_settings(create_method="PUT")
    coupa.refused(status, "POST", path + create, body)
    coupa.call("PUT", path + create, body)
    sandbox.control.change_settings(create_method="both")
    coupa.send("PUT", path + create, json=body).raise_for_status()
    coupa.send("POST", path + create, json=body).raise_for_status()
    assert len(coupa.call("GET", path)) == 4


@BOTH
@pytest.mark.parametrize(
    ("kind", "recipients"),
    [
        ("Functional", ["ap.team@example.com"]),
        ("Technical", ["integration.team@example.com"]),
        ("Both", ["ap.team@example.com", "integration.team@example.com"]),
    ],
)
def test_an_alert_goes_to_the_contacts_of_its_kind(
    coupa: Caller, path: str, kind: str, recipients: list[str]
) -> None:
    record = coupa.call("POST", f"{path}/create_alert", body_for(coupa, path, **{"contact-alert-type": kind}))
    (alert,) = coupa.sandbox.control.rows("alerts")
    assert (alert["record-id"], alert["document-id"], alert["recipients"]) == (record["id"], 101, recipients)
    assert alert["responses"][0]["response-message"] == "Header: posted as 17"


@BOTH
def test_a_record_without_alert_sends_no_mail_and_neither_does_unresolve(coupa: Caller, path: str) -> None:
    record_id = coupa.call("POST", path, body_for(coupa, path))["id"]
    coupa.call("PUT", f"{path}/{record_id}/resolve")
    coupa.call("PUT", f"{path}/{record_id}/unresolve")
    assert coupa.sandbox.control.rows("alerts") == []


def test_a_history_record_carries_its_run(coupa: Caller) -> None:
    run_id = coupa.run()
    record = coupa.call("POST", HISTORY, history_body(101, **{"integration-run": {"id": run_id}}))
    assert (record["integration-run"], record["integration-run-id"]) == ({"id": run_id}, run_id)


def test_an_error_may_name_no_document(coupa: Caller) -> None:
    body = without(without(error_body(101, coupa.run()), "document-id"), "document-type")
    assert coupa.call("POST", ERRORS, body)["document-id"] is None


def test_a_record_may_belong_to_a_run_that_has_ended(coupa: Caller) -> None:
    run_id = coupa.run()
    coupa.call("PUT", f"/api/integration_runs/{run_id}/success")
    coupa.call("POST", ERRORS, error_body(101, run_id))
