"""A single trigger drains a backlog of any size: run follows run until nothing waits, and no longer."""

from __future__ import annotations

import datetime
import os
from collections import Counter

import pytest
from airflow.sdk.configuration import conf

from include.errors import TransientError
from include.options import MOST_INVOICES_A_RUN
from include.sandbox.faults import Fault
from tests.reliability.driver import CONTINUE, END, FETCH
from tests.reliability.judge import faults, rest
from tests.reliability.kinds import GRAINS, KINDS

#: 1,500 by runs of 100 takes minutes; the same in proportion does not.
A_RUN = int(os.environ.get("BACKLOG_A_RUN", "4"))


class Backlog:
    """What waits, by id: clean invoices, and above their ids refused ones.

    :param runs: how many runs it takes; the last two find nothing but refusals.
    """

    def __init__(self, world, runs):
        world.a_day_ago()
        self.clean = KINDS["clean"].prepare(world, (runs - 2) * A_RUN)
        self.refused = KINDS["refused by the mapping"].prepare(world, 2 * A_RUN)

    @property
    def ids(self):
        return self.clean + self.refused


@pytest.fixture(autouse=True)
def _no_fault_stays(world):
    yield
    world.sandbox.control.behave()


@pytest.fixture
def before_a_try(world, monkeypatch):
    """Let something happen before each try of a task."""
    watch = world.airflow._watch

    def patch(act):
        def acting(run, task_id, invoice_id):
            act(run, task_id, invoice_id)
            return watch(run, task_id, invoice_id)

        monkeypatch.setattr(world.airflow, "_watch", acting)

    return patch


def drain(world, *, longest=40, **asked):
    run = world.airflow.trigger("manual", run_type="manual", max_invoices=A_RUN, **asked)
    return world.airflow.drain(run, longest=longest)


def taken(chain):
    return [invoice_id for run in chain for invoice_id in run.told(FETCH) or []]


@pytest.mark.parametrize("grain", GRAINS)
def test_a_single_trigger_drains_the_backlog_though_whole_runs_are_refused(world):
    backlog = Backlog(world, 15)
    chain = drain(world)
    assert taken(chain) == backlog.ids
    assert [len(run.told(FETCH)) for run in chain] == [A_RUN] * 15
    assert {run.state for run in chain} == {"success"}
    assert [run.run_id for run in chain[1:]] == [f"manual__after_{run.told(FETCH)[-1]}" for run in chain[:-1]]
    counts = sum((Counter(run.told(END)["counts"]) for run in chain), Counter())
    assert counts == {"posted": len(backlog.clean), "rejected": len(backlog.refused)}
    assert len(world.rows("runs")) == len(chain)
    assert all(row["end-time"] for row in world.rows("runs"))
    # What the schedule had to put off finds nothing left to do.
    assert world.airflow.whole().told(FETCH) == []


def test_no_run_takes_more_than_airflow_maps_over(world, monkeypatch):
    Backlog(world, 3)
    assert conf.getint("core", "max_map_length") >= MOST_INVOICES_A_RUN
    monkeypatch.setenv("AIRFLOW__CORE__MAX_MAP_LENGTH", "3")
    run = world.airflow.whole(max_invoices=MOST_INVOICES_A_RUN)
    assert len(run.told(FETCH)) == 3
    assert run.told(FETCH, key="cursor") == {"after_id": run.told(FETCH)[-1]}


@pytest.mark.parametrize("grain", GRAINS)
def test_an_outage_stops_the_chain_and_the_schedule_goes_on(world, before_a_try):
    backlog = Backlog(world, 5)

    def power_cut(run, task_id, invoice_id):
        if (task_id, invoice_id) == (world.airflow.shape.tasks[0], backlog.clean[A_RUN]):
            world.erp.away = TransientError("Nobody answers.")

    before_a_try(power_cut)
    chain = drain(world)
    assert len(chain) == 2
    assert chain[-1].row(CONTINUE).state == "skipped"
    assert chain[-1].state == "failed"
    before_a_try(lambda *_: None)
    world.erp.away = None
    assert not [*rest(world), *(fault for one in backlog.clean for fault in faults(world, one))]


@pytest.mark.parametrize("grain", GRAINS)
def test_a_poisoned_invoice_is_given_back_once_and_left_to_the_schedule(world):
    backlog = Backlog(world, 4)
    poisoned = backlog.clean[1]
    world.sandbox.control.order(
        Fault(method="GET", path="/api/integration_errors$", invoice_id=poisoned, times=None, status=503)
    )
    chain = drain(world)
    assert taken(chain) == backlog.ids
    assert not world.row(poisoned)["exported"]
    assert {run.state for run in chain} == {"success"}


@pytest.mark.parametrize("grain", GRAINS)
def test_a_run_of_nothing_but_technical_failures_is_the_last_of_its_chain(world):
    Backlog(world, 4)
    world.erp.failing = TransientError("The ERP does not get it done.")
    chain = drain(world)
    assert len(chain) == 1
    assert chain[0].state == "failed"
    assert chain[0].row(CONTINUE).state == "skipped"


def test_what_arrives_meanwhile_is_taken_and_does_not_keep_the_chain_going(world, before_a_try):
    world.a_day_ago()
    first, late = KINDS["clean"].prepare(world, 2 * A_RUN), []

    def arrives(run, task_id, invoice_id):
        if invoice_id == first[0] and not late:
            late.extend(KINDS["credit note"].prepare(world, A_RUN + 1))

    before_a_try(arrives)
    chain = drain(world)
    assert taken(chain) == first + late
    assert len(chain) == 4


def test_a_follow_up_that_is_there_already_is_not_started_again(world):
    Backlog(world, 4)
    first = world.airflow.trigger("manual", max_invoices=A_RUN)
    assert len(world.airflow.drain(first, longest=40)) > 1
    world.airflow.clear(first)
    assert world.airflow.drain(first, longest=40) == [first]


def test_a_backfill_is_followed_within_its_own_hour(world):
    world.a_day_ago()
    inside = KINDS["clean"].prepare(world, A_RUN + 1)
    created = datetime.datetime.fromisoformat(world.row(inside[-1])["created-at"])
    world.now_is_a_day_later()
    outside = KINDS["credit note"].prepare(world, 1)
    run = world.airflow.trigger("backfill", run_type="backfill", max_invoices=A_RUN)
    run.interval = (created - datetime.timedelta(hours=1), created + datetime.timedelta(hours=1))
    chain = world.airflow.drain(run, longest=3)
    assert taken(chain) == inside
    assert not world.row(outside[0])["exported"]


def test_what_is_retried_drains_like_any_backlog(world):
    backlog = Backlog(world, 4)
    drain(world)
    before = len(world.rows("errors"))
    chain = world.airflow.drain(
        world.airflow.trigger("again", max_invoices=A_RUN, retry_rejected=["TAX_CODE_UNMAPPED"]), longest=5
    )
    assert taken(chain) == backlog.refused
    # The same words again: opened again, not written anew, and nobody is told twice.
    assert len(world.rows("errors")) == before
    assert all(not row["resolved"] for row in world.rows("errors"))
