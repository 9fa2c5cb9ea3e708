"""The Test button on a connection to Coupa: what it says, that it writes nothing and shows no secret."""

from __future__ import annotations

import itertools
import json
import socket
from typing import Any

import pytest
from airflow.models.connection import Connection

from coupa_erp.coupa.connection import OAUTH_SCOPE
from coupa_erp.coupa.hook import CoupaHook
from include.sandbox.faults import Fault
from include.sandbox.running import RunningSandbox
from include.sandbox.settings import SCOPES
from tests.coupa_hook.conftest import Connect, an_invoice
from tests.coupa_hook.scripted_server import TOKEN, Received, Reply, ScriptedServer
from tests.swagger_check import check_request


def refused(hook: CoupaHook) -> str:
    served, says = hook.test_connection()
    assert served is False
    assert hook.settings.client_secret.get_secret_value() not in says
    assert says.endswith(".")
    assert "\n" not in says
    return says


def test_all_is_well_and_nothing_was_written(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    served, says = hook.test_connection()
    assert served
    assert says == (
        "Coupa answers as a sandbox: the integration Invoices to ERP is there, invoices and integration "
        "records can be read, and the scopes to write both are granted."
    )
    calls = sandbox.control.calls()
    assert {call["method"] for call in calls if call["path"].startswith("/api/")} == {"GET"}
    assert [call["path"] for call in calls if call["method"] == "POST"] == ["/oauth2/token"]


def test_every_call_of_the_check_is_in_the_swagger(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    hook.test_connection()
    calls = [call for call in sandbox.control.calls() if call["path"].startswith("/api/")]
    assert len(calls) == 5
    for call in calls:
        check_request(call["method"], call["path"], [tuple(pair) for pair in call["query"]], call["body"])


def test_a_wrong_client_or_secret_is_called_so(sandbox: RunningSandbox, connect: Connect) -> None:
    assert "client id or secret refused" in refused(connect(sandbox, password="wrong"))


def test_a_secret_that_was_changed_since_is_refused_although_a_good_token_is_kept(
    sandbox: RunningSandbox, connect: Connect
) -> None:
    hook = connect(sandbox)
    hook.read_invoice(104217)
    sandbox.control.order(Fault(path="/oauth2/token", status=401, shape="error", message="invalid_client"))
    assert "client id or secret refused" in refused(connect(sandbox))


@pytest.mark.parametrize(
    "missing",
    [subset for length in (1, 2, 4) for subset in itertools.combinations(SCOPES, length)],
    ids=" ".join,
)
def test_a_scope_that_is_not_granted_is_told_by_its_name(
    missing: tuple[str, ...], sandbox: RunningSandbox, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted = tuple(scope for scope in SCOPES if scope not in missing)
    monkeypatch.setattr(sandbox.state.client, "granted_scopes", granted)
    says = refused(connect(sandbox))
    assert [scope for scope in SCOPES if scope in says] == [*missing]
    assert says.startswith(f"Scope {missing[0]} is not granted:" if len(missing) == 1 else "Scopes core.")


def test_scopes_that_coupa_grants_in_part_without_a_word_are_told_too(
    server: ScriptedServer, connect: Connect
) -> None:
    part = OAUTH_SCOPE.replace("core.invoice.write ", "")
    server.answer_token = lambda _: Reply(body={"access_token": TOKEN, "expires_in": 86399, "scope": part})
    assert refused(connect(server)).startswith("Scope core.invoice.write is not granted:")


def test_a_scope_that_the_connection_does_not_ask_for_is_told_before_anything_is_sent(
    server: ScriptedServer, connect: Connect
) -> None:
    hook = connect(server, scope="core.invoice.read core.integration.read core.integration.write openid")
    assert refused(hook).startswith("Scope core.invoice.write is not asked for:")
    assert server.received == []


def test_an_unknown_integration_is_named(sandbox: RunningSandbox, connect: Connect) -> None:
    assert refused(connect(sandbox, integration_code="INVOICES_TO_MARS")).startswith(
        "Coupa has no integration with the code INVOICES_TO_MARS:"
    )


def test_another_integration_does_not_pass_for_the_connections_own(
    server: ScriptedServer, connect: Connect
) -> None:
    # An instance that passes over a condition answers all that it has.
    server.answer = lambda _: Reply(body=[{"id": 1, "code": "SOMETHING_ELSE", "name": "Else"}])
    assert "no integration with the code INVOICES_TO_ERP" in refused(connect(server))


@pytest.mark.parametrize("of", ["integrations", "invoices", "integration_runs", "integration_errors"])
def test_what_may_not_be_read_is_named(sandbox: RunningSandbox, connect: Connect, of: str) -> None:
    sandbox.control.order(Fault(path=f"/api/{of}$", status=403, message="Access denied"))
    says = refused(connect(sandbox))
    assert f"GET /api/{of} was answered with 403" in says
    assert "Access denied" in says


def test_a_host_that_no_dns_knows_is_called_so(
    server: ScriptedServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody_knows(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody_knows)
    monkeypatch.setenv("NO_PROXY", "*")
    hook = connect(server, host="https://acne.coupahost.com", sandbox=False, go_live_from="2026-12-01")
    assert "host not found: acne.coupahost.com" in refused(hook)


def test_a_port_where_nobody_listens_is_called_so(server: ScriptedServer, connect: Connect) -> None:
    assert "nothing listens at 127.0.0.1, port 9" in refused(connect(server, host="http://127.0.0.1:9"))


def test_a_server_that_is_no_coupa_is_called_so(server: ScriptedServer, connect: Connect) -> None:
    server.answer_token = lambda _: Reply(404, b"<html>nginx</html>")
    assert "no Coupa is at the host of the connection" in refused(connect(server))


def test_a_sandbox_that_is_called_like_production_is_refused(
    connect: Connect, server: ScriptedServer
) -> None:
    hook = connect(server, host="https://acme.coupahost.com")
    assert "marked as a sandbox" in refused(hook)


def test_a_selection_that_coupa_does_not_understand_is_named(
    sandbox: RunningSandbox, connect: Connect
) -> None:
    says = refused(connect(sandbox, selection="no-such-field=1"))
    assert "no-such-field" in says
    assert "Check selection in the connection's extra." in says


def test_an_api_filter_that_is_not_there_is_named(sandbox: RunningSandbox, connect: Connect) -> None:
    assert "Check api_filter in the connection's extra." in refused(connect(sandbox, api_filter="nobodys"))


def test_an_api_filter_that_hides_what_the_export_needs_is_remarked(
    sandbox: RunningSandbox, connect: Connect
) -> None:
    served, says = connect(sandbox, api_filter="invoices_without_amounts").test_connection()
    assert served
    assert "The API filter invoices_without_amounts leaves out " in says
    assert ", currency, custom-fields, " in says
    assert "more keys: invoices that need them will be refused." in says
    assert "leaves out" not in connect(sandbox).test_connection()[1]


def test_a_selection_narrows_what_is_looked_at(sandbox: RunningSandbox, connect: Connect) -> None:
    sandbox.control.add_invoices([an_invoice(7)])
    assert connect(sandbox, selection="invoice-number=INV-7").test_connection()[0]
    (listed,) = [call for call in sandbox.control.calls() if call["path"] == "/api/invoices"]
    assert dict(listed["query"])["invoice-number"] == "INV-7"


def test_what_is_wrong_in_the_form_is_told_without_the_name_that_airflow_makes_up(
    sandbox: RunningSandbox, connect: Connect
) -> None:
    assert connect(sandbox, instance_key=None).test_connection() == (
        False,
        "instance_key is missing in extra.",
    )


def test_a_coupa_that_is_busy_or_broken_is_asked_once(sandbox: RunningSandbox, connect: Connect) -> None:
    sandbox.control.order(Fault(path="/api/", status=503, times=None, message="Maintenance"))
    assert "Maintenance" in refused(connect(sandbox))
    assert len([call for call in sandbox.control.calls() if call["path"].startswith("/api/")]) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_a_server_that_repeats_the_secret_or_the_token_does_not_bring_them_into_the_answer(
    server: ScriptedServer, connect: Connect, status: int
) -> None:
    def repeat(request: Received) -> Reply:
        return Reply(status, f"you sent {request.body.decode()} {request.headers}".encode())

    server.answer = repeat
    assert TOKEN not in refused(connect(server))
    server.answer_token = repeat
    refused(connect(server))


def test_airflows_own_way_to_the_test_comes_to_the_same_answer(
    hook: CoupaHook, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the API server does it: the form's values as a URI under a name of its own making."""
    extra = {
        "integration_code": "INVOICES_TO_MARS",
        "instance_key": "12",
        "sandbox": True,
        "verify_tls": True,
    }
    form = Connection(
        conn_id="kx7q",
        conn_type="coupa",
        host=sandbox.url,
        login=sandbox.client_id,
        password=sandbox.client_secret,
        schema="",
        port=0,
        extra=json.dumps(extra),
    )
    monkeypatch.setenv("AIRFLOW_CONN_KX7Q", form.get_uri())
    served, says = form.test_connection()
    assert not served
    assert says.startswith("Coupa has no integration with the code INVOICES_TO_MARS:")
    monkeypatch.setenv("AIRFLOW_CONN_KX7Q", form.get_uri().replace("INVOICES_TO_MARS", "INVOICES_TO_ERP"))
    assert form.test_connection()[0] is True
