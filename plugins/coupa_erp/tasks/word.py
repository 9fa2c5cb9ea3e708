"""The word that a step leaves for ``record_outcome`` when it does not end well."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow.sdk.exceptions import AirflowTaskTimeout

from include.errors import ErpRejection, ExportError
from include.models.outcome import Message, Trouble

log = logging.getLogger(__name__)

#: The XCom that holds a :class:`~include.models.outcome.Trouble`.
TROUBLE = "trouble"


def attempt_of(context: Any) -> str:
    """Tells this attempt at an invoice from every other: the run, and the try within it.

    :param context: the task's context.
    """
    return f"{_run_of(context)}.{context['ti'].try_number}"


def _run_of(context: Any) -> str:
    """The run's id, short: Coupa's ``external-id`` holds 255 characters."""
    return hashlib.sha256(context["run_id"].encode()).hexdigest()[:10]


def leave_word(context: Any, trouble: Trouble) -> None:
    """Keep the trouble for ``record_outcome``; a failed task has no return value.

    :param context: the task's context.
    :param trouble: why the step did not end well.
    """
    context["ti"].xcom_push(key=TROUBLE, value=trouble.model_dump(mode="json"))


@contextmanager
def leaving_word(context: Any, step: str) -> Iterator[None]:
    """Leave word of any exception of the block, and let it go on.

    :param context: the task's context.
    :param step: the step's name.
    """
    try:
        yield
    except ErpRejection as rejection:
        messages = [Message(code=refusal.code, text=str(refusal)) for refusal in rejection.refusals]
        leave_word(
            context, Trouble(kind="rejected", step=step, messages=messages, attempt=attempt_of(context))
        )
        # The traceback follows from Airflow itself: these lines come first, for whoever opens the log.
        log.error("Refused: %s", rejection)  # noqa: TRY400
        log.error("Coupa shows this as an integration error. Mend what is named, then clear this task.")  # noqa: TRY400
        raise
    except (Exception, AirflowTaskTimeout) as fault:
        leave_word(context, technical_trouble(context, step, fault))
        raise


def technical_trouble(context: Any, step: str, fault: BaseException | None) -> Trouble:
    """A technical failure, told to an accountant: what it means for the invoice and who mends it.

    Only our own exceptions are quoted: they carry no payload and no secret.

    :param context: the task's context, of any task of the index.
    :param step: the step that failed.
    :param fault: what it raised; ``None`` where it left no word.
    """
    if isinstance(fault, ExportError):
        cause = str(fault)
    elif fault is None:
        cause = "The task ended without a word, as a killed process does."
    else:
        cause = f"An unexpected fault ({type(fault).__name__}) stopped it."
    text = (
        f"Header: A technical failure stopped the export at {step}: {cause} The invoice itself is not to "
        f"blame. It is tried again by the next run; the Airflow team finds the cause in run "
        f"{context['run_id']}, index {context['ti'].map_index}."
    )
    return Trouble(
        kind="failed",
        step=step,
        messages=[Message(code=f"TECHNICAL-{type(fault).__name__ if fault else 'NO-WORD'}", text=text)],
        # Of a task without a word no try is known, and each try that records it must name it alike.
        attempt=attempt_of(context) if fault else f"{_run_of(context)}.lost",
    )
