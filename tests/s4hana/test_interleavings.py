"""Two processes at one invoice, call by call in many orders: never are two documents posted at once."""

from __future__ import annotations

import itertools
import random
import threading
from contextlib import suppress

import pytest

from include.errors import ErpRejection, TransientError
from tests.erp_kit.standing import live_states, stands_once

_WAIT = 5


class Turns:
    """Lets two workers make their calls in a given order; then as they come."""

    def __init__(self, order):
        self._order = list(order)
        self._turn = threading.Condition()
        self._ended = set()

    def wait(self, who):
        with self._turn:
            self._turn.wait_for(lambda: not self._order or self._order[0] == who, _WAIT)
            while self._order and self._order[0] != who:  # the other one waits for something else
                self._order.pop(0)

    def made(self, who):
        with self._turn:
            if self._order and self._order[0] == who:
                self._order.pop(0)
            self._skip()

    def end(self, who):
        with self._turn:
            self._ended.add(who)
            self._skip()

    def _skip(self):
        while self._order and self._order[0] in self._ended:
            self._order.pop(0)
        self._turn.notify_all()


def in_order(order, *works):
    """Do the works at the same time, the calls of each in its turn."""
    turns = Turns(order)

    def run(who, hook, work):
        calls = hook.transport._calls
        once = calls.once

        def in_turn(call):
            turns.wait(who)
            try:
                return once(call)
            finally:
                turns.made(who)

        calls.once = in_turn
        with suppress(TransientError, ErpRejection):
            work(hook)
        turns.end(who)

    threads = [threading.Thread(target=run, args=(who, *each)) for who, each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def orders(length, number):
    """Orders of turns: all short ones, and so many longer ones, the same each time."""
    chosen = random.Random(4711)  # noqa: S311 - no secret
    yield from itertools.product((0, 1), repeat=3)
    yield from ([chosen.randrange(2) for _ in range(length)] for _ in range(number))


@pytest.fixture
def watched(world):
    """The most documents that were ever posted at once under a key."""
    most = {}
    original = world.ledger._post

    def post(document):
        original(document)
        text = document["DocumentHeaderText"]
        live = [
            one for one in [*world.ledger.documents.values()]
            if one["DocumentHeaderText"] == text and one["SupplierInvoiceStatus"] == "5"
            and not one["IsReversed"] and not one["IsReversal"]
        ]  # fmt: skip
        most[text] = max(most.get(text, 0), len(live))

    world.ledger._post = post
    yield most
    del world.ledger._post


@pytest.fixture
def without_pauses(monkeypatch):
    monkeypatch.setattr("coupa_erp.s4hana.entering._pause", lambda _: None)


@pytest.mark.parametrize("same", [True, False], ids=["one content", "two contents"])
def test_two_creates_in_any_order_post_one(world, watched, without_pauses, same):
    for order in orders(12, 16):
        first = world.bill()
        second = first if same else world.changed(first)
        works = [(world.open_hook(), lambda hook, sent=sent: hook.create(sent)) for sent in (first, second)]
        in_order(order, *works)
        document = world.open_hook().create(first)
        stands_once(world, first if document.fingerprint == first.fingerprint else second)
    assert set(watched.values()) == {1}


def test_an_amendment_and_a_create_or_a_second_amendment_in_any_order_leave_one(
    world, watched, without_pauses
):
    for at, order in enumerate(orders(16, 14)):
        first = world.bill()
        old = world.open_hook().create(first)
        second, third = world.changed(first), world.changed(first, world.line("300.00", 2))
        rival = (lambda hook, sent=third, seen=old: hook.amend(sent, seen)) if at % 2 else (
            lambda hook, sent=third: hook.create(sent)
        )  # fmt: skip
        works = [
            (world.open_hook(), lambda hook, sent=second, seen=old: hook.amend(sent, seen)),
            (world.open_hook(), rival),
        ]
        in_order(order, *works)
        hook = world.open_hook()
        found = hook.find_by_key(first.key)
        if found.state in ("draft", "cancelled"):
            found = hook.create(second)
        contents = {bill.fingerprint: bill for bill in (first, second, third)}
        assert live_states(world, first.key).count("posted") == 1
        hook.discard_drafts(first.key)
        stands_once(world, contents[found.fingerprint])
    assert set(watched.values()) == {1}
