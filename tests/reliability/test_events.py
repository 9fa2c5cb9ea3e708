"""Other DAGs may follow a run that has delivered something."""

from __future__ import annotations

from tests.reliability.driver import CREATE
from tests.reliability.kinds import KINDS


def test_a_run_that_delivered_names_its_integration_run_and_counts(world):
    world.a_day_ago()
    KINDS["clean"].prepare(world, 2)
    KINDS["refused by the mapping"].prepare(world)
    run = world.airflow.whole()
    assert run.events == [{"integration_run_id": run.told(CREATE), "posted": 2}]
    assert world.airflow.whole().events == []


def test_a_cleared_square_that_changes_nothing_in_the_erp_makes_no_event(world):
    world.a_day_ago()
    KINDS["clean"].prepare(world)
    run = world.airflow.whole()
    world.airflow.clear_step(run, "record_outcome", 0)
    world.airflow.play(run)
    assert len(run.events) == 1
