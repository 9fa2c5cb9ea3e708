"""A dry run looks at everything, writes nothing, and tells for each invoice what a run would do."""

from __future__ import annotations

import pytest

from include.errors import TransientError
from include.sandbox.faults import Fault
from tests.reliability.driver import CONTINUE, CREATE, END, FETCH
from tests.reliability.kinds import GRAINS, KINDS

WOULD = {
    "clean": "create",
    "credit note": "create",
    "changed, unpaid": "amend",
    "changed, paid": "refuse",
    "void of a live one": "void",
    "void of a paid one": "refuse",
    "void of nothing": "nothing",
    "refused by the mapping": "refuse",
    "refused by the ERP": "refuse",
    "posted, then made unmappable": "refuse",
    "posted, made unmappable, put right": "nothing",
}
#: What the real run, right after it, counts the invoice as.
DONE = {"create": "posted", "amend": "posted", "void": "voided", "refuse": "rejected"}


@pytest.fixture(autouse=True)
def _no_fault_stays(world):
    yield
    world.sandbox.control.behave()


def books(world):
    """All that stands in Coupa and in the ERP."""
    return {kind: world.rows(kind) for kind in ("invoices", "history", "errors", "runs", "alerts")}, list(
        world.erp.documents
    )


def dry_run(world, **asked):
    """A dry run that is watched for writes.

    :return: its row.
    """
    before = books(world)
    world.sandbox.control.forget_calls()
    run = world.airflow.trigger(run_type="manual", dry_run=True, **asked)
    world.airflow.play(run)
    assert books(world) == before
    calls = [call for call in world.sandbox.control.calls() if "/oauth2/" not in call["path"]]
    assert {call["method"] for call in calls} <= {"GET"}
    return run


def report_of(run):
    return {told["invoice_id"]: told for told in run.told(END)["invoices"]}


@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("kind", WOULD)
def test_it_tells_what_the_next_run_then_does(world, kind):
    world.a_day_ago()
    (invoice_id,) = KINDS[kind].prepare(world)
    run = dry_run(world)
    assert run.state == "success"
    assert run.told(CREATE) is None
    told = report_of(run)[invoice_id]
    assert told["would"] == WOULD[kind]
    assert bool(told["messages"]) is (told["would"] == "refuse")
    real = world.airflow.whole()
    (outcome,) = (real.told(world.airflow.shape.record, 0),)
    if told["would"] != "nothing":
        assert outcome["kind"] == DONE[told["would"]]
    assert [(message["code"], message["text"]) for message in told["messages"]] == [
        (message["code"], message["text"]) for message in outcome["messages"]
    ]


def test_it_gives_nothing_back_and_ends_no_run_of_others(world):
    world.a_day_ago()
    left, unsettled = KINDS["clean"].prepare(world, 2)
    world.coupa.create_integration_run()
    world.coupa.mark_exported(left)
    world.now_is_a_day_later()
    run = dry_run(world)
    assert list(report_of(run)) == [unsettled]


def test_what_a_dry_run_lists_is_nobody_elses_to_wait_for(world):
    world.a_day_ago()
    (left,) = KINDS["clean"].prepare(world)
    world.coupa.mark_exported(left)
    world.now_is_a_day_later()
    dry = world.airflow.trigger("dry", dry_run=True, include_exported=True)
    for task_id, _ in world.airflow.tasks(dry):
        if task_id == "start_integration_run":
            break
    assert dry.told(FETCH) == [left]
    # A run beside it sweeps up and carries what the dry run only looks at.
    assert world.airflow.whole(run_type="backfill").told(END)["counts"]["posted"] == 1


@pytest.mark.parametrize("grain", GRAINS)
def test_what_left_approval_is_passed_over_and_keeps_its_mark(world, monkeypatch):
    world.a_day_ago()
    (invoice_id,) = KINDS["clean"].prepare(world)
    before = world.airflow._watch

    def held_meanwhile(run, task_id, of_invoice):
        if task_id == world.airflow.shape.task_of("mark_exported"):
            world.change(of_invoice, reset=False, status="on_hold")
        return before(run, task_id, of_invoice)

    monkeypatch.setattr(world.airflow, "_watch", held_meanwhile)
    run = world.airflow.whole(dry_run=True)
    assert report_of(run)[invoice_id]["would"] == "pass over"
    assert run.row(world.airflow.shape.task_of("post_to_erp"), 0).state in ("upstream_failed", "skipped")


@pytest.mark.parametrize("grain", GRAINS)
def test_an_invoice_of_which_nothing_can_be_told_is_named(world):
    world.a_day_ago()
    silent, clean = KINDS["clean"].prepare(world, 2)
    world.sandbox.control.order(Fault(method="GET", path=f"/api/invoices/{silent}$", times=None, status=503))
    run = dry_run(world)
    assert run.state == "success"
    report = report_of(run)
    assert report[silent]["would"] == "not known"
    assert "503" in report[silent]["messages"][0]["text"]
    assert report[clean]["would"] == "create"
    assert run.told(END)["would"]["create"] == 1


def test_an_erp_that_is_away_fails_the_dry_run_and_opens_no_error(world):
    world.a_day_ago()
    KINDS["clean"].prepare(world)
    world.erp.away = TransientError("Nobody answers.")
    run = dry_run(world)
    world.erp.away = None
    assert run.state == "failed"
    assert "does not serve now" in run.told(END)["failure"]


@pytest.mark.parametrize("grain", GRAINS)
def test_its_follow_ups_are_dry_and_end_with_the_listing(world):
    world.a_day_ago()
    ids = KINDS["clean"].prepare(world, 7)
    before = books(world)
    first = world.airflow.trigger("manual", run_type="manual", dry_run=True, max_invoices=3)
    chain = world.airflow.drain(first, longest=5)
    assert [run.told(FETCH) for run in chain] == [ids[:3], ids[3:6], ids[6:]]
    assert all(run.conf["dry_run"] for run in chain)
    assert chain[-1].row(CONTINUE).state == "skipped"
    assert books(world) == before


def test_it_tells_which_of_the_refused_would_go_now(world):
    world.a_day_ago()
    refused = KINDS["refused by the ERP"].prepare(world, 2)
    world.airflow.whole()
    run = dry_run(world, retry_rejected=["all"])
    assert {told["would"] for told in report_of(run).values()} == {"refuse"}
    world.erp.closed_months.clear()
    run = dry_run(world, retry_rejected=["PERIOD_CLOSED"])
    assert {one: told["would"] for one, told in report_of(run).items()} == dict.fromkeys(refused, "create")


@pytest.mark.parametrize("grain", GRAINS)
def test_a_run_that_was_marked_by_hand_says_so_and_for_whom_nothing_is_known(world):
    world.a_day_ago()
    KINDS["clean"].prepare(world, 2)
    run = world.airflow.trigger("stopped", dry_run=True)
    tasks = world.airflow.tasks(run)
    for task_id, _ in tasks:
        if task_id == "start_integration_run":
            break
    run.row(CONTINUE).state = "skipped"
    world.airflow.task(run, END)
    assert run.row(END).state == "failed"
    assert run.told(END)["failure"] == "The DAG run was marked by hand before its end."
    assert {told["would"] for told in report_of(run).values()} == {"not known"}
