"""What a task of the export says to the tasks after it, and by which names."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from airflow.sdk.exceptions import AirflowTaskTimeout

from coupa_erp.coupa.private_files import locked, one_locked, private_directory
from coupa_erp.tasks.asked import request_of
from include.export.ports import Ports
from include.export.rehearsing import rehearsing
from include.export.trouble import trouble_of
from include.models.outcome import InvoiceFacts, Trouble
from include.monitoring.level import monitored
from include.options import read_options

#: The task that opens the run in Coupa; its return value is the integration run's id.
CREATE = "create_integration_run"

#: The key of the task's context under which that id lies once it is known.
INTEGRATION_RUN = "integration_run"

#: How the task ids of an invoice's steps begin.
GROUP = "invoice."

#: The steps of an invoice, in their order.
STEPS = ("mark_exported", "resolve_previous", "post_to_erp", "record_outcome")

#: The task that does all of them, where an invoice is one task.
WHOLE = "invoice"

#: The XCom of a step whose last word has become an outcome in Coupa.
RECORDED = "recorded"

#: Whether a step of the index has been cleared, as one step tells the next.
REPEATED = "repeated"

#: The XCom that holds a :class:`~include.models.outcome.Trouble`.
TROUBLE = "trouble"

_ALERT_PATIENCE_SECONDS = 120.0

#: A task may wait for others that post bills of thousands of lines; less than it may take in all.
_ERP_PATIENCE_SECONDS = 600.0


#: Of the time of a task, so much may pass with the files of its invoice.
_FILES_SHARE = 1 / 3


def ports_of(context: Any) -> Ports:
    """What the steps work with, each part opened by the step that needs it; a dry run can only read.

    :param context: the task's context.
    """
    from coupa_erp.coupa.hook import CoupaHook
    from coupa_erp.erp import open_erp

    ports = Ports(
        coupa=monitored(CoupaHook(with_attachments=read_options().attachments), read_options()),
        open_erp=open_erp,
        read_mapping=_read_mapping,
        today=datetime.datetime.now(datetime.UTC).date(),
        alert_turn=_alert_turn,
        monitoring=read_options().monitoring,
        erp_turn=_erp_turn,
        largest_file=read_options().largest_file,
        file_seconds=read_options().task_minutes * 60 * _FILES_SHARE,
    )
    return rehearsing(ports) if request_of(context).dry_run else ports


def last_step() -> str:
    """The name of the task that records the outcome of an invoice, by the grain."""
    return WHOLE if read_options().grain == "invoice" else STEPS[-1]


def was_cleared(context: Any) -> bool:
    """Whether this task has ended before, and was cleared since: Airflow counts its tries on.

    :param context: the task's context.
    """
    cleared: bool = context["ti"].max_tries > (context["task"].retries or 0)
    return cleared


def is_first_try(context: Any) -> bool:
    """Whether this task has never begun before: what its run has looked up for it is of now.

    :param context: the task's context.
    """
    return context["ti"].try_number == 1 and not was_cleared(context)


def attempt_of(context: Any, step: str = "") -> str:
    """Tells this attempt at an invoice from every other: the run, and the try within it.

    :param context: the task's context.
    :param step: where this step does the work of others, whose tries are counted apart.
    """
    return f"{_run_of(context)}.{step}{context['ti'].try_number}"


def where_of(context: Any) -> str:
    """Where the Airflow team finds this task.

    :param context: the task's context.
    """
    index = context["ti"].map_index
    return f"DAG run {context['run_id']}" + (f", index {index}" if index >= 0 else "")


def leave_word(context: Any, trouble: Trouble) -> None:
    """Keep the trouble for a later task; a failed task has no return value.

    :param context: the task's context.
    :param trouble: why the step did not end well.
    """
    context["ti"].xcom_push(key=TROUBLE, value=trouble.model_dump(mode="json"))


class XComs:
    """The XComs of other tasks of the same index: Airflow lets a task write those of its run.

    :param context: the task's context.
    """

    def __init__(self, context: Any) -> None:
        ti = context["ti"]
        self._place = {"dag_id": ti.dag_id, "run_id": context["run_id"], "map_index": ti.map_index}

    def write(self, task_id: str, key: str, value: Any) -> None:
        """Write one, as if the other task had.

        :param task_id: whose.
        """
        from airflow.sdk.execution_time.xcom import XCom

        XCom.set(key=key, value=value, task_id=task_id, **self._place)


def states_of(context: Any, *task_ids: str, map_index: int | None = None) -> dict[str, str | None]:
    """The states of other tasks of this run; those of mapped ones by ``<task id>_<map index>``.

    A task that was cleared, and an index that is no more, keep their XComs in Airflow until they begin again:
    only the state tells whether what they have said is of now.

    :param context: the task's context.
    :param task_ids: whose.
    :param map_index: only of this index.
    """
    ti, run_id = context["ti"], context["run_id"]
    found = ti.get_task_states(
        dag_id=ti.dag_id, task_ids=list(task_ids), run_ids=[run_id], map_index=map_index
    )
    states: dict[str, str | None] = found.get(run_id, {})
    return states


@contextmanager
def leaving_word(context: Any, step: str, facts: InvoiceFacts | None = None) -> Iterator[None]:
    """Leave word of any exception of the block, and let it go on.

    :param context: the task's context.
    :param step: the step's name.
    :param facts: the invoice as the step sees it.
    """
    try:
        yield
    except (Exception, AirflowTaskTimeout) as fault:
        leave_word(
            context,
            trouble_of(fault, step, attempt=attempt_of(context), where=where_of(context), facts=facts),
        )
        raise


def lost_word(context: Any, step: str) -> Trouble:
    """The trouble of a step that ended without a word, as a killed process does.

    Of such a task no try is known, and each try that records it must name it alike.

    :param context: the context of the task that records it.
    :param step: the step that said nothing.
    """
    return trouble_of(None, step, attempt=f"{_run_of(context)}.lost", where=where_of(context))


def _read_mapping() -> Any:
    from include.mapping.settings import load_mapping

    return load_mapping(read_options().mapping)


def _alert_turn() -> AbstractContextManager[int]:
    return locked(private_directory() / "alerts.lock", _ALERT_PATIENCE_SECONDS)


def _erp_turn() -> AbstractContextManager[int]:
    at_once = read_options().erp_concurrency
    return one_locked(
        [private_directory() / f"erp-{turn}.lock" for turn in range(at_once)],
        _ERP_PATIENCE_SECONDS,
        f"For {_ERP_PATIENCE_SECONDS:g} s other tasks of this machine were serving the ERP, and no more than "
        f"{at_once} may at once (COUPA_ERP_ERP_CONCURRENCY).",
    )


def _run_of(context: Any) -> str:
    """The run's id, short: Coupa's ``external-id`` holds 255 characters."""
    return hashlib.sha256(context["run_id"].encode()).hexdigest()[:10]
