"""The package's settings of the environment, ``COUPA_ERP_…``; each wrong one is named."""

from __future__ import annotations

import datetime
import json
import os
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from include.errors import ConfigurationError

#: Airflow's ``core.max_map_length`` is 1024 by default: a longer list fails the task that returned it.
MOST_INVOICES_A_RUN = 1000

#: Days of payments that one look may read.
LONGEST_LOOK_AT_PAYMENTS = 400

#: Coupa's article has three options: 3 with integration runs, 2 with history records, 1 with a status text.
Monitoring = Literal["runs", "history", "custom_field"]

#: Into how many tasks an invoice is cut: its four steps, or one task that does all of them.
Grain = Literal["steps", "invoice"]

#: Of four tasks an invoice Airflow's cost grows with the square of the run; of one it does not. Measured:
#: docs/performance.md.
_INVOICES_A_RUN: dict[Grain, int] = {"steps": 75, "invoice": MOST_INVOICES_A_RUN}


class Options(BaseModel):
    """What an operator may set for the whole package.

    :param monitoring: how much of Coupa's integration monitoring is used.
    :param schedule: cron expression of the scheduled run, in UTC.
    :param start_date: the day with which the schedule begins; Airflow lets a backfill reach before it.
    :param grain: whether an invoice is four tasks of a run or one.
    :param max_invoices: how many invoices one run takes, by the grain; a longer backlog is drained by
        follow-up runs.
    :param erp_concurrency: how many tasks may write to the ERP at once, over all runs; in the grain
        ``invoice`` on each machine.
    :param mapping: the mapping file; the one in ``include/`` by default.
    :param errors_ahead: whether a run asks for the open errors of fifty invoices at a time, with its listing,
        and not for those of each when its turn comes.
    :param attachments: whether an invoice's scan and files go into the ERP with it.
    :param attachment_megabytes: the largest file that does.
    :param window_on: the date of an invoice by which a backfill's window chooses.
    :param void_lookback_days: how far back each run looks for voids of invoices exported earlier.
    :param sweep_days: how far back each run looks for exported invoices that were left without an outcome.
    :param longest_run_hours: after how long a run still open in Coupa, and of no live DAG run, is ended.
    :param reconciliation_schedule: cron expression of the reconciliation, in UTC.
    :param payments_schedule: cron expression of the payments back, in UTC; empty: by hand alone.
    :param payments_days: how many days of the ERP's payments one look reads.
    :param acknowledged: the file of differences that people have acknowledged.
    :param waiting_hours: how long an invoice may wait for the export before the reconciliation calls it lost.
    :param void_minutes: how long a void in Coupa may be on its way into the ERP.
    :param retries: how often Airflow starts a task again after a transient failure.
    :param retry_seconds: the first wait between two tries; it doubles, and all of them stay below 15 minutes.
    :param task_minutes: how long one try of a task may take.
    :param notifier: the import path of an Airflow notifier that tells of failed runs.
    :param notifier_kwargs: its arguments, as a JSON object.
    """

    model_config = ConfigDict(frozen=True)

    monitoring: Monitoring = "runs"
    schedule: str = "0 * * * *"
    start_date: datetime.date = datetime.date(2026, 1, 1)
    grain: Grain = "steps"
    max_invoices: int = Field(
        default_factory=lambda read: _INVOICES_A_RUN[read.get("grain", "steps")],
        ge=1,
        le=MOST_INVOICES_A_RUN,
    )
    erp_concurrency: int = Field(default=2, ge=1, le=64)
    errors_ahead: bool = False
    attachments: bool = False
    attachment_megabytes: int = Field(default=20, ge=1, le=200)
    mapping: Path | None = None
    window_on: Literal["created-at", "updated-at", "invoice-date"] = "created-at"
    void_lookback_days: int = Field(default=30, ge=1, le=366)
    sweep_days: int = Field(default=7, ge=1, le=366)
    longest_run_hours: float = Field(default=24, gt=0, le=24 * 31)
    reconciliation_schedule: str = "30 5 * * *"
    payments_schedule: str = ""
    payments_days: int = Field(default=14, ge=1, le=LONGEST_LOOK_AT_PAYMENTS)
    acknowledged: Path | None = None
    waiting_hours: float = Field(default=24, ge=0, le=24 * 31)
    void_minutes: float = Field(default=120, ge=0, le=60 * 24 * 31)
    retries: int = Field(default=4, ge=1, le=10)
    retry_seconds: int = Field(default=15, ge=1, le=60)
    task_minutes: float = Field(default=15, gt=0, le=120)
    notifier: str = ""
    notifier_kwargs: dict[str, Any] = Field(default_factory=dict)

    @property
    def largest_file(self) -> int | None:
        """Bytes of a file that goes along into the ERP; ``None`` where none goes."""
        return self.attachment_megabytes << 20 if self.attachments else None


@cache
def read_options() -> Options:
    """The options of this process.

    :raises ConfigurationError: naming the first environment variable that cannot be used.
    """
    given: dict[str, Any] = {
        name: os.environ[variable]
        for name in Options.model_fields
        if (variable := _variable(name)) in os.environ
    }
    try:
        if "notifier_kwargs" in given:
            given["notifier_kwargs"] = json.loads(given["notifier_kwargs"])
        return Options.model_validate(given)
    except ValidationError as unusable:
        fault = unusable.errors()[0]
        name = "_".join(str(part) for part in fault["loc"])
        raise ConfigurationError(f"Environment variable {_variable(name)}: {fault['msg']}.") from None
    except json.JSONDecodeError:
        raise ConfigurationError(
            f'Environment variable {_variable("notifier_kwargs")}: write a JSON object, {{"text": "…"}}.'
        ) from None


def _variable(name: str) -> str:
    return f"COUPA_ERP_{name.upper()}"
