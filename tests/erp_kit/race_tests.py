"""Workers at one invoice at once: one posted document, and every one of them gets it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from include.errors import ErpRejection, TransientError
from tests.erp_kit.line import at_each_write
from tests.erp_kit.needs import needs, what_the_world_can  # noqa: F401 - comes along
from tests.erp_kit.standing import live, live_states, nothing_stands, stands_once

WORKERS = 8


def at_once(*calls):
    """Run calls in threads that start together; their results, or the transient errors that they met."""
    together = threading.Barrier(len(calls))

    def run(call):
        together.wait(30)
        try:
            return call()
        except TransientError as busy:
            return busy

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_eight_workers_creating_one_bill_at_once_post_one(world):
    sent = world.bill()
    results = at_once(*(partial(world.open_hook().create, sent) for _ in range(WORKERS)))
    number = world.open_hook().create(sent).number
    stands_once(world, sent)
    told = {result.number for result in results if not isinstance(result, TransientError)}
    assert told <= {number}
    assert told, results


def test_eight_workers_with_bills_of_their_own_all_get_through(world):
    bills = [world.bill() for _ in range(WORKERS)]
    results = at_once(*(partial(world.open_hook().create, sent) for sent in bills))
    assert [result for result in results if isinstance(result, TransientError)] == []
    assert len({result.number for result in results}) == WORKERS
    for sent in bills:
        stands_once(world, sent)


def test_workers_with_old_and_new_content_leave_one_document(world):
    old = world.bill()
    new = world.changed(old)
    at_once(*(partial(world.open_hook().create, sent) for sent in (old, new, new)))
    hook = world.open_hook()
    document = hook.create(new)
    assert live_states(world, old.key) == ["posted"]
    if document.fingerprint != new.fingerprint:
        hook.amend(new, document)
    stands_once(world, new)


def test_workers_amending_one_bill_at_once_leave_one_document(world):
    first = world.bill()
    old = world.open_hook().create(first)
    second = world.changed(first)
    at_once(*(partial(world.open_hook().amend, second, old) for _ in range(4)))
    hook = world.open_hook()
    hook.amend(second, live(hook, first.key))
    stands_once(world, second)


@pytest.mark.parametrize("other", ["same", "edited", "void"])
def test_a_whole_rival_before_any_write_of_a_create_leaves_one_document(world, other):
    """One stops before its n-th write; the rival does all of its work; the first goes on as it believes."""
    sents = {}

    def rival():
        hook, sent = world.open_hook(), sents["now"]
        if other == "void":
            found = hook.find_by_key(sent.key)
            if found is not None and found.live:
                hook.void(found, None)
        else:
            hook.create(sent if other == "same" else sents["edited"])

    for stopped in at_each_write(world, "create overtaken", before=rival):
        sent = sents["now"] = world.bill()
        edited = sents["edited"] = world.changed(sent)
        try:
            stopped.hook().create(sent)
        except TransientError:
            world.open_hook().create(sent)
        found = world.open_hook().find_by_key(sent.key)
        if other == "void" and not found.live:  # it had been posted before the rival voided it
            nothing_stands(world, sent.key)
            continue
        stands_once(world, sent if found.fingerprint == sent.fingerprint else edited)


@pytest.mark.parametrize(
    "other",
    ["amend", pytest.param("pay", marks=needs("pay")), pytest.param("cancel", marks=needs("cancel"))],
)
def test_whatever_happens_before_any_write_of_an_amendment_leaves_one_document(world, other):
    now = {}

    def rival():
        if other == "amend":
            hook = world.open_hook()
            found = hook.find_by_key(now["first"].key)
            if found.live and found.state != "draft":
                hook.amend(now["third"], found)
            else:
                hook.create(now["third"])
        elif now["old"].number == live_number(world, now["first"].key):
            world.pay(now["old"], whole=False) if other == "pay" else world.cancel(now["old"])

    for stopped in at_each_write(world, "amend overtaken", before=rival):
        first = now["first"] = world.bill()
        old = now["old"] = world.open_hook().create(first)
        second = world.changed(first)
        third = now["third"] = world.changed(first, world.line("300.00", 2))
        told = None
        try:
            stopped.hook().amend(second, old)
        except ErpRejection as refused:
            told = refused
        except TransientError:
            told = tried_again(world.open_hook(), second)
        found = live(world.open_hook(), first.key)
        if found.touched_by_payment:
            assert other == "pay"
            assert told is not None, "what was paid was changed"
            assert told.refusals[0].code == "PAID"
            assert found.fingerprint == first.fingerprint
            assert live_states(world, first.key) == ["posted"]
            assert world.leftovers(first.key) == []
            continue
        allowed = (second, third) if other == "amend" else (second,)
        contents = {bill.fingerprint: bill for bill in allowed}
        assert found.fingerprint in contents
        stands_once(world, contents[found.fingerprint])


def tried_again(hook, bill):
    """As Airflow tries a task again: look, then amend or create; the refusal, if it is one."""
    found = hook.find_by_key(bill.key)
    try:
        if found is not None and found.live and found.state != "draft":
            hook.amend(bill, found)
        else:
            hook.create(bill)
    except ErpRejection as refused:
        return refused
    return None


def live_number(world, key):
    found = world.open_hook().find_by_key(key)
    return found.number if found is not None and found.state == "posted" else None
