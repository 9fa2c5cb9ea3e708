"""The picture of ``coupa_invoices_to_erp`` with empty task bodies, in either grain: what Airflow asks for it.

Plain ``@task``; the same edges, retries, params, labels, trigger rules, teardown, callbacks, outlets and
follow-up runs. tests/bench holds it to the product's DAG.
"""

from __future__ import annotations

import datetime
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import (
    Asset,
    AssetAlias,
    CronDataIntervalTimetable,
    Param,
    dag,
    get_current_context,
    task,
    task_group,
)
from airflow.sdk.exceptions import AirflowSkipException

from coupa_erp.retry_policy import RetryByException
from include.options import MOST_INVOICES_A_RUN, read_options

OPTIONS = read_options()
MOMENT: dict[str, Any] = {"type": ["null", "string"], "format": "date-time"}

PARAMS = {
    "invoice_ids": Param(
        [], type="array", items={"type": "integer", "minimum": 1}, maxItems=MOST_INVOICES_A_RUN
    ),
    "statuses": Param(
        ["approved", "voided"],
        type="array",
        items={"type": "string", "enum": ["approved", "voided"]},
        examples=["approved", "voided"],
        minItems=1,
        uniqueItems=True,
    ),
    "updated_since": Param(None, **MOMENT),
    "window_from": Param(None, **MOMENT),
    "window_to": Param(None, **MOMENT),
    "max_invoices": Param(OPTIONS.max_invoices, type="integer", minimum=1, maximum=MOST_INVOICES_A_RUN),
    "dry_run": Param(False, type="boolean"),
    "include_exported": Param(False, type="boolean"),
    "retry_rejected": Param(
        None, type=["null", "array"], items={"type": "string", "maxLength": 255}, maxItems=100
    ),
    "after_id": Param(0, type="integer", minimum=0),
    # Stands for Coupa: how many invoices there are in all.
    "waiting": Param(0, type="integer", minimum=0),
}


def nothing(context: Any) -> None:
    """A callback without a body."""


def left_over() -> tuple[int, int]:
    """How many invoices this run takes, and how many are left after it."""
    params = get_current_context()["params"]
    waiting = params["waiting"] - params["after_id"]
    taken = min(waiting, params["max_invoices"])
    return taken, waiting - taken


def skip_unless_more_waits(context: Any) -> None:
    """Skip the follow-up where this run took all that there was."""
    operator = context["task"]
    # Its button opens the run that follows: skipped, it has none.
    links, operator.operator_extra_links = operator.operator_extra_links, ()
    taken, left = left_over()
    if not left:
        raise AirflowSkipException
    root, after_id = context["run_id"].partition("__after_")[0], context["params"]["after_id"] + taken
    operator.trigger_run_id = f"{root}__after_{after_id}"
    operator.conf = {**context["dag_run"].conf, "after_id": after_id}
    operator.operator_extra_links = links


@dag(
    dag_id="bench_floor",
    schedule=CronDataIntervalTimetable(OPTIONS.schedule, timezone="UTC"),
    start_date=datetime.datetime.combine(OPTIONS.start_date, datetime.time(), datetime.UTC),
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    default_args={
        "retries": OPTIONS.retries,
        "retry_delay": datetime.timedelta(seconds=OPTIONS.retry_seconds),
        "retry_policy": RetryByException(OPTIONS.retry_seconds),
        "weight_rule": "upstream",
        "show_return_value_in_logs": False,
        "execution_timeout": datetime.timedelta(minutes=OPTIONS.task_minutes),
    },
    on_success_callback=nothing,
    on_failure_callback=[nothing, nothing],
    doc_md=__doc__,
    tags=["bench"],
)
def bench_floor() -> None:
    """Wire the picture."""

    @task
    def create_integration_run() -> int:
        return 1

    @task
    def fetch_invoices() -> list[int]:
        taken, _ = left_over()
        return list(range(taken))

    @task
    def start_integration_run() -> bool:
        return True

    named = {"map_index_template": "{{ invoice_number }}", "multiple_outputs": False}

    def label() -> None:
        context: Any = get_current_context()
        context["invoice_number"] = f"INV-{context['ti'].map_index}"

    @task_group
    def invoice(invoice_id: int) -> None:
        @task(**named)
        def mark_exported() -> None:
            label()

        @task(**named)
        def resolve_previous() -> None:
            label()

        @task(**named, max_active_tis_per_dag=OPTIONS.erp_concurrency)
        def post_to_erp() -> None:
            label()

        @task(**named, trigger_rule="all_done")
        def record_outcome() -> None:
            label()

        mark_exported() >> resolve_previous() >> post_to_erp() >> record_outcome()

    @task(**named, task_id="invoice")
    def whole_invoice(invoice_id: int) -> None:
        label()

    @task(
        multiple_outputs=False,
        retries=OPTIONS.retries + 6,
        outlets=[AssetAlias("bench_floor_deliveries"), Asset("bench_floor_summaries")],
    )
    def end_integration_run() -> dict[str, Any]:
        return {}

    continue_backlog = TriggerDagRunOperator(
        task_id="continue_backlog",
        trigger_dag_id="bench_floor",
        pre_execute=skip_unless_more_waits,
        skip_when_already_exists=True,
        trigger_rule="all_done",
    )

    created = create_integration_run()
    fetched = fetch_invoices()
    each = (invoice if OPTIONS.grain == "steps" else whole_invoice).expand(invoice_id=fetched)
    created >> fetched >> start_integration_run() >> each
    each >> end_integration_run().as_teardown(setups=created, on_failure_fail_dagrun=True)
    each >> continue_backlog


bench_floor()
