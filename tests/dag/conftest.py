"""The DAG itself, run by `dag.test()` between a Coupa sandbox and a Tryton of its own ledger."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from include.demo.ledger import LedgerLine, posted_lines
from include.demo.postgres import Postgres
from include.demo.tryton_server import Tryton
from include.sandbox.invoices import load
from include.sandbox.running import RunningSandbox, running_sandbox

ROOT = Path(__file__).parents[2]
BY_HAND = ROOT / "tests" / "tryton" / "by_hand.py"


class Books:
    """What stands in this Tryton's ledger, read past Tryton.

    :param database: the ledger of the test.
    """

    def __init__(self, postgres: Postgres, database: str) -> None:
        self._postgres = postgres
        self._database = database

    def _ours(self) -> list[tuple[int, LedgerLine]]:
        lines = posted_lines(self._postgres, self._database)
        return [(int(line.key.rpartition("/")[2]), line) for line in lines if line.key]

    def totals(self) -> dict[int, Decimal]:
        """What each invoice owes the supplier, by Coupa's id; a credit is negative."""
        owed: dict[int, Decimal] = {}
        for invoice_id, line in self._ours():
            if line.account == "2100":
                owed[invoice_id] = owed.get(invoice_id, Decimal(0)) - line.amount
        return owed

    def number(self, invoice_id: int) -> str:
        """The document number of the one live document of this invoice."""
        (number,) = {line.number for found, line in self._ours() if found == invoice_id}
        return number


@dataclass(frozen=True)
class Ended:
    """How a run of the DAG ended."""

    run_id: str
    state: str
    tasks: dict[tuple[str, int], str]
    labels: dict[tuple[str, int], str | None]

    def state_of(self, task_id: str, map_index: int = -1) -> str:
        return self.tasks[task_id, map_index]

    def link(self, link: Any, task_id: str, map_index: int) -> str:
        """What a button of a task opens, as the API server finds it; nothing where it has none."""
        place = SimpleNamespace(
            dag_id="coupa_invoices_to_erp", run_id=self.run_id, task_id=task_id, map_index=map_index
        )
        return str(link.get_link(None, ti_key=place))


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """What it holds lives for minutes: its disk is not waited for."""
    from sqlalchemy import Engine, event

    subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True, timeout=300
    )
    event.listen(Engine, "connect", lambda opened, _: opened.execute("PRAGMA synchronous=OFF"))


@pytest.fixture
def impatient_airflow(airflow_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """`dag.test()` looks again at once; else it sleeps a second after each task that is passed over."""
    from airflow.sdk import DAG

    sleep, looks = time.sleep, DAG.test.__code__

    def briefly(seconds: float) -> None:
        sleep(0.05 if sys._getframe(1).f_code is looks else seconds)

    monkeypatch.setattr(time, "sleep", briefly)


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def take(sandbox: RunningSandbox) -> Callable[..., None]:
    """Put invoices of the demo into this Coupa, by id."""
    known = {invoice["id"]: invoice for invoice in load()}

    def taken(*ids: int) -> None:
        sandbox.control.add_invoices([known[invoice_id] for invoice_id in ids])

    return taken


@pytest.fixture
def books(tryton: Tryton, ledger: str) -> Books:
    return Books(tryton.postgres, ledger)


@pytest.fixture
def by_hand(tryton: Tryton, ledger: str) -> Callable[..., None]:
    """What a person does with Tryton's own client."""

    def run(*arguments: Any) -> None:
        configuration = tryton.run_dir / "secrets" / "trytond.conf"
        command = [tryton.python, BY_HAND, configuration, ledger, *arguments]
        done = subprocess.run(  # noqa: S603
            list(map(str, command)), capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]

    return run


@pytest.fixture
def connections(
    sandbox: RunningSandbox,
    ledger: str,
    tryton: Tryton,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> dict[str, dict[str, Any]]:
    """Both connections, in the environment as `make up` has them."""
    written = {
        "COUPA_DEFAULT": {
            "conn_type": "coupa",
            "host": sandbox.url,
            "login": sandbox.client_id,
            "password": sandbox.client_secret,
            "extra": {
                "integration_code": "INVOICES_TO_ERP",
                "instance_key": "coupa-sandbox",
                "sandbox": True,
                "requests_per_second": 0,
            },
        },
        "ERP_DEFAULT": {
            "conn_type": "tryton",
            "host": tryton.url,
            "schema": ledger,
            "password": tryton.export_key,
            "extra": {"sandbox": True},
        },
    }
    for name, connection in written.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", json.dumps(connection))
    monkeypatch.setenv(DIRECTORY_VARIABLE, str(tmp_path / "state"))
    return written


@pytest.fixture
def run_dag(
    impatient_airflow: None, connections: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Ended]]:
    """Run the DAG to its end, in this process; waits between tries are cut short."""
    from airflow.dag_processing.dagbag import DagBag

    from coupa_erp.coupa import hook
    from coupa_erp.coupa.retry import RetryPolicy

    monkeypatch.setattr(hook, "RetryPolicy", lambda: RetryPolicy(attempts=2, first_wait=0))
    monkeypatch.setenv("COUPA_ERP_RETRIES", "1")
    monkeypatch.setenv("COUPA_ERP_RETRY_SECONDS", "1")
    from include.options import read_options

    read_options.cache_clear()
    bag = DagBag(str(ROOT / "dags"))
    assert not bag.import_errors
    dag = bag.dags["coupa_invoices_to_erp"]

    def run(**conf: Any) -> Ended:
        ended = dag.test(run_conf=conf)
        instances = ended.get_task_instances()
        return Ended(
            run_id=ended.run_id,
            state=str(ended.state),
            tasks={(ti.task_id, ti.map_index): str(ti.state) for ti in instances},
            labels={(ti.task_id, ti.map_index): ti.rendered_map_index for ti in instances},
        )

    yield run
    read_options.cache_clear()
