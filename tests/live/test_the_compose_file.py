"""The services of ``docker-compose.yaml`` started from that file, invoices sent through, a worker killed.

``make compose-native`` starts the same, to look at in a browser.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from include.compose.command import logged_in, native_services
from include.compose.new_env import filled_in
from include.compose.running import NativeServices
from include.demo.airflow_api import ENDED, AirflowApi
from include.demo.envfile import read_env_file
from include.demo.layout import DAG_ID, ROOT, Layout
from include.sandbox.control import SandboxControl
from include.sandbox.faults import Fault
from include.sandbox.invoices import load
from include.soak.erp_books import read_books
from tests.crashes.deployment import kill_and_wait, until
from tests.live.looking import command_line
from tests.tryton_fixtures import postgres_program

FIRST, COUNT = 310_001, 4
IDS = range(FIRST, FIRST + COUNT)
_START_SECONDS = 240

#: What a team may set, set so that a test need not wait for it.
SETTINGS = {
    # A killed worker's tasks are missed after ten seconds (300), and tried again after one (15).
    "AIRFLOW_TASK_HEARTBEAT_TIMEOUT": "10",
    "COUPA_ERP_RETRY_SECONDS": "1",
    # One whose message the worker was just handed waits this long (600); the test kills at another moment.
    "AIRFLOW_TASK_QUEUED_TIMEOUT": "60",
    # One run when the DAG is switched on, and no other.
    "COUPA_ERP_SCHEDULE": "0 0 1 * *",
    "AIRFLOW_WORKERS": "2",
    "AIRFLOW_WORKER_CONCURRENCY": "2",
    # In the volume of the sandbox.
    "COUPA_SANDBOX_INVOICES": "/opt/airflow/coupa-sandbox/invoices.json",
}


class _Layout(Layout):
    """Airflow and Tryton of the environments in which the tests run."""

    @property
    def airflow_env(self) -> Path:
        return Path(sys.prefix)

    @property
    def tryton_env(self) -> Path:
        named = os.environ.get("TRYTON_PYTHON")
        return Path(named).parents[1] if named else super().tryton_env


def _redis() -> str | None:
    """The server, installed first where there is none, the tests run as root, and apt-get is there."""
    wanted = os.environ.get("COUPA_ERP_INSTALL_REDIS", "1") != "0" and os.geteuid() == 0
    if shutil.which("redis-server") is None and wanted and Path("/usr/bin/apt-get").exists():
        for command in (["update"], ["install", "-y", "--no-install-recommends", "redis-server"]):
            subprocess.run(  # noqa: S603 - Debian's own, two fixed commands
                ["/usr/bin/apt-get", "-qq", *command],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                check=False,
                capture_output=True,
                timeout=600,
            )
    return shutil.which("redis-server")


def _plain_invoices() -> list[dict[str, Any]]:
    plain = next(invoice for invoice in load() if invoice["id"] == 104201)
    return [{**copy.deepcopy(plain), "id": number, "invoice-number": f"C-{number}"} for number in IDS]


def _seeded_before(services: NativeServices, tryton: Any, folder: Path) -> None:
    """Tryton's database as ``tryton-init`` leaves it: that service then finds nothing to do, and says so."""
    source = f"compose_{os.getpid()}"
    tryton.create_database(source)
    postgres_program(
        tryton.postgres, "tryton", source, "pg_dump", "--format=custom", f"--file={folder / 'seeded'}"
    )
    tryton.drop_database(source)
    password = services.services["tryton-postgres"].environment["POSTGRES_PASSWORD"]
    subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [
            *(str(services.postgres.programs / "pg_restore"), "--exit-on-error", "--no-owner"),
            *("--host=127.0.0.1", f"--port={services.postgres.port}", "--username=tryton"),
            *("--dbname=tryton", str(folder / "seeded")),
        ],
        env={"PATH": os.environ["PATH"], "PGPASSWORD": password},
        check=True,
    )


@pytest.fixture(scope="module")
def variables(tryton: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What stands in ``.env``."""
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    written = tmp_path_factory.mktemp("env") / "env"
    written.write_text(filled_in(example))
    return read_env_file(written) | SETTINGS | {"TRYTON_EXPORT_KEY": tryton.export_key}


@pytest.fixture(scope="module")
def services(
    tryton: Any, variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NativeServices]:
    """All of them, with the profile demo."""
    if _redis() is None:
        pytest.skip("no redis-server here, and none could be installed: apt-get install redis-server")
    folder = tmp_path_factory.mktemp("compose")
    found = native_services(_Layout(), folder, variables)
    try:
        found.prepare()
        invoices = found.tree / SETTINGS["COUPA_SANDBOX_INVOICES"].lstrip("/")
        invoices.write_text(json.dumps(_plain_invoices()))
        _seeded_before(found, tryton, folder)
        found.up(_START_SECONDS)
        yield found
    finally:
        found.down(patience=1)
        found.postgres.remove()


@pytest.fixture(scope="module")
def coupa(services: NativeServices) -> SandboxControl:
    return SandboxControl(services.url("coupa-sandbox"))


@pytest.fixture(scope="module")
def api(services: NativeServices, variables: dict[str, str]) -> AirflowApi:
    return logged_in(services.url("airflow-apiserver"), "admin", variables["AIRFLOW_ADMIN_PASSWORD"])


def _running(services: NativeServices, members: list[int], *, begun_within: float = 3600) -> int:
    """How many tasks of invoices these processes run, as Airflow's database has it."""
    with services.postgres.session("airflow") as cursor:
        cursor.execute(
            "SELECT count(*) FROM task_instance WHERE state = 'running' AND pid = ANY(%s) "
            "AND task_id LIKE 'invoice.%%' AND start_date > now() - make_interval(secs => %s)",
            (members, begun_within),
        )
        return int(cursor.fetchone()[0])


def _nobody_waits(services: NativeServices) -> bool:
    """Whether no task waits for a worker, so that none is lost with its message."""
    with services.postgres.session("airflow") as cursor:
        cursor.execute("SELECT count(*) FROM task_instance WHERE state = 'queued'")
        return bool(cursor.fetchone()[0] == 0)


def test_a_worker_is_killed_on_the_way_and_each_invoice_is_in_the_books_once(
    services: NativeServices, coupa: SandboxControl, api: AirflowApi, variables: dict[str, str]
) -> None:
    killed = services.replicas["airflow-worker"][0]

    def its_processes_in_the_middle() -> list[int]:
        members = services.members(killed)
        # One that has just begun is not at its end before the kill.
        busy = _running(services, members, begun_within=0.5) and _nobody_waits(services)
        return members if busy else []

    members = until(its_processes_in_the_middle, "the first worker has begun an invoice's task", 120)
    kill_and_wait(members)
    kill_and_wait(services.members(killed))  # what it had begun in that very moment
    cut_off = _running(services, members)
    assert cut_off
    assert not services.members(killed)
    left = services.all_members()
    shown = [command_line(process) for process in psutil.process_iter() if process.pid in left]

    (run,) = api.runs(DAG_ID)
    state = until(
        lambda: (found := api.run_state(DAG_ID, run["dag_run_id"])) in ENDED and found, "the run ends", 180
    )
    assert state == "success"
    with services.postgres.session("airflow") as cursor:
        cursor.execute("SELECT count(*) FROM task_instance WHERE try_number > 1")
        assert cursor.fetchone()[0] >= cut_off  # what was cut off was begun again

    books = read_books(services.postgres, "tryton")
    assert not books.stray_moves
    for number in IDS:
        (entry,) = [entry for entry in books.entries if entry.key.endswith(f"/InvoiceHeader/{number}")]
        invoice = coupa.row("invoices", number)
        assert entry.posted
        assert entry.sums["2100"] == -Decimal(invoice["gross-total"])
        assert invoice["exported"]
        assert invoice["custom-fields"]["cf-erp-invoice-number"] == entry.number
        assert [row["resolved"] for row in coupa.rows("history") if row["document-id"] == number].count(
            False
        ) == 1
    assert len(books.entries) == COUNT
    assert not [row for row in coupa.rows("errors") if not row["resolved"]]
    assert all(row["end-time"] for row in coupa.rows("runs"))

    secrets = {value for name, value in variables.items() if name not in SETTINGS}
    assert not [command for command in shown for secret in secrets if secret in command]


def test_every_service_passes_its_own_check_but_the_killed_worker(services: NativeServices) -> None:
    killed, left = services.replicas["airflow-worker"]
    assert not services.is_healthy(killed)
    others = [one for replicas in services.replicas.values() for one in replicas if one is not killed]
    assert left in others
    services.wait_healthy(120, others)


def test_nobody_gets_in_without_the_password_of_the_env_file(services: NativeServices) -> None:
    url = services.url("airflow-apiserver")
    guess = urllib.request.Request(  # noqa: S310 - loopback
        f"{url}/auth/token",
        data=json.dumps({"username": "admin", "password": "admin"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    for refused in (guess, f"{url}/api/v2/dags"):
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(refused, timeout=30)  # noqa: S310 - loopback
        assert answer.value.code == 401


def test_behind_a_proxy_with_tls_a_login_is_kept_for_https_alone(
    services: NativeServices, variables: dict[str, str]
) -> None:
    form = f"{services.url('airflow-apiserver')}/auth/login/"
    with requests.Session() as browser:
        browser.trust_env = False
        browser.headers.update(
            {
                "X-Forwarded-For": "203.0.113.7",
                "X-Forwarded-Host": "airflow.example.com",
                "X-Forwarded-Proto": "https",
                "Referer": "https://airflow.example.com/auth/login/",
            }
        )
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(form, timeout=30).text)
        assert token
        typed = {"username": "admin", "password": variables["AIRFLOW_ADMIN_PASSWORD"], "csrf_token": token[1]}
        answer = browser.post(form, typed, allow_redirects=False, timeout=30)
    (cookie,) = re.findall(r"_token=[^,]+", answer.headers["Set-Cookie"])
    assert "Secure" in cookie


def test_the_database_was_migrated_and_the_pool_has_its_size(services: NativeServices) -> None:
    with services.postgres.session("airflow") as cursor:
        cursor.execute("SELECT slots FROM slot_pool WHERE pool = 'default_pool'")
        assert cursor.fetchone() == (128,)


def test_a_worker_that_is_asked_to_stop_lets_its_task_end(
    services: NativeServices, coupa: SandboxControl, api: AirflowApi
) -> None:
    _, left = services.replicas["airflow-worker"]
    invoice = _plain_invoices()[0]
    late = FIRST + COUNT
    coupa.add_invoices([{**invoice, "id": late, "invoice-number": f"C-{late}"}])
    coupa.order(Fault(method="PUT", path=f"/api/invoices/{late}$", delay_seconds=4))
    api.trigger(DAG_ID, {"invoice_ids": [late]}, note="A worker is stopped meanwhile.")
    until(lambda: coupa.faults()[0].struck, "its claim is under way", 60)
    os.kill(os.getsid(services.members(left)[0]), signal.SIGTERM)  # the process that Docker tells
    until(lambda: not services.members(left), "the worker ends by itself", 60)
    with services.postgres.session("airflow") as cursor:
        cursor.execute(
            "SELECT state, try_number FROM task_instance WHERE task_id = 'invoice.mark_exported' "
            "ORDER BY start_date DESC LIMIT 1"
        )
        assert cursor.fetchone() == ("success", 1)
    assert coupa.row("invoices", late)["exported"]
