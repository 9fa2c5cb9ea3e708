"""What a run was asked for, as every task of it reads it."""

from __future__ import annotations

from typing import Any

from include.export.request import RunRequest, read_request


def request_of(context: Any) -> RunRequest:
    """What this run was asked for; a backfill's run is limited to its data interval.

    :param context: the task's context.
    :raises ConfigurationError: a param cannot be used.
    """
    dag_run = context["dag_run"]
    interval = None
    if dag_run.run_type == "backfill" and dag_run.data_interval_start and dag_run.data_interval_end:
        interval = (dag_run.data_interval_start, dag_run.data_interval_end)
    return read_request(dict(context["params"]), dag_run.conf, interval=interval)
