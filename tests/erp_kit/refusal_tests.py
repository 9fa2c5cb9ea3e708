"""What the ERP refuses is told to the accountant, by name and with its place, and nothing of it stays."""

from __future__ import annotations

import pytest

from tests.erp_kit.standing import nothing_stands, refusals_of, stands_once, told

UNKNOWN = ("COMPANY", "SUPPLIER", "CURRENCY", "PAYMENT_TERM", "ACCOUNT", "TAX", "DIMENSION")


def bill_with_unknown(world, what):
    """A bill with one code that the ERP does not have, and where it is."""
    axis, _ = world.books.dimension
    bills = {
        "COMPANY": lambda: world.bill(company="NOCO"),
        "SUPPLIER": lambda: world.bill(supplier="NOBODY"),
        "CURRENCY": lambda: world.bill(currency="XTS"),
        "PAYMENT_TERM": lambda: world.bill(payment_term="Net 4711"),
        "ACCOUNT": lambda: world.bill(world.line("9.00"), world.line("1.00", "N99999", "Line 2")),
        "TAX": lambda: world.bill(world.line("9.00"), taxes=(world.tax("9.00", "1.00", "NOTAX", "Line 3"),)),
        "DIMENSION": lambda: world.bill(world.line("9.00", 0, "Line 4", dimensions={axis: "NODIM"})),
    }
    places = {"ACCOUNT": "Line 2", "TAX": "Line 3", "DIMENSION": "Line 4"}
    names = {"COMPANY": "NOCO", "SUPPLIER": "NOBODY", "CURRENCY": "XTS", "PAYMENT_TERM": "Net 4711",
             "ACCOUNT": "N99999", "TAX": "NOTAX", "DIMENSION": "NODIM"}  # fmt: skip
    return bills[what](), places.get(what, "Header"), names[what]


@pytest.mark.parametrize("what", UNKNOWN)
def test_a_code_that_the_erp_does_not_have_is_named_with_its_place(world, what):
    sent, place, name = bill_with_unknown(world, what)
    (refusal,) = refusals_of(world, lambda: world.open_hook().create(sent))
    assert (refusal.code, refusal.place) == (told(world, f"{what}_UNKNOWN"), place)
    assert name in refusal.message
    nothing_stands(world, sent.key)


def test_more_decimals_than_the_currency_has_are_refused_never_rounded(world):
    sent = world.bill(world.line("100.555"), world.line("0.004", 1, "Line 2"))
    refusals_of(world, lambda: world.open_hook().create(sent))
    nothing_stands(world, sent.key)


def test_what_was_refused_goes_in_once_it_is_mended(world):
    sent, *_ = bill_with_unknown(world, "ACCOUNT")
    hook = world.open_hook()
    refusals_of(world, lambda: hook.create(sent))
    mended = world.changed(sent)
    hook.create(mended)
    stands_once(world, mended)


def test_a_dry_run_foretells_what_was_declared_and_writes_nothing(world):
    day = world.books.closed_day
    bills = {f"{what}_UNKNOWN": bill_with_unknown(world, what)[0] for what in UNKNOWN}
    bills["PERIOD_CLOSED"] = world.bill(invoice_date=day, posting_date=day)
    hook = world.open_hook()
    for code in world.traits.foresees:
        sent = bills[code]
        foretold = refusals_of(world, lambda sent=sent: hook.foresee(sent, None))
        assert [refusal.code for refusal in foretold] == [told(world, code)]
        assert foretold == refusals_of(world, lambda sent=sent: hook.create(sent))
    good = world.bill()
    hook.foresee(good, None)
    assert world.states(good.key) == []
    created = hook.create(good)
    hook.foresee(world.changed(good), created)
    hook.foresee_void(created, None)
    stands_once(world, good)
