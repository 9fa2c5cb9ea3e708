"""Coupa's approved and voided invoices into the ERP, exactly once: option 3 of Coupa's article.

create run → fetch invoices → start run → for each invoice: mark exported, resolve what was open, post to the
ERP, record the outcome → end the run → start the next one where more invoices wait.
"""

from __future__ import annotations

import datetime
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import (
    Asset,
    CronDataIntervalTimetable,
    Param,
    dag,
    get_current_context,
    get_parsing_context,
    task,
    task_group,
)

from coupa_erp.delivered import DELIVERIES
from coupa_erp.links import linked_task
from coupa_erp.retry_policy import RetryByException
from include.options import MOST_INVOICES_A_RUN, read_options

OPTIONS = read_options()

#: Each run that ends well leaves its summary on it. Airflow's REST API lists events with their values, a
#: hundred a request, and XComs without: so the page in the navigation can read a thousand runs.
RUN_SUMMARIES = Asset("coupa_erp_run_summaries")

PARAMS = {
    "invoice_ids": Param(
        [],
        type="array",
        items={"type": "integer", "minimum": 1},
        maxItems=MOST_INVOICES_A_RUN,
        title="Invoice ids",
        description="Only these invoices, by Coupa's id, exported or not: [104217, 104218]. "
        "Empty: everything that waits.",
    ),
    "statuses": Param(
        ["approved", "voided"],
        type="array",
        items={"type": "string", "enum": ["approved", "voided"]},
        examples=["approved", "voided"],
        minItems=1,
        uniqueItems=True,
        title="Statuses",
        description="Which of Coupa's statuses are taken.",
    ),
    "updated_since": Param(
        None,
        type=["null", "string"],
        format="date-time",
        title="Updated since",
        description="Only invoices that changed in Coupa since then.",
    ),
    "window_from": Param(
        None,
        type=["null", "string"],
        format="date-time",
        title="Window from",
        description=f"Only invoices whose {OPTIONS.window_on} is not before this moment.",
    ),
    "window_to": Param(
        None,
        type=["null", "string"],
        format="date-time",
        title="Window to",
        description=f"Only invoices whose {OPTIONS.window_on} is before this moment.",
    ),
    "max_invoices": Param(
        OPTIONS.max_invoices,
        type="integer",
        minimum=1,
        maximum=MOST_INVOICES_A_RUN,
        title="Most invoices",
        description="How many invoices this run takes; follow-up runs take the rest.",
    ),
    "dry_run": Param(
        False,
        type="boolean",
        title="Dry run",
        description="Write nothing, neither in Coupa nor in the ERP; report for each invoice what would be "
        "done, or why it would be refused.",
    ),
    "include_exported": Param(
        False,
        type="boolean",
        title="Include exported",
        description="Take exported invoices, too. Nothing changes where the ERP agrees with Coupa already.",
    ),
    "retry_rejected": Param(
        None,
        type=["null", "array"],
        items={"type": "string", "maxLength": 255},
        maxItems=100,
        title="Retry rejected",
        description="Take again, too, what stands under an open integration error with one of these response "
        "codes, one a line: PERIOD_CLOSED. Or all. For when the cause was mended in the ERP or the mapping.",
    ),
    "after_id": Param(
        0,
        type="integer",
        minimum=0,
        title="After id",
        description="The cursor of a follow-up run: only ids above it. Leave it at 0.",
    ),
}


def end_left_open_run(context: Any, *, succeeded: bool) -> None:
    """The last net under ``end_integration_run``."""
    from coupa_erp.tasks import run_end

    run_end.end_left_open_run(context, succeeded=succeeded)


def on_success(context: Any) -> None:
    """End the integration run well, where it is still open."""
    end_left_open_run(context, succeeded=True)


def on_failure(context: Any) -> None:
    """End the integration run as failed, where it is still open."""
    end_left_open_run(context, succeeded=False)


def notify_of_failure(context: Any) -> None:
    """Let the notifier of the options tell, where one is set."""
    from coupa_erp.notifying import notify_of_failure as notify

    notify(context, OPTIONS)


def skip_unless_more_waits(context: Any) -> None:
    """Skip the follow-up where the listing was not cut or the run met an outage."""
    from coupa_erp.tasks import backlog

    operator = context["task"]
    # Its button opens the run that follows: skipped, it has none.
    links, operator.operator_extra_links = operator.operator_extra_links, ()
    operator.trigger_run_id, operator.conf = backlog.next_run(context)
    operator.operator_extra_links = links


@dag(
    dag_id="coupa_invoices_to_erp",
    description="Supplier invoices from Coupa into the ERP, each outcome reported in Coupa.",
    schedule=CronDataIntervalTimetable(OPTIONS.schedule, timezone="UTC"),
    start_date=datetime.datetime.combine(OPTIONS.start_date, datetime.time(), datetime.UTC),
    catchup=False,
    max_active_runs=1,
    # Only a person needs the form. In a task's own process its schemas would be copied into each operator and
    # checked once more, a tenth of its time; every task reads what the run was asked for by RunRequest.
    params=PARAMS if get_parsing_context().task_id is None else None,
    default_args={
        "retries": OPTIONS.retries,
        "retry_delay": datetime.timedelta(seconds=OPTIONS.retry_seconds),
        "retry_policy": RetryByException(OPTIONS.retry_seconds),
        # Depth first: what is claimed is carried to its outcome before the next invoice is claimed.
        "weight_rule": "upstream",
        # Whole invoices do not belong into logs; each step says in a line of its own what it did.
        "show_return_value_in_logs": False,
        # A timeout of the whole run would skip the teardown and leave the integration run open in Coupa.
        "execution_timeout": datetime.timedelta(minutes=OPTIONS.task_minutes),
    },
    on_success_callback=on_success,
    on_failure_callback=[on_failure, notify_of_failure],
    doc_md=__doc__,
    tags=["coupa", "erp", "accounts-payable"],
)
def coupa_invoices_to_erp() -> None:
    """Wire the picture; the work is in ``coupa_erp.tasks``."""

    @linked_task
    def create_integration_run() -> int | None:
        from coupa_erp.tasks import run

        return run.create_integration_run(get_current_context())

    @task
    def fetch_invoices() -> list[int]:
        from coupa_erp.tasks import run

        return run.fetch_invoices(get_current_context())

    @task
    def start_integration_run() -> bool:
        from coupa_erp.tasks import run

        return run.start_integration_run(get_current_context())

    # One value a task: split by its keys, an invoice would be some thirty XComs.
    named = {"map_index_template": "{{ invoice_number }}", "multiple_outputs": False}

    @task_group
    def invoice(invoice_id: int) -> None:
        @linked_task(**named)
        def mark_exported() -> dict[str, Any]:
            from coupa_erp.tasks import invoice

            return invoice.mark_exported(get_current_context())

        @linked_task(**named)
        def resolve_previous() -> None:
            from coupa_erp.tasks import invoice

            invoice.resolve_previous(get_current_context())

        @linked_task(**named, max_active_tis_per_dag=OPTIONS.erp_concurrency)
        def post_to_erp() -> dict[str, Any]:
            from coupa_erp.tasks import invoice

            return invoice.post_to_erp(get_current_context())

        @linked_task(**named, trigger_rule="all_done")
        def record_outcome() -> dict[str, Any]:
            from coupa_erp.tasks import invoice

            return invoice.record_outcome(get_current_context())

        # Each step takes what it needs of an earlier one itself: an argument would cost it two calls more,
        # and be kept of each task as a rendered template, whole invoices among them.
        mark_exported() >> resolve_previous() >> post_to_erp() >> record_outcome()

    @linked_task(**named, task_id="invoice")
    def whole_invoice(invoice_id: int) -> dict[str, Any] | None:
        from coupa_erp.tasks import whole_invoice

        return whole_invoice.carry_invoice(get_current_context())

    # Coupa may be away for ten minutes at the very end: this task waits longer than any other.
    @linked_task(multiple_outputs=False, retries=OPTIONS.retries + 6, outlets=[DELIVERIES, RUN_SUMMARIES])
    def end_integration_run() -> dict[str, Any]:
        from coupa_erp.tasks import run_end

        context = get_current_context()
        summary = run_end.end_integration_run(context)
        context["outlet_events"][RUN_SUMMARIES].extra = summary
        return summary

    continue_backlog = TriggerDagRunOperator(
        task_id="continue_backlog",
        trigger_dag_id="coupa_invoices_to_erp",
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


coupa_invoices_to_erp()
