"""Lines that are matched with Odoo's purchase orders: what is billed of them, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from include.errors import ErpRejection, TransientError
from tests.erp_kit.standing import is_of, nothing_stands, refusals_of, stands_once
from tests.odoo.buyer import Buyer


@pytest.fixture
def buyer(world):
    return Buyer(world)


@pytest.fixture
def hook(world):
    return world.open_hook(po_backed="match")


def billing(world, order, *lines, **fields):
    """A bill of lines of an order: amount, order line, quantity."""
    every = [
        world.line(
            amount, place=f"Line {place}", purchase_order=order, purchase_order_line=number, quantity=quantity
        )
        for place, (amount, number, quantity) in enumerate(lines, 1)
    ]
    return world.bill(*every, **fields)


def test_a_bill_bills_its_order_and_keeps_coupas_account_and_amount(world, buyer, hook):
    order = buyer.order(("10", "100"), ("5", "33.33"))
    sent = billing(world, order, ("300.00", "1", "3"), ("99.99", "2", "3"))
    created = hook.create(sent)
    is_of(created, sent)
    assert buyer.billed(order) == [3, 3]
    assert hook.create(sent).number == created.number
    assert buyer.billed(order) == [3, 3]
    stands_once(world, sent)


def test_gl_books_the_account_and_leaves_the_order_alone(world, buyer):
    order = buyer.order(("10", "100"))
    sent = billing(world, order, ("300.00", "1", "3"))
    world.open_hook().create(sent)
    assert buyer.billed(order) == [0]
    stands_once(world, sent)


def test_a_price_of_many_decimals_loses_no_cent(world, buyer, hook):
    order = buyer.order(("1000", "0.01"))
    sent = billing(world, order, ("10.00", "1", "7"), taxes=(world.tax("10.00", "1.80"),))
    is_of(hook.create(sent), sent)
    assert buyer.billed(order) == [7]
    stands_once(world, sent)


def test_without_a_quantity_the_orders_price_makes_one_and_the_shares_of_a_split_come_to_the_whole(
    world, buyer, hook
):
    order = buyer.order(("1", "200"), ("3", "10"))
    third = [("66.67", "1", None), ("66.67", "1", None), ("66.66", "1", None)]
    sent = billing(world, order, *third, ("15.00", "2", None))
    is_of(hook.create(sent), sent)
    assert buyer.billed(order) == [1, Decimal("1.5")]
    stands_once(world, sent)


def test_an_amendment_bills_the_new_quantity_and_a_void_none(world, buyer, hook):
    order = buyer.order(("10", "100"))
    first = billing(world, order, ("800.00", "1", "8"))
    created = hook.create(first)
    kept = {"key": first.key, "number": first.number}
    second = billing(world, order, ("900.00", "1", "9"), **kept)
    amended = hook.amend(second, created)
    assert (amended.number, buyer.billed(order)) == (created.number, [9])
    third = billing(world, order, ("1100.00", "1", "11"), **kept)
    (refusal,) = refusals_of(world, lambda: hook.amend(third, amended))
    assert refusal.message.endswith(f"Document {created.number} stays in Odoo as it was.")
    stands_once(world, second)
    hook.void(amended, None)
    assert buyer.billed(order) == [0]
    nothing_stands(world, first.key)


def test_a_void_after_the_setting_went_back_to_gl_takes_the_quantity_back_too(world, buyer, hook):
    order = buyer.order(("10", "100"))
    sent = billing(world, order, ("800.00", "1", "8"))
    world.open_hook().void(hook.create(sent), None)
    assert buyer.billed(order) == [0]


def test_a_credit_note_takes_back_what_it_credits(world, buyer, hook):
    order = buyer.order(("10", "100"))
    hook.create(billing(world, order, ("800.00", "1", "8")))
    credit = billing(world, order, ("300.00", "1", "3"), kind="credit_note")
    created = hook.create(credit)
    assert buyer.billed(order) == [5]
    hook.void(created, None)
    assert buyer.billed(order) == [8]


def test_a_line_is_found_by_its_sequence_where_the_connection_says_so(world, buyer):
    order = buyer.order(("1", "100"), ("1", "10"), sequences=(10, 20))
    hook = world.open_hook(po_backed="match", po_line_by="sequence")
    hook.create(billing(world, order, ("10.00", "20", "1")))
    assert buyer.billed(order) == [0, 1]
    (refusal,) = refusals_of(world, lambda: hook.create(billing(world, order, ("10.00", "2", "1"))))
    assert "has no line of sequence 2 in Odoo" in refusal.message


@pytest.mark.parametrize(
    ("ordered", "number", "told"),
    [
        ({}, None, "and no line of it"),
        ({}, "3", "has no line 3 in Odoo, where it has 1 line of products"),
        ({}, "one", "has no line one in Odoo"),
        ({"confirmed": False}, "1", "is not confirmed in Odoo"),
        (
            {"supplier": 1},
            "1",
            "was placed with Supplier V000316 in Odoo, and the invoice is of supplier V000311",
        ),
        ({"currency": "EUR"}, "1", "is in EUR in Odoo, and the invoice is in USD"),
        ({"company": "DE01"}, "1", "is one of company DE01 in Odoo, and the invoice is for company US01"),
    ],
)
def test_what_cannot_be_matched_is_refused_by_name(world, buyer, ordered, number, told):
    hook = world.open_hook(po_backed="match")
    order = buyer.order(("10", "100"), **ordered)
    sent = billing(world, order, ("100.00", number, "1"))
    (refusal,) = refusals_of(world, lambda: hook.create(sent))
    assert (refusal.code, refusal.place) == ("PURCHASE_ORDER", "Line 1")
    assert order in refusal.message
    assert told in refusal.message
    nothing_stands(world, sent.key)
    assert buyer.billed(order) == [0]


@pytest.mark.parametrize("method", ["create", "foresee"])
def test_an_order_that_is_not_there_or_cancelled_is_refused_by_name_in_a_dry_run_too(world, buyer, method):
    hook = world.open_hook(po_backed="match")
    cancelled = buyer.order(("10", "100"))
    buyer.cancel(cancelled)

    def refusal_of(order):
        sent = billing(world, order, ("100.00", "1", "1"))
        more = (None,) if method == "foresee" else ()
        (refusal,) = refusals_of(world, lambda: getattr(hook, method)(sent, *more))
        nothing_stands(world, sent.key)
        return refusal.message

    assert "Odoo has no purchase order P-NONE" in refusal_of("P-NONE")
    assert f"{cancelled} is cancelled in Odoo" in refusal_of(cancelled)


def test_more_than_was_ordered_or_than_was_received_is_refused_and_says_how_much(world, buyer, hook):
    order = buyer.order(("10", "100"))
    hook.create(billing(world, order, ("800.00", "1", "8")))
    sent = billing(world, order, ("300.00", "1", "3"))
    (refusal,) = refusals_of(world, lambda: hook.create(sent))
    assert (refusal.code, refusal.place) == ("PURCHASE_ORDER_EXCEEDED", "Line 1")
    assert "of which 10 were ordered and 8 are billed" in refusal.message
    received = buyer.order(("10", "100"), counts="receive")
    sent = billing(world, received, ("300.00", "1", "3"))
    buyer.receive(received, "2")
    (refusal,) = refusals_of(world, lambda: hook.create(sent))
    assert "of which 2 of 10 were received and 0 are billed" in refusal.message
    nothing_stands(world, sent.key)
    buyer.receive(received, "3")
    is_of(hook.create(sent), sent)


def test_of_two_bills_at_once_of_what_is_left_one_is_posted(world, buyer):
    order = buyer.order(("10", "100"))
    bills = [billing(world, order, ("600.00", "1", "6")) for _ in range(2)]

    def enter(sent):
        try:
            return world.open_hook(po_backed="match").create(sent)
        except (ErpRejection, TransientError) as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(enter, bills))
    for sent in bills:
        enter(sent)  # who lost comes again
    assert buyer.billed(order) == [6]


def test_the_test_button_names_what_it_needs_for_matching(world, hook):
    assert hook.test_connection()[0]
