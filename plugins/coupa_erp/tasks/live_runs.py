"""Which runs of the export are alive, and what they hold: asked of Airflow, from within a task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

EXPORT_DAG = "coupa_invoices_to_erp"

_ENDED = frozenset({"success", "failed", "upstream_failed", "skipped", "removed"})
_BEGIN, _FETCH, _END = "create_integration_run", "fetch_invoices", "end_integration_run"


@dataclass(frozen=True)
class LiveRun:
    """A DAG run that has begun and whose ``end_integration_run`` is still to come or under way.

    :param integration_run_id: its run in Coupa; ``None`` where it has not told yet.
    :param invoice_ids: what it took; empty where it has not listed yet.
    """

    run_id: str
    integration_run_id: int | None
    invoice_ids: frozenset[int]


def other_live_runs(context: Any) -> list[LiveRun]:
    """Live runs of the export, but for this one: a backfill's beside the schedule's.

    :param context: the task's context, of this DAG or another.
    """
    ti = context["ti"]
    states = ti.get_task_states(dag_id=EXPORT_DAG, task_ids=[_BEGIN, _FETCH, _END])
    own = context["run_id"] if ti.dag_id == EXPORT_DAG else None
    return [
        _live_run(ti, run_id, of_run)
        for run_id, of_run in states.items()
        if run_id != own
        and of_run.get(_BEGIN) not in (None, "scheduled", "queued")
        and of_run.get(_END) not in _ENDED
        # A run that was marked by hand may keep a task without a state for ever: it is not alive.
        and ti.get_dagrun_state(EXPORT_DAG, run_id) in ("running", "queued")
    ]


def invoices_in_flight(context: Any) -> set[int]:
    """Coupa's ids of the invoices that other live runs hold.

    :param context: the task's context.
    """
    return {invoice_id for run in other_live_runs(context) for invoice_id in run.invoice_ids}


def _live_run(ti: Any, run_id: str, states: dict[str, str | None]) -> LiveRun:
    def told(task_id: str) -> Any:
        # Airflow logs an error for an XCom that is not there, so only what ended well is asked.
        if states.get(task_id) != "success":
            return None
        return ti.xcom_pull(dag_id=EXPORT_DAG, run_id=run_id, task_ids=task_id, map_indexes=-1)

    begun = told(_BEGIN)
    # A dry run has no run in Coupa, and what it lists it does not hold.
    return LiveRun(run_id, begun, frozenset(told(_FETCH) or ()) if begun else frozenset())
