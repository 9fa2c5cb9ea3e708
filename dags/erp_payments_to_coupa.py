"""What the ERP has paid of the exported invoices, back in Coupa: `paid`, `payment-date` and `payments`.

Each payment once, a reversal as a negative payment. Scheduled where COUPA_ERP_PAYMENTS_SCHEDULE says when; by
hand otherwise. Nothing is remembered between two runs: each reads both sides and writes the difference.
"""

from __future__ import annotations

import datetime
from typing import Any

from airflow.sdk import CronTriggerTimetable, Param, dag, get_current_context, task

from coupa_erp.retry_policy import RetryByException
from include.options import LONGEST_LOOK_AT_PAYMENTS, read_options

OPTIONS = read_options()

#: Ten thousand documents, two hundred reads of Coupa, and as many writes as there are payments.
TIMEOUT = datetime.timedelta(hours=2)

PARAMS = {
    "days": Param(
        OPTIONS.payments_days,
        type="integer",
        minimum=1,
        maximum=LONGEST_LOOK_AT_PAYMENTS,
        title="Days",
        description="How many days back documents of the ERP are looked at, by their last change. After a "
        "longer pause of this DAG: at least as long as the pause.",
    ),
    "dry_run": Param(
        False,
        type="boolean",
        title="Dry run",
        description="Write nothing in Coupa; the log says how many payments would be added.",
    ),
}


@dag(
    dag_id="erp_payments_to_coupa",
    description="What the ERP has paid, back onto Coupa's invoices.",
    schedule=CronTriggerTimetable(OPTIONS.payments_schedule, timezone="UTC")
    if OPTIONS.payments_schedule
    else None,
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
def erp_payments_to_coupa() -> None:
    """Wire the one task; the work is in ``coupa_erp.tasks.payments``."""

    @task(multiple_outputs=False)
    def carry_payments_back() -> dict[str, Any]:
        from coupa_erp.tasks import payments

        return payments.carry_payments_back(get_current_context())

    carry_payments_back()


erp_payments_to_coupa()
