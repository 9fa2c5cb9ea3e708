"""SIGKILL to the scheduler, to all of Airflow and to PostgreSQL; and a database that was put back."""

from __future__ import annotations

import threading

import pytest

from include.soak.faults import Order
from tests.crashes.deployment import until

AIRFLOW = ("scheduler", "api-server", "dag-processor")
POSTING = r"account\.invoice/\d+/post$"


def killed_in_the_middle(live, kill, ids):
    """Start a run over these invoices, and kill something once the first of them is posted."""
    done = threading.Event()

    def begin():
        threading.Thread(target=lambda: (kill(), done.set()), daemon=True).start()
        done.wait(20)

    live.erp.order(Order(None, "POST", POSTING, after=begin))
    run_id = live.trigger()
    assert done.wait(120)
    return run_id


@pytest.mark.slow
def test_a_scheduler_killed_with_its_workers_is_followed_by_one_that_ends_the_run(live):
    ids = live.invoices(3)
    run_id = killed_in_the_middle(live, lambda: live.kill("scheduler"), ids)
    live.airflow.start_again("scheduler")
    assert live.ended(run_id) == "success"
    live.settle(ids)
    assert live.ends(ids) == dict.fromkeys(ids, "posted")
    assert live.open_runs() == []


@pytest.mark.slow
def test_all_of_airflow_and_postgresql_killed_and_its_database_put_back_converge(live, tmp_path):
    kept = tmp_path / "airflow.dump"
    early, late, later = live.invoices(3), [], []
    live.erp.order(Order(None, "POST", POSTING, after=lambda: live.keep_database(kept)))
    first = live.trigger()
    assert live.ended(first) == "success"

    def everything():
        live.kill(*AIRFLOW)
        live.kill_postgres()

    late += live.invoices(3)
    second = killed_in_the_middle(live, everything, late)
    live.erp.calm()
    live.tryton.postgres.start()
    live.airflow.start()
    live.ended(second)
    live.settle(late)
    assert live.ends(early + late) == dict.fromkeys(early + late, "posted")
    assert live.open_runs() == []

    later += live.invoices(3)
    killed_in_the_middle(live, lambda: live.kill(*AIRFLOW), later)
    live.erp.calm()
    (left,) = live.open_runs()
    live.put_database_back(kept)
    live.airflow.start()
    live.ended(first)  # it is in its middle again, and all that it does is done already
    live.wait_until_old(left)
    assert live.run() == "success"
    live.settle(later)
    every = early + late + later
    assert live.ends(every) == dict.fromkeys(every, "posted")
    assert live.open_runs() == []
    until(lambda: live.airflow.api.active_run(live.dag_id) is None, "nothing runs any more")
