"""A real Tryton for tests: one server a session, and a clean ledger for whoever asks.

``TRYTON_PYTHON`` names the interpreter of Tryton's environment, ``TRYTON_TEST_RUN_DIR`` the folder in which
the seeded server is kept from one session to the next.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest
import requests

from include.demo.postgres import Postgres
from include.demo.tryton_server import Tryton

ROOT = Path(__file__).resolve().parents[1]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def tryton():
    """The seeded server, running; what this session started ends with it."""
    named = os.environ.get("TRYTON_TEST_RUN_DIR", str(ROOT / ".run" / "tests-tryton"))
    # Each worker has a Tryton of its own.
    run_dir = Path("-".join([named, *filter(None, [os.environ.get("PYTEST_XDIST_WORKER")])]))
    python = Path(os.environ.get("TRYTON_PYTHON", ROOT / ".run" / "tryton-env" / "bin" / "python"))
    postgres = Postgres(run_dir)
    tryton = Tryton(run_dir, postgres, python, port=0)
    postgres_ran, tryton_ran = postgres.running, tryton.running
    try:
        postgres.start()
        tryton.seed()
        tryton.start()
        yield tryton
    finally:
        if not tryton_ran:
            tryton.stop()
        if not postgres_ran:
            postgres.stop()


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
