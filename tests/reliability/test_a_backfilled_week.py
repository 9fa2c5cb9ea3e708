"""A week of hours in one backfill, sent again with each reprocess behaviour, and runs of it side by side."""

from __future__ import annotations

import copy
import datetime
from collections import Counter, deque

import pytest

from include.errors import TransientError
from include.sandbox.invoices import load
from tests.reliability.driver import CREATE, END, FETCH
from tests.reliability.judge import faults, rest
from tests.reliability.kinds import EVERY_MOMENT

HOUR = datetime.timedelta(hours=1)
FIRST = datetime.datetime(2026, 11, 2, tzinfo=datetime.UTC)
#: Of two days, unless every moment is asked for.
WEEK = [FIRST + number * HOUR for number in range((7 if EVERY_MOMENT else 2) * 24)]
CLEAN, UNMAPPED, VOID_OF_NOTHING = 104201, 104261, 104237
IST = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
KNOWN = {invoice["id"]: invoice for invoice in load()}


def put(world, number, created, document=CLEAN):
    """An invoice that was created at this moment; its id."""
    invoice = copy.deepcopy(KNOWN[document])
    invoice.update(
        {
            "id": 700_000 + number,
            "invoice-number": f"W-{number}",
            "created-at": created.isoformat(timespec="seconds"),
        }
    )
    with world.sandbox.state.lock:
        return world.sandbox.state.load_invoice(invoice)["id"]


def backfill(airflow, hours, behaviour="none", *, at_once=1, conf=None):
    """What Airflow 3.3 makes of a backfill: a run each hour, or the hour's old run once more.

    :param at_once: the backfill's ``max_active_runs``.
    :return: its runs.
    """
    runs = []
    for hour in hours:
        known = next((run for run in airflow.runs.values() if run.interval == (hour, hour + HOUR)), None)
        if known is None:
            runs.append(airflow.trigger(f"backfill__{hour.isoformat()}", run_type="backfill", **(conf or {})))
            runs[-1].interval = (hour, hour + HOUR)
        elif behaviour == "completed" or (behaviour == "failed" and known.state == "failed"):
            airflow.clear(known)
            # Whatever made the run, it is the backfill's now; its old conf stays where none is sent.
            known.run_type, known.conf = "backfill", known.conf if conf is None else conf
            runs.append(known)
    waiting, active = deque(runs), deque()
    while waiting or active:
        while waiting and len(active) < at_once:
            active.append(airflow.tasks(waiting.popleft()))
        turn = active.popleft()
        if next(turn, None) is not None:
            active.append(turn)
    return runs


def taken(runs):
    return {run.interval[0]: run.told(FETCH) for run in runs if run.told(FETCH)}


def integration_runs(world):
    """All of them, each of which must have been ended."""
    assert all(row["end-time"] for row in world.rows("runs"))
    return len(world.rows("runs"))


def standing(world):
    """What two books and the people who read them hold; not the mark's time, and whose record says it."""
    traces = {"last-exported-at", "updated-at", "lock-version-key"}
    invoices = [{name: row[name] for name in row if name not in traces} for row in world.rows("invoices")]
    errors = [error["external-id"] for error in world.rows("errors") if not error["resolved"]]
    successes = Counter(
        (record["document-id"], record["external-id"].split("#")[1])
        for record in world.rows("history")
        if not record["resolved"]
    )
    return invoices, errors, successes, world.rows("alerts"), list(world.erp.documents)


def test_a_week_takes_each_invoice_in_its_own_hour_and_sent_again_it_changes_nothing(world):
    lying_in = {
        # The beginning of an hour belongs to it, the end to the next; whatever zone Coupa writes it in.
        WEEK[0]: [put(world, 1, WEEK[0])],
        WEEK[4]: [put(world, 2, WEEK[5] - datetime.timedelta(seconds=1))],
        WEEK[5]: [put(world, 3, WEEK[5].astimezone(IST)), put(world, 4, WEEK[5] + HOUR / 2, UNMAPPED)],
        WEEK[6]: [put(world, 5, WEEK[6] + HOUR / 3, VOID_OF_NOTHING)],
        WEEK[-1]: [put(world, 6, WEEK[-1] + HOUR - datetime.timedelta(seconds=1))],
    }
    for number, hour in enumerate(WEEK[10:-8:10], start=10):
        lying_in[hour] = [put(world, number, hour + HOUR / 4)]
    ids = [one for hour in lying_in.values() for one in hour]
    outside = [put(world, 200, WEEK[0] - datetime.timedelta(seconds=1)), put(world, 201, WEEK[-1] + HOUR)]

    runs = backfill(world.airflow, WEEK)
    assert taken(runs) == lying_in
    assert {run.state for run in runs} == {"success"}
    counts = sum((Counter(run.told(END)["counts"]) for run in runs), Counter())
    assert counts == {"posted": len(ids) - 2, "rejected": 1, "voided": 1}
    assert not any(world.row(one)["exported"] for one in outside)
    assert integration_runs(world) == len(WEEK)
    before = standing(world)

    assert backfill(world.airflow, WEEK) == []
    assert backfill(world.airflow, WEEK, "failed") == []
    again = backfill(world.airflow, WEEK, "completed", conf={"include_exported": True})
    assert again == runs
    assert taken(again) == lying_in
    assert {run.state for run in again} == {"success"}
    assert standing(world) == before
    assert integration_runs(world) == 2 * len(WEEK)
    assert not [*rest(world), *(fault for one in ids for fault in faults(world, one))]


def test_a_scheduled_run_that_a_backfill_reprocesses_keeps_to_its_hour(world):
    here, elsewhere = put(world, 1, WEEK[1]), put(world, 2, WEEK[3])
    scheduled = world.airflow.whole()
    scheduled.interval = (WEEK[1], WEEK[1] + HOUR)
    assert scheduled.told(FETCH) == [here, elsewhere]
    first, before = scheduled.told(CREATE), standing(world)
    assert backfill(world.airflow, WEEK[1:2], "completed", conf={"include_exported": True}) == [scheduled]
    assert scheduled.told(FETCH) == [here]
    assert scheduled.told(CREATE) != first
    assert scheduled.told(END)["counts"]["unchanged"] == 1
    assert standing(world) == before


def test_an_index_that_airflow_removed_in_between_is_left_as_it_is(world):
    ids = [put(world, 1, WEEK[1]), put(world, 2, WEEK[1], UNMAPPED)]
    (run,) = backfill(world.airflow, WEEK[1:2])
    before = standing(world)
    backfill(world.airflow, WEEK[1:2], "completed")
    assert run.told(FETCH) == []
    backfill(world.airflow, WEEK[1:2], "completed", conf={"include_exported": True})
    assert run.told(FETCH) == ids
    assert run.told(END)["counts"]["skipped"] == 2
    assert standing(world) == before


@pytest.mark.parametrize("at_once", [2, 5])
def test_runs_side_by_side_claim_no_invoice_twice_and_end_each_its_own_run(world, at_once):
    ids = [put(world, number, WEEK[number // 2]) for number in range(10)]
    runs = backfill(world.airflow, WEEK[:5], at_once=at_once)
    assert taken(runs) == {hour: ids[2 * number : 2 * number + 2] for number, hour in enumerate(WEEK[:5])}
    assert len({run.told(CREATE) for run in runs}) == integration_runs(world) == len(runs)
    marks = [call for call in world.sandbox.control.calls() if "exported=true" in str(call["query"])]
    assert len([call for call in marks if call["method"] == "PUT"]) <= len(ids)
    assert not [*rest(world), *(fault for one in ids for fault in faults(world, one))]


def test_what_was_left_behind_is_swept_by_the_run_of_its_hour_alone(world):
    left, other = put(world, 1, WEEK[2]), put(world, 2, WEEK[8])
    for one in (left, other):
        world.coupa.mark_exported(one)
    runs = backfill(world.airflow, WEEK[:5], at_once=5)
    assert taken(runs) == {WEEK[2]: [left]}
    assert [run.told(FETCH, key="swept") != [] for run in runs] == [hour == WEEK[2] for hour in WEEK[:5]]
    # The schedule sweeps everywhere.
    assert world.row(other)["exported"]
    assert not [*rest(world), *(fault for one in (left, other) for fault in faults(world, one, strikes=1))]


def test_a_void_of_its_hour_is_found_by_a_backfill_however_long_ago_it_was(world):
    here, elsewhere = put(world, 1, WEEK[1]), put(world, 2, WEEK[3])
    world.airflow.whole()
    for one in (here, elsewhere):
        world.void(one)
    world.change(here, reset=False, updated_at="2026-01-05T00:00:00+00:00")
    runs = backfill(world.airflow, WEEK[:3])
    assert taken(runs) == {WEEK[1]: [here]}
    assert runs[1].told(END)["counts"]["voided"] == 1
    assert {one.state for one in world.erp.documents if one.key == world.key(here)} == {"cancelled"}


def test_an_outage_that_all_runs_of_a_backfill_meet_is_told_once(world):
    waiting = put(world, 1, WEEK[0])
    world.erp.away = TransientError("Nobody answers.")
    runs = backfill(world.airflow, WEEK[:5], at_once=5)
    world.erp.away = None
    assert {run.state for run in runs} == {"failed"}
    assert len(world.rows("alerts")) == 1
    assert integration_runs(world) == len(runs)
    assert not world.row(waiting)["exported"]
    again = backfill(world.airflow, WEEK[:5], "failed", at_once=2)
    assert again == runs
    assert taken(again) == {WEEK[0]: [waiting]}
    assert not [*rest(world), *faults(world, waiting)]
