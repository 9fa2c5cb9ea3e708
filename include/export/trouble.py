"""A step's failure in words: for an accountant in Coupa, and for the Airflow team beside it."""

from __future__ import annotations

from include.errors import ErpRejection, ExportError, TransientError
from include.export.alerts import TECHNICAL
from include.failure_policy import treatment_of
from include.models.outcome import InvoiceFacts, Message, Trouble


def trouble_of(
    fault: BaseException | None, step: str, *, attempt: str, where: str, facts: InvoiceFacts | None = None
) -> Trouble:
    """What a step that did not end well leaves behind.

    Only our own exceptions are quoted: they carry no payload and no secret.

    :param fault: what it raised; ``None`` where it left no word, as a killed process does.
    :param step: the step's task id, without its group.
    :param attempt: tells this attempt from every other.
    :param where: run and index, for the Airflow team.
    :param facts: the invoice as the step saw it.
    """
    kind = treatment_of(fault).kind if fault is not None else "failed"
    return Trouble(
        kind=kind,
        step=step,
        messages=_messages(fault, kind, step),
        where=f"{where}, {step}",
        facts=facts,
        # A killed worker, a network: what took the task away may have taken the ERP, too.
        ask_erp=fault is None or isinstance(fault, TransientError),
        attempt=attempt,
    )


def _messages(fault: BaseException | None, kind: str, step: str) -> list[Message]:
    if isinstance(fault, ErpRejection):
        return [Message(code=refusal.code, text=str(refusal)) for refusal in fault.refusals]
    if kind == "skipped":
        return [Message(code="NOT_EXPORTABLE", text=f"Header: {fault}")]
    if kind == "outage":
        return [Message(code="OUTAGE", text=f"Header: {fault}")]
    if fault is None:
        name, cause = "NO-WORD", "The task ended without a word, as a killed process does."
    elif isinstance(fault, ExportError):
        name, cause = type(fault).__name__, str(fault)
    else:
        name, cause = type(fault).__name__, f"An unexpected fault ({type(fault).__name__}) stopped it."
    text = (
        f"Header: A technical failure stopped the export at {step}: {cause} The invoice itself is not to "
        "blame; the Airflow team finds the cause."
    )
    return [Message(code=TECHNICAL + name, text=text)]
