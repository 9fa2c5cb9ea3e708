from __future__ import annotations

import pytest
import requests

from include.sandbox.control import SandboxRefused
from include.sandbox.running import RunningSandbox
from include.sandbox.settings import Settings
from tests.sandbox.caller import Caller, error_body, invoice


@pytest.fixture
def marked(coupa: Caller) -> Caller:
    coupa.call("PUT", "/api/invoices/101", exported="true")
    return coupa


def test_an_edit_in_the_ui_resets_the_mark_and_moves_version_and_time(marked: Caller) -> None:
    before = marked.call("GET", "/api/invoices/101")
    marked.sandbox.control.edit_in_ui(101, {"gross-total": "120.00", "supplier": {"number": "V1"}})
    after = marked.call("GET", "/api/invoices/101")
    assert (after["exported"], after["last-exported-at"]) == (False, None)
    assert after["lock-version-key"] == before["lock-version-key"] + 1
    assert (after["gross-total"], after["supplier"]["number"], after["supplier"]["id"]) == (
        "120.00",
        "V1",
        311,
    )
    assert after["updated-by"]["login"] == "ap1"


def test_without_the_setting_of_coupa_support_an_edit_keeps_the_mark(marked: Caller) -> None:
    marked.sandbox.control.change_settings(reset_mark_on_ui_edit=False)
    marked.sandbox.control.edit_in_ui(101, {"comments": "x"})
    assert marked.call("GET", "/api/invoices/101")["exported"] is True
    marked.sandbox.control.edit_in_ui(101, {"comments": "y"}, reset_mark=True)
    assert marked.call("GET", "/api/invoices/101")["exported"] is False


def test_an_edit_reaches_one_line_by_position_or_id(marked: Caller) -> None:
    control = marked.sandbox.control
    control.edit_in_ui(101, {"invoice-lines": {"1": {"total": "201.00"}}})
    control.edit_in_ui(101, {"invoice-lines": [{"id": 350301, "account": {"segment-3": "CA100"}}]})
    lines = marked.call("GET", "/api/invoices/101")["invoice-lines"]
    assert [line["total"] for line in lines] == ["800.00", "201.00"]
    assert (lines[0]["account"]["segment-3"], lines[0]["account"]["segment-2"]) == ("CA100", "6400")
    with pytest.raises(SandboxRefused, match="no element 7"):
        control.edit_in_ui(101, {"invoice-lines": {"7": {}}})


def test_a_void_in_the_ui_keeps_the_mark(marked: Caller) -> None:
    marked.sandbox.control.void_in_ui(101)
    after = marked.call("GET", "/api/invoices/101")
    assert (after["status"], after["exported"]) == ("voided", True)


def test_invoices_can_be_added(coupa: Caller) -> None:
    sample = invoice(0)
    del sample["id"]
    (added,) = coupa.sandbox.control.add_invoices([sample])
    assert added["id"] == 105
    assert coupa.call("GET", "/api/invoices/105")["invoice-number"] == "INV-88123"


def test_everything_that_stands_can_be_read(coupa: Caller) -> None:
    run_id = coupa.run()
    coupa.call("POST", "/api/integration_errors/create_alert", error_body(101, run_id))
    control = coupa.sandbox.control
    assert control.overview()["objects"] == {
        "invoices": 4,
        "runs": 1,
        "history": 0,
        "errors": 1,
        "integrations": 1,
        "contacts": 2,
        "alerts": 1,
    }
    assert control.row("runs", run_id)["status"] == "running"
    assert [error["document-id"] for error in control.rows("errors")] == [101]
    with pytest.raises(SandboxRefused, match="Couldn't find"):
        control.row("runs", 99)


def test_every_call_is_logged_with_its_query_body_and_status(coupa: Caller) -> None:
    coupa.call("PUT", "/api/invoices/101", {"comments": "x"}, fields='["id"]')
    coupa.refused(404, "GET", "/api/invoices/999")
    last = coupa.sandbox.control.calls()[-2:]
    assert [(call["method"], call["path"], call["status"]) for call in last] == [
        ("PUT", "/api/invoices/101", 200),
        ("GET", "/api/invoices/999", 404),
    ]
    assert last[0]["query"] == [["fields", '["id"]']]
    assert last[0]["body"] == {"comments": "x"}
    assert coupa.sandbox.control.calls(after=last[0]["number"]) == [last[1]]
    coupa.sandbox.control.forget_calls()
    assert coupa.sandbox.control.calls() == []


def test_a_reset_goes_back_to_the_beginning(marked: Caller) -> None:
    marked.run()
    marked.sandbox.control.reset(Settings(limiter=False, create_method="PUT"))
    marked.refused(401, "GET", "/api/invoices")
    again = Caller(marked.sandbox)
    assert again.call("GET", "/api/invoices/101")["exported"] is False
    assert again.call("GET", "/api/integration_runs") == []
    assert again.run() == 1
    assert marked.sandbox.control.settings().create_method == "PUT"
    marked.sandbox.control.reset()
    assert marked.sandbox.control.settings() == Settings(limiter=False)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/colours", None, 404),
        ("POST", "/invoices/101/paint", {}, 404),
        ("POST", "/invoices/999/edit", {"changes": {}}, 404),
        ("POST", "/invoices/101/edit", {}, 400),
        ("POST", "/invoices/x/edit", {"changes": {}}, 400),
        ("PATCH", "/settings", {"create_method": "GET"}, 400),
    ],
)
def test_a_control_call_that_makes_no_sense_is_refused(
    sandbox: RunningSandbox, method: str, path: str, body: object, status: int
) -> None:
    response = requests.request(method, f"{sandbox.url}/_sandbox{path}", json=body, timeout=10)
    assert response.status_code == status
    assert response.json()["error"]
