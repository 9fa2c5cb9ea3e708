"""The settings file and the connection: what is wrong in them is named, and templates are filled as told."""

from __future__ import annotations

import json

import pytest
import requests
import yaml

from coupa_erp.rest.api import read_api
from coupa_erp.rest.connection import read_settings
from coupa_erp.rest.documents import document_of, values_of
from coupa_erp.rest.hook import RestErpHook
from coupa_erp.rest.templates import at, filled, filled_path, filled_query
from include.errors import ConfigurationError
from tests.security.servers import by_path, saying, serving


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"creat": {}}, "creat: Extra inputs are not permitted"),
        ({"kinds": {"invoice": "INV"}}, "kinds needs a word for invoice and one for credit_note"),
        ({"cancel": {"method": "POST", "path": "bills"}}, "cancel.path"),
        ({"cancel": {"method": "DELETE", "path": "/bills"}}, "cancel.method"),
        ({"cancel": {"method": "POST", "path": "/{nmber}"}}, "cancel names {nmber}, which it is not given"),
        ({"check": {"path": "/ping/{key}"}}, "check names {key}"),
        ({"errors": {"code": "c", "message": "m", "line": "("}}, "errors.line: is no regular expression"),
        ({"errors": {"code": "c", "message": "m", "line": "x"}}, "errors.line: needs one group"),
        ({"errors": {"code": "c", "message": "m", "codes": {"x": "lower"}}}, "errors.codes.x"),
        ({"document": {}}, "document.id: Field required"),
        ({"number_length": 0}, "number_length"),
        ({"files": {"listed": {"path": "/f", "key": "k"}}}, "files.add: Field required"),
        (
            {"files": {"listed": {"path": "/{key}", "key": "k"}, "add": {"path": "/f"}}},
            "files.listed names {key}",
        ),
        (
            {"files": {"listed": {"path": "/f", "key": "k"}, "add": {"path": "/f", "body": "{number}"}}},
            "files.add names {number}",
        ),
    ],
)
def test_what_is_wrong_in_the_settings_file_is_named(settings_text, tmp_path, change, named):
    file = tmp_path / "api.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(settings_text), **change}))
    with pytest.raises(ConfigurationError) as refused:
        read_api(str(file))
    assert str(refused.value).startswith(f"{file}: ")
    assert named in str(refused.value)


def test_a_state_that_is_no_word_of_the_port_is_refused(settings_text, tmp_path):
    file = tmp_path / "api.yaml"
    file.write_text(settings_text.replace("OPEN: posted", "OPEN: open"))
    with pytest.raises(ConfigurationError, match=r"document\.states\.OPEN"):
        read_api(str(file))


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ({"host": ""}, "host is missing"),
        ({"host": "ftp://erp.example.com"}, "host should begin with"),
        ({"host": "http://erp.example.com"}, "in the clear"),
        ({"host": "https://erp.example.com?x=1"}, "the API's address alone"),
        ({"key": ""}, "password is missing"),
        ({"key": "tökén"}, "password holds characters"),
        ({"extra": {"api": ""}}, "api in extra is missing"),
        ({"extra": {"timeout": 3}}, "timeout in extra is not known"),
        ({"extra": {"web_url": "erp"}}, "web_url in extra: write the whole address"),
        ({"extra": {"api": "/nowhere/api.yaml"}}, "/nowhere/api.yaml: cannot be read"),
    ],
)
def test_what_is_wrong_in_the_connection_is_named(connection, written, named):
    with pytest.raises(ConfigurationError) as refused:
        read_settings(connection(**written))
    assert named in str(refused.value)


def test_a_login_is_sent_as_basic_and_none_as_a_bearer_token(connection):
    def header(**written):
        request = requests.Request("GET", "https://erp.example.com").prepare()
        return read_settings(connection(**written)).authorize(request).headers["Authorization"]

    assert header() == "Bearer a-token"
    assert header(login="coupa", key="pässword") == "Basic Y291cGE6cMOkc3N3b3Jk"


def test_without_a_section_for_files_the_setting_that_sends_them_is_refused(
    connection, settings_text, tmp_path
):
    file = tmp_path / "api.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(settings_text), "files": None}))
    hook = hook_with(connection(extra={"api": str(file)}))
    with pytest.raises(ConfigurationError, match=r"Payables have no section files.*COUPA_ERP_ATTACHMENTS"):
        hook.files()


def test_templates_are_filled_and_nothing_of_a_value_becomes_part_of_the_address():
    values = {"key": "a/b c", "keys": ["x", "y"], "none": None, "lines": [{"amount": "1.00"}]}
    assert filled_path("/bills/{key}/x", values) == "/bills/a%2Fb%20c/x"
    assert filled_query({"k": "{keys}", "q": "is {key}"}, values) == [
        ("k", "x"),
        ("k", "y"),
        ("q", "is a/b c"),
    ]
    template = {"n": "{none}", "t": "no: {none}", "l": {"each": "lines", "as": ["{amount}", "{key}"]}, "f": 1}
    assert filled(template, values) == {"n": None, "t": "no: ", "l": [["1.00", "a/b c"]], "f": 1}
    assert at({"a": {"b": [1]}}, "a.b") == [1]
    assert at({"a": "text"}, "a.b") is None


def test_what_a_document_lacks_is_named_by_its_setting(connection, world):
    hook = world.open_hook()
    api = read_settings(connection()).api
    hook.create(world.bill())
    row = {"id": "1", "rev": 1, "status": "OPEN", "header": {"type": "INV"}, "lines": [], "taxes": []}
    with pytest.raises(ConfigurationError, match=r"number expects something else at header\.documentNo"):
        document_of(row, api)


def test_a_floating_point_number_of_the_api_keeps_its_digits(connection):
    from coupa_erp.rest.line import _json_of

    assert str(_json_of(b'{"total": 12345678901234567.89}')["total"]) == "12345678901234567.89"


def test_a_credit_note_travels_below_zero_where_the_settings_say_so(connection, world):
    sent = world.bill(kind="credit_note")
    values = values_of(sent, sent.invoice_date, read_settings(connection()).api)
    assert (values["total"], values["lines"][0]["amount"], values["kind"]) == ("-118.00", "-100.00", "CRN")


def test_a_next_page_on_another_host_gets_no_token(connection):
    with serving(saying({"data": []})) as other:
        leading = by_path({"/": saying({"data": [], "next": f"{other.url}/bills?page=2"})})
        with serving(leading) as server:
            hook = hook_with(connection(server.url))
            with pytest.raises(ConfigurationError, match="another address"):
                hook.find_by_keys(["a/InvoiceHeader/1"])
        assert other.asked == []


def test_a_refusal_that_repeats_the_token_does_not_tell_it(connection, world):
    echo = {"problems": [{"id": "x", "text": "you sent Bearer a-token", "pointer": "/lines/9"}]}
    answers = {"/": saying(echo, "422 Unprocessable"), "/bills?": saying({"data": [], "next": None})}
    with serving(by_path(answers)) as server, pytest.raises(Exception, match=r"Bearer \*\*\*") as refused:
        hook_with(connection(server.url)).create(world.bill())
    assert "a-token" not in str(refused.value)


def test_a_document_has_an_address_where_the_connection_says_one(connection):
    from types import SimpleNamespace

    hook = hook_with(connection(extra={"web_url": "https://erp.example.com/{number}?id={id}"}))
    document = SimpleNamespace(erp_id="B/7", number="2026 1")
    assert hook.document_url(document) == "https://erp.example.com/2026%201?id=B%2F7"
    assert hook_with(connection()).document_url(document) is None


def test_a_connection_of_the_environment_is_opened_by_its_type(monkeypatch, settings_file):
    from coupa_erp.erp import open_erp

    written = {"conn_type": "erp_rest", "host": "https://erp.example.com", "password": "t"}
    monkeypatch.setenv(
        "AIRFLOW_CONN_ERP_DEFAULT", json.dumps({**written, "extra": {"api": str(settings_file)}})
    )
    hook = open_erp()
    assert isinstance(hook, RestErpHook)
    assert (hook.erp_name, hook.limits.number_length, hook.sandbox) == ("Payables", 16, False)


def hook_with(connection):
    hook = RestErpHook()
    hook.get_connection = lambda _: connection
    return hook
