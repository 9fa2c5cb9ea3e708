"""One connection, however it is written, is read as one and the same."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from airflow.models.connection import Connection as ServersConnection
from airflow.sdk import Connection as TasksConnection

from coupa_erp.coupa.connection import read_settings as read_coupa
from coupa_erp.netsuite.connection import read_settings as read_netsuite
from coupa_erp.s4hana.connection import read_settings as read_s4hana
from coupa_erp.tryton.connection import read_settings as read_tryton
from coupa_erp_provider import get_provider_info
from include.errors import ConfigurationError
from tests.netsuite.stand_in import key_pair

ROOT = Path(__file__).parents[2]
#: A value for each field of the form, none of them the default.
VALUES: dict[str, dict[str, Any]] = {
    "coupa": {
        "integration_code": "4711",
        "instance_key": "007",
        "go_live_from": "2026-12-01",
        "selection": "payment-channel=erp&account-type[name]=US Chart",
        "sandbox": False,
        "erp_number_field": "cf-number",
        "status_field": "cf-status",
        "older_custom_fields": ["project", "gl_note"],
        "scope": "core.invoice.read core.invoice.write",
        "api_filter": "12",
        "create_method": "PUT",
        "timeout_seconds": 20,
        "requests_per_second": 12.5,
        "verify_tls": False,
        "ca_file": "",
        "allow_http": True,
    },
    "tryton": {
        "sandbox": True,
        "web_url": "https://tryton.example.com/client",
        "language": "fr",
        "database": "2026",
        "po_backed": "match",
        "po_line_by": "sequence",
        "timeout_seconds": 90,
        "lock_seconds": 0,
        "verify_tls": False,
        "ca_file": "",
        "allow_http": True,
    },
    "s4hana": {
        "sandbox": True,
        "sap_client": "100",
        "oauth_url": "https://acme.authentication.eu10.hana.ondemand.com/oauth/token",
        "web_url": "https://my300000.s4hana.cloud.sap/ui",
        "key_field": "YY1_CoupaKey_MIH",
        "fingerprint_field": "YY1_CoupaContent_MIH",
        "reversal_reason": "02",
        "reversal_reason_other_date": "03",
        "document_type": "KR",
        "tax_country": "DE",
        "untaxed_code": "V0",
        "deducted_taxes": "W1=175500, R1=175800",
        "po_backed": "match",
        "timeout_seconds": 90,
        "busy_seconds": 0,
        "verify_tls": False,
        "ca_file": "",
        "allow_http": True,
    },
    "netsuite": {
        "certificate_id": "4711",
        "sandbox": True,
        "web_url": "https://1234567.app.netsuite.com",
        "content_field": "custbody_coupa",
        "voids": "refuse",
        "tax_accounts": "WHT=2150, VAT=1410",
        "untaxed_code": "ZERO",
        "payable_account": "2000",
        "approval_status": "2",
        "timeout_seconds": 90,
        "busy_seconds": 0,
        "verify_tls": False,
        "ca_file": "",
        "allow_http": True,
    },
}
STANDARD: dict[str, dict[str, str]] = {
    "coupa": {"host": "http://coupa.example.com:8090", "login": "id", "password": "p/w ?=&"},
    "tryton": {"host": "http://erp.example.com/tryton", "password": "c0ffee"},
    "s4hana": {"host": "http://s4.example.com:8000", "login": "COUPA_EXPORT", "password": "p/w ?=&"},
    "netsuite": {"host": "http://netsuite.example.com", "login": "client", "password": key_pair()[0]},
}
READ: dict[str, Callable[[Any], Any]] = {
    "coupa": read_coupa,
    "tryton": read_tryton,
    "s4hana": read_s4hana,
    "netsuite": read_netsuite,
}


def texts(extra: dict[str, Any], separator: str) -> dict[str, str]:
    """Every value as people type it into a query."""
    typed = {name: value if isinstance(value, str) else json.dumps(value) for name, value in extra.items()}
    if "older_custom_fields" in typed and separator:
        typed["older_custom_fields"] = separator.join(extra["older_custom_fields"])
    return typed


def as_uri(connection_type: str, query: dict[str, str]) -> str:
    standard = STANDARD[connection_type]
    scheme, _, host = standard["host"].partition("://")
    user = ":".join(quote(standard.get(name, ""), safe="") for name in ("login", "password"))
    return f"{connection_type}://{scheme}://{user}@{quote(host, safe=':')}/?{urlencode(query)}"


def as_json(connection_type: str, extra: Any) -> str:
    return json.dumps({"conn_type": connection_type, **STANDARD[connection_type], "extra": extra})


def servers(written: str) -> Any:
    """As the API server and the CLI read it; the Test button sends it through a URI besides."""
    conn = (
        ServersConnection.from_json(written, "x")
        if written[0] == "{"
        else ServersConnection("x", uri=written)
    )
    return ServersConnection("x", uri=conn.get_uri())


def tasks(written: str) -> Any:
    """As a task reads it."""
    if written[0] == "{":
        return TasksConnection.from_json(written, "x")
    return TasksConnection.from_uri(written, "x")


@pytest.mark.parametrize("read_by", [servers, tasks])
@pytest.mark.parametrize("connection_type", VALUES)
def test_a_connection_is_the_same_in_json_and_uri_with_values_and_with_texts(
    connection_type: str, read_by: Callable[[str], Any]
) -> None:
    extra, read = VALUES[connection_type], READ[connection_type]
    written = [
        as_json(connection_type, extra),
        as_json(connection_type, json.dumps(extra)),
        as_json(connection_type, texts(extra, "")),
        as_uri(connection_type, texts(extra, "")),
        as_uri(connection_type, texts(extra, ",")),
        as_uri(connection_type, texts(extra, "\n")),
        as_uri(connection_type, {"__extra__": json.dumps(extra)}),
    ]
    settings = [read(read_by(each)) for each in written]
    assert [each for each in settings if each != settings[0]] == []
    kept = settings[0].model_dump(mode="json")
    inside = kept["calls"] | kept["business"] if connection_type == "coupa" else kept["extra"]
    assert {name: inside[name] or "" for name in extra if extra[name] == ""} == {"ca_file": ""}
    assert {name: inside[name] for name in extra if name != "ca_file"} == {
        name: value for name, value in extra.items() if name != "ca_file"
    }


@pytest.mark.parametrize("connection_type", VALUES)
def test_these_tests_know_every_field(connection_type: str) -> None:
    forms = {form["connection-type"]: form["conn-fields"] for form in get_provider_info()["connection-types"]}
    assert set(VALUES[connection_type]) == set(forms[connection_type])


def test_a_name_that_airflow_took_for_a_number_with_a_point_is_refused_and_not_shortened() -> None:
    written = as_uri("coupa", {"integration_code": "A", "instance_key": "1.10", "sandbox": "true"})
    with pytest.raises(ConfigurationError, match="instance_key in extra"):
        read_coupa(servers(written))


def test_an_empty_line_at_the_end_of_a_list_is_no_name() -> None:
    written = as_json("coupa", {**VALUES["coupa"], "older_custom_fields": ["project", ""]})
    assert read_coupa(tasks(written)).business.older_custom_fields == ("project",)


def examples() -> list[Any]:
    """Every connection in the shell blocks of the documentation, and of the example of an env file."""
    page = (ROOT / "docs" / "connections.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    blocks += re.findall(r"^# (AIRFLOW_CONN_.*)$", example, re.M)
    words = [word for block in blocks for word in shlex.split(block, comments=True)]
    return [pytest.param(word.partition("=")[2], id=f"{number}") for number, word in enumerate(words)]


@pytest.mark.parametrize("written", examples())
def test_the_connections_of_the_documentation_are_read(written: str) -> None:
    for connection in (servers(written), tasks(written)):
        settings = READ[connection.conn_type](connection)
        assert settings.base_url.startswith("https://")


def test_the_documentation_has_examples_of_both_types_in_both_forms() -> None:
    beginnings = {written.values[0][:10] for written in examples()}
    assert {'{"conn_typ', "coupa://ht", "tryton://h"} <= beginnings
