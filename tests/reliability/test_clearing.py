"""A run, or an index of it, is cleared: what it had said before counts no more."""

from __future__ import annotations

import pytest

from include.errors import TransientError
from tests.reliability.driver import CREATE, END
from tests.reliability.judge import faults, rest
from tests.reliability.kinds import KINDS

RECORD = "invoice.record_outcome"


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


@pytest.mark.parametrize("kind", ["clean", "refused by the mapping"])
def test_what_an_index_said_before_it_was_cleared_is_not_taken_for_its_new_outcome(world, kind):
    world.a_day_ago()
    (invoice_id,) = KINDS[kind].prepare(world)
    run = world.airflow.trigger("cleared")
    world.airflow.play(run)
    before = run.told(RECORD, 0)["kind"]
    world.edit(invoice_id, reset=False)
    world.erp.away = TransientError("Nobody answers.")
    world.airflow.clear_index(run, 0)
    world.airflow.play(run)
    world.erp.away = None
    assert run.row("invoice.mark_exported", 0).state == "failed"
    assert run.told(RECORD, 0)["kind"] == "given_back" != before
    assert run.told(RECORD, 0)["outage"]
    assert run.told(CREATE) is not None
    assert not [*rest(world), *faults(world, invoice_id)]
