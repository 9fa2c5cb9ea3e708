"""Many documents at once, for the reconciliation."""

from __future__ import annotations

import datetime
import os
from decimal import Decimal

import pytest

from coupa_erp.tryton import listing
from tests.tryton.bills import DAY, bill, line, tax

#: ``_`` stands for any character in a pattern: it must not here.
PREFIX = f"list_{os.getpid()}/InvoiceHeader/"
NEXT = DAY + datetime.timedelta(days=40)


@pytest.fixture(scope="module")
def bills(open_hook):
    hook = open_hook()
    euros = {"currency": "EUR", "kind": "credit_note"}
    made = [
        bill(line("100.00"), line("0.01", "6890"), key=f"{PREFIX}1"),
        bill(
            line("10.00"),
            taxes=[tax("RC19-IN", "10", "1.90"), tax("RC19-OUT", "10", "-1.90")],
            key=f"{PREFIX}2",
        ),
        bill(line("33.33"), taxes=[tax("V18", "33.33", "6.00")], key=f"{PREFIX}3", **euros),
        bill(line("1.00"), key=f"{PREFIX}4", invoice_date=NEXT, posting_date=NEXT),
        bill(line("1.00"), key=f"{PREFIX.replace('_', 'X')}5"),
    ]
    for one in made:
        hook.create(one)
    return made


def listed(hook, first, last):
    return {document.key: document for document in hook.list_documents(PREFIX, first, last)}


def test_a_window_lists_our_keys_alone_page_after_page(hook, bills, monkeypatch):
    monkeypatch.setattr(listing, "_PAGE", 2)
    assert set(listed(hook, DAY, DAY)) == {f"{PREFIX}{number}" for number in (1, 2, 3)}
    assert listed(hook, datetime.date(2020, 1, 1), datetime.date(2020, 1, 31)) == {}


def test_lines_are_told_from_taxes_in_the_documents_currency_and_by_its_sign(hook, bills):
    found = listed(hook, DAY, DAY)
    for one in bills[:3]:
        document = found[one.key]
        wanted = {}
        for part in one.lines:
            wanted[part.account] = wanted.get(part.account, Decimal(0)) + part.amount
        assert document.line_sums == wanted
        assert document.tax_sums == {part.code: part.amount for part in one.taxes}
        assert (document.kind, document.total) == (one.kind, one.total)
    assert found[f"{PREFIX}2"].account_sums == {
        "6500": Decimal("10.00"),
        "1410": Decimal("1.90"),
        "2410": Decimal("-1.90"),
    }
