"""What is content of a bill: the money, and where the ERP matches, what is billed of which order."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from include.models.bill import Bill, BillLine, BillTax

#: They stand with documents in ERPs and in Coupa's records: another one makes each booked bill look changed.
TO_ACCOUNTS = "c7cf204956caee72a52a50a6ba4438be"
AGAINST_ORDERS = "3c9c616d10f9af92c912744556b266c6"


def bill(*lines: BillLine, against_orders: bool = False) -> Bill:
    return Bill(
        key="tests/InvoiceHeader/1",
        kind="invoice",
        company="US01",
        supplier="V000311",
        supplier_name="Acme GmbH",
        number="INV-1",
        invoice_date=datetime.date(2026, 3, 5),
        posting_date=datetime.date(2026, 3, 6),
        due_date=datetime.date(2026, 4, 4),
        currency="USD",
        payment_term="Net 30",
        lines=lines or (line(), line("6800", purchase_order_line="2", quantity=None, dimensions={})),
        taxes=[BillTax(code="V18", base=Decimal(200), amount=Decimal("36.00"), place="Line 1")],
        total=Decimal("236.00"),
        against_orders=against_orders,
    )


def line(account: str = "6500", **more: object) -> BillLine:
    values = {
        "account": account,
        "amount": "100.00",
        "description": "Toner",
        "place": "Line 1",
        "dimensions": {"cost_center": "CA100"},
        "quantity": "4",
        "unit": "EA",
        "purchase_order": "4711",
        "purchase_order_line": "1",
    }
    return BillLine.model_validate({**values, **more})


EDITS = {
    "another order": {"purchase_order": "4712"},
    "another order line": {"purchase_order_line": "2"},
    "no order line": {"purchase_order_line": None},
    "another quantity": {"quantity": "5"},
    "no quantity": {"quantity": None},
    "no order": {"purchase_order": None, "purchase_order_line": None},
}


def test_the_fingerprints_of_a_bill_stay_what_they_are():
    assert bill().fingerprint == TO_ACCOUNTS
    assert bill(against_orders=True).fingerprint == AGAINST_ORDERS


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_what_is_billed_of_which_order_is_content_where_the_erp_matches_and_there_alone(edit):
    assert bill(line()).fingerprint == bill(line(**edit)).fingerprint
    before, after = (bill(one, against_orders=True).fingerprint for one in (line(), line(**edit)))
    assert before != after


def test_which_of_two_lines_bills_which_order_line_is_content():
    first, second = line(), line("6800", purchase_order_line="2")
    crossed = line(purchase_order_line="2"), line("6800", purchase_order_line="1")
    assert (
        bill(first, second, against_orders=True).fingerprint
        != bill(*crossed, against_orders=True).fingerprint
    )


def test_the_order_of_lines_their_texts_and_how_a_quantity_is_spelled_are_no_content():
    first, second = line(), line("6800", purchase_order_line="2", quantity="10")
    told = bill(first, second, against_orders=True)
    retold = bill(
        line("6800", purchase_order_line="2", quantity="10.000", description="Ink", place="Line 1"),
        line(quantity="4.0", unit="Each", place="Line 2"),
        against_orders=True,
    )
    assert told.fingerprint == retold.fingerprint


@pytest.mark.parametrize("against_orders", [True, False])
def test_a_document_of_either_way_holds_the_content_until_the_money_changes(against_orders):
    now = bill(line(), against_orders=against_orders)
    for sent in (bill(line()), bill(line(), against_orders=True)):
        assert sent.fingerprint in now.fingerprints
        assert sent.fingerprint not in bill(line("6800"), against_orders=against_orders).fingerprints


def test_a_document_that_was_matched_does_not_hold_another_order_line():
    matched = bill(line(), against_orders=True)
    assert matched.fingerprint not in bill(line(purchase_order_line="2"), against_orders=True).fingerprints
