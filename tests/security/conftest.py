from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from tests.security.servers import Authority, make_authority

SECRET = "the-client's/secret+of this test&"  # every sign that URLs, JSON and HTML spell in their own way
TOKEN = "the-token.of-this.test"
KEY = "0123456789abcdef" * 4


#: Where tokens are given: Coupa's, NetSuite's.
TOKEN_PATHS = ("/oauth2/token", "/services/rest/auth/oauth2/v1/token")


def tokens(answer: Any) -> dict[str, Any]:
    """The same answer wherever a token is asked for."""
    return dict.fromkeys(TOKEN_PATHS, answer)


def spelled(secret: str) -> set[str]:
    """Every way in which a text, a URL, JSON, HTML or a header would write it."""
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        html.escape(secret),
        repr(secret)[1:-1],
        base64.b64encode(secret.encode()).decode(),
    }


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy, no authorities and no token of this machine."""
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv(DIRECTORY_VARIABLE, str(tmp_path / "state"))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


Call = Callable[[], Any]


@pytest.fixture
def coupa(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Call]:
    """A call to a Coupa at this address, made once."""
    from coupa_erp.coupa.hook import CoupaHook
    from coupa_erp.coupa.retry import RetryPolicy

    def at(url: str, **extra: Any) -> Call:
        known = {"integration_code": "A", "instance_key": "a", "sandbox": True, "requests_per_second": 0}
        connection = {
            "conn_type": "coupa",
            "host": url,
            "login": "a-client",
            "password": SECRET,
            "extra": {**known, "timeout_seconds": 1, **extra},
        }
        monkeypatch.setenv("AIRFLOW_CONN_COUPA_DEFAULT", json.dumps(connection))
        return lambda: CoupaHook(retry_policy=RetryPolicy(attempts=1)).read_integration_run(7)

    return at


@pytest.fixture
def tryton_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Call]:
    """A call to a Tryton at this address."""
    from coupa_erp.tryton.hook import TrytonHook

    def at(url: str, **extra: Any) -> Call:
        connection = {
            "conn_type": "tryton",
            "host": url,
            "schema": "books",
            "password": KEY,
            "extra": {"sandbox": True, "timeout_seconds": 1, "lock_seconds": 0, **extra},
        }
        monkeypatch.setenv("AIRFLOW_CONN_ERP_DEFAULT", json.dumps(connection))
        # A write: it is sent once, whatever becomes of it.
        return lambda: TrytonHook().transport.call("res.user", "get_preferences", {})

    return at


@pytest.fixture
def odoo_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Call]:
    """A call to an Odoo 19 at this address."""
    from coupa_erp.odoo.hook import OdooHook

    def at(url: str, **extra: Any) -> Call:
        connection = {
            "conn_type": "odoo",
            "host": url,
            "schema": "books",
            "password": KEY,
            "extra": {"sandbox": True, "timeout_seconds": 1, "lock_seconds": 0, **extra},
        }
        monkeypatch.setenv("AIRFLOW_CONN_ERP_DEFAULT", json.dumps(connection))

        def call() -> Any:
            transport = OdooHook().transport
            transport.__dict__["version"] = 19  # asked without the key, so it shows nothing of it
            # A write: it is sent once, whatever becomes of it.
            return transport.call("account.move", "action_post", [7])

        return call

    return at


@pytest.fixture
def rest_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Call]:
    """A call to an API of one's own at this address, spelled as the page about it has it."""
    from coupa_erp.rest.hook import RestErpHook

    page = (Path(__file__).parents[2] / "docs" / "rest.md").read_text(encoding="utf-8")
    settings = tmp_path / "api.yaml"
    settings.write_text(page.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")

    def at(url: str, **extra: Any) -> Call:
        connection = {
            "conn_type": "erp_rest",
            "host": url,
            "password": KEY,
            "extra": {"api": str(settings), "sandbox": True, "timeout_seconds": 1, **extra},
        }
        monkeypatch.setenv("AIRFLOW_CONN_ERP_DEFAULT", json.dumps(connection))
        return lambda: RestErpHook().check_reachable()

    return at


@pytest.fixture
def s4hana_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Call]:
    """A call to an S/4HANA at this address."""
    from coupa_erp.s4hana.hook import S4HanaHook

    def at(url: str, **extra: Any) -> Call:
        connection = {
            "conn_type": "s4hana",
            "host": url,
            "login": "a-user",
            "password": KEY,
            "extra": {"sandbox": True, "timeout_seconds": 1, "busy_seconds": 0, **extra},
        }
        monkeypatch.setenv("AIRFLOW_CONN_ERP_DEFAULT", json.dumps(connection))

        # A write: it is sent once, whatever becomes of it.
        def call() -> Any:
            transport = S4HanaHook().transport
            transport._token = "a-csrf-token"
            return transport.create("A_SupplierInvoice", {"CompanyCode": "1010"})

        return call

    return at


@pytest.fixture
def netsuite_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Callable[[], Any]]:
    """A call to a NetSuite at this address."""
    from coupa_erp.erp_http.calls import Call
    from coupa_erp.netsuite.hook import NetSuiteHook
    from tests.netsuite.stand_in import key_pair

    def at(url: str, **extra: Any) -> Callable[[], Any]:
        connection = {
            "conn_type": "netsuite",
            "host": url,
            "login": "a-client",
            "password": key_pair()[0],
            "extra": {"certificate_id": "c", "timeout_seconds": 1, "busy_seconds": 0, **extra},
        }
        monkeypatch.setenv("AIRFLOW_CONN_ERP_DEFAULT", json.dumps(connection))

        def call() -> Any:
            # As a write: it is sent once, whatever becomes of it.
            transport = NetSuiteHook().transport
            sent = Call("POST suiteql", f"{url}/services/rest/query/v1/suiteql", body=b"{}", writes=True)
            return transport._decoded(transport._sent(sent), sent)

        return call

    return at
