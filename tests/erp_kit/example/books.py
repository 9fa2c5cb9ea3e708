"""Codes that stand in Ledger before the first test."""

from __future__ import annotations

import datetime

from tests.erp_kit.example import ledger
from tests.erp_kit.world import Books, TaxCode

BOOKS = Books(
    company="UK01",
    suppliers=ledger.SUPPLIERS,
    currency="GBP",
    accounts=ledger.ACCOUNTS,
    payable=ledger.PAYABLE,
    tax=TaxCode("S20", ledger.TAXES["S20"]),
    deducted=TaxCode("H5", ledger.TAXES["H5"]),
    dimension=("cost_center", "NORTH"),
    payment_term="30 days",
    currencies={"JPY": 0, "KWD": 3},
    open_day=datetime.date(2026, 3, 5),
    closed_day=datetime.date(2026, 1, 15),
    first_open_day=ledger.BOOKS_OPEN_FROM,
    closing_day=datetime.date(2026, 6, 10),
)
