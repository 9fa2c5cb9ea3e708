"""The kit can fail: each hook that is broken on purpose is caught, by the test that is there for it."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

from include.errors import ExportError
from tests.erp_kit import all_tests as kit
from tests.erp_kit import tests_of_attaching
from tests.erp_kit.example import broken
from tests.erp_kit.example.ledger import Ledger
from tests.erp_kit.example.world import LedgerWorld
from tests.erp_kit.needs import skip_unless

CAUGHT = {
    broken.CreatesTwiceInARace: kit.test_eight_workers_creating_one_bill_at_once_post_one,
    broken.SendsAgainBlindly: (
        kit.test_an_answer_lost_at_any_write_of_a_create_is_unknown_and_its_repeat_posts_nothing_twice
    ),
    broken.TakesLostForNotDone: kit.test_an_answer_that_cannot_be_read_or_comes_too_late_is_unknown,
    broken.AmendsWhatIsPaid: kit.test_what_is_paid_is_neither_amended_nor_voided,
    broken.AmendsWhatIsJustBeingPaid: (
        kit.test_whatever_happens_before_any_write_of_an_amendment_leaves_one_document
    ),
    broken.AmendsByAnOlderLook: kit.test_a_document_that_was_not_seen_is_never_replaced,
    broken.EntersTheNewBesideTheOld: kit.test_an_amended_bill_stands_once_with_its_new_content,
    broken.RoundsThroughAFloat: kit.test_no_amount_loses_a_cent,
    broken.MovesTheDate: kit.test_a_closed_period_refuses_and_no_date_is_moved,
    broken.BelievesWhatItSent: (
        kit.test_what_the_erp_enters_otherwise_than_it_was_told_is_taken_back_and_both_figures_are_named
    ),
    broken.TakesTroubleForNothingThere: kit.test_no_trouble_is_taken_for_a_document_that_is_not_there,
    broken.CallsEverythingTransient: kit.test_a_wrong_secret_is_the_operators_and_is_never_shown,
    broken.TellsItsSecret: kit.test_a_wrong_secret_is_the_operators_and_is_never_shown,
    broken.SeesItsOwnDocumentsAlone: (
        kit.test_a_live_document_of_the_same_supplier_and_number_is_found_whoever_entered_it
    ),
    broken.CutsLongNumbers: kit.test_a_number_as_long_as_the_limit_is_kept_whole_and_a_longer_one_refused,
    broken.TellsNoPlace: kit.test_a_code_that_the_erp_does_not_have_is_named_with_its_place,
    broken.VoidsInItsAnswerAlone: kit.test_a_voided_bill_leaves_no_balance_on_any_account,
    broken.BooksCreditNotesAsBills: kit.test_a_credit_note_is_booked_the_other_way_round,
    broken.ListsCancelledOnesToo: kit.test_a_window_lists_the_live_documents_of_our_keys_with_their_sums,
}


def runs(test, world):
    """Run a test of the kit, with each value of its parameter."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    if not marks:
        test(world)
        return
    (mark,) = marks
    name, values = mark.args
    for value in values:
        test(world, **{name: value.values[0] if hasattr(value, "marks") else value})


@pytest.mark.parametrize("hook", CAUGHT, ids=lambda hook: hook.__name__)
def test_a_broken_hook_is_caught(hook):
    with Ledger() as erp:
        world = LedgerWorld(erp, hook)
        kit.test_the_same_bill_again_changes_nothing(world)  # otherwise it works
        # An exception of the wrong class is a failure, too; any other one would be a slip of the broken hook.
        with pytest.raises((AssertionError, pytest.fail.Exception, ExportError)):
            runs(CAUGHT[hook], world)


def test_every_hook_that_is_broken_is_among_them():
    written = {one for one in vars(broken).values() if getattr(one, "__module__", "") == broken.__name__}
    assert written == set(CAUGHT)


def written_in(*modules):
    return [
        (name, test)
        for module in modules
        for name, test in vars(module).items()
        if name.startswith("test_") and test.__module__ == module.__name__
    ]


def modules_of_the_kit():
    files = sorted(Path(kit.__file__).parent.glob("*_tests.py"))
    return [import_module(f"tests.erp_kit.{file.stem}") for file in files]


def test_no_test_of_the_kit_is_left_out_or_hidden_by_another():
    written = written_in(*modules_of_the_kit())
    assert {name: getattr(kit, name, None) for name, _ in written} == dict(written)
    assert len(written) == len(dict(written))


def needed_by(test):
    """The acts that a test says it needs, for all of its values or for some."""
    marks = list(getattr(test, "pytestmark", []))
    values = [value for mark in marks if mark.name == "parametrize" for value in mark.args[1]]
    marks += [mark for value in values for mark in getattr(value, "marks", ())]
    return {act for mark in marks if mark.name == "needs" for act in mark.args}


def test_each_test_says_which_acts_of_its_world_it_needs():
    acts = "pay|cancel|enter|edit_draft|close_period|altering|attach_by_hand"
    used = {
        name: (set(re.findall(rf"world\.({acts})\(", inspect.getsource(test))), needed_by(test))
        for name, test in written_in(*modules_of_the_kit(), tests_of_attaching)
    }
    assert {name: both for name, both in used.items() if both[0] - both[1]} == {}
    assert sum(bool(needed) for _, needed in used.values()) > 8


def test_what_a_world_cannot_do_is_skipped_and_said():
    world = LedgerWorld.__new__(LedgerWorld)
    skip_unless(world, "pay")
    world.cannot = {"pay": "Ledger is paid by people"}
    with pytest.raises(pytest.skip.Exception, match="pay: Ledger is paid by people"):
        skip_unless(world, "cancel", "pay")
