"""A process that ends, or an answer that is lost, after any of its writes: the next attempt makes it right.

A process that ended is played by a line on which nothing gets through any more: to the ERP it is the same.
"""

from __future__ import annotations

from contextlib import suppress

import pytest

from include.errors import TransientError
from tests.erp_kit.line import at_each_write
from tests.erp_kit.needs import needs, what_the_world_can  # noqa: F401 - comes along
from tests.erp_kit.standing import done_or_unknown, is_of, live_states, nothing_stands, stands, stands_once


def test_an_answer_lost_at_any_write_of_a_create_is_unknown_and_its_repeat_posts_nothing_twice(world):
    for lost in at_each_write(world, "create", "cut_after"):
        sent = world.bill()
        done_or_unknown(lambda lost=lost, sent=sent: lost.hook().create(sent))
        document = world.open_hook().create(sent)
        is_of(document, sent)
        stands(world, sent)


def test_a_create_that_ended_after_any_write_is_finished_by_the_next(world):
    for broken in at_each_write(world, "create", "cut_after", silent=True):
        sent = world.bill()
        with suppress(TransientError):
            broken.hook().create(sent)
        hook = world.open_hook()
        finished = hook.create(sent)
        is_of(finished, sent)
        stands(world, sent)
        hook.void(finished, None)  # and no trace stands in the way of what comes next
        nothing_stands(world, sent.key)


def test_newer_content_after_a_create_that_ended_after_any_write_takes_its_place(world):
    for broken in at_each_write(world, "create", "cut_after", silent=True):
        sent = world.bill()
        with suppress(TransientError):
            broken.hook().create(sent)
        newer = world.changed(sent)
        hook = world.open_hook()
        found = hook.find_by_key(sent.key)
        document = hook.create(newer)
        if document.fingerprint != newer.fingerprint:  # it was posted before the end: the caller amends
            assert found is not None
            document = hook.amend(newer, document)
        is_of(document, newer)
        stands_once(world, newer)


def test_an_amendment_that_ended_after_any_write_is_carried_on(world):
    for broken in at_each_write(world, "amend", "cut_after", silent=True):
        first = world.bill()
        old = world.open_hook().create(first)
        second = world.changed(first)
        with suppress(TransientError):
            broken.hook().amend(second, old)
        hook = world.open_hook()
        found = hook.find_by_key(first.key)
        assert found is not None
        if found.live and found.state != "draft":
            hook.amend(second, found)
        else:
            hook.create(second)
        stands(world, second)


@pytest.mark.parametrize("clear", ["discard", "void"])
def test_what_a_create_left_is_taken_away(world, clear):
    drafts_seen = False
    for broken in at_each_write(world, "create", "cut_after", silent=True):
        sent = world.bill()
        with suppress(TransientError):
            broken.hook().create(sent)
        hook = world.open_hook()
        left = hook.find_by_key(sent.key)
        drafts_seen |= left is not None and left.state == "draft"
        if clear == "void":
            if left is not None:
                hook.void(left, None)
            nothing_stands(world, sent.key)
            continue
        hook.discard_drafts(sent.key)
        hook.discard_drafts(sent.key)
        if left is not None and left.state == "posted":
            stands(world, sent)
        else:
            nothing_stands(world, sent.key)
    assert drafts_seen is world.traits.drafts


def test_discarding_drafts_in_the_middle_of_an_amendment_keeps_what_is_posted(world):
    for broken in at_each_write(world, "amend discarded", "cut_after", silent=True):
        first = world.bill()
        old = world.open_hook().create(first)
        second = world.changed(first)
        with suppress(TransientError):
            broken.hook().amend(second, old)
        hook = world.open_hook()
        before = world.states(first.key).count("posted")
        hook.discard_drafts(first.key)
        assert live_states(world, first.key) == ["posted"] * before
        found = hook.find_by_key(first.key)
        if before:
            stands(world, first if found.fingerprint == first.fingerprint else second)
        hook.void(found, None)
        nothing_stands(world, first.key)


@needs("edit_draft")
def test_a_draft_that_a_person_edited_is_replaced_not_posted(world):
    edited = False
    for broken in at_each_write(world, "create", "cut_after", silent=True):
        sent = world.bill()
        with suppress(TransientError):
            broken.hook().create(sent)
        left = world.open_hook().find_by_key(sent.key)
        if left is not None and left.state == "draft":
            world.edit_draft(left)
            edited = True
            assert world.open_hook().create(sent).erp_id != left.erp_id
            stands_once(world, sent)
    assert edited is world.traits.drafts
