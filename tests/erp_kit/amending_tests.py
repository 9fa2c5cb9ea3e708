"""Amend: one live document remains, with the new content; what was paid is left to people."""

from __future__ import annotations

import pytest

from include.errors import TransientError
from tests.erp_kit.needs import needs, what_the_world_can  # noqa: F401 - comes along
from tests.erp_kit.standing import is_of, live, live_states, names, refusals_of, stands_once, told


def test_an_amended_bill_stands_once_with_its_new_content(world):
    hook = world.open_hook()
    first = world.bill()
    old = hook.create(first)
    second = world.changed(first)
    new = hook.amend(second, old)
    is_of(new, second)
    stands_once(world, second)
    assert live(hook, first.key).number == new.number
    if world.traits.amends == "in_place":
        assert new.erp_id == old.erp_id
        assert world.states(first.key) == ["posted"]
    else:
        assert new.erp_id != old.erp_id
        assert world.states(first.key) == ["cancelled", "posted"]


def test_amending_again_to_the_same_content_changes_nothing(world):
    hook = world.open_hook()
    first = world.bill()
    old = hook.create(first)
    second = world.changed(first)
    new = hook.amend(second, old)
    states = world.states(first.key)
    assert hook.amend(second, old).number == new.number
    assert hook.amend(second, new).number == new.number
    assert world.states(first.key) == states
    stands_once(world, second)


def test_a_bill_becomes_a_credit_note_of_another_supplier_under_another_number(world):
    hook = world.open_hook()
    first = world.bill()
    other = world.bill()
    second = world.changed(first, kind="credit_note", supplier=world.books.suppliers[1], number=other.number)
    is_of(hook.amend(second, hook.create(first)), second)
    stands_once(world, second)


def test_new_content_that_the_erp_refuses_leaves_the_old_document(world):
    hook = world.open_hook()
    first = world.bill()
    old = hook.create(first)
    day = world.books.closed_day
    for new, code in (
        (world.changed(first, invoice_date=day, posting_date=day), "PERIOD_CLOSED"),
        (world.changed(first, world.line("1.00", "N99999")), "ACCOUNT_UNKNOWN"),
    ):
        refusals = refusals_of(world, lambda new=new: hook.amend(new, old))
        assert refusals[0].code == told(world, code)
        stands_once(world, first)
        assert live(hook, first.key).number == old.number


def test_a_document_that_was_not_seen_is_never_replaced(world):
    """Newer content, perhaps, that another process entered meanwhile: the caller must look again."""
    hook = world.open_hook()
    first = world.bill()
    old = hook.create(first)
    newer = world.changed(first, world.line("300.00", 2))
    stands = hook.amend(newer, old)
    with pytest.raises(TransientError):
        world.open_hook().amend(world.changed(first), old)
    assert live(hook, first.key).number == stands.number
    stands_once(world, newer)


@needs("pay")
@pytest.mark.parametrize("whole", [False, True], ids=["in part", "whole"])
def test_what_is_paid_is_neither_amended_nor_voided(world, whole):
    """By an older look, too: the payment came after it."""
    hook = world.open_hook()
    first = world.bill()
    before = hook.create(first)
    paid = world.pay(before, whole=whole)
    now = live(hook, first.key)
    assert now.touched_by_payment
    assert now.paid_amount == paid
    assert (now.state == "paid") is whole
    states, balances = world.states(first.key), world.balances(first.key)
    for look in (before, now):
        for call in (
            lambda look=look: hook.amend(world.changed(first), look),
            lambda look=look: hook.void(look, None),
        ):
            (refusal,) = refusals_of(world, call)
            assert refusal.code == "PAID"
            assert str(before.number) in refusal.message
            assert names(refusal.message, paid)
    assert (world.states(first.key), world.balances(first.key)) == (states, balances)
    assert world.leftovers(first.key) == []


@needs("cancel")
def test_what_an_accountant_cancelled_meanwhile_is_entered_with_the_new_content(world):
    hook = world.open_hook()
    first = world.bill()
    old = hook.create(first)
    world.cancel(old)
    second = world.changed(first)
    is_of(hook.amend(second, old), second)
    stands_once(world, second)


def test_a_bill_of_another_key_is_never_put_in_the_place_of_a_document(world):
    hook = world.open_hook()
    first, other = world.bill(), world.bill()
    old = hook.create(first)
    refusals_of(world, lambda: hook.amend(other, old))
    stands_once(world, first)
    assert live_states(world, other.key) == []
