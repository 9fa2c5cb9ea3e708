"""A task that was cleared in the grid: what of its index is repeated with it, and what it has to wait for.

Airflow clears what it is told to, and the run's setup and teardown beside it ("only failed" leaves those out
that went well). What was not cleared does not run again: neither before this task nor after it.
"""

from __future__ import annotations

import datetime
from typing import Any

from airflow.sdk.exceptions import AirflowRescheduleException

from coupa_erp.tasks.asked import request_of
from coupa_erp.tasks.telling import tell_run
from coupa_erp.tasks.word import (
    CREATE,
    GROUP,
    INTEGRATION_RUN,
    RECORDED,
    REPEATED,
    STEPS,
    WHOLE,
    XComs,
    states_of,
    was_cleared,
)
from include.errors import ConfigurationError
from include.monitoring import in_coupa
from include.options import read_options

_ENDED = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})

#: Seconds after which a task looks again whether what it waits for has ended.
_PATIENCE_SECONDS = 10

#: In a run that was marked by hand a task may stay without a state for ever.
_MOST_LOOKS = 180


def is_alone(context: Any, step: str) -> bool:
    """Whether this step was cleared and the one after it was not: nobody will carry on from here.

    :param context: the context of a task of the group.
    :param step: its name.
    """
    if not was_cleared(context):
        return False
    index, following = context["ti"].map_index, GROUP + STEPS[STEPS.index(step) + 1]
    return states_of(context, following, map_index=index).get(f"{following}_{index}") in _ENDED


def integration_run_id(context: Any) -> int:
    """The id of the run in Coupa that records of this task belong to.

    Where the run's setup was cleared along, that is the new one: Airflow starts both at once, so this task
    comes again once the setup has ended. Where it was not, it is the old one, which has ended: Coupa
    takes records of an ended run, and an end is never overturned.

    :param context: the task's context.
    :raises AirflowRescheduleException: the setup is not done yet.
    :return: 0 for a dry run, which has none there.
    :raises ConfigurationError: the setup failed, so that there is no run.
    """
    if request_of(context).dry_run:
        return 0
    known: int | None = context.get(INTEGRATION_RUN)
    if known is not None:
        return _of_this_level(known)
    if was_cleared(context) and context["ti"].task_id != CREATE:
        state = states_of(context, CREATE).get(CREATE)
        if state not in _ENDED:
            raise come_again()
        if state != "success":
            raise ConfigurationError(
                f"There is no integration run that the outcome could belong to: {CREATE} has failed. Its log "
                "says why; clear it together with this task."
            )
    run_id: int = context["ti"].xcom_pull(task_ids=CREATE, map_indexes=-1)
    context[INTEGRATION_RUN] = run_id
    tell_run(run_id)
    return _of_this_level(run_id)


def _of_this_level(run_id: int) -> int:
    """The run's number, unless the records of this level must name a run that Coupa does not have."""
    if in_coupa(run_id) is None and read_options().monitoring == "runs":
        raise ConfigurationError(
            "This DAG run was begun at another monitoring level, so Coupa has no integration run that the "
            f"outcome could belong to: clear {CREATE} together with this task, or leave it to the next run."
        )
    return run_id


def wait_for_the_steps(context: Any) -> None:
    """Let steps that were cleared along end first: Airflow starts the teardown beside them.

    :param context: the context of ``end_integration_run``.
    :raises AirflowRescheduleException: they have not ended yet.
    """
    if not was_cleared(context) or context.get("task_reschedule_count", 0) >= _MOST_LOOKS:
        return
    of_invoices = (*(GROUP + step for step in STEPS), WHOLE)
    states = states_of(context, "fetch_invoices", "start_integration_run", *of_invoices)
    if any(state not in _ENDED for state in states.values()):
        raise come_again()


def come_again() -> AirflowRescheduleException:
    """The order to Airflow to start this task again in a moment: no try is used up, and no slot held."""
    now = datetime.datetime.now(datetime.UTC)
    return AirflowRescheduleException(now + datetime.timedelta(seconds=_PATIENCE_SECONDS))  # type: ignore[no-untyped-call]


def note_recorded(context: Any, step: str | None, told: dict[str, Any] | None = None) -> None:
    """Note that the last word of a step has become an outcome in Coupa.

    The note lies with the step's own XComs: once the step is repeated, Airflow forgets it with them. A
    verdict needs none unless a step was repeated, see :func:`is_recorded`: the many that go well do without.

    :param context: the context of ``record_outcome``.
    :param step: whose word it was; ``None`` where none has begun.
    :param told: the verdict of the step, where it came to one.
    """
    if step is not None and not (told and not told[REPEATED]):
        XComs(context).write(GROUP + step, RECORDED, value=True)


def is_recorded(context: Any, step: str | None, told: dict[str, Any] | None) -> bool:
    """Whether the last word of a step had become an outcome before ``record_outcome`` was cleared.

    A verdict before which no step was repeated was there when ``record_outcome`` began for the first time,
    and that has ended since, or it could not have been cleared.

    :param context: the context of ``record_outcome``.
    :param step: whose word it is; ``None`` where none has begun.
    :param told: the verdict of the step, where it came to one.
    """
    if not was_cleared(context):
        return False
    if step is None or (told and not told[REPEATED]):
        return True
    ti = context["ti"]
    return bool(ti.xcom_pull(task_ids=GROUP + step, key=RECORDED, map_indexes=ti.map_index))
