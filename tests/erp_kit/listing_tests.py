"""Many documents at once, with their sums, as the reconciliation lays the books side by side."""

from __future__ import annotations

import datetime
from decimal import Decimal

from tests.erp_kit.standing import is_of


def listed(hook, prefix, first, last):
    return {document.key: document for document in hook.list_documents(prefix, first, last)}


def sums(parts):
    added = {}
    for name, amount in parts:
        added[name] = added.get(name, Decimal(0)) + amount
    return {name: amount for name, amount in added.items() if amount}


def test_a_window_lists_the_live_documents_of_our_keys_with_their_sums(world):
    hook = world.open_hook()
    seed = world.bill().key
    prefix, day = f"{seed}_list/InvoiceHeader/", world.books.open_day
    deducted = world.books.deducted.code
    bills = [
        world.bill(world.line("100.00"), world.line("0.01", 1, "Line 2"), key=f"{prefix}1"),
        world.bill(
            world.line("10.00"), world.line("5.00"), world.line("0.00", 2, "Line 3"),
            taxes=(world.tax("15", "1.90"), world.tax("15", "-1.50", deducted)), key=f"{prefix}2",
        ),
        world.bill(
            world.line("33"), taxes=(world.tax("33", "6"),), key=f"{prefix}3",
            currency=next(iter(world.books.currencies)), kind="credit_note",
        ),
    ]  # fmt: skip
    for one in bills:
        hook.create(one)
    hook.create(world.bill(key=f"{prefix.replace('_', 'X')}4"))
    hook.void(hook.create(world.bill(key=f"{prefix}5")), None)
    found = listed(hook, prefix, day, day)
    assert set(found) == {one.key for one in bills}
    for one in bills:
        document = found[one.key]
        is_of(document, one)
        assert document.line_sums == sums((part.account, part.amount) for part in one.lines)
        assert document.tax_sums == sums((part.code, part.amount) for part in one.taxes)


def test_what_was_entered_in_the_window_is_listed_however_it_is_dated(world):
    hook = world.open_hook()
    sent = world.bill()
    hook.create(sent)
    today = datetime.datetime.now(datetime.UTC).date()
    yesterday = today - datetime.timedelta(days=1)
    assert set(listed(hook, sent.key, yesterday, today)) == {sent.key}
    long_ago = datetime.date(2019, 1, 1)
    assert listed(hook, sent.key, long_ago, long_ago) == {}


def test_by_key_every_document_is_found_the_cancelled_ones_too(world):
    hook = world.open_hook()
    amended, voided = world.bill(), world.bill()
    hook.amend(world.changed(amended), hook.create(amended))
    hook.void(hook.create(voided), None)
    found = hook.find_by_keys([amended.key, voided.key, f"{amended.key}0"])
    assert [document.state for document in found if document.key == voided.key] == ["cancelled"]
    replaced = [] if world.traits.amends == "in_place" else ["cancelled"]
    assert [document.state for document in found if document.key == amended.key] == ["posted", *replaced]
