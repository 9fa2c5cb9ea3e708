"""A real Coupa sandbox with a few of the demo's invoices, and an ERP in memory."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Airflow makes a home and a configuration there when it is imported.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-home-"))

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from coupa_erp.coupa.retry import RetryPolicy
from include.sandbox.invoices import load
from include.sandbox.running import RunningSandbox, running_sandbox
from tests.export.memory_erp import MemoryErp
from tests.reconciliation.carrying import Carrying

#: Two plain ones, a credit note, one in yen, one that the mapping refuses, one that another system exported.
FEW = (104201, 104202, 104231, 104241, 104261, 104284)


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(invoices=[one for one in load() if one["id"] in FEW]) as running:
        yield running


@pytest.fixture
def sandbox(one_sandbox: RunningSandbox) -> RunningSandbox:
    """As new, whatever the test before has left."""
    with one_sandbox.state.lock:
        one_sandbox.state.reset()
    return one_sandbox


@pytest.fixture
def coupa(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CoupaHook:
    connection = {
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
    }
    monkeypatch.setenv(DIRECTORY_VARIABLE, str(tmp_path / "state"))
    monkeypatch.setenv("AIRFLOW_CONN_COUPA_DEFAULT", json.dumps(connection))
    return CoupaHook(retry_policy=RetryPolicy(first_wait=0))


@pytest.fixture
def world(coupa: CoupaHook, sandbox: RunningSandbox) -> Carrying:
    return Carrying(coupa, MemoryErp(), sandbox.control, coupa.create_integration_run().id)
