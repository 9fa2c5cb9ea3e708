"""People and other runs act between any two calls of a run: two ordinary runs later everything is right."""

from __future__ import annotations

import copy
from functools import partial

import pytest

from include.mapping.bill import map_invoice
from tests.reliability.judge import faults, rest
from tests.reliability.kinds import EVERY_MOMENT, GRAINS, KINDS
from tests.reliability.world import MAPPING, TODAY, World


def put_on_hold(world: World, invoice_id: int) -> None:
    if world.row(invoice_id)["status"] == "approved":
        world.change(invoice_id, reset=False, status="on_hold")


def approve_again(world: World, invoice_id: int) -> None:
    if world.row(invoice_id)["status"] == "on_hold":
        world.change(invoice_id, reset=False, status="approved")


SECOND_START = "an edit, a second start, and the next run"
ACTS = {
    "edit": partial(World.edit, reset=True),
    "edit that keeps the mark": partial(World.edit, reset=False),
    "void": World.void,
    "hold": put_on_hold,
    "payment": World.pay,
    "correction": World.correct,
    "another run": World.other_run,
    "an edit, and another run": World.edit_and_other_run,
    "a void, and another run": World.void_and_other_run,
    "a second start of the task": World.start_again,
    SECOND_START: World.edit_and_start_again,
}
TAKEN = ("clean", "changed, unpaid", "void of a live one", "refused by the mapping", "failing in the ERP")
AT_ONCE = 10


ENTERS, NUMBERS = ("erp.create", "erp.amend", "erp.void"), ("coupa.write_custom_fields",)


def begin(world, first, kind, count):
    world.restore(first)
    world.a_day_ago()
    ids = KINDS[kind].prepare(world, count)
    world.watch()
    return ids


def points_of(world, first, kind):
    (invoice_id,) = begin(world, first, kind, 1)
    world.run_watched()
    return world.points(invoice_id)


#: What is chosen where not every moment is asked for.
CHOSEN = {
    "clean": ("edit", "edit that keeps the mark", "void", "hold", "a void, and another run"),
    "changed, unpaid": ("payment", "correction", "an edit, and another run", SECOND_START),
    "void of a live one": ("payment", "another run"),
    "refused by the mapping": ("edit that keeps the mark",),
    "failing in the ERP": ("edit",),
}
PAIRS = [
    *(("steps", kind, act) for kind in TAKEN for act in ACTS if EVERY_MOMENT or act in CHOSEN[kind]),
    *(("invoice", kind, act) for kind in TAKEN for act in ACTS if EVERY_MOMENT),
]
if not EVERY_MOMENT:
    PAIRS += [
        ("invoice", "clean", "edit"),
        ("invoice", "clean", "a void, and another run"),
        ("invoice", "changed, unpaid", SECOND_START),
        ("invoice", "failing in the ERP", "hold"),
    ]


@pytest.mark.parametrize(("grain", "kind", "act"), PAIRS)
def test_whatever_happens_between_two_calls_everything_comes_to_rest(world, kind, act):
    first, found = world.snapshot(), []
    points = points_of(world, first, kind)
    at_once = 1 if "second start" in act else AT_ONCE
    for start in range(0, len(points), at_once):
        some = points[start : start + at_once]
        ids = begin(world, first, kind, len(some))
        for one, point in zip(ids, some, strict=True):
            world.plans[one] = (point.number, point.when, partial(ACTS[act], world, one))
        world.run_watched()
        assert not world.plans
        for one in ids:
            approve_again(world, one)
        found += rest(world)
        for one, point in zip(ids, some, strict=True):
            strikes = 3 * KINDS[kind].strikes
            found += [f"{point}: {fault}" for fault in faults(world, one, strikes=strikes)]
    if "run" in act:
        # Two runs that meet the same trouble in the same moment may both tell of it.
        found = [fault for fault in found if "alert too many" not in fault]
    assert not found, "\n" + "\n".join(dict.fromkeys(found))


#: After an edit an older number may stay in Coupa: that is left to the reconciliation.
OVERTAKEN = {
    "edited, dies after entering": ("an edit, and another run", ENTERS),
    "voided, dies after entering": ("a void, and another run", ENTERS),
    "voided, dies after the number": ("a void, and another run", NUMBERS),
}
LOST_SINCE = [
    (grain, kind, how) for grain in GRAINS for kind in ("clean", "changed, unpaid") for how in OVERTAKEN
]
if not EVERY_MOMENT:
    LOST_SINCE = [
        ("steps", "clean", "voided, dies after entering"),
        ("steps", "changed, unpaid", "edited, dies after entering"),
        ("steps", "changed, unpaid", "voided, dies after the number"),
        ("invoice", "clean", "edited, dies after entering"),
    ]


@pytest.mark.parametrize(("grain", "kind", "how"), LOST_SINCE)
def test_a_run_that_was_overtaken_and_is_then_lost_leaves_nothing_old(world, kind, how):
    act, dying = OVERTAKEN[how]
    first, found = world.snapshot(), []
    points = points_of(world, first, kind)
    for start in range(0, len(points), AT_ONCE):
        some = points[start : start + AT_ONCE]
        ids = begin(world, first, kind, len(some))
        world.airflow.after = "run lost"

        def overtaken(invoice_id):
            world.airflow.after = "restarted"
            ACTS[act](world, invoice_id)
            world.airflow.after = "run lost"
            world.dying[invoice_id] = dying

        for one, point in zip(ids, some, strict=True):
            world.plans[one] = (point.number, point.when, partial(overtaken, one))
        world.run_watched()
        world.airflow.runs.pop("watched", None)
        found += rest(world)
        for one, point in zip(ids, some, strict=True):
            found += [f"{point}: {fault}" for fault in faults(world, one, strikes=1)]
    assert not found, "\n" + "\n".join(dict.fromkeys(found))


@pytest.mark.parametrize("grain", GRAINS)
def test_older_content_that_another_process_entered_at_the_last_moment_is_amended(world):
    (invoice_id,) = KINDS["clean"].prepare(world)
    older = map_invoice(world.coupa.read_invoice(invoice_id), MAPPING, world.key(invoice_id), TODAY)
    world.edit(invoice_id, reset=True)
    first = world.snapshot()
    world.watch()
    world.run_watched()
    for point in world.points(invoice_id):
        if not point.call.startswith(("post_to_erp", "invoice: erp")):
            continue
        world.restore(first)
        world.watch(invoice_id, point, partial(world.erp.create, older))
        world.run_watched()
        assert not faults(world, invoice_id), point


def test_what_another_run_claims_while_this_one_sweeps_is_not_taken_for_left_behind(world):
    (invoice_id,) = KINDS["clean"].prepare(world)
    first = world.snapshot()
    world.watch()
    world.run_watched()
    points = [point for point in world.points(None) if point.call.startswith("fetch_invoices")]
    for point in points:
        world.restore(first)
        other = world.airflow.trigger(run_type="backfill", include_exported=True)
        steps = world.airflow.tasks(other)

        def claim(steps=steps):
            while next(steps) != ("invoice.mark_exported", 0):
                pass

        world.watch(None, point, claim)
        world.run_watched()
        assert list(steps)
        other.state = "success"
        assert not [*rest(world), *faults(world, invoice_id)], point


PUT_BACK = [(grain, kind) for grain in GRAINS for kind in ("clean", "failing in the ERP")]


@pytest.mark.parametrize(("grain", "kind"), PUT_BACK if EVERY_MOMENT else PUT_BACK[1:3])
def test_airflows_database_put_back_to_any_moment_of_a_run_comes_to_rest(world, kind):
    first, found = world.snapshot(), []
    (invoice_id,) = begin(world, first, kind, 1)
    whole = len(list(world.airflow.tasks(world.airflow.trigger("put back"))))
    for put_back_to in range(whole):
        (invoice_id,) = begin(world, first, kind, 1)
        run = world.airflow.trigger("put back")
        for number, _ in enumerate(world.airflow.tasks(run)):
            if number == put_back_to:
                kept = copy.deepcopy(run)
        world.airflow.whole()
        world.airflow.runs["put back"] = kept
        world.airflow.play(kept)
        found += rest(world)
        # A status text knows the newest attempt: one that comes again after another counts once more.
        strikes = (3 if world.level == "custom_field" else 2) * KINDS[kind].strikes
        found += [
            f"put back to {put_back_to}: {fault}" for fault in faults(world, invoice_id, strikes=strikes)
        ]
    assert not found, "\n" + "\n".join(dict.fromkeys(found))
