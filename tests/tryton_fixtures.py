"""A real Tryton for tests: one server a session, and a clean ledger for whoever asks.

``TRYTON_PYTHON`` names the interpreter of Tryton's environment, ``TRYTON_TEST_RUN_DIR`` the folder in which
the seeded server is kept from one session to the next.
"""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from include.demo.postgres import Postgres
from include.demo.tryton_server import Tryton

ROOT = Path(__file__).resolve().parents[1]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def tryton(tmp_path_factory):
    """The seeded server, running; what this session started ends with it."""
    named = os.environ.get("TRYTON_TEST_RUN_DIR", str(ROOT / ".run" / "tests-tryton"))
    # Each worker has a Tryton of its own.
    run_dir = Path("-".join([named, *filter(None, [os.environ.get("PYTEST_XDIST_WORKER")])]))
    python = Path(os.environ.get("TRYTON_PYTHON", ROOT / ".run" / "tryton-env" / "bin" / "python"))
    postgres = Postgres(run_dir, durable=False)
    tryton = Tryton(run_dir, postgres, python, port=0)
    postgres_ran, tryton_ran = postgres.running, tryton.running
    try:
        postgres.start()
        # All workers of a session have this folder above their own.
        _seed_once(tryton, tmp_path_factory.getbasetemp().parent)
        tryton.start()
        yield tryton
    finally:
        if not tryton_ran:
            tryton.stop()
        if not postgres_ran:
            postgres.stop()


def _seed_once(tryton: Tryton, shared: Path) -> None:
    """Seed where no worker of this session has; else take over what that one made, in a tenth of the time."""
    kept = shared / f"{tryton.template}.dump"
    with (shared / "tryton-seed.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists() and not tryton.postgres.database_exists(tryton.template):
            _take_over(tryton, kept)
        tryton.seed()
        if not kept.exists():
            _keep(tryton, kept)


def _keep(tryton: Tryton, file: Path) -> None:
    copy = f"{tryton.template}_copy"  # nobody may connect to a template
    tryton.postgres.drop_database(copy)
    tryton.postgres.create_database(copy, owner="tryton", template=tryton.template)
    unfinished = file.with_suffix(".unfinished")
    postgres_program(tryton.postgres, "tryton", copy, "pg_dump", "--format=custom", f"--file={unfinished}")
    tryton.postgres.drop_database(copy)
    shutil.copytree(tryton.run_dir / "secrets", file.with_suffix(".secrets"))
    unfinished.rename(file)


def _take_over(tryton: Tryton, file: Path) -> None:
    for name in ("tryton-admin-password", "tryton-rest-key"):
        shutil.copy2(file.with_suffix(".secrets") / name, tryton.run_dir / "secrets" / name)
    copy = f"{tryton.template}_copy"
    tryton.postgres.drop_database(copy)
    tryton.postgres.create_database(copy, owner="tryton")
    postgres_program(tryton.postgres, "tryton", copy, "pg_restore", "--exit-on-error", str(file))
    tryton.postgres.freeze_as_template(copy, tryton.template)


def postgres_program(postgres: Postgres, role: str, database: str, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs on a database.

    :param role: who connects.
    :param name: ``pg_dump``, ``pg_restore``, …
    """
    folder = Path(json.loads((postgres.run_dir / "postgres" / "server.json").read_text())["binaries"])
    address = urlsplit(postgres.dsn(role, database))
    subprocess.run(  # noqa: S603 - PostgreSQL's own programs
        [
            str(folder / name),
            f"--host={address.hostname}",
            f"--port={address.port}",
            f"--username={role}",
            f"--dbname={database}",
            *arguments,
        ],
        env={"PATH": os.environ["PATH"], "PGPASSWORD": address.password or ""},
        check=True,
    )


@pytest.fixture
def ledger(tryton):
    """The name of a database with the seeded books and nothing posted."""
    name = f"ledger_{os.getpid()}_{next(_numbers)}"
    tryton.create_database(name)
    yield name
    tryton.drop_database(name)


class Rest:
    """Tryton's REST interface, as plainly as it can be used.

    :param tryton: the server.
    :param database: its database.
    :param company: the id of the company to work in.
    """

    def __init__(self, tryton: Tryton, database: str, company: int | None = None) -> None:
        self.url = f"{tryton.url}/{database}/rest/model"
        self.headers = {"Authorization": f"Bearer {tryton.export_key}"}
        if company is not None:
            context = base64.urlsafe_b64encode(json.dumps({"company": company}).encode()).decode()
            self.headers["X-Tryton-Context"] = context

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(method, f"{self.url}/{path}", json=body, headers=self.headers, timeout=60)

    def search(self, model: str, domain: list[Any], *fields: str) -> list[dict[str, Any]]:
        encoded = base64.urlsafe_b64encode(json.dumps(domain).encode()).decode()
        answer = requests.get(
            f"{self.url}/{model}", params={"d": encoded, "f": fields}, headers=self.headers, timeout=60
        )
        answer.raise_for_status()
        return list(answer.json())

    def ids(self, model: str, field: str, domain: list[Any]) -> dict[str, int]:
        return {record[field]: record["id"] for record in self.search(model, domain, field)}
