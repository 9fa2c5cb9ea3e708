"""Coupa's invoices beside the ERP's documents, daily: what differs without an explanation makes it red.

Every approved and voided invoice of a window of days is laid beside the ERP's documents of its key. Exported
invoices that the ERP does not have are given back to the export; `repair` also writes missing ERP numbers.
The first lines of the log of `reconcile` name each unexplained difference.
"""

from __future__ import annotations

import datetime
from typing import Any

from airflow.sdk import CronTriggerTimetable, Param, dag, get_current_context, task

from coupa_erp.retry_policy import RetryByException
from include.options import read_options
from include.reconciliation.window import DAYS, LONGEST_WINDOW_DAYS

OPTIONS = read_options()

#: Ten thousand invoices, read whole from a slow Coupa, fit well into it.
TIMEOUT = datetime.timedelta(hours=2)

PARAMS = {
    "days": Param(
        DAYS,
        type="integer",
        minimum=1,
        maximum=LONGEST_WINDOW_DAYS,
        title="Days",
        description="How many days the window has, today included. What is dated or was changed in it is "
        "compared.",
    ),
    "window_from": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Window from",
        description="The first day, in place of a number of days.",
    ),
    "window_to": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Window to",
        description="The last day, included. Empty: today.",
    ),
    "repair": Param(
        False,
        type="boolean",
        title="Repair",
        description="Write ERP numbers that Coupa lacks. Orphans are given back either way.",
    ),
}


@dag(
    dag_id="coupa_erp_reconciliation",
    description="Coupa's invoices beside the ERP's documents: each difference, by kind.",
    schedule=CronTriggerTimetable(OPTIONS.reconciliation_schedule, timezone="UTC"),
    start_date=datetime.datetime.combine(OPTIONS.start_date, datetime.time(), datetime.UTC),
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    default_args={
        "retries": OPTIONS.retries,
        "retry_delay": datetime.timedelta(seconds=OPTIONS.retry_seconds),
        "retry_policy": RetryByException(OPTIONS.retry_seconds),
        # The report is in the log already, line by line.
        "show_return_value_in_logs": False,
        "execution_timeout": TIMEOUT,
    },
    doc_md=__doc__,
    tags=["coupa", "erp", "accounts-payable"],
)
def coupa_erp_reconciliation() -> None:
    """Wire the one task; the work is in ``coupa_erp.tasks.reconciliation``."""

    @task(multiple_outputs=False)
    def reconcile() -> dict[str, Any]:
        from coupa_erp.tasks import reconciliation

        return reconciliation.reconcile(get_current_context())

    reconcile()


coupa_erp_reconciliation()
