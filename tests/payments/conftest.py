"""A real Coupa sandbox, and an ERP that has paid what a test says."""

from __future__ import annotations

import datetime
import json
import os
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

# Airflow makes a home and a configuration there when it is imported.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-home-"))

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from coupa_erp.coupa.retry import RetryPolicy
from include.payments.carrying_back import carry_payments_back
from include.payments.ports import DocumentPayments, ErpPayment
from include.payments.report import PaymentReport
from include.sandbox.control import SandboxControl
from include.sandbox.invoices import load
from include.sandbox.running import RunningSandbox, running_sandbox

TODAY = datetime.date(2026, 10, 31)
PLAIN, OTHER, CREDIT = 104201, 104202, 104231


class Payer:
    """Tells what a test lets it have paid."""

    erp_name = "Payer"

    def __init__(self) -> None:
        self.documents: dict[str, DocumentPayments] = {}

    def pay(self, key: str, *payments: tuple[str, str], settled: bool = False, currency: str = "USD") -> None:
        self.documents[key] = DocumentPayments(
            key=key,
            number="BILL/1",
            currency=currency,
            settled=settled,
            payments=tuple(
                ErpPayment(
                    payment_id=payment_id,
                    amount=Decimal(amount),
                    date=datetime.date(2026, 10, 1 + place),
                    reference=f"BANK/2026/{place}",
                )
                for place, (payment_id, amount) in enumerate(payments)
            ),
        )

    def list_payments(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[DocumentPayments]:
        yield from (self.documents[key] for key in sorted(self.documents) if key.startswith(key_prefix))


class World:
    """Both systems, and a look at them."""

    def __init__(self, coupa: CoupaHook, control: SandboxControl) -> None:
        self.coupa, self.control, self.erp = coupa, control, Payer()

    def pay(self, invoice_id: int, *payments: tuple[str, str], **more: object) -> None:
        self.erp.pay(self.coupa.scope.key(invoice_id), *payments, **more)  # type: ignore[arg-type]

    def look(self, *, dry_run: bool = False) -> PaymentReport:
        first = TODAY - datetime.timedelta(days=13)
        return carry_payments_back(self.coupa, self.erp, first=first, today=TODAY, dry_run=dry_run)

    def told(self, invoice_id: int) -> list[tuple[str, str, str]]:
        """Amount, day and notes of each payment in Coupa."""
        payments = self.control.row("invoices", invoice_id)["payments"]
        return [(one["amount-paid"], one["payment-date"][:10], one["notes"]) for one in payments]

    def paid(self, invoice_id: int) -> tuple[bool, str | None]:
        invoice = self.control.row("invoices", invoice_id)
        return bool(invoice.get("paid")), (invoice.get("payment-date") or "")[:10] or None


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(invoices=[one for one in load() if one["id"] in (PLAIN, OTHER, CREDIT)]) as running:
        yield running


@pytest.fixture
def sandbox(one_sandbox: RunningSandbox) -> RunningSandbox:
    """As new, whatever the test before has left."""
    with one_sandbox.state.lock:
        one_sandbox.state.reset()
    return one_sandbox


@pytest.fixture
def world(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
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
    return World(CoupaHook(retry_policy=RetryPolicy(first_wait=0)), sandbox.control)
