from __future__ import annotations

import pytest
import requests

from include.sandbox.running import RunningSandbox, running_sandbox
from tests.sandbox.caller import Caller


def test_a_token_is_a_jwt_for_a_day(coupa: Caller) -> None:
    answer = coupa.token().json()
    assert answer["token_type"] == "bearer"
    assert answer["expires_in"] == 86399
    assert answer["access_token"].count(".") == 2
    assert answer["scope"].split()[0] == "core.invoice.read"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "someone"}, 401, "invalid_client"),
        ({"scope": "core.supplier.read"}, 400, "invalid_scope"),
        ({"scope": "core.invoice.read core.supplier.read"}, 400, "invalid_scope"),
        ({"scope": ""}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_token_request_is_refused_by_name(
    coupa: Caller, changes: dict[str, str], status: int, error: str
) -> None:
    response = coupa.token(**changes)
    assert (response.status_code, response.json()["error"]) == (status, error)


def test_a_token_request_must_be_form_encoded(sandbox: RunningSandbox) -> None:
    response = requests.post(
        f"{sandbox.url}/oauth2/token", json={"grant_type": "client_credentials"}, timeout=10
    )
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_a_scope_that_was_not_granted_is_refused() -> None:
    with running_sandbox(granted_scopes=("core.invoice.read",)) as narrow:
        caller = Caller(narrow, scopes=("core.invoice.read",))
        assert caller.token(scope="core.invoice.read core.invoice.write").json()["error"] == "invalid_scope"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x.y.z", "Basic YTpi", "Bearer é"])
def test_a_call_without_a_token_of_ours_is_answered_401(sandbox: RunningSandbox, header: str) -> None:
    headers = {"Authorization": header.encode(), "Accept": "application/json"}
    response = requests.get(f"{sandbox.url}/api/invoices", headers=headers, timeout=10)  # type: ignore[arg-type]
    assert response.status_code == 401
    assert "invalid_token" in response.headers["WWW-Authenticate"]


def test_a_token_whose_claims_were_changed_is_refused(coupa: Caller) -> None:
    token = str(coupa.session.headers["Authorization"])
    coupa.session.headers["Authorization"] = token[:-6] + "AAAAAA"
    coupa.refused(401, "GET", "/api/invoices")


def test_a_revoked_token_is_refused_and_a_new_one_serves(coupa: Caller) -> None:
    assert coupa.sandbox.control.revoke_tokens() == 1
    coupa.refused(401, "GET", "/api/invoices")
    Caller(coupa.sandbox).call("GET", "/api/invoices")


def test_an_expired_token_is_refused(sandbox: RunningSandbox) -> None:
    sandbox.control.change_settings(token_lifetime_seconds=0)
    Caller(sandbox).refused(401, "GET", "/api/invoices")


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("core.invoice.write", "GET", "/api/invoices"),
        ("core.invoice.read", "PUT", "/api/invoices/101"),
        ("core.integration.write", "GET", "/api/integration_runs"),
        ("core.integration.read", "POST", "/api/integration_runs"),
        ("core.integration.read", "PUT", "/api/integration_errors/1/resolve"),
        ("core.invoice.read", "GET", "/api/integration_history_records"),
    ],
)
def test_a_call_outside_its_scope_is_answered_403(
    sandbox: RunningSandbox, scope: str, method: str, path: str
) -> None:
    assert "needs the scope core." in Caller(sandbox, scopes=(scope,)).refused(403, method, path)


def test_token_requests_are_counted_apart(coupa: Caller) -> None:
    coupa.call("GET", "/api/invoices")
    coupa.call("GET", "/api/invoices")
    assert coupa.sandbox.control.overview()["calls"] == {"all": 3, "token": 1, "api": 2}


def test_no_secret_and_no_token_is_in_the_call_log(coupa: Caller) -> None:
    coupa.call("GET", "/api/invoices")
    log = str(coupa.sandbox.control.calls())
    assert coupa.sandbox.client_secret not in log
    assert str(coupa.session.headers["Authorization"]).split()[1] not in log
