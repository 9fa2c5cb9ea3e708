"""``continue_backlog``: the follow-up of a run whose listing was cut."""

from __future__ import annotations

from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from coupa_erp.tasks.asked import request_of
from coupa_erp.tasks.listed import CURSOR, fetched_listing, outcomes_of
from coupa_erp.tasks.repeated import integration_run_id
from coupa_erp.tasks.telling import telling

#: The XCom by which ``continue_backlog`` shows that it ran, and for which integration run: in a run marked by
#: hand Airflow itself skips it.
LOOKED = "looked"


@telling
def next_run(context: Any) -> tuple[str, dict[str, Any]]:
    """The follow-up of a run whose listing was cut: its id and its conf.

    :return: a run id derived from this run's, and this run's conf with the cursor.
    :raises AirflowSkipException: nothing waits, or the run met an outage.
    """
    ti = context["ti"]
    ti.xcom_push(key=LOOKED, value=integration_run_id(context))
    listing = fetched_listing(context)
    cursor = ti.xcom_pull(task_ids="fetch_invoices", key=CURSOR, map_indexes=-1) if listing else None
    if cursor is None or (after_id := cursor["after_id"]) is None:
        raise AirflowSkipException("The listing was not cut: no invoice waits for a follow-up run.")
    outcomes = outcomes_of(context, listing)
    if any(outcome.outage for outcome in outcomes):
        raise AirflowSkipException("The run met an outage: the next scheduled run goes on.")
    if all(outcome.kind in ("given_back", "stopped") for outcome in outcomes):
        raise AirflowSkipException("Every invoice of this run failed technically: the next schedule goes on.")
    root = _root_of(context["run_id"], cursor.get("again"))
    asked, request = dict(context["dag_run"].conf or {}), request_of(context)
    # A backfill's run has its window from its data interval; its follow-up is no backfill's and has none.
    window = {"window_from": request.window_from, "window_to": request.window_to}
    limits = {name: moment.isoformat() for name, moment in window.items() if moment}
    return f"{root}__after_{after_id}", {**asked, **limits, "after_id": after_id}


def _root_of(run_id: str, again: int | None) -> str:
    """What the ids of a chain begin with: its first run's.

    :param again: the try of the listing, where the run was cleared as a whole: the chain of its first life is
        there already, and would keep what was listed now from being taken.
    """
    if again is not None:
        return f"{run_id}__again_{again}"
    return run_id.rpartition("__after_")[0] or run_id
