"""Killed, cut off or raced at any call: the next attempt ends with exactly one posted document."""

from __future__ import annotations

import pytest

from include.errors import OutcomeUnknown
from tests.tryton.bills import bill, changed
from tests.tryton.faulty import FaultySession, Killed, cut, kill
from tests.tryton.ledger import amounts

#: create, claim, post, release
CREATE_CALLS = 4
#: create, claim, validate (refused as similar), skip that warning, validate, cancel, post, release
AMEND_CALLS = 8
FIRST = amounts(a6500="100.00", a1410="18.00", a2100="-118.00")
SECOND = amounts(a6800="250.00", a2100="-250.00")


def test_a_clean_bill_and_a_clean_amendment_take_the_calls_that_are_broken_here(open_hook):
    session = FaultySession()
    hook = open_hook(session)
    first = bill()
    old = hook.create(first)
    assert len(session.calls) == CREATE_CALLS, session.calls
    session.calls.clear()
    hook.amend(changed(first), old)
    assert len(session.calls) == AMEND_CALLS, session.calls


@pytest.mark.parametrize("at", range(1, CREATE_CALLS + 1))
def test_a_crash_after_any_call_of_a_create_never_posts_twice(open_hook, ledger, at):
    sent = bill()
    with pytest.raises(Killed):
        open_hook(FaultySession(at, after=kill)).create(sent)
    document = open_hook().create(sent)
    assert document.state == "posted"
    assert ledger.states(sent.key) == ["posted"]
    assert ledger.moves(sent.key) == 1
    assert ledger.postings(sent.key) == FIRST


@pytest.mark.parametrize("at", [1, 3])
def test_an_answer_lost_at_any_call_is_unknown_and_its_repeat_never_posts_twice(open_hook, ledger, at):
    sent = bill()
    with pytest.raises(OutcomeUnknown):
        open_hook(FaultySession(at, after=cut)).create(sent)
    assert open_hook().create(sent).state == "posted"
    assert ledger.states(sent.key) == ["posted"]
    assert ledger.moves(sent.key) == 1


@pytest.mark.parametrize("at", [2, 3])
def test_new_content_after_a_crash_replaces_the_draft_that_was_left(open_hook, ledger, at):
    sent = bill()
    with pytest.raises(Killed):
        open_hook(FaultySession(at, after=kill)).create(sent)
    edited = changed(sent)
    document = open_hook().create(edited)
    if document.fingerprint == sent.fingerprint:  # it was posted before the crash: the caller amends
        document = open_hook().amend(edited, document)
    assert document.fingerprint == edited.fingerprint
    assert [state for state in ledger.states(sent.key) if state != "cancelled"] == ["posted"]
    assert ledger.postings(sent.key) == SECOND


# 3 and 4 only ask and answer Tryton's warning, and 8 releases: they leave what 2 and 7 leave.
@pytest.mark.parametrize("at", [1, 2, 5, 6, 7])
def test_a_crash_after_any_call_of_an_amendment_is_carried_on(open_hook, ledger, at):
    first = bill()
    old = open_hook().create(first)
    second = changed(first)
    with pytest.raises(Killed):
        open_hook(FaultySession(at, after=kill)).amend(second, old)
    hook = open_hook()
    found = hook.find_by_key(first.key)
    assert found is not None
    if found.live and found.state != "draft":
        hook.amend(second, found)
    else:
        hook.create(second)
    assert ledger.states(first.key) == ["cancelled", "posted"]
    assert ledger.postings(first.key) == SECOND


@pytest.mark.parametrize("at", [2, 5])
def test_a_void_clears_what_a_crash_left(open_hook, ledger, at):
    first = bill()
    hook = open_hook()
    old = hook.create(first) if at == 5 else None
    doomed = open_hook(FaultySession(at, after=kill))
    with pytest.raises(Killed):
        doomed.create(first) if old is None else doomed.amend(changed(first), old)
    hook.void(hook.find_by_key(first.key), None)
    assert hook.live_keys([first.key]) == set()
    assert ledger.postings(first.key) == {}
    assert ledger.claims(first.key) == []


@pytest.mark.parametrize("at", [1, 2, 5])
def test_discarding_drafts_takes_away_what_a_crash_left_and_nothing_that_is_posted(open_hook, ledger, at):
    first = bill()
    hook = open_hook()
    old = hook.create(first) if at == 5 else None
    doomed = open_hook(FaultySession(at, after=kill))
    with pytest.raises(Killed):
        doomed.create(first) if old is None else doomed.amend(changed(first), old)
    hook.discard_drafts(first.key)
    hook.discard_drafts(first.key)
    # A validated draft has a number already, and Tryton only lets it be cancelled.
    assert ledger.states(first.key) == (["cancelled", "posted"] if old else [])
    assert ledger.postings(first.key) == (FIRST if old else {})
    assert ledger.claims(first.key) == []


def test_a_draft_that_a_person_edited_is_replaced_not_posted(open_hook, ledger, as_administrator):
    sent = bill()
    with pytest.raises(Killed):
        open_hook(FaultySession(2, after=kill)).create(sent)
    left = open_hook().find_by_key(sent.key)
    assert left.state == "draft"
    as_administrator._send("PUT", f"account.invoice/{left.erp_id}", body={"payment_term": None})
    assert open_hook().create(sent).erp_id != left.erp_id
    assert ledger.states(sent.key) == ["posted"]
    assert ledger.postings(sent.key) == FIRST
