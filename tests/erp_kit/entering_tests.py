"""Create: a bill stands in the books once, as it was sent."""

from __future__ import annotations

from decimal import Decimal

from include.errors import ErpRejection
from tests.erp_kit.needs import needs, what_the_world_can  # noqa: F401 - comes along
from tests.erp_kit.standing import booked, is_of, nothing_stands, refusals_of, stands_once
from tests.erp_kit.world import ALTERATIONS


def test_a_bill_stands_in_the_books_as_it_was_sent(world):
    axis, code = world.books.dimension
    sent = world.bill(
        world.line("100.00", dimensions={axis: code}),
        world.line("50.55", 1, "Line 2"),
        world.line("-7.25", 2, "Discount"),
        taxes=(world.tax("143.30", "25.79"),),
    )
    document = world.open_hook().create(sent)
    is_of(document, sent)
    stands_once(world, sent)


def test_what_was_created_is_found_by_its_key_and_by_the_suppliers_number(world):
    hook = world.open_hook()
    sent = world.bill()
    assert hook.find_by_key(sent.key) is None
    created = hook.create(sent)
    found = hook.find_by_key(sent.key)
    is_of(found, sent)
    assert (found.number, found.erp_id) == (created.number, created.erp_id)
    same = hook.find_by_supplier_number(sent.company, sent.supplier, sent.number)
    assert [(one.key, one.number) for one in same] == [(sent.key, created.number)]


def test_which_of_many_keys_are_live_is_told_at_once(world):
    hook = world.open_hook()
    sent, voided = world.bill(), world.bill()
    hook.create(sent)
    hook.void(hook.create(voided), None)
    unknown = [f"{sent.key}-{number}" for number in range(60)]
    assert hook.live_keys([*unknown, sent.key, voided.key]) == {sent.key}
    assert hook.live_keys([]) == set()


def test_the_same_bill_again_changes_nothing(world):
    sent = world.bill()
    first = world.open_hook().create(sent)
    again = world.open_hook().create(sent)
    assert (again.number, again.erp_id) == (first.number, first.erp_id)
    stands_once(world, sent)


def test_what_is_posted_is_answered_as_it_is_where_other_content_comes_to_be_created(world):
    hook = world.open_hook()
    first = world.bill()
    number = hook.create(first).number
    answered = hook.create(world.changed(first))
    assert (answered.number, answered.fingerprint) == (number, first.fingerprint)
    stands_once(world, first)


def test_a_credit_note_is_booked_the_other_way_round(world):
    sent = world.bill(
        world.line("100.00"),
        world.line("-20.00", 1, "Line 2"),
        taxes=(world.tax("80.00", "14.40"),),
        kind="credit_note",
    )
    is_of(world.open_hook().create(sent), sent)
    stands_once(world, sent)


def test_each_currency_keeps_its_own_decimals(world):
    hook = world.open_hook()
    for currency, decimals in world.books.currencies.items():
        cent = Decimal(1).scaleb(-decimals)
        sent = world.bill(
            world.line(str(1001 + cent)),
            world.line(str(333 + 2 * cent), 1, "Line 2"),
            taxes=(world.tax(str(1334 + 3 * cent), str(134 + 5 * cent)),),
            currency=currency,
        )
        is_of(hook.create(sent), sent)
        stands_once(world, sent)


def test_a_tax_amount_is_sent_as_it_is_and_never_computed(world):
    sent = world.bill(world.line("100.00"), taxes=(world.tax("100.00", "17.98"),))
    assert world.open_hook().create(sent).tax == Decimal("17.98")
    stands_once(world, sent)


def test_a_tax_that_is_taken_off_reduces_what_is_owed(world):
    sent = world.bill(
        world.line("300.00"),
        taxes=(world.tax("300.00", "54.00"), world.tax("300.00", "-30.00", world.books.deducted.code)),
    )
    assert world.open_hook().create(sent).total == Decimal("324.00")
    stands_once(world, sent)


def test_no_amount_loses_a_cent(world):
    """Sums on which binary fractions stumble, and digits that a float does not hold."""
    sent = world.bill(
        world.line("0.10"),
        world.line("0.20", 0, "Line 2"),
        world.line("1.005" if 3 in world.books.currencies.values() else "1.01", 1, "Line 3"),
        world.line("9876543210.97", 2, "Line 4"),
        currency=next((name for name, digits in world.books.currencies.items() if digits == 3),
                      world.books.currency),
    )  # fmt: skip
    is_of(world.open_hook().create(sent), sent)
    stands_once(world, sent)


def test_a_bill_of_many_lines_is_booked_whole(world):
    lines = [world.line("1.01", place % 3, f"Line {place + 1}") for place in range(60)]
    sent = world.bill(*lines)
    is_of(world.open_hook().create(sent), sent)
    stands_once(world, sent)


def test_a_bill_whose_total_is_zero_is_entered_unpaid_or_refused(world):
    sent = world.bill(world.line("100.00"), world.line("-100.00", 1, "Advance"))
    if world.traits.enters_zero:
        document = world.open_hook().create(sent)
        assert (document.state, document.total) == ("posted", Decimal(0))
        assert not document.touched_by_payment
        assert world.balances(sent.key) == booked(world, sent)
    else:
        refusals_of(world, lambda: world.open_hook().create(sent))
        nothing_stands(world, sent.key)


def test_odd_texts_neither_break_a_bill_nor_change_it(world):
    odd = "50 % off: “Größe” <b>&amp;</b> 日本語 'quoted' \"twice\" \\ ; -- " + "long " * 120
    sent = world.bill(
        world.line("10.00", description=odd, unit="pièce", quantity="3.5", purchase_order="PO/4711"),
        supplier_name=odd[:80],
        custom_fields={"cf-note": odd[:60]},
        purchase_orders=["PO/4711"],
    )
    is_of(world.open_hook().create(sent), sent)
    stands_once(world, sent)


@needs("altering")
def test_what_the_erp_enters_otherwise_than_it_was_told_is_taken_back_and_both_figures_are_named(world):
    for what in ALTERATIONS:
        sent = world.bill()
        with world.altering(what):
            try:
                world.open_hook().create(sent)
            except ErpRejection as refused:
                told = str(refused)
            else:
                raise AssertionError(f"another {what} was taken for the bill's own")
        if what == "amount":
            assert "100" in told or "118" in told
        nothing_stands(world, sent.key)
