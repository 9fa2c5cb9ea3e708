"""Which order line a bill's line is booked against, and how much of it: without a Tryton."""

from __future__ import annotations

from decimal import Decimal

import pytest

from coupa_erp.tryton.matching import Matching
from coupa_erp.tryton.orders import BilledLine, Order, OrderLine
from coupa_erp.tryton.receipts import Receipt
from tests.tryton.bills import bill, line


def order_line(id_=1, sequence=None, **more):
    values = {
        "ordered": Decimal(10),
        "limit": Decimal(10),
        "by_receipt": False,
        "price": Decimal(100),
        "unit": 1,
        "unit_name": "Unit",
        "digits": 0,
        "product": 5,
        "billed": (),
        "receipts": (),
    }
    return OrderLine(id=id_, sequence=sequence, **{**values, **more})


def order(*lines, **more):
    values = {
        "number": "PO-1",
        "state": "processing",
        "company_code": "US01",
        "suppliers": ("V000311",),
        "currency": "USD",
        "digits": 2,
        "waits": True,
    }
    return Order(id=1, company=1, lines=lines or (order_line(),), **{**values, **more})


def matched(sent, *orders, by_sequence=False):
    class Stored:
        def numbered(self, numbers):
            return [one for one in orders if one.number in numbers]

    return Matching(Stored(), by_sequence=by_sequence).of(sent)


def of_order(amount, quantity=None, number="1", place="Line 1"):
    return line(amount, quantity=quantity, purchase_order="PO-1", purchase_order_line=number, place=place)


def refusals(sent, *orders, **more):
    matches, refused = matched(sent, *orders, **more)
    assert matches == {} or all(one.code == "PURCHASE_ORDER_EXCEEDED" for one in refused)
    return [one.message for one in refused]


@pytest.mark.parametrize(
    ("amount", "quantity", "bills"),
    [
        ("300.00", "3", "3"),
        ("280.00", "3", "3"),
        ("300.00", None, "3"),
        ("-300.00", "-3", "-3"),
        ("0.00", "3", "3"),
    ],
    ids=["as ordered", "at another price", "by its amount", "sent back", "for nothing"],
)
def test_how_much_a_line_bills(amount, quantity, bills):
    billed = [BilledLine(1, 7, "BILL-7", None, "posted", True, False, False, Decimal(4))]
    matches, refused = matched(
        bill(of_order(amount, quantity), untaxed=True), order(order_line(billed=tuple(billed)))
    )
    assert refused == []
    assert matches[0].quantity == Decimal(bills)


def test_a_credit_note_bills_less():
    billed = (BilledLine(1, 7, "BILL-7", None, "posted", True, False, False, Decimal(4)),)
    sent = bill(of_order("300.00", "3"), untaxed=True, kind="credit_note")
    matches, _ = matched(sent, order(order_line(billed=billed)))
    assert matches[0].quantity == -3
    (message,) = refusals(sent, order())
    assert "Tryton has 0 Unit billed" in message


@pytest.mark.parametrize(("amount", "quantity"), [("-5.00", "3"), ("0.00", None)])
def test_what_changes_a_price_alone_bills_nothing(amount, quantity):
    assert matched(bill(of_order(amount, quantity), untaxed=True), order()) == ({}, [])


@pytest.mark.parametrize(
    ("amount", "quantity", "price", "said"),
    [
        ("40.00", None, "100", "bills 0.4 Unit of purchase order PO-1, which Tryton counts with 0 decimals"),
        ("40.00", "0.4", "100", "bills 0.4 Unit"),
        ("40.00", None, "0", "and no quantity"),
    ],
)
def test_a_quantity_that_tryton_cannot_count_is_refused(amount, quantity, price, said):
    sent = bill(of_order(amount, quantity), untaxed=True)
    (message,) = refusals(sent, order(order_line(price=Decimal(price))))
    assert said in message


def test_a_line_is_found_by_its_place_or_by_trytons_own_number():
    lines = (order_line(1, 10), order_line(2, 20))
    sent = bill(of_order("100.00", "1", "2"), untaxed=True)
    assert matched(sent, order(*lines))[0][0].line.id == 2
    (message,) = refusals(sent, order(*lines), by_sequence=True)
    assert message.startswith(
        "Purchase order PO-1 has no line of sequence 2 in Tryton: correct the order line"
    )
    by_number = bill(of_order("100.00", "1", "0020"), untaxed=True)
    assert matched(by_number, order(*lines), by_sequence=True)[0][0].line.id == 2


@pytest.mark.parametrize(
    ("orders", "said"),
    [
        ([order(state="cancelled")], "is cancelled in Tryton"),
        ([order(state="draft")], "is a draft in Tryton"),
        ([order(), order()], "Tryton has 2 purchase orders PO-1"),
        ([order(company_code="DE01"), order(company_code="XX")], "is one of company DE01"),
        ([order(suppliers=("V000316", "V000312"))], "placed with supplier V000316"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused(orders, said):
    (message,) = refusals(bill(of_order("100.00", "1"), untaxed=True), *orders)
    assert said in message


def test_who_bills_the_order_may_be_another_than_whom_it_was_placed_with():
    sent = bill(of_order("100.00", "1"), untaxed=True)
    assert matched(sent, order(suppliers=("V000316", "V000311")))[1] == []


def test_bills_of_the_key_itself_and_waiting_drafts_do_not_count_and_a_persons_draft_does():
    sent = bill(of_order("1000.00", "10"), untaxed=True)
    own = BilledLine(1, 7, "BILL-7", sent.key, "posted", True, False, False, Decimal(10))
    waiting = BilledLine(1, 8, "draft 8", None, "draft", False, True, False, Decimal(10))
    entering = BilledLine(1, 9, "draft 9", "other", "draft", True, False, False, Decimal(10))
    assert matched(sent, order(order_line(billed=(own, waiting, entering))))[1] == []
    typed = BilledLine(1, 10, "draft 10", None, "draft", False, False, False, Decimal(1))
    (message,) = refusals(sent, order(order_line(billed=(own, typed))))
    assert message == (
        "The invoice bills 10 Unit of line 1 of purchase order PO-1, of which Tryton has 10 Unit ordered and "
        "1 Unit billed (draft 10): correct the quantity in Coupa, or the order in Tryton."
    )


def test_lines_that_bill_one_order_line_are_added_up():
    sent = bill(of_order("600.00", "6"), of_order("500.00", "5", place="Line 2"), untaxed=True)
    (message,) = refusals(sent, order())
    assert "bills 11 Unit" in message


@pytest.mark.parametrize(
    ("quantity", "linked", "waits"),
    [
        ("6", (), True),
        ("6", (("other", "6"),), False),
        ("6", (("other", "4"),), True),
        ("6", (("own", "6"),), True),
        ("6", (("own", "2"), ("other", "6")), False),
        (None, (("other", "6"),), True),
    ],
)
def test_a_receipt_waits_for_a_bill_until_bills_of_other_keys_are_for_all_of_it(quantity, linked, waits):
    receipt = Receipt(
        1, quantity and Decimal(quantity), tuple((key, Decimal(billed)) for key, billed in linked)
    )
    assert receipt.waits_for("own") is waits
