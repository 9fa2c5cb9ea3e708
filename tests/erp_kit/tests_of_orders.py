"""Lines with a purchase order, where the hook books them against the ERP's order line.

Not among the kit's other tests: whoever cannot match refuses the setting, which ``tests/connections`` tests.
"""

from __future__ import annotations

import random
import time
from contextlib import suppress
from decimal import Decimal
from functools import partial

from include.errors import ErpRejection, TransientError
from tests.erp_kit.crash_tests_of_orders import *  # noqa: F403
from tests.erp_kit.race_tests import at_once
from tests.erp_kit.standing import is_of, nothing_stands, refusals_of, stands_once

UNUSABLE, EXCEEDED = "PURCHASE_ORDER", "PURCHASE_ORDER_EXCEEDED"


def refused(world, sent, code=UNUSABLE):
    """The one refusal of a bill whose first line cannot be matched; nothing of it stays."""
    hook = world.open_hook()
    (refusal,) = refusals_of(world, lambda: hook.create(sent))
    assert (refusal.code, refusal.place) == (world.order_traits.told_as.get(code, code), "Line 1")
    nothing_stands(world, sent.key)
    if world.order_traits.foresees:
        assert refusals_of(world, lambda: hook.foresee(sent, None)) == [refusal]
    return refusal.message


def test_a_line_with_an_order_is_booked_against_its_order_line(world):
    order = world.purchase_order("10", "5")
    first, second = world.order_traits.numbers
    sent = world.order_bill(world.ordered(order, "4"), world.ordered(order, "5", line=1))
    is_of(world.open_hook().create(sent), sent)
    stands_once(world, sent)
    assert (world.billed(order, first), world.billed(order, second)) == (4, 5)


def test_another_price_than_the_orders_is_booked_to_the_cent(world):
    order = world.purchase_order("7")
    line = world.ordered(order, "7").model_copy(update={"amount": Decimal("100.01")})
    sent = world.order_bill(line, taxes=(world.tax("100.01", "18.00"),))
    is_of(world.open_hook().create(sent), sent)
    stands_once(world, sent)
    assert world.billed(order, world.order_traits.numbers[0]) == 7


def test_an_order_that_is_not_there_is_named(world):
    assert "4599999999" in refused(world, world.order_bill(world.ordered("4599999999", "1")))


def test_an_order_line_that_is_not_there_is_named(world):
    order = world.purchase_order("10")
    message = refused(world, world.order_bill(world.ordered(order, "1", purchase_order_line="77")))
    assert order in message
    assert "77" in message


def test_an_order_without_a_line_of_it_is_refused(world):
    order = world.purchase_order("10")
    message = refused(world, world.order_bill(world.ordered(order, "1", purchase_order_line=None)))
    assert "choose the order line in Coupa" in message


def test_an_order_of_another_supplier_is_refused_by_both_names(world):
    own, other = world.books.suppliers
    order = world.purchase_order("10", supplier=other)
    message = refused(world, world.order_bill(world.ordered(order, "1")))
    assert own in message
    assert order in message


def test_more_than_is_ordered_is_refused_and_what_was_billed_stays(world):
    order = world.purchase_order("10")
    first = world.order_bill(world.ordered(order, "7"))
    world.open_hook().create(first)
    assert order in refused(world, world.order_bill(world.ordered(order, "4")), EXCEEDED)
    stands_once(world, first)
    assert world.billed(order, world.order_traits.numbers[0]) == 7


def test_a_credit_note_gives_the_quantity_back_and_it_can_be_billed_again(world):
    order, hook = world.purchase_order("10"), world.open_hook()
    line = world.order_traits.numbers[0]
    hook.create(world.order_bill(world.ordered(order, "10")))
    credit = world.order_bill(world.ordered(order, "3"), kind="credit_note")
    is_of(hook.create(credit), credit)
    stands_once(world, credit)
    assert world.billed(order, line) == 7
    hook.create(world.order_bill(world.ordered(order, "3")))
    assert world.billed(order, line) == 10


def test_a_void_gives_the_quantity_back(world):
    order, hook = world.purchase_order("10"), world.open_hook()
    line = world.order_traits.numbers[0]
    sent = world.order_bill(world.ordered(order, "10"))
    hook.void(hook.create(sent), None)
    nothing_stands(world, sent.key)
    assert world.billed(order, line) == 0
    hook.create(world.order_bill(world.ordered(order, "10")))
    assert world.billed(order, line) == 10


def test_an_amended_bill_bills_what_it_says_now(world):
    order, hook = world.purchase_order("10", "5"), world.open_hook()
    first = world.order_bill(world.ordered(order, "10"))
    old = hook.create(first)
    second = world.edited(first, world.ordered(order, "4"), world.ordered(order, "5", line=1))
    hook.amend(second, old)
    stands_once(world, second)
    assert [world.billed(order, line) for line in world.order_traits.numbers] == [4, 5]


def test_an_edit_of_order_line_order_or_quantity_alone_moves_the_bill_and_gives_the_quantity_back(world):
    wrong, right, hook = world.purchase_order("10", "10"), world.purchase_order("10"), world.open_hook()
    first, second = world.order_traits.numbers
    sent = world.order_bill(world.ordered(wrong, "6"))
    document = hook.create(sent)
    for line, billed in (
        (world.ordered(wrong, "6", purchase_order_line=second), [0, 6, 0]),
        (world.ordered(right, "6"), [0, 0, 6]),
        (world.ordered(right, "8", amount="60"), [0, 0, 8]),
        (world.ordered(right, "8", amount="60", purchase_order=None, purchase_order_line=None), [0, 0, 0]),
    ):
        sent = world.edited(sent, line)
        document = hook.amend(sent, document)
        is_of(document, sent)
        stands_once(world, sent)
        lines = (wrong, first), (wrong, second), (right, first)
        assert [world.billed(*one) for one in lines] == billed


def test_an_edit_to_an_order_line_of_which_too_much_would_be_billed_is_refused(world):
    order, hook = world.purchase_order("10", "5"), world.open_hook()
    first = world.order_bill(world.ordered(order, "6"))
    old = hook.create(first)
    second = world.edited(first, world.ordered(order, "6", line=1, place="Line 1"))
    (refusal,) = refusals_of(world, lambda: hook.amend(second, old))
    assert refusal.code == world.order_traits.told_as.get(EXCEEDED, EXCEEDED)
    if world.order_traits.foresees:
        stands_once(world, first)
    else:
        nothing_stands(world, first.key)
        assert "nothing stands" in refusal.message
    billed = [6, 0] if world.order_traits.foresees else [0, 0]
    assert [world.billed(order, line) for line in world.order_traits.numbers] == billed


def test_of_two_bills_at_once_that_together_are_too_much_one_stands(world):
    order = world.purchase_order("10")
    bills = [world.order_bill(world.ordered(order, "6")) for _ in range(2)]

    def entered(sent):
        """As Airflow does it: again, as long as it may go through later."""
        for tries in range(6):
            with suppress(TransientError):
                return world.open_hook().create(sent)
            time.sleep(0.2 * tries * random.random())  # noqa: S311 - jitter, no secret
        raise AssertionError("neither entered nor refused")

    def outcome(sent):
        try:
            return entered(sent).state
        except ErpRejection as refusal:
            return refusal.refusals[0].code

    outcomes = at_once(*(partial(outcome, sent) for sent in bills))
    exceeded = world.order_traits.told_as.get(EXCEEDED, EXCEEDED)
    assert sorted(outcomes) == sorted(["posted", exceeded])
    assert world.billed(order, world.order_traits.numbers[0]) == 6
