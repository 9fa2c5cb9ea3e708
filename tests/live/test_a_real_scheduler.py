"""Once through everything that a deployment has: API server, scheduler, workers, PostgreSQL, Tryton, HTTP."""

from __future__ import annotations

import json
import socket
import time
from decimal import Decimal

import pytest

from include.demo.airflow_api import ENDED
from include.demo.airflow_server import AirflowServer, stop
from include.demo.console import Console
from include.demo.layout import DAG_ID, Layout
from include.demo.ledger import posted_lines
from include.demo.ports import Ports
from include.demo.trigger import trigger_and_wait
from include.sandbox.invoices import load
from include.sandbox.running import running_sandbox

CLEAN, CREDIT, NEVER_SENT, UNMAPPED, CLOSED, NEXT = 104201, 104231, 104237, 104261, 104271, 104202
IDS = (CLEAN, CREDIT, NEVER_SENT, UNMAPPED, CLOSED, NEXT)


@pytest.fixture
def sandbox():
    with running_sandbox(invoices=[invoice for invoice in load() if invoice["id"] in IDS]) as running:
        yield running


@pytest.fixture
def airflow(sandbox, tryton, ledger, tmp_path):
    layout = Layout(state=tmp_path)
    for folder in (layout.logs, layout.processes, layout.secrets):
        folder.mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    coupa = {
        "conn_type": "coupa",
        "host": sandbox.url,
        "login": sandbox.client_id,
        "password": sandbox.client_secret,
        "extra": {"integration_code": "INVOICES_TO_ERP", "instance_key": "coupa-sandbox", "sandbox": True},
    }
    erp = {"conn_type": "tryton", "host": tryton.url, "schema": ledger, "password": tryton.export_key}
    given = {
        "AIRFLOW_CONN_COUPA_DEFAULT": json.dumps(coupa),
        "AIRFLOW_CONN_ERP_DEFAULT": json.dumps(erp),
        "COUPA_ERP_STATE_DIR": str(tmp_path / "state"),
    }
    tryton.postgres.drop_database("airflow_own")
    server = AirflowServer(layout, Ports(airflow=port), tryton.postgres, mode="own", given=given)
    try:
        server.start()
        yield server
    finally:
        stop(layout)


def end_of(api, run_id: str) -> str:
    """The state in which a run of the schedule's own making ended."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        state = api.run_state(DAG_ID, run_id)
        if state in ENDED:
            return state
        time.sleep(1)
    raise TimeoutError(f"{run_id} did not end within three minutes")


def test_one_trigger_drains_the_backlog_and_both_books_agree(airflow, sandbox, tryton, ledger):
    ended = trigger_and_wait(airflow.api, {"max_invoices": 4}, Console(), lambda run_id: run_id)
    assert ended.state == "success"
    assert ended.summary is not None
    assert ended.summary["fetched"] == 4
    assert end_of(airflow.api, f"{ended.run_id}__after_{sorted(IDS)[3]}") == "success"

    owed: dict[int, Decimal] = {}
    for line in posted_lines(tryton.postgres, ledger):
        if line.account == "2100":
            invoice_id = int(line.key.rpartition("/")[2])
            owed[invoice_id] = owed.get(invoice_id, Decimal(0)) - line.amount
    gross = {invoice["id"]: Decimal(invoice["gross-total"]) for invoice in load()}
    assert owed == {CLEAN: gross[CLEAN], CREDIT: -gross[CREDIT], NEXT: gross[NEXT]}
    shown = {row["id"]: row for row in sandbox.control.rows("invoices")}
    assert all(row["exported"] for row in shown.values())
    assert all(shown[one]["custom-fields"]["cf-erp-invoice-number"] for one in owed)
    assert {row["document-id"] for row in sandbox.control.rows("errors")} == {UNMAPPED, CLOSED}
    assert all(run["end-time"] for run in sandbox.control.rows("runs"))
    assert sandbox.control.overview()["calls"]["token"] == 1
