"""A connection of type tryton, as people write it: in the form, as JSON, as a URI."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from coupa_erp.tryton.connection import read_settings
from coupa_erp.tryton.hook import TrytonHook
from include.errors import ConfigurationError

IN_THE_CLEAR = {"allow_http": True}
KEY = "0123456789abcdef" * 4


def connection(host="https://tryton.example.com", schema="books", password=KEY, port=None, extra=None):
    return SimpleNamespace(
        conn_id="erp_default",
        host=host,
        port=port,
        schema=schema,
        password=password,
        extra=extra if extra is None or isinstance(extra, str) else json.dumps(extra),
    )


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (connection(), "https://tryton.example.com/books/rest/model"),
        (connection("tryton.example.com"), "https://tryton.example.com/books/rest/model"),
        (connection("tryton.example.com", port=8443), "https://tryton.example.com:8443/books/rest/model"),
        (connection("http://tryton:8000", extra=IN_THE_CLEAR), "http://tryton:8000/books/rest/model"),
        (connection("https://tryton.example.com", port=443), "https://tryton.example.com/books/rest/model"),
        (connection("127.0.0.1", port=8069), "http://127.0.0.1:8069/books/rest/model"),
        (connection("::1", port=8069), "http://[::1]:8069/books/rest/model"),
        (connection("tryton", schema="http", port=8000, extra={"database": "b k", **IN_THE_CLEAR}), "http://tryton:8000/b%20k/rest/model"),
        (connection("https://erp.example.com/tryton/"), "https://erp.example.com/tryton/books/rest/model"),
    ],
)  # fmt: skip
def test_an_address_may_be_written_in_each_usual_way(written, address):
    assert read_settings(written).models_url == address


@pytest.mark.parametrize(
    ("written", "named"),
    [
        (connection(host=""), "host is missing"),
        (connection(host="ftp://tryton.example.com"), "host"),
        (connection(host="https://user:pw@tryton.example.com"), "host"),
        (connection(schema=""), "schema is missing"),
        (connection(schema="http"), "host says https and schema says http"),
        (connection(extra={"database": "other"}), "database"),
        (connection(password=""), "password is missing"),
        (connection(password="two words"), "password"),
        (connection(extra="{"), "extra is no JSON"),
        (connection(extra="[]"), "extra"),
        (connection(extra={"timeout_second": 3}), "timeout_second in extra is not known"),
        (connection(extra={"timeout_seconds": 0}), "timeout_seconds in extra"),
        (connection(extra={"web_url": "tryton"}), "web_url in extra"),
        (connection("https://tryton:1", port=2), "port"),
    ],
)
def test_what_is_wrong_is_named_without_the_key(written, named):
    with pytest.raises(ConfigurationError, match="Connection erp_default") as refused:
        read_settings(written)
    assert named in str(refused.value)
    assert KEY not in str(refused.value)


def test_making_a_hook_opens_nothing_and_shows_no_key():
    hook = TrytonHook(erp_conn_id="not there")
    assert hook.erp_conn_id == "not there"
    assert KEY not in repr(read_settings(connection()))


def test_a_document_has_an_address_where_the_web_client_is_known():
    hook = TrytonHook()
    document = SimpleNamespace(erp_id="12")
    hook.__dict__["settings"] = read_settings(connection(extra={"web_url": "https://web.example.com/"}))
    assert hook.document_url(document) == "https://web.example.com/#books/model/account.invoice/12"
    hook.__dict__["settings"] = read_settings(connection())
    assert hook.document_url(document) is None
