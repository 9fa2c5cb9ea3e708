"""The supplier's number and the business key: kept whole, found exactly, never cut."""

from __future__ import annotations

from tests.erp_kit.needs import needs, what_the_world_can  # noqa: F401 - comes along
from tests.erp_kit.standing import is_of, nothing_stands, refusals_of, stands_once

#: Around something short that makes each one's own.
ODD = ("R {}/1-2", "000{}", "{}Größ_%*", "№<{}>&\\")


def test_a_number_of_odd_characters_is_kept_as_it_is_or_refused(world):
    hook = world.open_hook()
    for odd in ODD:
        sent = world.bill()
        sent = sent.model_copy(update={"number": odd.format(sent.number.removeprefix("K-"))})
        if set(world.traits.refused_in_numbers) & set(sent.number):
            refusals_of(world, lambda sent=sent: hook.create(sent))
            nothing_stands(world, sent.key)
            continue
        is_of(hook.create(sent), sent)
        found = hook.find_by_supplier_number(sent.company, sent.supplier, sent.number)
        assert [one.key for one in found] == [sent.key]


def test_a_number_as_long_as_the_limit_is_kept_whole_and_a_longer_one_refused(world):
    hook = world.open_hook()
    longest = hook.limits.number_length
    whole = world.bill()
    whole = whole.model_copy(update={"number": whole.number.ljust(longest or 200, "9")})
    assert hook.create(whole).supplier_number == whole.number
    stands_once(world, whole)
    if longest is not None:
        longer = world.bill()
        longer = longer.model_copy(update={"number": longer.number.ljust(longest + 1, "9")})
        refusals_of(world, lambda: hook.create(longer))
        nothing_stands(world, longer.key)


def test_numbers_that_look_alike_are_kept_apart(world):
    hook = world.open_hook()
    seed = world.bill()
    sent = seed.model_copy(update={"number": f"{seed.number}.A1"})
    hook.create(sent)
    for other in (sent.number[:-1], sent.number + "0", sent.number.replace("-", "_"), "%", "*"):
        assert hook.find_by_supplier_number(sent.company, sent.supplier, other) == []
    assert hook.find_by_supplier_number(sent.company, world.books.suppliers[1], sent.number) == []
    assert hook.find_by_supplier_number("NOCO", sent.supplier, sent.number) == []


def test_keys_that_look_alike_are_kept_apart(world):
    """As long as a key can be, and different only in what a pattern, a case or a prefix would miss."""
    hook = world.open_hook()
    seed = world.bill().key.partition("/")[0]
    instance = f"{seed}.Acme_production-EU".ljust(100, "x")
    keys = [
        f"{instance}/InvoiceHeader/104217",
        f"{instance}/InvoiceHeader/1042170",
        f"{instance.replace('_', '-')}/InvoiceHeader/104217",
        f"{instance.lower()}/InvoiceHeader/104217",
    ]
    numbers = {}
    for key in keys:
        assert hook.find_by_key(key) is None
        numbers[key] = hook.create(world.bill(key=key)).number
    assert len(set(numbers.values())) == len(keys)
    for key, number in numbers.items():
        assert (hook.find_by_key(key).number, hook.find_by_key(key).key) == (number, key)
    assert hook.live_keys([keys[0], keys[0][:-1]]) == {keys[0]}


@needs("enter")
def test_a_live_document_of_the_same_supplier_and_number_is_found_whoever_entered_it(world):
    """Whoever asks refuses the bill then: the supplier would be paid twice."""
    hook = world.open_hook()
    typed = world.bill()
    erp_id = world.enter(typed.supplier, typed.number)
    found = hook.find_by_supplier_number(typed.company, typed.supplier, typed.number)
    assert [(one.erp_id, one.key, one.supplier_number) for one in found] == [(erp_id, None, typed.number)]
    assert hook.find_by_key(typed.key) is None
    world.remove(erp_id)
    assert hook.find_by_supplier_number(typed.company, typed.supplier, typed.number) == []
    hook.create(typed)
    stands_once(world, typed)


def test_a_cancelled_document_is_not_found_by_its_number(world):
    hook = world.open_hook()
    sent = world.bill()
    hook.void(hook.create(sent), None)
    assert hook.find_by_supplier_number(sent.company, sent.supplier, sent.number) == []


def test_the_same_number_of_another_supplier_is_another_bill(world):
    hook = world.open_hook()
    first = world.bill()
    second = world.bill(number=first.number, supplier=world.books.suppliers[1])
    assert hook.create(first).number != hook.create(second).number
    stands_once(world, first)
    stands_once(world, second)
