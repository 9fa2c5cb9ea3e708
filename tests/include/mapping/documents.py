"""Coupa invoices for the mapping's tests: one plain invoice, and what differs from it."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

from include.errors import ErpRejection
from include.mapping.bill import map_invoice
from include.mapping.settings import Mapping, load_mapping
from include.models.bill import Bill
from include.models.invoice import CoupaInvoice

Json = dict[str, Any]

MAPPING = load_mapping()
TODAY = datetime.date(2026, 11, 22)
KEY = "coupa-sandbox/InvoiceHeader/1"


def account(code: str) -> Json:
    return {"code": code} | {f"segment-{n}": part for n, part in enumerate(code.split("-"), start=1)}


def tax(code: str | None, amount: Any, rate: Any = "18.0", **others: Any) -> Json:
    return {"type": "TaxLine", "code": code, "rate": rate, "amount": amount} | others


def line(total: Any, code: str | None = "3004-6400-CA100", **others: Any) -> Json:
    return {
        "type": "InvoiceAmountLine",
        "description": "Things",
        "quantity": None,
        "total": total,
        "account": account(code) if code else None,
        "account-allocations": [],
        "tax-lines": [],
    } | others


def charge(kind: str, total: Any, code: str | None = None, **others: Any) -> Json:
    named = {"type": f"Invoice{kind}Charge", "total": total, "account": account(code) if code else None}
    return named | others


def invoice(lines: list[Json], gross: Any, **others: Any) -> Json:
    return {
        "id": 1,
        "invoice-number": "INV-1",
        "invoice-date": "2026-03-01T00:00:00-08:00",
        "net-due-date": "2026-03-31T00:00:00-07:00",
        "status": "approved",
        "document-type": "Invoice",
        "currency": {"code": "USD", "decimals": 2},
        "payment-term": {"id": 2, "code": "Net 30"},
        "supplier": {"id": 311, "name": "Acme GmbH", "number": "V000311"},
        "account-type": {"id": 54, "name": "US Chart"},
        "line-level-taxation": True,
        "gross-total": gross,
        "invoice-lines": lines,
    } | others


def mapped(document: Json, mapping: Mapping = MAPPING, today: datetime.date = TODAY) -> Bill:
    """The bill, by way of JSON as Coupa sends it; whatever comes out balances."""
    received = json.loads(json.dumps(document), parse_float=Decimal)
    bill = map_invoice(CoupaInvoice.model_validate(received), mapping, KEY, today)
    assert bill.total == bill.net + bill.tax >= 0
    return bill


def refusals(document: Json, mapping: Mapping = MAPPING) -> list[tuple[str, str]]:
    """Code and place of each reason, or none where the invoice is accepted."""
    try:
        mapped(document, mapping)
    except ErpRejection as rejection:
        return [(refusal.code, refusal.place) for refusal in rejection.refusals]
    return []


def message(document: Json, mapping: Mapping = MAPPING) -> str:
    """All that the accountant reads."""
    try:
        mapped(document, mapping)
    except ErpRejection as rejection:
        return str(rejection)
    return ""


def by_account(bill: Bill) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    for posting in bill.lines:
        sums[posting.account] = sums.get(posting.account, Decimal(0)) + posting.amount
    return {code: str(amount) for code, amount in sums.items()}


def by_tax(bill: Bill) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    for posting in bill.taxes:
        sums[posting.code] = sums.get(posting.code, Decimal(0)) + posting.amount
    return {code: str(amount) for code, amount in sums.items()}
