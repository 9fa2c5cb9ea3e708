"""Workers that enter the same bill at once: one posted document, and every one of them gets it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from coupa_erp.tryton.posting import BeingEntered
from include.errors import ErpRejection, TransientError
from tests.tryton.bills import bill, changed, line
from tests.tryton.faulty import FaultySession, Killed, kill
from tests.tryton.ledger import amounts

WORKERS = 8
FIRST = amounts(a6500="100.00", a1410="18.00", a2100="-118.00")


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


def test_eight_workers_creating_one_bill_at_once_post_one(open_hook, ledger):
    sent = bill()
    results = at_once(*(partial(open_hook().create, sent) for _ in range(WORKERS)))
    assert open_hook().create(sent).state == "posted"
    assert ledger.states(sent.key) == ["posted"]
    assert ledger.moves(sent.key) == 1
    assert ledger.postings(sent.key) == FIRST
    numbers = {result.number for result in results if not isinstance(result, TransientError)}
    assert len(numbers) == 1
    assert ledger.claims(sent.key) == []


def test_workers_with_old_and_new_content_leave_one_document(open_hook, ledger):
    old = bill()
    new = changed(old)
    at_once(*(partial(open_hook().create, sent) for sent in (old, new, new)))
    document = open_hook().create(new)
    assert [state for state in ledger.states(old.key) if state != "cancelled"] == ["posted"]
    assert ledger.moves(old.key) % 2 == 1
    if document.fingerprint != new.fingerprint:
        open_hook().amend(new, document)
    assert ledger.postings(old.key) == amounts(a6800="250.00", a2100="-250.00")


def test_workers_amending_one_bill_at_once_leave_one_document(open_hook, ledger):
    first = bill()
    old = open_hook().create(first)
    second = changed(first)
    at_once(*(partial(open_hook().amend, second, old) for _ in range(4)))
    assert open_hook().amend(second, old).fingerprint == second.fingerprint
    assert [state for state in ledger.states(first.key) if state != "cancelled"] == ["posted"]
    assert ledger.postings(first.key) == amounts(a6800="250.00", a2100="-250.00")


@pytest.mark.parametrize(
    ("other", "at"),
    [
        *(("same", at) for at in (2, 3)),
        *(("edited", at) for at in (1, 2, 3, 4)),
        *(("void", at) for at in (2, 3, 4)),
    ],
)
def test_a_whole_rival_between_any_two_calls_leaves_one_document(open_hook, ledger, other, at):
    """A stops before its n-th write; B does all of its work; A goes on with what it believes."""
    sent = bill()
    edited = changed(sent)

    def rival():
        hook = open_hook()
        if other == "void":
            found = hook.find_by_key(sent.key)
            if found is not None and found.live:
                hook.void(found, None)
        else:
            hook.create(sent if other == "same" else edited)

    open_hook(FaultySession(at, before=rival)).create(sent)
    states = [state for state in ledger.states(sent.key) if state != "cancelled"]
    released_last = other == "void" and at == 4  # A had posted when B voided it
    assert states == ([] if released_last else ["posted"])
    if not released_last:
        found = open_hook().find_by_key(sent.key)
        expected = (
            FIRST if found.fingerprint == sent.fingerprint else amounts(a6800="250.00", a2100="-250.00")
        )
        assert ledger.postings(sent.key) == expected
    assert ledger.claims(sent.key) == []


@pytest.mark.parametrize("at", [2, 5, 6, 7])
def test_a_second_amendment_between_any_two_calls_of_an_amendment(open_hook, ledger, at):
    first = bill()
    old = open_hook().create(first)
    second, third = changed(first), changed(first, line("300.00", "6600"))

    def rival():
        hook = open_hook()
        found = hook.find_by_key(first.key)
        if found.live and found.state != "draft":
            hook.amend(third, found)
        else:
            hook.create(third)

    try:
        open_hook(FaultySession(at, before=rival)).amend(second, old)
    except (TransientError, ErpRejection):
        open_hook().amend(second, open_hook().find_by_key(first.key))
    assert [state for state in ledger.states(first.key) if state != "cancelled"] == ["posted"]
    fingerprint = open_hook().find_by_key(first.key).fingerprint
    expected = amounts(a6800="250.00", a2100="-250.00")
    if fingerprint == third.fingerprint:
        expected = amounts(a6600="300.00", a2100="-300.00")
    assert ledger.postings(first.key) == expected


def test_parallel_posts_of_different_bills_all_get_through_trytons_numbering(open_hook, ledger):
    bills = [bill() for _ in range(WORKERS)]
    results = at_once(*(partial(open_hook().create, sent) for sent in bills))
    assert all(not isinstance(result, TransientError) for result in results), results
    assert len({result.number for result in results}) == WORKERS
    for sent in bills:
        assert ledger.postings(sent.key) == FIRST


def test_two_invoices_with_one_supplier_and_number_at_once_post_one_at_most(open_hook, ledger):
    first = bill()
    second = bill(number=first.number)
    session = FaultySession(3, before=lambda: _leave_a_draft(open_hook, second))
    with pytest.raises(BeingEntered, match=second.key):
        open_hook(session).create(first)
    assert ledger.states(first.key) == []
    assert open_hook().create(second).state == "posted"
    with pytest.raises(ErpRejection, match="already holds"):
        open_hook().create(first)
    assert ledger.states(first.key) == []


def _leave_a_draft(open_hook, sent):
    with pytest.raises(Killed):
        open_hook(FaultySession(2, after=kill)).create(sent)
