"""A ledger of its own in the tests' Tryton, and the export's hook on it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from coupa_erp.tryton.connection import read_settings
from coupa_erp.tryton.hook import TrytonHook
from include.demo.tryton_server import Tryton
from include.sandbox.invoices import load
from include.sandbox.running import RunningSandbox, running_sandbox


@pytest.fixture(scope="module")
def database(tryton: Tryton) -> Iterator[str]:
    """The name of a database with the seeded books and nothing posted."""
    name = f"hand_written_{os.getpid()}"
    tryton.create_database(name)
    yield name
    tryton.drop_database(name)


@pytest.fixture(scope="module")
def hook(tryton: Tryton, database: str) -> TrytonHook:
    """The hook as a task has it, without a connection in Airflow."""
    connection = SimpleNamespace(
        conn_id="erp_default",
        host=tryton.url,
        port=None,
        schema=database,
        password=tryton.export_key,
        extra='{"sandbox": true}',
    )
    hook = TrytonHook(erp_conn_id="erp_default")
    hook.__dict__["settings"] = read_settings(connection)
    return hook


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A Coupa with every invoice of the demo."""
    with running_sandbox(invoices=load()) as running:
        yield running


@pytest.fixture
def coupa(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CoupaHook:
    """The hook on it."""
    extra = {"integration_code": "INVOICES_TO_ERP", "instance_key": "coupa-sandbox", "sandbox": True}
    connection = {
        "conn_type": "coupa",
        "host": sandbox.url,
        "login": sandbox.client_id,
        "password": sandbox.client_secret,
        "extra": {**extra, "requests_per_second": 0},
    }
    monkeypatch.setenv(DIRECTORY_VARIABLE, str(tmp_path / "state"))
    monkeypatch.setenv("AIRFLOW_CONN_COUPA_DEFAULT", json.dumps(connection))
    return CoupaHook()
