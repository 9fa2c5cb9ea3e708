"""Codes that stand in the stand-in for NetSuite before the first test."""

from __future__ import annotations

import datetime

from tests.erp_kit.world import Books, TaxCode
from tests.netsuite.ledger import PAYABLE

BOOKS = Books(
    company="US01",
    suppliers=("V1001", "V1002"),
    currency="USD",
    accounts=("6500", "6800", "6600"),
    payable=PAYABLE,
    tax=TaxCode("V18", "1410"),
    deducted=TaxCode("WHT10", "2150"),
    dimension=("department", "Sales"),
    payment_term="Net 30",
    currencies={"JPY": 0, "KWD": 3},
    open_day=datetime.date(2026, 3, 5),
    closed_day=datetime.date(2026, 1, 15),
    first_open_day=datetime.date(2026, 2, 1),
    closing_day=datetime.date(2025, 11, 10),
)
