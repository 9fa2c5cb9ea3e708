from __future__ import annotations

import datetime
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
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
from include.export.giving_back import record_trouble
from include.export.ports import Ports
from include.export.trouble import trouble_of
from include.mapping.settings import load_mapping
from include.models.outcome import Outcome, Trouble, Verdict
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

    @property
    def ports(self) -> Ports:
        return Ports(
            coupa=self.coupa,
            open_erp=lambda: self.erp,
            read_mapping=load_mapping,
            today=TODAY,
            alert_turn=nullcontext,
        )

    def post(self, invoice_id: int) -> Verdict:
        self.attempt += 1
        invoice = claim.mark_exported(self.ports, invoice_id)
        claim.resolve_previous(self.coupa, invoice.id, history=invoice.current_integration_history_records)
        return deliver(self.ports, invoice, attempt=str(self.attempt))

    def record(self, verdict: Verdict, **how: Any) -> Outcome:
        options = {"repeated": False, "last_try": True, **how}
        return recording.record_success(self.ports, verdict, run_id=self.run_id, **options)

    def trouble(self, fault: BaseException | None, invoice_id: int | None = None) -> Trouble:
        facts = None
        if invoice_id is not None:
            facts = claim.facts_of(self.coupa.read_invoice(invoice_id), self.coupa.scope)
        return trouble_of(fault, "post_to_erp", attempt=str(self.attempt), where="DAG run x", facts=facts)

    def refuse(self, invoice_id: int, fault: BaseException | None) -> Outcome:
        """Claim the invoice and let its delivery end with this fault."""
        self.attempt += 1
        invoice = claim.mark_exported(self.ports, invoice_id)
        claim.resolve_previous(self.coupa, invoice.id, history=invoice.current_integration_history_records)
        facts = claim.facts_of(invoice, self.coupa.scope)
        return record_trouble(self.ports, facts, self.trouble(fault, invoice_id), self.run_id)

    def whole(self, invoice_id: int) -> Outcome:
        return self.record(self.post(invoice_id))

    def invoice(self, invoice_id: int) -> dict[str, Any]:
        return self.sandbox.control.row("invoices", invoice_id)

    def history(self, invoice_id: int) -> list[dict[str, Any]]:
        return [row for row in self.sandbox.control.rows("history") if row["document-id"] == invoice_id]

    def errors(self, invoice_id: int) -> list[dict[str, Any]]:
        return [row for row in self.sandbox.control.rows("errors") if row["document-id"] == invoice_id]


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(invoices=load()) as running:
        yield running


@pytest.fixture
def sandbox(one_sandbox: RunningSandbox) -> RunningSandbox:
    """As new, whatever the test before has left."""
    with one_sandbox.state.lock:
        one_sandbox.state.reset()
    return one_sandbox


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
