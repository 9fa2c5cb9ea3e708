"""What a task's log says: which run and invoice each line is about, and what to do about a failure."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSkipException,
    AirflowTaskTimeout,
)
from structlog.contextvars import bind_contextvars, bound_contextvars, unbind_contextvars

from coupa_erp.retry_policy import is_worth_a_try
from coupa_erp.tasks.word import CREATE, INTEGRATION_RUN, was_cleared
from include.errors import ExportError
from include.failure_policy import treatment_of
from include.monitoring import in_coupa

log = logging.getLogger(__name__)

_RUN, _INVOICE = "integration_run", "invoice"

Answer = TypeVar("Answer")


def telling(body: Callable[..., Answer]) -> Callable[..., Answer]:
    """A task's body whose log lines name run and invoice, and whose failure begins with what to do.

    Airflow adds what is bound to every line of the task, to those of the hooks, too.

    :param body: takes the task's context first.
    """

    @functools.wraps(body)
    def run(context: Any, *arguments: Any) -> Answer:
        unbind_contextvars(_RUN, _INVOICE)
        if not _is_told_later(context):
            belong_to(context, context["ti"].xcom_pull(task_ids=CREATE, map_indexes=-1))
        try:
            return body(context, *arguments)
        except (AirflowSkipException, AirflowRescheduleException, AirflowFailException):
            raise  # an order to Airflow, or told already
        except (Exception, AirflowTaskTimeout) as fault:
            tell_operator(context, fault)
            raise

    return run


def _is_told_later(context: Any) -> bool:
    """Whether a task hears of its integration run from what is handed to it, or has none."""
    ti = context["ti"]
    if ti.task_id == CREATE or context.get("params", {}).get("dry_run"):
        return True
    return ti.map_index >= 0 and not was_cleared(context)


def belong_to(context: Any, run_id: int | None) -> None:
    """Let what comes be of an integration run: the lines of the log, and what is recorded.

    :param context: the task's context.
    :param run_id: as Coupa has it; nothing where there is none.
    """
    tell_run(run_id or None)
    if run_id and not was_cleared(context):
        context[INTEGRATION_RUN] = run_id  # of a cleared task the run may be about to change


def tell_run(run_id: int | None) -> None:
    """Let each line of the log from here name the integration run.

    :param run_id: of this run; one that Coupa does not have is not named.
    """
    if in_coupa(run_id):
        bind_contextvars(**{_RUN: run_id})


def tell_invoice(number: str) -> None:
    """Let each line of the log from here name the invoice.

    :param number: the supplier's.
    """
    bind_contextvars(**{_INVOICE: number})


def about_invoice(number: str) -> AbstractContextManager[None]:
    """Let the lines of a block name an invoice, in a task that is about many.

    :param number: the supplier's.
    """
    return bound_contextvars(**{_INVOICE: number})


def tell_operator(context: Any, fault: BaseException) -> None:
    """Say what happened and what can be done, before Airflow's traceback.

    :param context: the task's context.
    :param fault: what the task raised.
    """
    ti, treatment = context["ti"], treatment_of(fault)
    what = str(fault) if isinstance(fault, ExportError) else f"{type(fault).__name__} stopped this task."
    if ti.try_number <= ti.max_tries and is_worth_a_try(fault, ti.try_number):
        log.warning("%s: %s", treatment.headline, what)
        log.warning("Nothing to do yet: this was try %s, and it is tried again by itself.", ti.try_number)
        return
    log.error("%s: %s", treatment.headline, what)
    log.error("What to do: %s.", treatment.remedy)
    if context.get("params", {}).get("dry_run"):
        log.error("A dry run writes nothing: Coupa does not show this. A real run would meet it.")
