"""Once through everything that a deployment has: API server, scheduler, workers, PostgreSQL, Tryton, HTTP.

And what it shows while it runs: to its network, to other users of its machine, to whoever looks into Airflow.
One start of Airflow serves all of it.
"""

from __future__ import annotations

import json
import time
from decimal import Decimal
from pathlib import Path

from include.demo.airflow_api import ENDED
from include.demo.airflow_settings import home_of
from include.demo.console import Console
from include.demo.layout import DAG_ID
from include.demo.ledger import posted_lines
from include.demo.trigger import trigger_and_wait
from include.sandbox import fields
from include.sandbox.faults import Fault
from include.sandbox.invoices import load
from tests.live.looking import (
    command_line,
    crawl,
    known_secrets,
    let_the_schedule_go_by,
    listening,
    processes_of,
)
from tests.page import recording
from tests.security.search import BANK, Search, with_bank_details

CLEAN, CREDIT, NEVER_SENT, UNMAPPED, CLOSED, NEXT = 104201, 104231, 104237, 104261, 104271, 104202
IDS = (CLEAN, CREDIT, NEVER_SENT, UNMAPPED, CLOSED, NEXT)
WITH_BANK = (104203, 104232, 104262)


def end_of(api, run_id: str) -> str:
    """The state in which a run of the schedule's own making ended."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        state = api.run_state(DAG_ID, run_id)
        if state in ENDED:
            return state
        time.sleep(1)
    raise TimeoutError(f"{run_id} did not end within three minutes")


def test_one_trigger_drains_the_backlog_and_both_books_agree(deployment):
    airflow, sandbox, tryton, ledger = (
        deployment.airflow,
        deployment.sandbox,
        deployment.tryton,
        deployment.ledger,
    )
    sandbox.control.add_invoices([invoice for invoice in load() if invoice["id"] in IDS])
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


def test_the_page_finds_what_it_reads_in_the_shapes_of_its_tests(deployment):
    shapes = json.loads((Path(recording.__file__).parent / "recorded.json").read_text(encoding="utf-8"))
    told = recording.record(f"http://127.0.0.1:{deployment.port}")
    assert {name: set(answer) for name, answer in told.items()} == {
        name: set(answer) for name, answer in shapes.items()
    }
    assert told["event"]["extra"]["counts"]["posted"] == told["summary"]["counts"]["posted"]
    assert told["outcome"]["coupa_url"].startswith(deployment.sandbox.url)


def test_every_server_listens_on_this_machine_alone(deployment):
    ports = {}
    for name, members in processes_of(deployment).items():
        for process in members:
            for address, port in listening(process):
                ports.setdefault(name, set()).add(port)
                assert address in ("127.0.0.1", "::1"), (name, address, port)
    assert deployment.port in ports["api-server"]
    assert deployment.tryton.port in ports["tryton"]
    assert deployment.tryton.postgres.port in ports["postgres"]
    assert int(deployment.sandbox.url.rpartition(":")[2]) in ports["sandbox"]
    assert "scheduler" not in ports
    assert "dag-processor" not in ports


def test_no_secret_stands_on_a_command_line_or_in_a_file_that_others_read(deployment):
    secrets = known_secrets(deployment)
    search = Search(secrets)
    for name, members in processes_of(deployment).items():
        for process in members:
            search.text(f"the command line of {name}", command_line(process))
    assert search.found == []
    readable = Search(secrets)
    for folder in (deployment.state, deployment.tryton.run_dir):
        for file in folder.rglob("*"):
            if file.is_file() and file.stat().st_mode & 0o077:
                readable.data(str(file), file.read_bytes())
    assert readable.found == []
    for folder in (deployment.layout.secrets, deployment.tryton.run_dir / "secrets"):
        assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())


def test_no_secret_and_no_bank_detail_is_told_by_database_logs_api_or_pages(deployment, monkeypatch):
    asked_for = fields.render
    monkeypatch.setattr(
        fields, "render", lambda row, name, wanted=None: asked_for(row, name) | asked_for(row, name, wanted)
    )
    let_the_schedule_go_by(deployment.api)
    sandbox = deployment.sandbox
    known = {invoice["id"]: invoice for invoice in load()}
    sandbox.control.add_invoices([with_bank_details(known[one]) for one in WITH_BANK])
    secrets = known_secrets(deployment)
    echo = f"Bearer {secrets.get('token 0')} client_secret={sandbox.client_secret} for {BANK['iban']}"
    for fault in (
        Fault(method="PUT", path=f"/invoices/{WITH_BANK[0]}$", status=500, shape="html", message=echo),
        Fault(method="POST", path="/integration_errors", invoice_id=WITH_BANK[2], status=422, message=echo),
    ):
        sandbox.control.order(fault)
    ended = trigger_and_wait(deployment.api, {}, Console(), lambda run_id: run_id)
    sandbox.control.behave()
    # A run that never came to its invoices would prove nothing.
    assert ended.state == "success"
    assert ended.summary is not None
    assert ended.summary["fetched"] == len(WITH_BANK)
    assert ended.summary["counts"]["posted"] >= 1

    search = Search({**known_secrets(deployment), **BANK})
    with deployment.tryton.postgres.session("airflow_own") as cursor:
        filled = search.rows(cursor)
    assert {"dag_run", "task_instance", "xcom", "serialized_dag", "log"} <= filled
    state, layout = deployment.state, deployment.layout
    assert search.files(layout.logs) >= 3
    assert search.files(home_of(layout, "own")) > 10
    search.files(
        state, but=[layout.secrets, *state.glob("tokens/token-*"), layout.logs, home_of(layout, "own")]
    )
    kept = {kind: sandbox.control.rows(kind) for kind in ("errors", "history", "alerts", "runs")}
    search.text("what was written into Coupa", json.dumps(kept))
    answers = crawl(deployment, ended.run_id)
    for where, answer in answers.items():
        search.text(where, answer)
    assert search.found == []
    assert any("/logs/" in where for where in answers)
    assert any("/xcomEntries/" in where for where in answers)
    assert any("/ui/" in where for where in answers)
