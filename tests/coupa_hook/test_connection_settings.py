"""Connections as Airflow hands them over: from a JSON, a URI, the UI's form."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from coupa_erp.coupa.connection import OAUTH_SCOPE, read_settings
from coupa_erp.coupa.hook import CoupaHook
from include.errors import ConfigurationError

EXTRA = {"integration_code": "INVOICES_TO_ERP", "instance_key": "coupa-sandbox", "sandbox": True}


@dataclass
class Connection:
    conn_id: str = "coupa_default"
    host: str | None = "https://example.coupahost.com"
    port: int | None = None
    schema: str | None = None
    login: str | None = "client"
    password: str | None = "a-secret"
    extra: str | None = json.dumps(EXTRA)


def with_extra(**values: Any) -> Connection:
    return Connection(extra=json.dumps({**EXTRA, **values}))


@pytest.mark.parametrize(
    ("host", "port", "schema", "url"),
    [
        ("https://example.coupahost.com", None, None, "https://example.coupahost.com"),
        ("https://example.coupahost.com/", None, None, "https://example.coupahost.com"),
        ("https://example.coupahost.com", 443, None, "https://example.coupahost.com"),
        ("https://example.coupahost.com:443", 0, None, "https://example.coupahost.com"),
        ("https://example.coupahost.com", 80, None, "https://example.coupahost.com:80"),
        ("http://127.0.0.1:8090", None, None, "http://127.0.0.1:8090"),
        ("http://127.0.0.1", 8090, None, "http://127.0.0.1:8090"),
        ("http://127.0.0.1:8090", 8090, "http", "http://127.0.0.1:8090"),
        ("127.0.0.1", 8090, "http", "http://127.0.0.1:8090"),
        ("127.0.0.1", 8090, "https", "https://127.0.0.1:8090"),
        ("127.0.0.1:8090", None, None, "http://127.0.0.1:8090"),
        ("localhost", 8090, None, "http://localhost:8090"),
        ("example.coupahost.com", None, None, "https://example.coupahost.com"),
        ("example.coupahost.com", 8443, "https", "https://example.coupahost.com:8443"),
        ("::1", 8090, None, "http://[::1]:8090"),
        ("http://[::1]:8090", None, None, "http://[::1]:8090"),
    ],
)
def test_the_host_may_be_a_url_or_in_pieces(
    host: str, port: int | None, schema: str | None, url: str
) -> None:
    assert read_settings(Connection(host=host, port=port, schema=schema)).base_url == url


def test_what_is_left_out_has_its_default() -> None:
    settings = read_settings(with_extra(scope="", api_filter=None, go_live_from=None, erp_number_field=""))
    assert settings.calls.scope == OAUTH_SCOPE
    assert settings.calls.create_method == "auto"
    assert settings.business.erp_number_field == "cf-erp-invoice-number"


def test_text_stands_for_numbers_and_flags() -> None:
    settings = read_settings(
        with_extra(
            sandbox="false",
            go_live_from="2026-12-01",
            timeout_seconds="20",
            requests_per_second="12.5",
            create_method="post",
        )
    )
    assert settings.business.sandbox is False
    assert settings.business.go_live_from == datetime.date(2026, 12, 1)
    assert (settings.calls.timeout_seconds, settings.calls.requests_per_second) == (20, 12.5)
    assert settings.calls.create_method == "POST"


def test_extra_may_be_a_text_inside_a_text() -> None:
    settings = read_settings(Connection(extra=json.dumps(json.dumps(EXTRA))))
    assert settings.business.instance_key == "coupa-sandbox"


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        (Connection(host=None), "host is missing"),
        (Connection(host="ftp://example.com"), "host should begin with https"),
        (Connection(host="https://example.com/api"), "host should be the instance's URL alone"),
        (Connection(host="https://id:pw@example.com"), "host should be the instance's URL alone"),
        (Connection(host="https://example.com:0x1"), "Port could not be cast"),
        (Connection(host="http://a:1", port=2), "host has port 1 and port says 2"),
        (Connection(host="http://a", schema="https"), "host says http and schema says https"),
        (Connection(schema="api"), "schema should be http or https"),
        (Connection(login=None), "login missing"),
        (Connection(login="", password=None), "login and password missing"),
        (Connection(extra="{integration_code"), "extra is no JSON"),
        (Connection(extra="[1]"), "extra should be a JSON object"),
        (Connection(extra=None), "integration_code is missing in extra; instance_key is missing in extra"),
        (with_extra(integration_code=None), "integration_code is missing in extra"),
        (with_extra(sandbox=False), "go_live_from is required"),
        (with_extra(sandbox="perhaps"), "sandbox in extra: "),
        (with_extra(selecton="a=b"), "selecton in extra is not known; known are allow_http, "),
        (with_extra(timeout_seconds=0), "timeout_seconds in extra: Input should be greater than 0"),
        (with_extra(requests_per_second="many"), "requests_per_second in extra: "),
        (with_extra(create_method="PATCH"), "create_method in extra: "),
        (with_extra(instance_key="a b"), "instance_key in extra: "),
        (with_extra(selection="status=draft"), "selection in extra: "),
        (with_extra(go_live_from="soon"), "go_live_from in extra: "),
    ],
)
def test_every_fault_is_one_sentence_that_names_its_key(connection: Connection, said: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        read_settings(connection)
    message = str(wrong.value)
    assert message.startswith("Connection coupa_default: ")
    assert said in message
    assert message.endswith(".")
    assert "a-secret" not in message
    assert "\n" not in message
    assert wrong.value.__cause__ is None


def test_the_secret_is_in_no_text_of_the_settings() -> None:
    settings = read_settings(Connection())
    assert "a-secret" not in repr(settings) + str(settings) + settings.model_dump_json()


def in_json() -> str:
    return json.dumps(
        {
            "conn_type": "coupa",
            "host": "http://127.0.0.1:8090",
            "login": "client",
            "password": "p/w ?",
            "extra": EXTRA,
        }
    )


def in_json_with_extra_as_text() -> str:
    return json.dumps({**json.loads(in_json()), "extra": json.dumps(EXTRA)})


def in_uri_with_extra_as_query() -> str:
    extra = "integration_code=INVOICES_TO_ERP&instance_key=coupa-sandbox&sandbox=true"
    return f"coupa://client:{quote('p/w ?', safe='')}@127.0.0.1:8090/http?{extra}"


def in_uri_with_extra_as_json() -> str:
    extra = quote(json.dumps(EXTRA))
    return f"coupa://client:{quote('p/w ?', safe='')}@127.0.0.1:8090/http?__extra__={extra}"


def in_uri_with_two_schemes() -> str:
    extra = "integration_code=INVOICES_TO_ERP&instance_key=coupa-sandbox&sandbox=true"
    return f"coupa://http://client:{quote('p/w ?', safe='')}@127.0.0.1:8090/?{extra}"


@pytest.mark.parametrize(
    "written",
    [
        in_json,
        in_json_with_extra_as_text,
        in_uri_with_extra_as_query,
        in_uri_with_extra_as_json,
        in_uri_with_two_schemes,
    ],
)
def test_a_connection_of_the_environment_is_read_without_a_database(
    written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_COUPA_HERE", written())
    settings = CoupaHook(coupa_conn_id="coupa_here").settings
    assert settings.base_url == "http://127.0.0.1:8090"
    assert settings.client_id == "client"
    assert settings.client_secret.get_secret_value() == "p/w ?"
    assert settings.business.integration_code == "INVOICES_TO_ERP"


def test_what_the_extra_holds_does_not_become_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_COUPA_DEFAULT", in_json())
    headers = CoupaHook().get_conn({"X-Request": "1"}).headers
    assert headers["Accept"] == headers["Content-Type"] == "application/json"
    assert headers["X-Request"] == "1"
    assert not {name.lower() for name in headers} & {"integration_code", "instance_key", "sandbox", "scope"}
