"""A ledger of its own in the tests' Tryton, and the export's hook on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from coupa_erp.tryton.connection import read_settings
from coupa_erp.tryton.hook import TrytonHook
from include.demo.tryton_server import Tryton


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
