"""The Test button on a connection to Tryton: what it says of a real one, of another server, and of none."""

from __future__ import annotations

import json
import socket
from types import SimpleNamespace

import pytest
from airflow.models.connection import Connection

from coupa_erp.tryton.connection import read_settings
from coupa_erp.tryton.hook import TrytonHook
from include.errors import ConfigurationError
from tests.coupa_hook.scripted_server import Reply, ScriptedServer


def refused(hook):
    served, says = hook.test_connection()
    assert served is False
    assert hook.settings.key.get_secret_value() not in says
    assert says.endswith(".")
    assert "\n" not in says
    return says


def elsewhere(hook, **changes):
    hook.__dict__["settings"] = hook.settings.model_copy(update=changes)
    return hook


def test_all_is_well(hook):
    assert hook.test_connection() == (
        True,
        f"Tryton's database {hook.settings.database} answers as a sandbox: companies DE01 and US01.",
    )


def test_nothing_is_written(hook, ledger):
    tables = ("account_invoice", "account_move", "ir_model_data", "res_user_warning")
    before = [ledger.rows(f"SELECT count(*) FROM {table}") for table in tables]  # noqa: S608
    hook.test_connection()
    assert [ledger.rows(f"SELECT count(*) FROM {table}") for table in tables] == before  # noqa: S608


def test_a_wrong_key_is_called_so(open_hook):
    assert refused(open_hook(key="c0ffee" * 10)).startswith("Tryton does not know the application key (401):")


def test_a_wrong_database_is_named(open_hook, server):
    says = refused(elsewhere(open_hook(), database="nowhere"))
    assert says == f"Tryton has no database nowhere at {server.url}."


@pytest.mark.parametrize(
    ("groups", "missing"),
    [
        (["Coupa export"], ["write account.invoice", "create account.invoice", "create account.move"]),
        (["Accounting"], ["delete account.move.reconciliation"]),
    ],
)
def test_rights_that_are_missing_are_named(open_hook, by_hand, groups, missing):
    says = refused(open_hook(key=by_hand("user", "all", *groups)))
    assert says.startswith("The user of Tryton's application key has no right to ")
    assert [right for right in missing if right not in says] == []
    assert "write account.invoice" not in says or groups == ["Coupa export"]


def test_orders_cannot_be_matched_without_trytons_module_for_them(open_hook):
    hook = open_hook(po_backed="match")
    says = refused(hook)
    assert says.startswith("po_backed of the Tryton connection is match, and the module purchase is not")
    with pytest.raises(ConfigurationError, match="the module purchase is not activated"):
        hook.check_reachable()


def test_a_user_who_sees_one_company_at_a_time_is_told_so(open_hook, by_hand):
    key = by_hand("user", "one", "Accounting", "Coupa export")
    assert refused(open_hook(key=key)).startswith(
        "Set the company filter of the application key's user to All"
    )


def test_a_server_that_is_not_there_is_called_so(open_hook):
    says = refused(elsewhere(open_hook(), base_url="http://127.0.0.1:9"))
    assert "Tryton cannot be reached" in says
    assert "nothing listens at 127.0.0.1, port 9" in says


def test_a_host_that_no_dns_knows_is_called_so(monkeypatch):
    def nobody_knows(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody_knows)
    monkeypatch.setenv("NO_PROXY", "*")
    assert "host not found: tryton.exmaple.com" in refused(hook_at("https://tryton.exmaple.com"))


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}), "names another server"),
        (Reply(302, b"", {"Location": "https://elsewhere.example.com"}), "redirects elsewhere"),
        (Reply(404, b"<html>nginx</html>", {"Content-Type": "text/html"}), "has no database books"),
        (Reply(502, b"<html>nginx</html>", {"Content-Type": "text/html"}), "failed with 502"),
    ],
)
def test_what_is_no_tryton_is_called_so(reply, said, monkeypatch):
    with ScriptedServer() as server:
        server.answer = lambda _: reply
        assert said in refused(hook_at(server.url))


def test_a_server_that_repeats_the_key_does_not_bring_it_into_the_answer():
    with ScriptedServer() as server:
        server.answer = lambda request: Reply(
            400,
            {"status": 400, "message": f"you sent {request.headers}", "description": ""},
        )
        assert "***" in refused(hook_at(server.url))


def test_what_is_wrong_in_the_form_is_told_without_the_name_that_airflow_makes_up(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_KX7Q", "tryton://https://:key@tryton.example.com/")
    assert TrytonHook(erp_conn_id="kx7q").test_connection() == (
        False,
        "schema is missing: the name of Tryton's database (or database in extra).",
    )


def hook_at(url):
    hook = TrytonHook()
    hook.__dict__["settings"] = read_settings(
        SimpleNamespace(
            conn_id="erp_default", host=url, port=None, schema="books", password="c0ffee" * 8, extra=None
        )
    )
    return hook


@pytest.mark.parametrize("form", ["uri", "json"])
def test_a_connection_of_the_environment_is_tested_as_airflow_does_it(ledger, monkeypatch, form):
    name, key = ledger.database, ledger.server.export_key
    host = ledger.server.url.removeprefix("http://")
    written = {
        "uri": f"tryton://http://:{key}@{host}/{name}?sandbox=true&timeout_seconds=20&language=en",
        "json": json.dumps(
            {
                "conn_type": "tryton",
                "host": ledger.server.url,
                "schema": name,
                "password": key,
                "extra": {"sandbox": "true", "timeout_seconds": "20"},
            }
        ),
    }
    monkeypatch.setenv("AIRFLOW_CONN_ERP_DEFAULT", written[form])
    served, says = Connection.get_connection_from_secrets("erp_default").test_connection()
    assert served, says
    assert "answers as a sandbox" in says
