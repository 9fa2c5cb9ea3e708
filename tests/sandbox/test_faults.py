from __future__ import annotations

from typing import Any

import pytest
import requests

from include.sandbox.control import SandboxRefused
from include.sandbox.faults import Fault
from include.sandbox.running import RunningSandbox
from tests.sandbox.caller import Caller, error_body, history_body


def statuses(coupa: Caller, count: int, path: str = "/api/invoices/101") -> list[int]:
    return [coupa.send("GET", path).status_code for _ in range(count)]


@pytest.mark.parametrize(
    ("nth", "times", "seen"),
    [
        (1, 1, [503, 200, 200, 200, 200]),
        (3, 1, [200, 200, 503, 200, 200]),
        (2, 3, [200, 503, 503, 503, 200]),
        (2, None, [200, 503, 503, 503, 503]),
    ],
)
def test_a_fault_strikes_at_the_call_that_was_ordered(
    sandbox: RunningSandbox, coupa: Caller, nth: int, times: int | None, seen: list[int]
) -> None:
    sandbox.control.order(Fault(method="GET", path=r"/invoices/\d+$", nth=nth, times=times, status=503))
    assert statuses(coupa, 5) == seen
    assert sandbox.control.faults()[0].struck == seen.count(503)


def test_a_fault_passes_over_other_verbs_paths_and_invoices(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.order(Fault(method="PUT", times=None, status=500))
    sandbox.control.order(Fault(path="/integration_runs$", times=None, status=502))
    sandbox.control.order(Fault(invoice_id=102, times=None, status=503))
    assert statuses(coupa, 1) == [200]
    assert statuses(coupa, 1, "/api/invoices/102") == [503]
    assert statuses(coupa, 1, "/api/integration_runs") == [502]


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/api/integration_history_records", "history"), ("/api/integration_errors/create_alert", "errors")],
)
def test_a_fault_finds_the_invoice_in_a_query_and_in_a_body(
    sandbox: RunningSandbox, coupa: Caller, path: str, kind: str
) -> None:
    run_id = coupa.run()
    sandbox.control.order(Fault(invoice_id=102, times=None, status=503))

    def create(invoice_id: int) -> int:
        body = history_body(invoice_id) if kind == "history" else error_body(invoice_id, run_id)
        return coupa.send("POST", path, json=body).status_code

    assert (create(101), create(102)) == (201, 503)
    assert statuses(coupa, 1, "/api/integration_errors?document-id=102") == [503]
    assert statuses(coupa, 1, "/api/integration_errors?document-id=101") == [200]


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("errors_dict", '{"errors":{"base":["no luck"]}}'),
        ("errors_list", '{"errors":["no luck"]}'),
        ("errors_string", '{"errors":"no luck"}'),
        ("error", '{"error":"no luck"}'),
        ("xml", "<errors><error>no luck</error></errors>"),
        ("html", "<h1>500 Proxy Error</h1><p>no luck</p>"),
        ("empty", ""),
    ],
)
def test_every_shape_of_error_can_be_had(
    sandbox: RunningSandbox, coupa: Caller, shape: Any, body: str
) -> None:
    fault = Fault(status=500, shape=shape, message="no luck", headers={"Retry-After": "3"})
    sandbox.control.order(fault)
    response = coupa.send("GET", "/api/invoices/101")
    assert response.status_code == 500
    assert body in response.text
    assert response.headers["Retry-After"] == "3"


def test_a_good_answer_can_be_garbage(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.order(Fault(shape="garbage"))
    response = coupa.send("GET", "/api/invoices/101")
    assert response.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        response.json()


@pytest.mark.parametrize("after_work", [False, True])
def test_a_cut_connection_leaves_the_work_done_or_undone_as_ordered(
    sandbox: RunningSandbox, coupa: Caller, after_work: bool
) -> None:
    sandbox.control.order(Fault(method="PUT", cut=True, after_work=after_work))
    with pytest.raises(requests.ConnectionError):
        coupa.send("PUT", "/api/invoices/101", params={"exported": "true"})
    assert coupa.call("GET", "/api/invoices/101")["exported"] is after_work
    assert [call["status"] for call in sandbox.control.calls() if call["method"] == "PUT"] == [None]


@pytest.mark.parametrize("after_work", [False, True])
def test_an_error_answer_leaves_the_work_done_or_undone_as_ordered(
    sandbox: RunningSandbox, coupa: Caller, after_work: bool
) -> None:
    sandbox.control.order(Fault(method="POST", status=504, shape="html", after_work=after_work))
    response = coupa.send("POST", "/api/integration_runs", json={"integration": {"code": "INVOICES_TO_ERP"}})
    assert response.status_code == 504
    assert len(coupa.call("GET", "/api/integration_runs")) == int(after_work)


def test_a_status_can_be_changed_and_the_body_kept(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.order(Fault(status=202, shape="unchanged", after_work=True))
    response = coupa.send("GET", "/api/invoices/101")
    assert (response.status_code, response.json()["id"]) == (202, 101)


@pytest.mark.parametrize("after_work", [False, True])
def test_a_delay_outlasts_a_patience_and_the_work_is_done_all_the_same(
    sandbox: RunningSandbox, coupa: Caller, after_work: bool
) -> None:
    sandbox.control.order(Fault(method="PUT", delay_seconds=0.2, after_work=after_work))
    with pytest.raises(requests.ReadTimeout):
        coupa.session.put(f"{sandbox.url}/api/invoices/101?exported=true", timeout=0.05)
    # asked later and held for longer, this one is answered after the work of the first
    sandbox.control.order(Fault(method="GET", delay_seconds=0.3))
    assert coupa.call("GET", "/api/invoices/101")["exported"] is True


def test_a_token_request_can_be_struck_too(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.order(Fault(path="/oauth2/token", status=503))
    assert [coupa.token().status_code for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(
    ("query", "body", "kept"),
    [
        ({"exported": "true"}, None, lambda invoice: invoice["exported"] is False),
        ({}, {"comments": "x"}, lambda invoice: invoice["comments"] is None),
    ],
)
def test_one_invoice_can_answer_well_and_keep_its_values(
    sandbox: RunningSandbox, coupa: Caller, query: dict[str, str], body: Any, kept: Any
) -> None:
    sandbox.control.order(Fault(invoice_id=101, method="PUT", keep_values=True))
    assert kept(coupa.call("PUT", "/api/invoices/101", body, **query))
    assert not kept(coupa.call("PUT", "/api/invoices/101", body, **query))


def test_all_faults_can_be_taken_back(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.order(Fault(times=None, status=500))
    sandbox.control.behave()
    assert statuses(coupa, 1) == [200]


@pytest.mark.parametrize("fault", [{"path": "("}, {"nth": 0}, {"status": 42}, {"colour": "red"}])
def test_a_fault_that_makes_no_sense_is_refused(sandbox: RunningSandbox, fault: dict[str, Any]) -> None:
    response = requests.post(f"{sandbox.url}/_sandbox/faults", json=fault, timeout=10)
    assert response.status_code == 400
    assert next(iter(fault)) in response.json()["error"]


def test_the_control_says_what_the_sandbox_refused(sandbox: RunningSandbox) -> None:
    with pytest.raises(SandboxRefused, match="colour"):
        sandbox.control.change_settings(colour="red")
