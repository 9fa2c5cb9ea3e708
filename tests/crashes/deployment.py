"""Everything that a deployment has, for the tests of this folder: its ways of failing included."""

from __future__ import annotations

import copy
import datetime
import itertools
import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import requests

from include.demo.airflow_api import ENDED, NotReady
from include.demo.airflow_server import AirflowServer, services
from include.demo.layout import DAG_ID, Layout
from include.demo.ports import Ports
from include.demo.processes import session_of
from include.demo.tryton_server import Tryton
from include.sandbox.invoices import load
from include.sandbox.running import RunningSandbox
from include.soak.erp_books import ErpEntry, read_books
from include.soak.faults import Fault, Order, Passing
from include.soak.ground import free_port
from include.soak.proxy import FaultProxy
from include.soak.victims import TasksOf
from tests.tryton_fixtures import postgres_program

Json = dict[str, Any]

DATABASE = "airflow_own"
#: Where the notifier writes the ids of failed runs.
FAILED_RUNS = "failed_runs"
_PLAIN = 104201
_numbers = itertools.count(300_001)
_PATIENCE_SECONDS = 240

#: How Airflow is set up here, and why.
SETTINGS = {
    # Nothing starts by itself, save one run for the month before when the DAG is switched on.
    "COUPA_ERP_SCHEDULE": "0 0 1 * *",
    "COUPA_ERP_RETRIES": "2",
    "COUPA_ERP_RETRY_SECONDS": "1",
    # Eighteen seconds: a run left open in Coupa is ended by the next run but one.
    "COUPA_ERP_LONGEST_RUN_HOURS": "0.005",
    # A scheduler that has found nothing to do looks again (1): so long does each step of a run wait.
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    # A scheduler that was killed is missed by its successor after ten seconds (30), and that is looked for
    # every five (300): only then are its tasks taken over. Its own signs of life must come more often.
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "10",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
    "AIRFLOW__SCHEDULER__JOB_HEARTBEAT_SEC": "2",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
    # A task whose worker died with it is missed after fifteen seconds (300); its sign of life comes every
    # five. A task that dies alone is noticed by its worker at once and needs none of this.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
}


class OwnLayout(Layout):
    """Airflow runs in the environment in which the tests run."""

    @property
    def airflow_env(self) -> Path:
        return Path(sys.prefix)


@dataclass
class PostingOf(Order):
    """The posting of one invoice: Tryton closes each connection, and a posting names a document of its own.

    :param documents: reads Tryton's tables.
    """

    documents: Callable[[int], int | None] = lambda _: None
    about: int = 0

    def fits(self, call: Passing) -> bool:
        found = re.search(r"account\.invoice/(\d+)/post$", call.path)
        return found is not None and self.documents(int(found[1])) == self.about


@dataclass
class Deployment:
    """Coupa's sandbox, Tryton and Airflow, with a proxy before each of the two.

    :param coupa: the proxy before the sandbox; ``erp`` before Tryton.
    """

    layout: Layout
    sandbox: RunningSandbox
    tryton: Tryton
    ledger: str
    coupa: FaultProxy
    erp: FaultProxy
    airflow: AirflowServer
    url: str
    dag_id: str = DAG_ID

    # -- Coupa -----------------------------------------------------------------------------------------------

    def invoices(self, count: int, **changes: Any) -> list[int]:
        """Put plain invoices of 1,180.00 into Coupa, which wait for the export."""
        made = []
        for number in itertools.islice(_numbers, count):
            invoice = copy.deepcopy(_plain())
            invoice.update({"id": number, "invoice-number": f"L-{number}", **changes})
            made.append(invoice)
        self.sandbox.control.add_invoices(made)
        return [invoice["id"] for invoice in made]

    def shown(self, invoice_id: int) -> Json:
        return self.sandbox.control.row("invoices", invoice_id)

    def errors(self, invoice_id: int | None, *, resolved: bool | None = None) -> list[Json]:
        """Integration errors about an invoice; about runs where none is named."""
        return [
            row
            for row in self.sandbox.control.rows("errors")
            if row["document-id"] == invoice_id and resolved in (None, bool(row["resolved"]))
        ]

    def alerts(self) -> int:
        return len(self.sandbox.control.rows("alerts"))

    def coupa_run(self, run_id: str) -> Json:
        """The integration run of a DAG run."""
        number = self.airflow.api.result(DAG_ID, run_id, "create_integration_run")
        return self.sandbox.control.row("runs", int(number))

    def wait_until_old(self, number: int) -> None:
        """Wait until an integration run is older than the longest run may be here."""
        oldest = datetime.timedelta(hours=float(SETTINGS["COUPA_ERP_LONGEST_RUN_HOURS"]), seconds=1)
        created = datetime.datetime.fromisoformat(self.sandbox.control.row("runs", number)["created-at"])
        until(lambda: datetime.datetime.now(datetime.UTC) > created + oldest, "the run is old", 60)

    def open_runs(self) -> list[int]:
        return [run["id"] for run in self.sandbox.control.rows("runs") if not run["end-time"]]

    # -- Tryton ----------------------------------------------------------------------------------------------

    def documents(self, invoice_id: int) -> list[ErpEntry]:
        """Everything that stands in Tryton's tables under this invoice's key."""
        books = read_books(self.tryton.postgres, self.ledger)
        assert not books.stray_moves
        return [entry for entry in books.entries if entry.key.endswith(f"/InvoiceHeader/{invoice_id}")]

    def posting_of(self, invoice_id: int, fault: Fault, **how: Any) -> Order:
        """A fault at the posting of one invoice in Tryton."""
        return self.erp.order(PostingOf(fault, documents=self._invoice_of, about=invoice_id, **how))

    def _invoice_of(self, document: int) -> int | None:
        with self.tryton.postgres.session(self.ledger) as cursor:
            cursor.execute("SELECT description FROM account_invoice WHERE id = %s", (document,))
            row = cursor.fetchone()
        return int(row[0].rpartition("/")[2]) if row else None

    def ends(self, ids: Iterable[int]) -> dict[int, str]:
        """How each invoice stands: posted, under error, waiting, or not at rest; never twice."""
        return {invoice_id: self._end_of(invoice_id) for invoice_id in ids}

    def _end_of(self, invoice_id: int) -> str:
        live = [document for document in self.documents(invoice_id) if document.live]
        assert len(live) <= 1, f"{invoice_id} is live twice: {live}"
        shown = self.shown(invoice_id)
        if not shown["exported"]:
            return "waiting"
        if self.errors(invoice_id, resolved=False):
            return "under error"
        if not live or not live[0].posted:
            return "lost"
        if shown["custom-fields"]["cf-erp-invoice-number"] != live[0].number:
            return "without its number"
        assert live[0].sums["2100"] == -Decimal(shown["gross-total"])
        open_records = [
            row
            for row in self.sandbox.control.rows("history")
            if row["document-id"] == invoice_id and not row["resolved"]
        ]
        return "posted" if open_records else "without its record"

    # -- Airflow ---------------------------------------------------------------------------------------------

    def trigger(self, **conf: Any) -> str:
        return patiently(lambda: self.airflow.api.trigger(DAG_ID, conf, note="A test."))

    def ended(self, run_id: str) -> str:
        """The state in which a run ends."""

        def state() -> str | None:
            found = self.airflow.api.run_state(DAG_ID, run_id)
            return found if found in ENDED else None

        return str(until(state, f"{run_id} ends"))

    def run(self, **conf: Any) -> str:
        """Start a run and wait for its end."""
        return self.ended(self.trigger(**conf))

    def settle(self, ids: Iterable[int], most: int = 3) -> int:
        """Let runs follow each other as the schedule would, until nothing waits; how many it took."""
        for number in range(most):
            if not any(end == "waiting" for end in self.ends(ids).values()):
                return number
            self.run()
        return most

    def outcomes_of(self, run_id: str) -> list[str | None]:
        """The state of each ``record_outcome`` of a run."""
        return [state for name, state in self.states(run_id).items() if name.startswith("invoice.record")]

    def summary(self, run_id: str) -> Json:
        """What ``end_integration_run`` returned."""
        return dict(self.airflow.api.result(DAG_ID, run_id, "end_integration_run"))

    def backfill(self, day: str) -> str:
        """Start a backfill of one interval; the id of its run."""
        known = {run["dag_run_id"] for run in self.airflow.api.runs(DAG_ID)}
        patiently(lambda: self.airflow.api.backfill(DAG_ID, day, day, {}))

        def begun() -> str | None:
            runs = self.airflow.api.runs(DAG_ID)
            return next((run["dag_run_id"] for run in runs if run["dag_run_id"] not in known), None)

        return str(until(begun, "the backfill begins"))

    def states(self, run_id: str) -> dict[str, str | None]:
        """The state of each task instance of a run, ``invoice.post_to_erp[2]``."""
        with self.tryton.postgres.session(DATABASE) as cursor:
            cursor.execute("SELECT task_id, map_index, state FROM task_instance WHERE run_id = %s", (run_id,))
            return {f"{task}[{index}]" if index >= 0 else task: state for task, index, state in cursor}

    def api(self, method: str, path: str, body: Json | None = None) -> Json:
        """A call of Airflow's REST API below the DAG; deleting answers nothing."""
        answer = requests.request(method, f"{self.url}/api/v2/dags/{DAG_ID}{path}", json=body, timeout=60)
        assert answer.ok, answer.text
        return dict(answer.json()) if answer.content else {}

    # -- ends of the world -----------------------------------------------------------------------------------

    def kill(self, *components: str) -> None:
        """SIGKILL to processes of Airflow and all that they started, at once."""
        records = [services(self.layout)[name].record for name in components]
        members = [pid for record in records if record for pid in session_of(record)]
        kill_and_wait(members)

    def kill_postgres(self) -> None:
        """SIGKILL to PostgreSQL's first process and all of its children."""
        with self.tryton.postgres.session() as cursor:
            cursor.execute("SHOW data_directory")
            data = Path(cursor.fetchone()[0])
        first = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        kill_and_wait([first.pid, *(child.pid for child in first.children(recursive=True))])

    def keep_database(self, file: Path) -> None:
        """Keep what Airflow's database holds now."""
        postgres_program(
            self.tryton.postgres, "airflow", DATABASE, "pg_dump", "--format=custom", f"--file={file}"
        )

    def put_database_back(self, file: Path) -> None:
        """Airflow's database as it was when it was kept; Airflow must not run."""
        self.tryton.postgres.drop_database(DATABASE)
        self.tryton.postgres.create_database(DATABASE, owner="airflow")
        postgres_program(self.tryton.postgres, "airflow", DATABASE, "pg_restore", str(file))


def connect(sandbox: RunningSandbox, tryton: Tryton, ledger: str, run_dir: Path) -> Deployment:
    """A deployment whose Airflow is not started yet."""
    layout = OwnLayout(state=run_dir)
    for folder in (layout.logs, layout.processes, layout.secrets):
        folder.mkdir(parents=True, exist_ok=True)

    def scheduler() -> int | None:
        service = services(layout)["scheduler"]
        return service.record.pid if service.record is not None and service.running else None

    victims = TasksOf(scheduler)
    coupa = FaultProxy(sandbox.url, name="coupa", victims=victims)
    erp = FaultProxy(tryton.url, name="tryton", victims=victims)
    coupa.up()
    erp.up()
    to_coupa = {
        "conn_type": "coupa",
        "host": coupa.url,
        "login": sandbox.client_id,
        "password": sandbox.client_secret,
        "extra": {"integration_code": "INVOICES_TO_ERP", "instance_key": "coupa-sandbox", "sandbox": True},
    }
    to_erp = {
        "conn_type": "tryton",
        "host": erp.url,
        "schema": ledger,
        "password": tryton.export_key,
        "extra": {"sandbox": True},
    }
    given = {
        **SETTINGS,
        "AIRFLOW_CONN_COUPA_DEFAULT": json.dumps(to_coupa),
        "AIRFLOW_CONN_ERP_DEFAULT": json.dumps(to_erp),
        "COUPA_ERP_STATE_DIR": str(run_dir / "state"),
        "COUPA_ERP_NOTIFIER": "tests.crashes.noting.Noting",
        "COUPA_ERP_NOTIFIER_KWARGS": json.dumps({"file": str(run_dir / FAILED_RUNS)}),
    }
    ports = Ports(airflow=free_port())
    airflow = AirflowServer(layout, ports, tryton.postgres, mode="own", given=given)
    return Deployment(layout, sandbox, tryton, ledger, coupa, erp, airflow, ports.url("airflow"))


def until(what: Callable[[], Any], why: str, patience: float = _PATIENCE_SECONDS) -> Any:
    """Ask until the answer is not empty; Airflow's API may be away meanwhile."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            if answer := what():
                return answer
        except NotReady:
            pass
        time.sleep(0.3)
    raise TimeoutError(f"Waited {patience:.0f} s in vain: {why}.")


def patiently(call: Callable[[], Any]) -> Any:
    """A call of Airflow's API, whose server may be busy."""
    return until(call, "Airflow's API answers", 60)


def kill_and_wait(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    until(lambda: not any(_lives(pid) for pid in pids), "what was killed is gone", 30)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _plain() -> Json:
    return next(invoice for invoice in load() if invoice["id"] == _PLAIN)
