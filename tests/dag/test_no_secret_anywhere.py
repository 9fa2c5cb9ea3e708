"""The DAG with faults that repeat secrets, over invoices with bank details: found nowhere afterwards."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from include.sandbox import fields
from include.sandbox.faults import Fault
from include.sandbox.invoices import load
from tests.security.search import BANK, Search, with_bank_details
from tests.security.servers import saying, serving

CLEAN, CREDIT, UNMAPPED, CLOSED = 104201, 104231, 104261, 104271


@pytest.fixture
def coupa_that_answers_more_than_it_is_asked(sandbox, monkeypatch):
    asked_for = fields.render
    monkeypatch.setattr(
        fields, "render", lambda row, name, wanted=None: asked_for(row, name) | asked_for(row, name, wanted)
    )
    known = {invoice["id"]: invoice for invoice in load()}
    sandbox.control.add_invoices([with_bank_details(known[one]) for one in (CLEAN, CREDIT, UNMAPPED, CLOSED)])
    shown = json.dumps(sandbox.control.row("invoices", CLEAN))
    assert all(value in shown for value in BANK.values())
    return sandbox


@pytest.fixture
def told(capfd, caplog):
    """What the tasks print and log."""
    return lambda: {
        "the logs": caplog.text,
        **dict(zip(("output", "errors"), capfd.readouterr(), strict=True)),
    }


def test_no_secret_and_no_bank_detail_is_anywhere_after_runs_with_faults(  # noqa: PLR0917 - fixtures
    run_dag, coupa_that_answers_more_than_it_is_asked, connections, tryton, books, tmp_path, monkeypatch, told
):
    from coupa_erp.coupa.hook import CoupaHook

    sandbox = coupa_that_answers_more_than_it_is_asked
    token = CoupaHook().auth.token()
    secrets = {"client secret": sandbox.client_secret, "token": token, "ERP key": tryton.export_key, **BANK}
    echo = f"Authorization: Bearer {token} client_secret={sandbox.client_secret} for {BANK['iban']}"
    for fault in (
        Fault(method="PUT", path=f"/invoices/{CLEAN}$", status=500, shape="html", message=echo),
        Fault(
            method="GET", path="/integration_errors$", invoice_id=CREDIT, times=None, status=422, message=echo
        ),
        Fault(
            method="POST",
            path="/integration_errors",
            invoice_id=CLOSED,
            status=400,
            shape="xml",
            message=echo,
        ),
    ):
        sandbox.control.order(fault)
    run_dag()
    assert set(books.totals()) == {CLEAN}
    sandbox.control.behave()
    refusal = {"status": 400, "message": f"Bearer {tryton.export_key} may not pay {BANK['iban']}"}
    with serving(saying(refusal, "400 Bad")) as echoing:
        elsewhere = {**connections["ERP_DEFAULT"], "host": echoing.url}
        monkeypatch.setenv("AIRFLOW_CONN_ERP_DEFAULT", json.dumps(elsewhere))
        run_dag(include_exported=True)
        assert echoing.asked

    search = Search(secrets)
    for where, text in told().items():
        search.text(where, text)
    assert search.files(Path(os.environ["AIRFLOW_HOME"])) > 0  # Airflow's database among them
    kept = {kind: sandbox.control.rows(kind) for kind in ("errors", "history", "alerts", "runs")}
    search.text("what was written into Coupa", json.dumps(kept))
    with tryton.postgres.session(connections["ERP_DEFAULT"]["schema"]) as cursor:
        ledger = Search(BANK)
        assert "account_invoice" in ledger.rows(cursor)
    state = tmp_path / "state"
    search.files(state, but=[file for file in state.glob("token-*") if file.suffix != ".lock"])
    assert search.read > 100_000
    assert search.found == []
    assert ledger.found == []
    assert all(file.stat().st_mode & 0o077 == 0 for file in (state, *state.iterdir()))
