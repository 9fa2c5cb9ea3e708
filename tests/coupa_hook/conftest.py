from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from coupa_erp.coupa.retry import RetryPolicy
from include.sandbox.running import RunningSandbox, running_sandbox
from tests.coupa_hook.scripted_server import ScriptedServer

INVOICE = json.loads((Path(__file__).parent / "invoice.json").read_text(encoding="utf-8"))
AT_ONCE = RetryPolicy(first_wait=0)


def an_invoice(invoice_id: int, **changes: Any) -> dict[str, Any]:
    number = f"INV-{invoice_id}"
    return {**copy.deepcopy(INVOICE), "id": invoice_id, "invoice-number": number, **changes}


@pytest.fixture(autouse=True)
def state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "state"
    monkeypatch.setenv(DIRECTORY_VARIABLE, str(directory))
    return directory


@pytest.fixture(scope="session")
def one_sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(invoices=[an_invoice(104217)]) as running:
        yield running


@pytest.fixture
def sandbox(one_sandbox: RunningSandbox) -> RunningSandbox:
    """As new: one invoice, nothing else."""
    with one_sandbox.state.lock:
        one_sandbox.state.reset()
    return one_sandbox


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


Connect = Callable[..., CoupaHook]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """A hook for a sandbox or a scripted server, by a connection of the environment."""

    def connected(to: RunningSandbox | ScriptedServer, **how: Any) -> CoupaHook:
        policy, sleep = how.pop("policy", AT_ONCE), how.pop("sleep", None)
        secret = how.pop("password", to.client_secret)
        extra = {"integration_code": "INVOICES_TO_ERP", "instance_key": "coupa-sandbox", "sandbox": True}
        connection = {
            "conn_type": "coupa",
            "host": how.pop("host", to.url),
            "login": to.client_id,
            "password": secret,
            "extra": {**extra, "requests_per_second": 0, **how},
        }
        monkeypatch.setenv("AIRFLOW_CONN_COUPA_DEFAULT", json.dumps(connection))
        return CoupaHook(retry_policy=policy, **({"sleep": sleep} if sleep else {}))

    return connected


@pytest.fixture
def hook(sandbox: RunningSandbox, connect: Connect) -> CoupaHook:
    return connect(sandbox)
