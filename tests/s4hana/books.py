"""Codes that stand in the stand-in for S/4HANA before the first test."""

from __future__ import annotations

import datetime

from tests.erp_kit.world import Books, TaxCode
from tests.s4hana.ledger import PAYABLE

BOOKS = Books(
    company="US01",
    suppliers=("17300001", "17300002"),
    currency="USD",
    accounts=("400000", "410000", "420000"),
    payable=PAYABLE,
    tax=TaxCode("V1", "154000"),
    deducted=TaxCode("W1", "175500"),
    dimension=("cost_center", "CA100"),
    payment_term="0030",
    currencies={"JPY": 0, "KWD": 3},
    open_day=datetime.date(2026, 3, 5),
    closed_day=datetime.date(2026, 1, 15),
    first_open_day=datetime.date(2026, 2, 1),
    closing_day=datetime.date(2025, 11, 10),
)
