"""Void: nothing of the invoice is left in the balances, once and again."""

from __future__ import annotations

from tests.erp_kit.needs import needs, what_the_world_can  # noqa: F401 - comes along
from tests.erp_kit.standing import is_of, nothing_stands, refusals_of, stands_once, told


def test_a_voided_bill_leaves_no_balance_on_any_account(world):
    hook = world.open_hook()
    sent = world.bill()
    created = hook.create(sent)
    voided = hook.void(created, None)
    assert (voided.state, voided.number, voided.key) == ("cancelled", created.number, sent.key)
    nothing_stands(world, sent.key)
    assert hook.find_by_key(sent.key).state == "cancelled"
    assert hook.live_keys([sent.key]) == set()


def test_voiding_twice_changes_nothing(world):
    sent = world.bill()
    created = world.open_hook().create(sent)
    world.open_hook().void(created, None)
    states = world.states(sent.key)
    assert world.open_hook().void(created, None).state == "cancelled"
    assert world.states(sent.key) == states
    nothing_stands(world, sent.key)


def test_a_credit_note_is_voided_too(world):
    hook = world.open_hook()
    sent = world.bill(kind="credit_note")
    hook.void(hook.create(sent), world.books.open_day)
    nothing_stands(world, sent.key)


@needs("cancel")
def test_what_an_accountant_cancelled_first_is_voided_already(world):
    hook = world.open_hook()
    sent = world.bill()
    created = hook.create(sent)
    world.cancel(created)
    assert hook.void(created, None).state == "cancelled"
    nothing_stands(world, sent.key)


def test_a_voided_bill_can_be_entered_again_under_the_same_number(world):
    hook = world.open_hook()
    sent = world.bill()
    hook.void(hook.create(sent), None)
    is_of(hook.create(sent), sent)
    stands_once(world, sent)


@needs("close_period")
def test_a_void_after_the_period_was_closed_is_reversed_or_refused_as_declared(world):
    """Reversed on another day; where its own day is demanded it is refused and nothing moves."""
    hook = world.open_hook()
    day = world.books.closing_day
    sent, kept = (world.bill(invoice_date=day, posting_date=day) for _ in range(2))
    created, stays = hook.create(sent), hook.create(kept)
    world.close_period(day)
    (refusal,) = refusals_of(world, lambda: hook.void(stays, day))
    assert refusal.code == told(world, "PERIOD_CLOSED")
    stands_once(world, kept)
    if world.traits.closed_period_void == "reversed":
        assert hook.void(created, None).state == "cancelled"
        nothing_stands(world, sent.key)
    else:
        refusals_of(world, lambda: hook.void(created, None))
        stands_once(world, sent)
