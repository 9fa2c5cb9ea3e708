"""Lines matched with purchase orders in a real Tryton: the kit's tests, and what Tryton does by itself."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial

import pytest

from include.errors import TransientError
from include.soak.desk import accountant
from tests.erp_kit.crash_tests_of_orders import entered_again
from tests.erp_kit.line import at_each_write
from tests.erp_kit.standing import nothing_stands, refusals_of, stands, stands_once
from tests.erp_kit.tests_of_orders import *  # noqa: F403
from tests.tryton.ledger import Ledger
from tests.tryton.order_world import TrytonOrderWorld, template_with_purchases


@pytest.fixture(scope="module")
def ledger(server):
    name = f"t_orders_{os.getpid()}"
    server.create_database(name, template_with_purchases(server))
    yield Ledger(server, name)
    server.drop_database(name)


@pytest.fixture(scope="module")
def world(ledger, open_hook, as_administrator):
    with accountant(ledger.server, ledger.database) as person:
        yield TrytonOrderWorld(ledger, partial(open_hook, po_backed="match"), person, as_administrator)


def refusal(world, sent):
    (refused,) = refusals_of(world, lambda: world.open_hook().create(sent))
    nothing_stands(world, sent.key)
    return refused.message


def test_the_draft_that_tryton_kept_ready_gives_way_and_comes_back_for_the_rest(world):
    order = world.purchase_order("10", "5")
    (before,) = world.drafts_of(order)
    hook = world.open_hook()
    part = world.order_bill(world.ordered(order, "10"))
    hook.create(part)
    (rest,) = world.drafts_of(order)
    assert rest != before
    world.rest_is_awaited(order)
    whole = world.order_bill(world.ordered(order, "5", line=1))
    hook.create(whole)
    assert world.drafts_of(order) == []
    world.rest_is_awaited(order)
    hook.void(hook.find_by_key(whole.key), None)
    assert len(world.drafts_of(order)) == 1
    world.rest_is_awaited(order)


def test_what_tryton_refuses_at_posting_leaves_the_order_as_it_was(world):
    order, day = world.purchase_order("10"), world.books.closed_day
    refusal(world, world.order_bill(world.ordered(order, "10"), invoice_date=day, posting_date=day))
    assert len(world.drafts_of(order)) == 1
    world.rest_is_awaited(order)


def test_an_amendment_without_the_order_that_ended_half_way_gives_the_quantity_back(world):
    """The new bill is booked against no order, so no step of its own would look at the old one's."""
    alone = {"purchase_order": None, "purchase_order_line": None}
    for broken in at_each_write(world, "amend to no order", "cut_after", silent=True):
        order = world.purchase_order("10")
        first = world.order_bill(world.ordered(order, "6"))
        old = world.open_hook().create(first)
        second = world.edited(first, world.ordered(order, "6", **alone))
        with suppress(TransientError):
            broken.hook().amend(second, old)
        entered_again(world, second)
        stands(world, second)
        assert world.billed(order, "1") == 0


def test_a_draft_that_a_person_began_to_enter_counts_as_billed_and_stays(world):
    order = world.purchase_order("10")
    (draft,) = world.drafts_of(order)
    world.begin_to_enter(draft)
    assert f"draft {draft}" in refusal(world, world.order_bill(world.ordered(order, "1")))
    assert world.drafts_of(order) == [draft]
    world.rest_is_awaited(order)


def test_where_an_order_is_billed_by_its_receipts_no_more_is_billed_than_was_received(world):
    order = world.purchase_order("10", method="fulfillment")
    assert "enter the receipt in Tryton" in refusal(world, world.order_bill(world.ordered(order, "6")))
    world.receive(order, "6")
    sent = world.order_bill(world.ordered(order, "6"))
    world.open_hook().create(sent)
    stands_once(world, sent)
    assert world.billed(order, "1") == 6
    assert world.drafts_of(order) == []
    assert world.received_and_billed(order) == [6]
    assert "6 Unit received and 6 Unit billed" in refusal(world, world.order_bill(world.ordered(order, "1")))


def test_a_receipt_stays_on_the_bill_that_is_amended(world):
    order, hook = world.purchase_order("10", method="fulfillment"), world.open_hook()
    world.receive(order, "6")
    first = world.order_bill(world.ordered(order, "6"))
    second = world.edited(first, world.ordered(order, "5", amount="60"))
    hook.amend(second, hook.create(first))
    assert world.received_and_billed(order) == [6]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"last": "quote"}, "is a quotation in Tryton: confirm it there"),
        ({"last": "confirm", "company": "DE01"}, "is one of company DE01 in Tryton"),
        ({"last": "confirm", "currency": "EUR"}, "is in EUR in Tryton, and the invoice in USD"),
    ],
    ids=["not confirmed", "of another company", "in another currency"],
)
def test_an_order_that_cannot_be_meant_is_refused(world, made, said):
    order = world.order_up_to(made.pop("last"), "10", **made)
    assert said in refusal(world, world.order_bill(world.ordered(order, "1")))


def test_a_split_line_bills_its_quantity_once(world):
    order = world.purchase_order("10")
    parts = [
        world.ordered(order, None, amount=amount, account=account, place=f"Line 1, allocation {at}")
        for at, (amount, account) in enumerate([("66.67", "6500"), ("33.33", "6800")], 1)
    ]
    sent = world.order_bill(*parts, taxes=())
    world.open_hook().create(sent)
    stands_once(world, sent)
    assert world.billed(order, "1") == 10


def test_a_line_that_changes_a_price_leaves_the_quantity(world):
    order, hook = world.purchase_order("10"), world.open_hook()
    hook.create(world.order_bill(world.ordered(order, "10")))
    credit = world.order_bill(world.ordered(order, "-10", amount="5.00"), kind="credit_note")
    hook.create(credit)
    stands_once(world, credit)
    assert world.billed(order, "1") == 10
