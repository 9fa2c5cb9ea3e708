"""What a clean invoice costs Coupa, counted in Coupa's own journal, and that no look-up goes stale by it."""

from __future__ import annotations

from collections import Counter

import pytest

from include.errors import TransientError
from include.options import read_options
from include.sandbox.invoice_calls import HISTORY
from tests.reliability.driver import END
from tests.reliability.judge import faults, rest
from tests.reliability.kinds import GRAINS, KINDS

MANY = 60


@pytest.fixture
def errors_ahead(world, monkeypatch):
    monkeypatch.setenv("COUPA_ERP_ERRORS_AHEAD", "true")
    read_options.cache_clear()


def calls_of_a_run(world):
    """Calls by verb and collection; those about one invoice without its id."""
    world.sandbox.control.forget_calls()
    run = world.airflow.whole()
    assert run.told(END)["counts"]["posted"] == MANY
    counted = Counter()
    for call in world.sandbox.control.calls():
        words = [word for word in call["path"].split("/") if not word.isdigit()]
        counted[f"{call['method']} {'/'.join(words[2:])}"] += 1
    return counted


@pytest.mark.parametrize("grain", GRAINS)
def test_a_clean_invoice_takes_four_calls_beside_the_listing(world):
    world.a_day_ago()
    KINDS["clean"].prepare(world, MANY)
    calls = calls_of_a_run(world)
    assert calls["PUT invoices"] == 2 * MANY
    assert calls["GET integration_errors"] <= MANY + 1
    assert calls["POST integration_history_records"] == MANY
    assert calls["GET integration_history_records"] == 0
    listing = calls["GET invoices"]
    assert (4 * MANY + listing) / MANY <= 4.1


@pytest.mark.usefixtures("errors_ahead")
@pytest.mark.parametrize("grain", GRAINS)
def test_asked_for_ahead_fifty_at_a_time_it_takes_three(world):
    world.a_day_ago()
    KINDS["clean"].prepare(world, MANY)
    calls = calls_of_a_run(world)
    ahead = calls["GET integration_errors"]
    assert ahead <= 3  # two of fifty, and the one about the run itself at its end
    assert calls["GET integration_history_records"] == 0
    assert (3 * MANY + ahead - 1 + calls["GET invoices"]) / MANY <= 3.15


@pytest.mark.usefixtures("errors_ahead")
@pytest.mark.parametrize("grain", GRAINS)
def test_an_error_that_was_open_at_the_listing_is_resolved_when_its_invoice_goes(world):
    world.a_day_ago()
    (invoice_id,) = KINDS["refused by the ERP"].prepare(world)
    world.airflow.whole()
    world.erp.closed_months.clear()
    run = world.airflow.whole(retry_rejected=["all"])
    assert run.told(END)["counts"]["posted"] == 1
    assert [row["resolved"] for row in world.rows("errors", invoice_id)] == [True]
    assert not faults(world, invoice_id)


@pytest.mark.usefixtures("errors_ahead")
@pytest.mark.parametrize("grain", GRAINS)
def test_an_error_that_was_opened_after_the_listing_is_resolved_by_the_next_runs(world):
    world.a_day_ago()
    (invoice_id,) = KINDS["refused by the ERP"].prepare(world)
    run = world.airflow.trigger("listed")
    for task_id, _ in world.airflow.tasks(run):
        if task_id == "start_integration_run":
            # Beside it, a run of a backfill meets the refusal; then the cause is mended.
            world.airflow.whole(run_type="backfill", invoice_ids=[invoice_id])
            world.erp.closed_months.clear()
    assert run.told(END)["counts"]["posted"] == 1
    assert [row["resolved"] for row in world.rows("errors", invoice_id)] == [False]
    assert not [*rest(world), *faults(world, invoice_id)]


@pytest.mark.parametrize("grain", GRAINS)
def test_a_record_that_was_opened_before_a_retry_is_resolved_by_it(world):
    world.a_day_ago()
    (invoice_id,) = KINDS["clean"].prepare(world)
    find, tries = world.coupa.find_integration_errors, []

    def other_run_first(one, **how):
        if not tries:
            tries.append(one)
            world.airflow.whole(run_type="backfill", invoice_ids=[invoice_id])
            raise TransientError("Coupa does not answer.")
        return find(one, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.coupa, "find_integration_errors", other_run_first)
        world.airflow.whole()
    records = world.rows("history", invoice_id)
    assert [record["resolved"] for record in records] == [True, False]
    assert not faults(world, invoice_id)


@pytest.mark.parametrize("shown", [None, "none", [{"status": "Success"}], [{"id": 7}], {"id": 7}])
def test_an_answer_that_does_not_tell_its_open_records_has_them_asked_for(world, shown):
    world.a_day_ago()
    (invoice_id,) = KINDS["clean"].prepare(world)
    world.airflow.whole()
    mark = world.coupa.mark_exported

    def told_otherwise(one):
        raw = mark(one).model_dump(mode="json", by_alias=True)
        return type(mark(one)).model_validate({**raw, HISTORY: shown})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.coupa, "mark_exported", told_otherwise)
        world.airflow.whole(include_exported=True)
    assert [record["resolved"] for record in world.rows("history", invoice_id)] == [True, False]
