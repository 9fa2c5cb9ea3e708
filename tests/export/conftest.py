from __future__ import annotations

import datetime
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# Airflow makes a home and a configuration there when it is imported.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-home-"))

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from coupa_erp.coupa.retry import RetryPolicy
from include.export import claim, recording
from include.export.delivery import deliver
from include.mapping.settings import load_mapping
from include.models.outcome import Outcome, Verdict
from include.sandbox.invoices import load
from include.sandbox.running import RunningSandbox, running_sandbox
from tests.export.memory_erp import MemoryErp

TODAY = datetime.date(2026, 10, 31)


@dataclass
class Export:
    """The steps of one invoice, one after the other, as the DAG's tasks call them."""

    coupa: CoupaHook
    erp: MemoryErp
    sandbox: RunningSandbox
    run_id: int
    attempt: int = 0

    def post(self, invoice_id: int) -> Verdict:
        self.attempt += 1
        invoice, _ = claim.mark_exported(self.coupa, invoice_id)
        claim.resolve_previous(self.coupa, invoice.id)
        return deliver(
            invoice,
            self.coupa.scope,
            load_mapping(),
            lambda: self.erp,
            today=TODAY,
            attempt=str(self.attempt),
        )

    def record(self, verdict: Verdict, **how: Any) -> Outcome:
        options = {"repeated": False, "last_try": True, **how}
        return recording.record_success(
            self.coupa, load_mapping(), verdict, run_id=self.run_id, today=TODAY, **options
        )

    def whole(self, invoice_id: int) -> Outcome:
        return self.record(self.post(invoice_id))

    def invoice(self, invoice_id: int) -> dict[str, Any]:
        return self.sandbox.control.row("invoices", invoice_id)

    def history(self, invoice_id: int) -> list[dict[str, Any]]:
        return [row for row in self.sandbox.control.rows("history") if row["document-id"] == invoice_id]

    def errors(self, invoice_id: int) -> list[dict[str, Any]]:
        return [row for row in self.sandbox.control.rows("errors") if row["document-id"] == invoice_id]


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(invoices=load()) as running:
        yield running


@pytest.fixture
def export(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Export:
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
    coupa = CoupaHook(retry_policy=RetryPolicy(first_wait=0))
    return Export(coupa, MemoryErp(), sandbox, coupa.create_integration_run().id)
