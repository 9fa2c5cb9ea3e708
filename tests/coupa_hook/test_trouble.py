"""What the hook does when Coupa, or what lies between, misbehaves: what stands in Coupa afterwards."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from coupa_erp.coupa import transport
from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.coupa.retry import RetryPolicy
from include.errors import (
    ConfigurationError,
    ErpRejection,
    NotInCoupa,
    OutcomeUnknown,
    RefusedByCoupa,
    TransientError,
)
from include.sandbox.faults import Fault
from include.sandbox.running import RunningSandbox
from tests.coupa_hook.conftest import Connect, an_invoice
from tests.coupa_hook.scripted_server import Received, Reply, ScriptedServer
from tests.coupa_hook.test_calls import a_draft

LOST = [
    Fault(after_work=True, cut=True),
    Fault(after_work=True, status=500),
    Fault(after_work=True, status=502, shape="html"),
    Fault(after_work=True, status=504, shape="empty"),
    Fault(after_work=True, shape="garbage"),
    Fault(after_work=True, shape="empty"),
]
NOT_DONE = [Fault(cut=True), Fault(status=500), Fault(status=503, headers={"Retry-After": "0"})]


@dataclass(frozen=True)
class Create:
    kind: Any
    path: str
    make: Callable[[CoupaHook], Any]


CREATES = [
    Create("history", "integration_history_records", lambda hook: hook.create_history_record(a_draft())),
    Create(
        "history",
        "integration_history_records/create_alert",
        lambda hook: hook.create_history_record(a_draft(), alert=True),
    ),
    Create("runs", "integration_runs", lambda hook: hook.create_integration_run()),
]


def told(case: Fault | Create) -> str:
    if isinstance(case, Create):
        return case.path.removeprefix("integration_")
    if case.cut:
        return "cut"
    return f"{case.status or 200}-{case.shape or 'error'}"


def strike(sandbox: RunningSandbox, fault: Fault, **where: Any) -> None:
    sandbox.control.order(fault.model_copy(update=where))


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("fault", LOST, ids=told)
@pytest.mark.parametrize("create", CREATES, ids=told)
def test_a_create_whose_answer_was_lost_leaves_exactly_one_record(
    hook: CoupaHook, sandbox: RunningSandbox, create: Create, fault: Fault, method: str
) -> None:
    sandbox.control.change_settings(create_method=method)
    verb = "POST" if create.kind == "runs" else method
    strike(sandbox, fault, method=verb, path=f"/api/{create.path}$")
    record = create.make(hook)
    assert [row["id"] for row in sandbox.control.rows(create.kind)] == [record.id]


@pytest.mark.parametrize("fault", NOT_DONE, ids=told)
@pytest.mark.parametrize("create", CREATES, ids=told)
def test_a_create_that_was_not_done_is_sent_again_once_coupa_was_asked(
    hook: CoupaHook, sandbox: RunningSandbox, create: Create, fault: Fault
) -> None:
    strike(sandbox, fault, method="POST", path=f"/api/{create.path}$")
    record = create.make(hook)
    assert [row["id"] for row in sandbox.control.rows(create.kind)] == [record.id]
    calls = [call["method"] for call in sandbox.control.calls() if call["path"].startswith("/api/")]
    assert calls == ["POST", "GET", "POST"]


def test_an_error_with_alert_whose_answer_was_lost_alerts_once(
    hook: CoupaHook, sandbox: RunningSandbox
) -> None:
    run = hook.create_integration_run()
    strike(sandbox, Fault(after_work=True, cut=True), method="POST", path="integration_errors")
    error = hook.create_integration_error(a_draft(run_id=run.id))
    assert [row["id"] for row in sandbox.control.rows("errors")] == [error.id]
    assert len(sandbox.control.rows("alerts")) == 1


def test_a_create_that_may_still_be_under_way_is_not_sent_again(
    sandbox: RunningSandbox, connect: Connect
) -> None:
    hook = connect(sandbox)
    strike(sandbox, Fault(status=504), method="POST", path="integration_history_records")
    with pytest.raises(OutcomeUnknown, match="look first"):
        hook.create_history_record(a_draft())
    posts = [call for call in sandbox.control.calls() if call["method"] == "POST" and "/api/" in call["path"]]
    assert len(posts) == 1
    created = hook.create_history_record(a_draft(), look_first=True)
    assert [row["id"] for row in sandbox.control.rows("history")] == [created.id]


def test_a_create_that_ran_out_of_time_is_found(server: ScriptedServer, connect: Connect) -> None:
    found = {"id": 5, "document-id": 104217, "resolved": False, "external-id": a_draft().external_id}

    def answer(request: Received) -> Reply:
        return Reply(hang=True) if request.method == "POST" else Reply(body=[found])

    server.answer = answer
    assert connect(server, timeout_seconds=0.2).create_history_record(a_draft()).id == 5


def test_looking_first_finds_what_an_earlier_attempt_made(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    run = hook.create_integration_run()
    first = hook.create_integration_error(a_draft(run_id=run.id))
    again = hook.create_integration_error(a_draft(run_id=run.id), look_first=True)
    assert again.id == first.id
    assert len(sandbox.control.rows("alerts")) == 1


def test_a_refused_create_is_not_repeated(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    strike(sandbox, Fault(status=422, message="is not allowed"), method="POST", path="history_records")
    with pytest.raises(RefusedByCoupa, match="is not allowed"):
        hook.create_history_record(a_draft())
    assert sandbox.control.rows("history") == []


def test_a_record_is_not_found_while_coupa_is_away(sandbox: RunningSandbox, connect: Connect) -> None:
    hook = connect(sandbox)
    strike(sandbox, Fault(cut=True), path="integration_history_records", times=None)
    with pytest.raises(OutcomeUnknown):
        hook.create_history_record(a_draft())


def runs_server(server: ScriptedServer, *runs: dict[str, Any]) -> None:
    def answer(request: Received) -> Reply:
        if request.method == "POST":
            return Reply(504)
        assert request.query["integration[code]"] == "INVOICES_TO_ERP"
        return Reply(body=list(runs))

    server.answer = answer


def a_run(run_id: int, changes: dict[str, Any] | None = None, *, age: float = 0) -> dict[str, Any]:
    created = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=age)
    return {
        "id": run_id,
        "status": "pending",
        "created-at": created.isoformat(timespec="seconds"),
        "start-time": None,
        "end-time": None,
        **(changes or {}),
    }


def test_a_lost_run_is_the_only_new_one_that_nobody_has_started(
    server: ScriptedServer, connect: Connect
) -> None:
    now = datetime.datetime.now(datetime.UTC).isoformat()
    runs_server(server, a_run(9), a_run(8, {"start-time": now}), a_run(7, age=3600))
    assert connect(server).create_integration_run().id == 9


@pytest.mark.parametrize(
    "runs", [[], [a_run(9), a_run(8)], [a_run(7, age=3600)], [a_run(9, {"created-at": "?"})]]
)
def test_a_lost_run_that_cannot_be_told_is_not_guessed(
    server: ScriptedServer, connect: Connect, runs: list[dict[str, Any]]
) -> None:
    runs_server(server, *runs)
    with pytest.raises(OutcomeUnknown):
        connect(server).create_integration_run()
    assert len([call for call in server.calls() if call.startswith("POST")]) == 1


@pytest.mark.parametrize("fault", [*LOST, *NOT_DONE], ids=told)
@pytest.mark.parametrize("action", ["success", "fail"])
def test_a_run_is_ended_though_an_answer_was_lost(
    hook: CoupaHook, sandbox: RunningSandbox, fault: Fault, action: str
) -> None:
    run = hook.create_integration_run()
    strike(sandbox, fault, path=f"/integration_runs/{run.id}/run$")
    hook.start_integration_run(run.id, 1)
    strike(sandbox, fault, path=f"/integration_runs/{run.id}/{action}$")
    end = hook.succeed_integration_run if action == "success" else hook.fail_integration_run
    assert end(run.id).end_time
    assert sandbox.control.row("runs", run.id)["status"] == {"success": "successful"}.get(action, "failed")


@pytest.mark.parametrize("fault", [*LOST, *NOT_DONE], ids=told)
def test_marks_fields_and_resolves_go_through_though_an_answer_was_lost(
    hook: CoupaHook, sandbox: RunningSandbox, fault: Fault
) -> None:
    record = hook.create_history_record(a_draft())
    strike(sandbox, fault, method="PUT", path="/invoices/104217$")
    assert hook.mark_exported(104217).exported is True
    strike(sandbox, fault, method="PUT", path="/invoices/104217$")
    hook.write_custom_fields(104217, {"cf-erp-invoice-number": "4711"})
    strike(sandbox, fault, method="PUT", path="/resolve$")
    hook.resolve_history_record(record.id)
    strike(sandbox, fault, method="GET", path="/invoices/104217$")
    invoice = hook.read_invoice(104217)
    assert invoice.exported is True
    assert invoice.custom_field("cf-erp-invoice-number") == "4711"
    assert sandbox.control.row("history", record.id)["resolved"] is True


def test_a_resolve_refused_because_it_was_done_already_is_a_success(
    server: ScriptedServer, connect: Connect
) -> None:
    replies = [Reply(cut=True), Reply(422, {"error": "already resolved"})]
    done = {"id": 5, "document-id": 7, "resolved": True}
    server.answer = lambda request: Reply(body=done) if request.method == "GET" else replies.pop(0)
    assert connect(server).resolve_integration_error(5).resolved is True


def test_a_resolve_refused_at_once_is_a_refusal(server: ScriptedServer, connect: Connect) -> None:
    server.answer = lambda _: Reply(422, {"error": "no"})
    with pytest.raises(RefusedByCoupa):
        connect(server).resolve_integration_error(5)
    assert len(server.calls()) == 1


@pytest.mark.parametrize("value", [{"exported": False}, {"exported": "false"}])
def test_a_mark_that_coupa_did_not_set_is_a_refusal(
    server: ScriptedServer, connect: Connect, value: dict[str, Any]
) -> None:
    server.answer = lambda _: Reply(body=an_invoice(7, **value))
    with pytest.raises(RefusedByCoupa, match="has not marked the invoice"):
        connect(server).mark_exported(7)


def test_a_mark_that_coupa_did_not_take_away_is_a_refusal(server: ScriptedServer, connect: Connect) -> None:
    server.answer = lambda _: Reply(body=an_invoice(7, exported=True))
    with pytest.raises(RefusedByCoupa, match="has not taken the invoice's export mark away"):
        connect(server).unmark_exported(7)


def test_a_sandbox_that_takes_no_mark_is_a_refusal(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    strike(sandbox, Fault(keep_values=True), method="PUT")
    with pytest.raises(RefusedByCoupa):
        hook.mark_exported(104217)


def test_names_with_underscores_are_understood(server: ScriptedServer, connect: Connect) -> None:
    def underscored(value: Any) -> Any:
        if isinstance(value, dict):
            return {name.replace("-", "_"): underscored(inner) for name, inner in value.items()}
        return [underscored(inner) for inner in value] if isinstance(value, list) else value

    server.answer = lambda _: Reply(body=underscored(an_invoice(7, exported=True)))
    invoice = connect(server).mark_exported(7)
    assert invoice.invoice_number == "INV-7"
    assert len(invoice.invoice_lines) == 2
    run = {"id": 3, "document_id": 7, "resolved": False, "integration_run": {"id": 12}}
    server.answer = lambda _: Reply(body=[run])
    (record,) = connect(server).find_integration_errors(7)
    assert record.integration_run_id == 12


@pytest.mark.parametrize("asked", ["7", "Sun, 22 Nov 2026 19:30:07 GMT"])
def test_the_wait_that_coupa_asks_for_is_honoured_by_coupas_own_clock(
    server: ScriptedServer, connect: Connect, asked: str
) -> None:
    slept: list[float] = []
    headers = {"Retry-After": asked, "Date": "Sun, 22 Nov 2026 19:30:00 GMT"}
    replies = [Reply(429, {"error": "slow down"}, headers), Reply(body=an_invoice(7))]
    server.answer = lambda _: replies.pop(0)
    connect(server, sleep=slept.append).read_invoice(7)
    assert slept == [7]


def test_429_is_honoured_for_creates_too(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    strike(sandbox, Fault(status=429, headers={"Retry-After": "0"}, times=2), method="POST", path="/api/")
    hook.create_integration_run()
    assert len(sandbox.control.rows("runs")) == 1
    calls = [call["method"] for call in sandbox.control.calls() if call["path"].startswith("/api/")]
    assert calls == ["POST", "POST", "POST"], "it was not done: nothing to look for"


def test_a_wait_beyond_the_hooks_patience_is_handed_to_the_task(
    hook: CoupaHook, sandbox: RunningSandbox
) -> None:
    strike(sandbox, Fault(status=503, headers={"Retry-After": "300"}), method="GET")
    with pytest.raises(TransientError) as busy:
        hook.read_invoice(104217)
    assert busy.value.retry_after == 300
    assert sandbox.control.overview()["calls"]["api"] == 1


def test_a_call_is_given_up_in_the_end(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    strike(sandbox, Fault(status=503, shape="html"), method="GET", times=None)
    with pytest.raises(TransientError, match="GET /api/invoices/104217: Coupa failed with 503"):
        hook.read_invoice(104217)
    assert sandbox.control.overview()["calls"]["api"] == RetryPolicy().attempts


def test_a_coupa_that_is_not_there_is_transient(connect: Connect) -> None:
    with ScriptedServer() as gone:
        pass
    with pytest.raises(TransientError, match="no connection to Coupa"):
        connect(gone).create_integration_run()


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("errors_dict", "went wrong"),
        ("errors_list", "went wrong"),
        ("errors_string", "went wrong"),
        ("error", "went wrong"),
        ("xml", "went wrong"),
    ],
)
def test_each_shape_of_an_error_reaches_the_exception(
    hook: CoupaHook, sandbox: RunningSandbox, shape: Any, said: str
) -> None:
    strike(sandbox, Fault(status=400, shape=shape), method="PUT")
    with pytest.raises(RefusedByCoupa) as refused:
        hook.mark_exported(104217)
    assert said in " ".join(refused.value.messages)
    assert (refused.value.call, refused.value.status) == ("PUT /api/invoices/104217", 400)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_never_followed(server: ScriptedServer, connect: Connect, status: int) -> None:
    with ScriptedServer() as other:
        server.answer = lambda _: Reply(status, headers={"Location": other.url + "/api/invoices/7"})
        hook = connect(server)
        with pytest.raises(ConfigurationError, match="redirect"):
            hook.read_invoice(7)
        with pytest.raises(ConfigurationError, match="redirect"):
            hook.create_integration_run()
        assert other.received == [], "neither call nor token went to the other host"


def test_an_answer_without_end_is_cut_off(
    server: ScriptedServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "LARGEST_ANSWER", 1 << 20)
    server.answer = lambda _: Reply(body=b"[" + b" " * (3 << 20) + b"]")
    with pytest.raises(ConfigurationError, match="more than 1 MB"):
        list(connect(server).list_invoices({}))
    with pytest.raises(ErpRejection, match="this invoice is more than 1 MB") as refused:
        connect(server).mark_exported(7)
    assert refused.value.refusals[0].code == "INVOICE_TOO_LARGE"


def test_an_answer_that_is_cut_in_its_middle_is_read_again(server: ScriptedServer, connect: Connect) -> None:
    replies = [Reply(body=an_invoice(7), cut_after=100), Reply(body=an_invoice(7))]
    server.answer = lambda _: replies.pop(0)
    assert connect(server).read_invoice(7).id == 7


def test_a_listing_that_repeats_its_page_ends_with_an_error(server: ScriptedServer, connect: Connect) -> None:
    page = [{"id": number, "status": "approved"} for number in range(1, 51)]
    server.answer = lambda _: Reply(body=page)
    with pytest.raises(ConfigurationError, match="repeats a page"):
        list(connect(server).list_invoices({"exported": "false"}))
    assert len(server.calls()) == 2


def test_a_listing_at_an_address_without_coupa_is_no_empty_one(
    server: ScriptedServer, connect: Connect
) -> None:
    with pytest.raises(ConfigurationError, match="no Coupa API"):
        list(connect(server).list_invoices({"exported": "false"}))


def test_a_listing_that_is_no_array_may_go_through_later(server: ScriptedServer, connect: Connect) -> None:
    server.answer = lambda _: Reply(body={"error": "maintenance"})
    with pytest.raises(TransientError, match="an array of objects belongs"):
        list(connect(server).list_invoices({"exported": "false"}))


def test_a_record_of_another_document_is_never_taken(server: ScriptedServer, connect: Connect) -> None:
    others = [
        {"id": 1, "document-id": 8, "resolved": False, "external-id": "x"},
        {"id": 2, "document-id": 7, "resolved": True, "external-id": "x"},
        {"id": 3, "document-id": 7, "resolved": False, "external-id": "y"},
        {"id": 4, "document-id": 7, "resolved": False, "external-id": "x"},
    ]
    server.answer = lambda _: Reply(body=others)
    hook = connect(server)
    assert [each.id for each in hook.find_integration_errors(7, external_id="x")] == [4]
    assert [each.id for each in hook.find_history_records(7)] == [3, 4]


def test_a_missing_key_of_a_record_is_named(server: ScriptedServer, connect: Connect) -> None:
    server.answer = lambda _: Reply(body=[{"id": 1, "document-id": 7, "resolved": False}])
    with pytest.raises(ConfigurationError, match="no key external-id"):
        connect(server).find_integration_errors(7, external_id="x")


def test_a_refusal_stays_a_refusal_where_the_integration_cannot_be_looked_up(
    server: ScriptedServer, connect: Connect
) -> None:
    def answer(request: Received) -> Reply:
        return Reply(422, {"error": "not today"}) if request.method == "POST" else Reply(404)

    server.answer = answer
    with pytest.raises(RefusedByCoupa, match="not today"):
        connect(server).create_integration_run()


def test_an_unknown_record_is_named_so(hook: CoupaHook) -> None:
    with pytest.raises(NotInCoupa, match="PUT /api/integration_errors/99/resolve"):
        hook.resolve_integration_error(99)
