from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.sandbox.running import RunningSandbox, running_sandbox
from include.sandbox.settings import Settings
from tests.sandbox.caller import Caller, invoice

SUPPLIERS = {
    1: {"id": 311, "name": "Acme GmbH", "number": "V000311"},
    2: {"id": 312, "name": "Globex Corporation", "number": "V000312"},
    3: {"id": 315, "name": "Umbrella Freight", "number": None},
}


@pytest.fixture(scope="session")
def serving() -> Iterator[RunningSandbox]:
    invoices = [
        invoice(101, invoice_number="INV-101", supplier=SUPPLIERS[1], gross_total="100.00"),
        invoice(102, invoice_number="INV-102", supplier=SUPPLIERS[2], gross_total="99.50", status="voided"),
        invoice(
            103,
            invoice_number="KW-103",
            supplier=SUPPLIERS[3],
            gross_total="1000.125",
            handling_amount="12.345",
        ),
        invoice(104, invoice_number="INV-104", supplier=SUPPLIERS[1], gross_total="-5.00", status="draft"),
    ]
    with running_sandbox(invoices=invoices) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(serving: RunningSandbox) -> RunningSandbox:
    """A Coupa as new, with four invoices and without the rate limit."""
    serving.control.reset(Settings(limiter=False))
    return serving


@pytest.fixture
def coupa(sandbox: RunningSandbox) -> Caller:
    return Caller(sandbox)
