"""The four steps of one invoice: each a task of the mapped group ``invoice``."""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException, AirflowTaskTimeout

from coupa_erp.tasks.carrying import (
    Passage,
    dated,
    recorded,
    resolve,
    tell_claimed,
    tell_outcome,
    tell_posted,
    tell_resolved,
)
from coupa_erp.tasks.index import label_of, name_index
from coupa_erp.tasks.repeated import (
    integration_run_id,
    is_alone,
    is_recorded,
    note_recorded,
)
from coupa_erp.tasks.telling import belong_to, telling
from coupa_erp.tasks.word import (
    GROUP,
    INTEGRATION_RUN,
    REPEATED,
    STEPS,
    TROUBLE,
    XComs,
    attempt_of,
    is_first_try,
    leaving_word,
    lost_word,
    ports_of,
    states_of,
    was_cleared,
)
from include.errors import ErpRejection, ExportError, NotExportable, NumberNotWritten
from include.export import claim
from include.export.listing import Label
from include.export.ports import Ports
from include.models.invoice import CoupaInvoice
from include.models.outcome import InvoiceFacts, Trouble, Verdict
from include.options import read_options

log = logging.getLogger(__name__)

#: Before ``record_outcome``, in their order.
_BEFORE = STEPS[:-1]


@telling
def mark_exported(context: Any) -> dict[str, Any]:
    """Claim the invoice of this index; what Coupa answers is what may be posted.

    :return: the invoice as Coupa's JSON, amounts as strings, and the integration run.
    :raises AirflowSkipException: it is no longer approved or voided.
    """
    label, ports = label_of(context), ports_of(context)
    if is_alone(context, "mark_exported"):
        carried = _carry(context, ports, "mark_exported", label).invoice
        return _handed_on(context, carried) if carried else {}
    invoice = _claim(context, ports, "mark_exported", label)
    tell_claimed(ports, label.number, invoice)
    return _handed_on(context, invoice)


@telling
def resolve_previous(context: Any) -> None:
    """Resolve what earlier attempts at this invoice left open in Coupa."""
    invoice, ports = _claimed_of(context), ports_of(context)
    if is_alone(context, "resolve_previous"):
        _carry(context, ports, "resolve_previous", Label(id=invoice.id, number=invoice.shown_number))
        return
    with leaving_word(context, "resolve_previous", claim.facts_of(invoice, ports.coupa.scope)):
        if is_first_try(context):
            errors = label_of(context).open_errors if read_options().errors_ahead else None
            resolved = resolve(ports, invoice, errors)
        else:
            # The mark may have been made long ago: what its answer showed is asked for anew.
            resolved = resolve(
                ports, invoice.model_copy(update={"current_integration_history_records": None})
            )
    tell_resolved(ports, invoice.shown_number, resolved)


@telling
def post_to_erp(context: Any) -> dict[str, Any]:
    """Bring the ERP to what Coupa shows. A retry reads the invoice again: somebody may have mended it.

    :return: the verdict, the integration run, and whether this task was cleared.
    """
    from include.export.beside import carry_files
    from include.export.delivery import deliver

    invoice, ports = _claimed_of(context), ports_of(context)
    label = Label(id=invoice.id, number=invoice.shown_number)
    if is_alone(context, "post_to_erp"):
        delivered = _carry(context, ports, "post_to_erp", label).verdict
        return _told(context, delivered) if delivered else {}
    if was_cleared(context):
        # The steps before may be of an earlier life of the index, which has given it back, or left an error.
        invoice = _claim(context, ports, "post_to_erp", label)
    elif context["ti"].try_number > 1:
        invoice = _read_again(context, ports, invoice)
    with leaving_word(context, "post_to_erp", claim.facts_of(invoice, ports.coupa.scope)):
        if was_cleared(context):
            resolve(ports, invoice)
        verdict = dated(deliver(ports, invoice, attempt=attempt_of(context)))
        tell_posted(ports, verdict)
        verdict = carry_files(ports, invoice, verdict)
    return _told(context, verdict)


@telling
def record_outcome(context: Any) -> dict[str, Any]:
    """End the invoice with an outcome in Coupa, whatever failed before.

    :return: the outcome.
    :raises NumberNotWritten: the ERP has the document and Coupa does not take its number.
    """
    from include.export import recording

    ti, ports = context["ti"], ports_of(context)
    told = ti.xcom_pull(task_ids=GROUP + _BEFORE[-1], map_indexes=ti.map_index)
    # What is repeated may find words of an earlier life of the index: then the states tell.
    came_to, ended_well = (_BEFORE[-1], True) if told and not was_cleared(context) else _step_reached(context)
    told = told if ended_well else None
    if is_recorded(context, came_to, told):
        return _carry_again(context, ports, ended_well=ended_well)
    run_id, repeated, last_try = (
        integration_run_id(context),
        ti.try_number > 1,
        ti.try_number > ti.max_tries,
    )
    try:
        if told:
            known = {name: told[name] for name in Verdict.model_fields if name in told}
            verdict = Verdict.model_validate(known)
            name_index(context, verdict.facts.invoice_number)
            outcome = recording.record_success(
                ports, verdict, run_id=run_id, repeated=repeated, last_try=last_try
            )
        else:
            facts, trouble = _what_was_left(context, ports, came_to)
            outcome = recording.record_without_verdict(
                ports,
                facts,
                trouble,
                run_id=run_id,
                attempt=attempt_of(context),
                repeated=repeated,
                last_try=last_try,
            )
    except NumberNotWritten as refused:
        # The ERP has it: the summary must count it as posted although this task is red.
        ti.xcom_push(key="return_value", value=recorded(ports, refused.outcome, ti.map_index, run_id))
        note_recorded(context, came_to, told)
        tell_outcome(ports, refused.outcome)
        raise
    note_recorded(context, came_to, told)
    tell_outcome(ports, outcome)
    return recorded(ports, outcome, ti.map_index, run_id)


def _claim(context: Any, ports: Ports, step: str, label: Label) -> CoupaInvoice:
    try:
        with leaving_word(context, step):
            return claim.mark_exported(ports, label.id)
    except NotExportable as passed_over:
        raise AirflowSkipException(f"{label.number}: {passed_over}") from None


def _carry(context: Any, ports: Ports, step: str, label: Label) -> Passage:
    """Carry an invoice through although this is one step of it: it was repeated alone.

    :raises ErpRejection: not where another square of the index is red already.
    """
    # The tries of each step are counted apart: its name keeps this attempt from being taken for another's.
    passage = Passage(context, ports, label, attempt=attempt_of(context, step))
    try:
        passage.carry()
    except (Exception, AirflowTaskTimeout) as fault:
        _hand_in(context, passage, step)
        if passage.outcome is None or not isinstance(fault, ErpRejection):
            raise
        if not _is_red_elsewhere(context, step):
            raise
    else:
        _hand_in(context, passage, step)
    log.info("The steps after this one are done already: it has carried the invoice through itself.")
    return passage


def _hand_in(context: Any, passage: Passage, step: str) -> None:
    """Lay the outcome where the summary reads that of this index: as ``record_outcome`` would return it."""
    if passage.outcome is not None:
        XComs(context).write(GROUP + STEPS[-1], "return_value", passage.recorded())
        note_recorded(context, step)


def _is_red_elsewhere(context: Any, step: str) -> bool:
    """Whether the square where a refusal belongs is red already: a red one before it would bar its way."""
    index = context["ti"].map_index
    others = [GROUP + other for other in STEPS if other != step]
    return step != "post_to_erp" and "failed" in states_of(context, *others, map_index=index).values()


def _carry_again(context: Any, ports: Ports, *, ended_well: bool) -> dict[str, Any]:
    """Carry an invoice through whose outcome was recorded before this task was cleared.

    :param ended_well: whether no step before is red.
    :return: the outcome.
    """
    ti, label = context["ti"], label_of(context)
    try:
        passage = _carry(context, ports, "record_outcome", label)
    except (ExportError, AirflowSkipException) as ended:
        handed_in: dict[str, Any] | None = ti.xcom_pull(task_ids=ti.task_id, map_indexes=ti.map_index)
        is_red_elsewhere = not ended_well and not isinstance(ended, NumberNotWritten)
        if handed_in is None or not (is_red_elsewhere or isinstance(ended, AirflowSkipException)):
            raise
        # Its outcome is recorded, and the red square is where the trouble is: at the step before.
        return handed_in
    return passage.recorded() or {}


def _read_again(context: Any, ports: Ports, claimed: CoupaInvoice) -> CoupaInvoice:
    try:
        with leaving_word(context, "post_to_erp", claim.facts_of(claimed, ports.coupa.scope)):
            return claim.read_again(ports, claimed.id)
    except NotExportable as passed_over:
        raise AirflowSkipException(f"{claimed.shown_number}: {passed_over}") from None


def _step_reached(context: Any) -> tuple[str | None, bool]:
    """The step that this index came to, and whether it ended well; ``None`` where none has begun.

    The words of later steps are of an earlier life of the index, before it was cleared.
    """
    index = context["ti"].map_index
    states = states_of(context, *(f"invoice.{step}" for step in _BEFORE), map_index=index)
    for step in _BEFORE:
        state = states.get(f"invoice.{step}_{index}")
        if state != "success":
            return (step if state in ("failed", "skipped") else None), False
    return _BEFORE[-1], True


def _what_was_left(context: Any, ports: Ports, came_to: str | None) -> tuple[InvoiceFacts, Trouble]:
    """The invoice as far as it is known, and the last word of the step that this index came to."""
    ti, label = context["ti"], label_of(context)
    facts = InvoiceFacts(invoice_id=label.id, invoice_number=label.number)
    if came_to is None:
        return facts, lost_word(context, "mark_exported")
    if came_to != "mark_exported":
        facts = claim.facts_of(_claimed_of(context), ports.coupa.scope)
    word = ti.xcom_pull(task_ids=f"invoice.{came_to}", key=TROUBLE, map_indexes=ti.map_index)
    return facts, Trouble.model_validate(word) if word else lost_word(context, came_to)


def _handed_on(context: Any, invoice: CoupaInvoice) -> dict[str, Any]:
    """What the steps after the claim are given."""
    dumped = invoice.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {
        "integration_run": context.get(INTEGRATION_RUN),
        REPEATED: was_cleared(context),
        "invoice": dumped,
    }


def _claimed_of(context: Any) -> CoupaInvoice:
    """The invoice as ``mark_exported`` handed it on; a step that was cleared tells those after it so."""
    ti, mark = context["ti"], GROUP + _BEFORE[0]
    handed = ti.xcom_pull(task_ids=mark, map_indexes=ti.map_index)
    if was_cleared(context) and not handed[REPEATED]:
        handed[REPEATED] = True
        XComs(context).write(mark, "return_value", handed)
    context[REPEATED] = handed[REPEATED]
    belong_to(context, handed["integration_run"])
    invoice = CoupaInvoice.model_validate(handed["invoice"])
    name_index(context, invoice.shown_number)
    return invoice


def _told(context: Any, verdict: Verdict) -> dict[str, Any]:
    """What ``record_outcome`` is given."""
    return {
        **verdict.model_dump(mode="json"),
        "integration_run": context.get(INTEGRATION_RUN),
        REPEATED: context[REPEATED],
    }
