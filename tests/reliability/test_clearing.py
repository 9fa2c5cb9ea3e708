"""A run, or an index of it, is cleared: what it had said before counts no more."""

from __future__ import annotations

import pytest

from include.errors import TransientError
from tests.reliability.driver import CONTINUE, CREATE, END, START, STEPS, WHOLE, shape_in
from tests.reliability.judge import faults, rest
from tests.reliability.kinds import EVERY_MOMENT, GRAINS, KINDS
from tests.reliability.world import NUMBER

#: Every square that an index has, in either grain.
SQUARES = [*(("steps", step) for step in STEPS), ("invoice", WHOLE)]


def record_of(run, world, index=0):
    """The outcome of an index."""
    return run.told(world.airflow.shape.record, index)


@pytest.mark.parametrize("grain", GRAINS)
def test_a_run_cleared_as_a_whole_counts_what_it_takes_anew_and_nothing_else(world):
    world.a_day_ago()
    ids = KINDS["clean"].prepare(world, 3)
    run = world.airflow.trigger("cleared")
    world.airflow.play(run)
    assert run.told(END)["counts"]["posted"] == 3
    # The last is alone in the second listing, at another index than before.
    world.edit(ids[2], reset=True)
    world.airflow.clear(run)
    world.airflow.play(run)
    assert run.state == "success"
    assert (run.told(END)["fetched"], run.told(END)["counts"]["posted"]) == (1, 1)
    assert not [*rest(world), *(fault for one in ids for fault in faults(world, one))]


@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("kind", ["clean", "refused by the mapping"])
def test_what_an_index_said_before_it_was_cleared_is_not_taken_for_its_new_outcome(world, kind):
    world.a_day_ago()
    (invoice_id,) = KINDS[kind].prepare(world)
    run = world.airflow.trigger("cleared")
    world.airflow.play(run)
    before = record_of(run, world)["kind"]
    world.edit(invoice_id, reset=False)
    world.erp.away = TransientError("Nobody answers.")
    world.airflow.clear_index(run, 0)
    world.airflow.play(run)
    world.erp.away = None
    assert run.row(world.airflow.shape.task_of("mark_exported"), 0).state == "failed"
    assert record_of(run, world)["kind"] == "given_back" != before
    assert record_of(run, world)["outage"]
    assert run.told(CREATE) is not None
    assert not [*rest(world), *faults(world, invoice_id)]


#: What of each kind a person mends before the square is cleared; the others stay as they are.
MENDED = {
    "refused by the mapping": lambda world, one: world.change(
        one,
        reset=False,
        invoice_lines={"0": {"tax-lines": {"0": {"code": "V18", "tax-code": {"code": "V18"}}}}},
    ),
    "posted, then made unmappable": lambda world, one: world.change(
        one, reset=False, payment_term={"id": 30, "code": "Net 30"}
    ),
    "refused by the ERP": lambda world, _: world.erp.closed_months.clear(),
    "failing in the ERP": lambda world, _: setattr(world.erp, "failing", None),
    "number refused": lambda world, _: world.sandbox.control.change_settings(
        refuse_custom_field_writes=False
    ),
}
WAYS = [(downstream, only_failed) for downstream in (False, True) for only_failed in (False, True)]
CHOSEN = ("clean", "refused by the mapping", "number refused")


@pytest.mark.parametrize("hasty", [False, True] if EVERY_MOMENT else [True])
@pytest.mark.parametrize(("grain", "step"), SQUARES)
@pytest.mark.parametrize("kind", KINDS if EVERY_MOMENT else CHOSEN)
def test_each_step_cleared_in_each_way_long_after_its_run_brings_the_present_outcome_into_coupa(
    world, kind, step, hasty
):
    world.a_day_ago()
    (invoice_id,) = KINDS[kind].prepare(world)
    run = world.airflow.trigger("cleared")
    world.airflow.play(run)
    if kind in MENDED:
        MENDED[kind](world, invoice_id)
    world.now_is_a_day_later()
    ended, found = world.snapshot(), []
    for downstream, only_failed in WAYS:
        world.restore(ended)
        world.airflow.hasty = hasty
        run = world.airflow.runs["cleared"]
        cleared = world.airflow.clear_step(run, step, 0, downstream=downstream, only_failed=only_failed)
        if not cleared or not any(index == 0 for _, index in cleared):
            continue
        world.airflow.play(run)
        said = faults(world, invoice_id, strikes=KINDS[kind].strikes)
        if (kind in MENDED or record_of(run, world)["kind"] in ("posted", "unchanged", "voided")) and (
            run.state != "success"
            or record_of(run, world)["kind"] not in ("posted", "unchanged", "voided")
            or record_of(run, world)["integration_run_id"] != run.told(CREATE)
        ):
            said.append(f"the run is {run.state}, its record {record_of(run, world)}")
        if (END, -1) in cleared and run.told(END)["counts"].get(record_of(run, world)["kind"]) != 1:
            said.append(f"the summary has {run.told(END)['counts']}, the record {record_of(run, world)}")
        said += rest(world) + faults(world, invoice_id, strikes=KINDS[kind].strikes)
        found += [f"downstream {downstream}, only failed {only_failed}: {fault}" for fault in said]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(("grain", "step"), SQUARES)
def test_a_step_of_an_old_run_that_is_cleared_does_not_bring_an_older_state_back(world, step):
    world.a_day_ago()
    (invoice_id,) = KINDS["clean"].prepare(world)
    run = world.airflow.trigger("old")
    world.airflow.play(run)
    first = world.row(invoice_id)["custom-fields"][NUMBER]
    world.edit(invoice_id, reset=True)
    world.airflow.whole()
    second = world.row(invoice_id)["custom-fields"][NUMBER]
    assert second != first
    world.airflow.clear_step(run, step, 0)
    world.airflow.play(run)
    assert world.row(invoice_id)["custom-fields"][NUMBER] == second
    assert world.sandbox.state.invoices.demand(invoice_id)["exported"]
    assert not faults(world, invoice_id)


@pytest.mark.parametrize("grain", GRAINS)
def test_a_refusal_that_is_repeated_alone_stays_red_and_open_and_sends_no_second_mail(world):
    world.a_day_ago()
    (invoice_id,) = KINDS["refused by the mapping"].prepare(world)
    run = world.airflow.trigger("refused")
    world.airflow.play(run)
    alerts = len(world.rows("alerts"))
    for step in world.airflow.shape.steps:
        world.airflow.clear_step(run, step, 0)
        world.airflow.play(run)
        assert record_of(run, world)["kind"] == "rejected"
        assert not faults(world, invoice_id)
    assert run.row(world.airflow.shape.task_of("post_to_erp"), 0).state == "failed"
    assert run.state == "success"
    assert len(world.rows("alerts")) == alerts


@pytest.mark.parametrize("grain", GRAINS)
def test_an_index_cleared_after_an_outage_is_carried_and_the_others_outage_is_not_told_again(world):
    world.a_day_ago()
    ids = KINDS["clean"].prepare(world, 2)
    run = world.airflow.trigger("outage")
    for task_id, _ in world.airflow.tasks(run):
        if task_id == START:
            world.erp.away = TransientError("Nobody answers.")
    assert run.state == "failed"
    alerts = len(world.rows("alerts"))
    world.erp.away = None
    world.airflow.clear_step(run, STEPS[0], 0, downstream=True)
    world.airflow.play(run)
    assert run.state == "success"
    assert run.told(END)["counts"] | {"posted": 1, "given_back": 1} == run.told(END)["counts"]
    assert len(world.rows("alerts")) == alerts
    assert not faults(world, ids[0])
    assert not [*rest(world), *(fault for one in ids for fault in faults(world, one))]


@pytest.mark.parametrize("after", ["restarted", "no try left"] if EVERY_MOMENT else ["no try left"])
@pytest.mark.parametrize(
    ("grain", "step"), SQUARES if EVERY_MOMENT else [("steps", "post_to_erp"), ("invoice", WHOLE)]
)
def test_a_crash_at_any_call_of_a_step_that_carries_its_invoice_through_comes_to_rest(world, step, after):
    world.a_day_ago()
    (invoice_id,) = KINDS["clean"].prepare(world)
    world.airflow.play(world.airflow.trigger("cleared"))
    world.edit(invoice_id, reset=False)
    ended, found = world.snapshot(), []

    def clear(point=None):
        world.restore(ended)
        run = world.airflow.runs["cleared"]
        world.airflow.clear_step(run, step, 0)
        world.watch(invoice_id, point, world.kill if point else None)
        world.airflow.after, world.watched = after, run.run_id
        world.airflow.play(run)
        world.watched = None

    clear()
    for point in world.points(invoice_id):
        clear(point)
        found += rest(world)
        found += [f"{point}: {fault}" for fault in faults(world, invoice_id, strikes=1)]
    assert not found, "\n" + "\n".join(dict.fromkeys(found))


@pytest.mark.parametrize("grain", GRAINS)
def test_a_cleared_run_that_is_marked_by_hand_gives_back_what_had_not_begun_again(world):
    world.a_day_ago()
    (invoice_id,) = KINDS["clean"].prepare(world)
    run = world.airflow.trigger("cleared")
    world.airflow.play(run)
    world.edit(invoice_id, reset=False)
    world.airflow.clear_step(run, "post_to_erp", 0, downstream=True)
    for task_id, index in (*((task, 0) for task in world.airflow.shape.tasks), (CONTINUE, -1)):
        if run.row(task_id, index).state is None:
            run.row(task_id, index).state = "skipped"
    world.airflow.play(run)
    assert run.state == "failed"
    assert "by hand" in run.told(END)["failure"]
    assert not world.row(invoice_id)["exported"]
    assert not [*rest(world), *faults(world, invoice_id)]


@pytest.mark.parametrize("grain", GRAINS)
def test_only_failed_of_a_run_whose_listing_failed_exports_into_the_run_that_has_ended(world):
    world.a_day_ago()
    (invoice_id,) = KINDS["clean"].prepare(world)
    world.erp.away = TransientError("Nobody answers.")
    run = world.airflow.trigger("outage")
    world.airflow.play(run)
    world.erp.away = None
    assert run.state == "failed"
    for row in run.tasks.values():
        if row.state in ("failed", "upstream_failed"):
            row.clear()
    world.airflow.play(run)
    assert run.state == "success"
    assert run.told(END)["counts"]["posted"] == 1
    assert not faults(world, invoice_id)
    assert [one["status"] for one in world.rows("runs")] == ["failed"]


@pytest.mark.parametrize("grain", ["invoice"])
def test_an_invoice_passed_over_by_its_only_task_is_counted_and_carried_once_it_is_approved_again(world):
    world.a_day_ago()
    ids = KINDS["clean"].prepare(world, 2)
    run = world.airflow.trigger("held")
    for task_id, _ in world.airflow.tasks(run):
        if task_id == START:
            world.change(ids[0], reset=False, status="on_hold")
    assert (run.state, run.row(WHOLE, 0).state) == ("success", "skipped")
    assert (run.told(END)["counts"]["skipped"], run.told(END)["counts"]["posted"]) == (1, 1)
    assert not world.row(ids[0])["exported"]
    world.change(ids[0], reset=False, status="approved")
    world.airflow.clear_step(run, WHOLE, 0)
    world.airflow.play(run)
    assert run.told(END)["counts"]["posted"] == 2
    assert not [*rest(world), *(fault for one in ids for fault in faults(world, one))]


@pytest.mark.parametrize("cleared", [(END,), (CREATE, END)])
@pytest.mark.parametrize(("before", "grain"), [("steps", "invoice"), ("invoice", "steps")])
def test_a_square_of_a_run_from_before_the_grain_was_changed_sends_its_invoices_once_more_and_nothing_twice(
    world, before, cleared
):
    world.a_day_ago()
    ids = [*KINDS["clean"].prepare(world, 2), *KINDS["refused by the mapping"].prepare(world)]
    now = world.airflow.shape
    world.airflow.shape = shape_in(before)
    run = world.airflow.trigger("old")
    world.airflow.play(run)
    world.now_is_a_day_later()
    documents, alerts = list(world.erp.documents), len(world.rows("alerts"))
    run.state = "running"
    for task_id in cleared:
        run.row(task_id).clear()
    # Airflow takes the squares of the old shape off, and makes those of the new one.
    for task_id in world.airflow.shape.tasks:
        for index in range(len(ids)):
            run.row(task_id, index).state = "removed"
    world.airflow.shape = now
    world.airflow.play(run)
    assert run.state == "success"
    counts = run.told(END)["counts"]
    assert (counts["unchanged"], counts["rejected"], run.told(END)["fetched"]) == (2, 1, 3)
    assert (world.erp.documents, len(world.rows("alerts"))) == (documents, alerts)
    assert not [*rest(world), *(fault for one in ids for fault in faults(world, one))]
