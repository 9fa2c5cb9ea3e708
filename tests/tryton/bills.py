"""Bills for the tests: small ones, each with a key and a number of its own."""

from __future__ import annotations

import datetime
import itertools
import os
from decimal import Decimal

from include.models.bill import Bill, BillLine, BillTax

DAY = datetime.date(2026, 3, 5)
_count = itertools.count(1)


def line(amount, account="6500", place="Line 1", **more):
    return BillLine(
        account=account, amount=Decimal(amount), description=f"{place} of a test", place=place, **more
    )


def tax(code, base, amount, place="Line 1"):
    return BillTax(code=code, base=Decimal(base), amount=Decimal(amount), place=place)


def bill(*lines, taxes=(), **fields):
    """A bill of 100.00 and 18.00 tax unless it is told otherwise; the total is the sum."""
    unique = f"{os.getpid()}-{next(_count)}"
    lines = list(lines) or [line("100.00", dimensions={"cost_center": "CA100"})]
    taxes = list(taxes) if taxes or fields.pop("untaxed", False) else [tax("V18", "100.00", "18.00")]
    values = {
        "key": f"tests/InvoiceHeader/{unique}",
        "kind": "invoice",
        "company": "US01",
        "supplier": "V000311",
        "supplier_name": "Acme GmbH",
        "number": f"INV-{unique}",
        "invoice_date": DAY,
        "posting_date": DAY,
        "currency": "USD",
        "payment_term": "Net 30",
        "lines": lines,
        "taxes": taxes,
        "total": sum((entry.amount for entry in [*lines, *taxes]), Decimal(0)),
    }
    return Bill.model_validate({**values, **fields})


def changed(original, *lines, taxes=(), **fields):
    """The same invoice after an edit in Coupa."""
    kept = original.model_dump(include={"key", "number", "company", "supplier", "currency"})
    return bill(*(lines or [line("250.00", "6800")]), taxes=taxes, untaxed=True, **{**kept, **fields})
