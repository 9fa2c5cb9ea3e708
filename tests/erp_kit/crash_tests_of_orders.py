"""A process that ended after any of its writes while it billed an order: once repeated, it is billed once."""

from __future__ import annotations

from contextlib import suppress

from include.errors import TransientError
from tests.erp_kit.line import at_each_write
from tests.erp_kit.standing import live_states, nothing_stands, stands


def entered_again(world, sent):
    """What a repeated task does: it looks, and by what it finds creates, amends or is done."""
    hook = world.open_hook()
    found = hook.find_by_key(sent.key)
    if found is None or not found.live or found.state == "draft":
        hook.create(sent)
    elif found.fingerprint not in sent.fingerprints:
        hook.amend(sent, found)


def voided_again(world, key):
    """Likewise: what is cancelled already is only tidied up."""
    hook = world.open_hook()
    found = hook.find_by_key(key)
    if found.live:
        hook.void(found, None)
    else:
        hook.discard_drafts(key)


def test_a_create_that_ended_after_any_write_bills_the_order_once(world):
    line = world.order_traits.numbers[0]
    for broken in at_each_write(world, "create against an order", "cut_after", silent=True):
        order = world.purchase_order("10")
        sent = world.order_bill(world.ordered(order, "6"))
        with suppress(TransientError):
            broken.hook().create(sent)
        world.open_hook().create(sent)
        assert live_states(world, sent.key) == ["posted"]
        assert world.billed(order, line) == 6


def test_a_move_to_another_order_line_that_ended_after_any_write_is_carried_on(world):
    wrong, right = world.order_traits.numbers
    for broken in at_each_write(world, "amend to another order line", "cut_after", silent=True):
        order = world.purchase_order("10", "10")
        first = world.order_bill(world.ordered(order, "6"))
        old = world.open_hook().create(first)
        second = world.edited(first, world.ordered(order, "6", purchase_order_line=right))
        with suppress(TransientError):
            broken.hook().amend(second, old)
        entered_again(world, second)
        stands(world, second)
        assert [world.billed(order, line) for line in (wrong, right)] == [0, 6]


def test_a_void_that_ended_after_any_write_gives_the_quantity_back_once(world):
    line = world.order_traits.numbers[0]
    for broken in at_each_write(world, "void of an order", "cut_after", silent=True):
        order = world.purchase_order("10")
        sent = world.order_bill(world.ordered(order, "6"))
        created = world.open_hook().create(sent)
        with suppress(TransientError):
            broken.hook().void(created, None)
        voided_again(world, sent.key)
        nothing_stands(world, sent.key)
        assert world.billed(order, line) == 0
