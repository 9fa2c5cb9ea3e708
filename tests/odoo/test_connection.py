"""A connection of type odoo is read key by key, and what is wrong is named."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from coupa_erp.odoo.connection import read_settings
from include.errors import ConfigurationError


def connection(**fields):
    values = {
        "conn_id": "erp_default", "host": "https://odoo.example.com", "port": None, "schema": "acme",
        "login": "coupa", "password": "c0ffee", "extra": None,
    }  # fmt: skip
    return SimpleNamespace(**{**values, **fields})


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({}, "https://odoo.example.com"),
        ({"host": "odoo.example.com"}, "https://odoo.example.com"),
        ({"host": "odoo.example.com", "port": 8443}, "https://odoo.example.com:8443"),
        ({"host": "https://odoo.example.com/erp/", "port": 443}, "https://odoo.example.com/erp"),
        ({"host": "127.0.0.1", "port": 8069}, "http://127.0.0.1:8069"),
        ({"host": "::1", "port": 8069}, "http://[::1]:8069"),
        ({"schema": "https", "extra": '{"database": "acme"}'}, "https://odoo.example.com"),
    ],
)
def test_an_address_is_understood_however_it_is_written(fields, address):
    settings = read_settings(connection(**fields))
    assert (settings.base_url, settings.database) == (address, "acme")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"host": None}, "host is missing"),
        ({"host": "ftp://odoo.example.com"}, "host should begin with https"),
        ({"host": "http://odoo.example.com"}, "in the clear"),
        ({"host": "https://odoo.example.com:1", "port": 2}, "host has port 1 and port says 2"),
        ({"host": "http://localhost", "schema": "https", "extra": '{"database": "a"}'}, "host says http and"),
        ({"schema": None}, "schema is missing"),
        ({"extra": '{"database": "other"}'}, "schema says database acme and extra says other"),
        ({"schema": "a\nb"}, "characters that no database has"),
        ({"password": " "}, "password is missing"),
        ({"password": "ke y"}, "characters that no API key"),
        ({"extra": '{"jurnal": "BILL"}'}, "jurnal in extra is not known; known are allow_http"),
        ({"extra": '{"web_url": "odoo"}'}, "web_url in extra: write the whole address"),
        ({"extra": "[]"}, "extra should be a JSON object"),
    ],
)
def test_what_is_wrong_is_named_and_the_key_is_not(fields, told):
    with pytest.raises(ConfigurationError) as refused:
        read_settings(connection(**fields))
    assert f"Connection erp_default: {told}" in str(refused.value) or told in str(refused.value)
    assert "c0ffee" not in str(refused.value)
