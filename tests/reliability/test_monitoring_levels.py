"""The promises of option 3, kept with history records alone, and with a status text alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.errors import TransientError
from include.failure_policy import MOST_ALERTS_A_CODE
from tests.reliability.driver import CREATE, END, FETCH, STEPS
from tests.reliability.judge import faults, faults_of, rest
from tests.reliability.kinds import KINDS
from tests.reliability.world import NUMBER

ROOT = Path(__file__).parents[2]
STATUS = "cf-integration-status"
LESSER = ("history", "custom_field")
RECORD = "invoice.record_outcome"
#: What no call of the level may be about.
FORBIDDEN = {
    "history": re.compile("/api/integration_(runs|errors)"),
    "custom_field": re.compile("/api/integration"),
}


@pytest.fixture(params=LESSER)
def level(request, world):
    """Either level; afterwards no call was made that is not the level's."""
    world.level = request.param
    world.a_day_ago()
    world.sandbox.control.forget_calls()
    yield request.param
    world.sandbox.control.behave()
    paths = {call["path"] for call in world.sandbox.control.calls()}
    assert paths
    assert not {path for path in paths if FORBIDDEN[request.param].search(path)}


def status(world, invoice_id):
    return world.row(invoice_id)["custom-fields"][STATUS]


def open_errors(world, invoice_id):
    return [row for row in world.told("errors", invoice_id) if not row["resolved"]]


def resolve_by_hand(world, level, invoice_id):
    """What a person does in Coupa who has mended the cause elsewhere."""
    if level == "history":
        for row in open_errors(world, invoice_id):
            world.coupa.resolve_history_record(row["id"])
    else:
        world.coupa.write_custom_fields(invoice_id, {STATUS: ""})


def test_a_run_ends_tells_and_links_to_no_integration_run(world, level):
    clean, refused = KINDS["clean"].prepare(world)[0], KINDS["refused by the mapping"].prepare(world)[0]
    run = world.airflow.whole()
    assert run.state == "success"
    assert (run.told(END)["counts"]["posted"], run.told(END)["counts"]["rejected"]) == (1, 1)
    assert run.events == [{"posted": 1}]
    assert run.told(CREATE) < 0
    assert not [*rest(world), *faults(world, clean), *faults(world, refused)]


def test_the_status_says_in_coupa_what_became_of_each(world):
    world.level = "custom_field"
    world.a_day_ago()
    one = {
        kind: KINDS[kind].prepare(world)[0] for kind in ("clean", "refused by the mapping", "void of nothing")
    }
    world.airflow.whole()
    number = world.row(one["clean"])["custom-fields"][NUMBER]
    assert number
    assert status(world, one["clean"]).startswith(f"Exported: Posted in the ERP as {number}. [created ")
    assert status(world, one["refused by the mapping"]).startswith("Rejected: TAX_CODE_UNMAPPED: ")
    assert status(world, one["void of nothing"]).startswith("Exported: Voided in Coupa; ")
    # Number and status are one write: mark, look, write.
    world.sandbox.control.forget_calls()
    (invoice_id,) = KINDS["credit note"].prepare(world)
    world.airflow.whole()
    about = [call for call in world.sandbox.control.calls() if call["path"].endswith(f"/{invoice_id}")]
    assert [call["method"] for call in about] == ["PUT", "GET", "PUT"]


def costs(world):
    """What a run without invoices calls beside its listings, and what a clean invoice adds to it."""

    def calls():
        called = [call for call in world.sandbox.control.calls() if call["path"] not in NOT_COUNTED]
        world.sandbox.control.forget_calls()
        return len(called)

    world.airflow.whole()
    calls()
    world.airflow.whole()
    of_run = calls()
    KINDS["clean"].prepare(world)
    world.airflow.whole()
    return of_run, calls() - of_run


#: The token, and listings, which many invoices share.
NOT_COUNTED = ("/oauth2/token", "/api/invoices")


@pytest.mark.parametrize("one", ["runs", *LESSER])
def test_a_run_and_an_invoice_cost_the_calls_that_the_page_says(world, one):
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    column = ("runs", *LESSER).index(one) + 2
    told = [
        int(row.split("|")[column])
        for row in page.splitlines()
        if row.startswith(("| for the run itself", "| Coupa calls for a clean invoice"))
    ]
    world.level = one
    world.a_day_ago()
    of_run, of_invoice = costs(world)
    assert [of_invoice, of_run] == told


def test_the_third_failure_in_a_row_stops_the_invoice_and_a_person_lets_it_go_on(world, level):
    (invoice_id,) = KINDS["failing in the ERP"].prepare(world)
    began = []
    for strike in (1, 2, 3):
        world.airflow.whole()
        assert world.row(invoice_id)["exported"] is (strike == 3)
        began.append((status(world, invoice_id) or "").split(":")[0])
    if level == "history":
        told = [(row["status"], row["resolved"]) for row in world.rows("history", invoice_id)]
        assert told == [("Error", True), ("Error", True), ("Error", False)]
        # The first and the third are told.
        assert len(world.rows("alerts")) == 2
    else:
        assert began == ["Error 1 of 3", "Error 2 of 3", "Stopped at error 3"]
    world.airflow.whole()
    assert world.row(invoice_id)["exported"]
    assert not faults(world, invoice_id, strikes=3)
    assert not world.erp.documents
    world.erp.failing = None
    resolve_by_hand(world, level, invoice_id)
    assert not [*rest(world), *faults(world, invoice_id, strikes=3)]
    assert len(world.erp.documents) == 1


def test_the_same_refusal_again_is_one_mail(world):
    world.level = "history"
    world.a_day_ago()
    (invoice_id,) = KINDS["refused by the mapping"].prepare(world)
    run = world.airflow.whole()
    for step in STEPS:
        world.airflow.clear_step(run, step, 0)
        world.airflow.play(run)
        assert run.told(RECORD, 0)["kind"] == "rejected"
    assert len(world.rows("alerts")) == 1
    assert len(open_errors(world, invoice_id)) == 1
    assert not faults(world, invoice_id)


def test_ten_mails_of_a_code_in_a_run_and_one_that_sums_up_the_rest(world):
    world.level = "history"
    world.a_day_ago()
    ids = KINDS["refused by the ERP"].prepare(world, MOST_ALERTS_A_CODE + 3)
    world.airflow.whole()
    (*_, last) = world.rows("alerts")
    assert len(world.rows("alerts")) == MOST_ALERTS_A_CODE + 1
    # History records are about invoices: the sum hangs on one of those that no mail told of.
    assert last["document-id"] == ids[-1]
    assert last["responses"][0]["response-message"].startswith("Header: 3 more invoices of this run stand ")
    assert not [*rest(world), *(fault for one in ids for fault in faults(world, one))]
    assert len(world.rows("alerts")) == MOST_ALERTS_A_CODE + 1
    open_sums = [
        row for row in world.rows("history") if "#summary#" in row["external-id"] and not row["resolved"]
    ]
    assert not open_sums


def test_an_outage_fails_the_run_claims_nothing_and_writes_nothing_into_coupa(world, level):
    (invoice_id,) = KINDS["clean"].prepare(world)
    before = world.row(invoice_id)
    world.erp.away = TransientError("Nobody answers.")
    run = world.airflow.whole()
    world.erp.away = None
    assert run.state == "failed"
    assert "does not serve now" in run.told(END)["failure"]
    assert world.row(invoice_id) == before
    assert not world.rows("history")
    assert not world.rows("alerts")
    assert not [*rest(world), *faults(world, invoice_id)]


def test_a_closed_period_that_was_opened_lets_all_that_it_had_refused_be_sent_again(world, level):
    refused = KINDS["refused by the ERP"].prepare(world, 3)
    others = KINDS["refused by the mapping"].prepare(world)
    world.airflow.whole()
    world.now_is_a_day_later()
    world.erp.closed_months.clear()
    run = world.airflow.whole(retry_rejected=["PERIOD_CLOSED"])
    assert run.told(FETCH) == refused
    assert run.told(END)["counts"]["posted"] == len(refused)
    assert not [*rest(world), *(fault for one in [*refused, *others] for fault in faults(world, one))]


def test_a_void_that_was_refused_is_not_taken_with_every_run(world, level):
    (invoice_id,) = KINDS["void of a paid one"].prepare(world)
    assert world.airflow.whole().told(END)["counts"]["rejected"] == 1
    assert world.airflow.whole().told(FETCH) == []
    assert not faults(world, invoice_id)


def test_where_coupa_takes_no_custom_field_the_books_are_right_and_the_square_is_red(world):
    world.level = "custom_field"
    world.a_day_ago()
    (clean,), (refused,) = KINDS["clean"].prepare(world), KINDS["refused by the mapping"].prepare(world)
    world.sandbox.control.change_settings(refuse_custom_field_writes=True)
    for _ in range(4):
        run = world.airflow.whole()
    # Nothing can be kept in Coupa: each is tried with every second run, and nothing is entered twice.
    assert len(world.erp.documents) == 1
    assert run.told(END)["swept"] == 2 or run.row(RECORD, 0).state == "failed"
    world.sandbox.control.change_settings(refuse_custom_field_writes=False)
    assert not [*rest(world), *faults(world, clean, strikes=3), *faults(world, refused, strikes=3)]
    assert len(world.erp.documents) == 1


#: From each level to each other.
CHANGES = [(old, new) for old in ("runs", *LESSER) for new in ("runs", *LESSER) if old != new]

#: How much of what was exported at the old level is exported once more, to be told of at the new: what was
#: refused, and voids of nothing. Elsewhere it rests under what the old level wrote.
COMES_AGAIN = {("runs", "history"): 1, ("runs", "custom_field"): 2, ("history", "custom_field"): 2}


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_a_level_that_is_changed_between_runs_loses_nothing_and_enters_nothing_twice(world, old, new):
    world.level = old
    world.a_day_ago()
    ids = [KINDS[kind].prepare(world)[0] for kind in ("clean", "refused by the mapping", "void of nothing")]
    clean, refused, _ = ids
    world.airflow.whole()
    (posted,) = world.erp.documents
    world.level = new
    run = world.airflow.whole()
    # What the ERP holds is known to be settled, whichever level told of it.
    assert clean not in run.told(FETCH)
    assert run.told(END)["swept"] == COMES_AGAIN.get((old, new), 0)
    assert not rest(world)
    assert world.erp.documents == [posted]
    assert world.row(clean)["custom-fields"][NUMBER] == posted.number
    assert bool(faults_of(world, refused)) is ((old, new) not in COMES_AGAIN)
    # Each goes on as an invoice of the new level.
    for one in ids:
        world.edit(one, reset=True)
    assert not [*rest(world), *(fault for one in ids for fault in faults_of(world, one))]
    assert [document.live for document in world.erp.documents] == [False, True]


def test_a_run_begun_at_another_level_writes_no_run_that_coupa_does_not_have(world):
    world.level = "history"
    world.a_day_ago()
    (invoice_id,) = KINDS["clean"].prepare(world)
    run = world.airflow.trigger("begun before")
    steps = world.airflow.tasks(run)
    while next(steps) != ("invoice.post_to_erp", 0):
        pass
    world.level = "runs"
    assert list(steps)
    assert run.state == "failed"
    assert not world.rows("runs")
    assert not [*rest(world), *faults(world, invoice_id, strikes=1)]
    assert len(world.erp.documents) == 1
