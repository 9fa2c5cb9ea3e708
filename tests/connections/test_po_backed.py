"""Whoever cannot book lines against purchase orders refuses the setting before anything is done."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from coupa_erp.erp import ERP_HOOKS, open_erp
from coupa_erp_provider import get_provider_info
from include.bench.erp import CALLS_VARIABLE
from include.errors import ConfigurationError

FORMS = {each["connection-type"]: each["conn-fields"] for each in get_provider_info()["connection-types"]}
#: Hooks that stand in ``ERP_HOOKS`` only where somebody puts them there.
OTHERS = {
    "ledger": ("tests.erp_kit.example.hook", "LedgerHook"),
    "answers_at_once": ("include.bench.erp", "AnswersAtOnce"),
}


def matches(module: str, name: str) -> bool:
    hook = getattr(import_module(module), name)
    assert isinstance(hook.matches_orders, bool)
    return hook.matches_orders


ALL = {**ERP_HOOKS, **OTHERS}
CANNOT = {name: hook for name, hook in ALL.items() if not matches(*hook)}


def connect(monkeypatch, conn_type, po_backed, schema=None):
    connection = {
        "conn_type": conn_type,
        "host": "https://erp.example.com",
        "login": "export",
        "password": "c0ffee",
        "schema": schema,
        "extra": {"po_backed": po_backed},
    }
    monkeypatch.setitem(ERP_HOOKS, conn_type, ALL[conn_type])
    monkeypatch.setenv("AIRFLOW_CONN_ERP_DEFAULT", json.dumps(connection))
    monkeypatch.setenv(CALLS_VARIABLE, "/dev/null")


@pytest.mark.parametrize("conn_type", CANNOT)
def test_a_hook_that_cannot_match_refuses_the_setting_in_a_sentence(monkeypatch, conn_type):
    connect(monkeypatch, conn_type, "match")
    with pytest.raises(ConfigurationError) as refused:
        open_erp()
    assert str(refused.value).startswith(
        "Connection erp_default: po_backed in extra cannot be match: the connection type "
        f"{conn_type} books a line with a purchase order to its account; leave po_backed out."
    )


@pytest.mark.parametrize("conn_type", CANNOT)
def test_what_it_does_anyhow_may_be_written_down(monkeypatch, conn_type):
    connect(monkeypatch, conn_type, "gl")
    hook = open_erp()
    assert not hook.matches_orders
    assert not hook.against_orders


@pytest.mark.parametrize("conn_type", sorted(ERP_HOOKS.keys() - CANNOT.keys()))
def test_a_hook_that_can_says_whether_it_does(monkeypatch, conn_type):
    for po_backed, does in (("gl", False), ("match", True)):
        connect(monkeypatch, conn_type, po_backed, schema=None if conn_type == "s4hana" else "books")
        assert open_erp().against_orders is does


@pytest.mark.parametrize("conn_type", ["netsuite", "erp_rest"])
def test_the_test_button_says_so_too(monkeypatch, conn_type):
    connect(monkeypatch, conn_type, "match")
    module, name = ERP_HOOKS[conn_type]
    served, says = getattr(import_module(module), name)().test_connection()
    assert not served
    assert says.startswith("po_backed in extra cannot be match")
    assert ("{purchase_order_line}" in says) is (conn_type == "erp_rest")


@pytest.mark.parametrize("conn_type", ERP_HOOKS)
def test_the_form_has_the_setting_where_the_hook_can(conn_type):
    assert ("po_backed" in FORMS[conn_type]) is matches(*ERP_HOOKS[conn_type])
