"""How many calls a bill takes."""

from __future__ import annotations

from tests.tryton.bills import bill, changed, line
from tests.tryton.faulty import FaultySession
from tests.tryton.ledger import amounts

#: create, claim, post, release
CREATE_CALLS = 4
#: create, claim, validate (refused as similar), skip that warning, validate, cancel, post, release
AMEND_CALLS = 8


def test_a_clean_bill_and_a_clean_amendment_take_the_calls_that_the_kit_breaks(open_hook):
    session = FaultySession()
    hook = open_hook(session)
    first = bill()
    old = hook.create(first)
    assert len(session.calls) == CREATE_CALLS, session.calls
    session.calls.clear()
    hook.amend(changed(first), old)
    assert len(session.calls) == AMEND_CALLS, session.calls


def test_a_bill_of_many_lines_costs_no_call_for_each(open_hook, ledger):
    session = FaultySession(writes_only=False)
    accounts = ("6500", "6600", "6700", "6800")
    lines = [line("1.01", accounts[place % 4], f"Line {place + 1}") for place in range(80)]
    sent = bill(*lines, untaxed=True)
    open_hook(session).create(sent)
    assert ledger.postings(sent.key) == amounts(
        a6500="20.20", a6600="20.20", a6700="20.20", a6800="20.20", a2100="-80.80"
    )
    assert len(session.calls) <= 20
