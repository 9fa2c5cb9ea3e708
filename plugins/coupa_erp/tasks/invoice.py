"""The four steps of one invoice: each a task of the mapped group ``invoice``."""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from coupa_erp.links import DocumentInErp, InvoiceInCoupa, RunInCoupa, show
from coupa_erp.tasks.carrying import Carried, carry_through, dated, recorded
from coupa_erp.tasks.listed import PAGE, page_key
from coupa_erp.tasks.repeated import (
    STEPS,
    integration_run_id,
    is_alone,
    is_recorded,
    note_recorded,
)
from coupa_erp.tasks.telling import tell_invoice, telling
from coupa_erp.tasks.word import (
    TROUBLE,
    attempt_of,
    leaving_word,
    lost_word,
    ports_of,
    states_of,
    was_cleared,
)
from include.errors import ExportError, NotExportable, NumberNotWritten
from include.export import claim
from include.export.listing import Label
from include.export.ports import Ports
from include.models.invoice import CoupaInvoice
from include.models.outcome import InvoiceFacts, Outcome, Trouble, Verdict
from include.models.text import clean

log = logging.getLogger(__name__)

#: Before ``record_outcome``, in their order.
_BEFORE = STEPS[:-1]


@telling
def mark_exported(context: Any) -> dict[str, Any]:
    """Claim the invoice of this index; what Coupa answers is what may be posted.

    :return: the invoice as Coupa's JSON, amounts as strings.
    :raises AirflowSkipException: it is no longer approved or voided.
    """
    label, ports = _label_of(context), ports_of(context)
    show(context, InvoiceInCoupa, ports.coupa.invoice_url(label.id))
    if is_alone(context, "mark_exported"):
        return _dumped(_carry(context, ports, "mark_exported", label).invoice)
    invoice = _claim(context, ports, "mark_exported", label)
    done = "read for a dry run" if ports.rehearsal else "claimed"
    log.info("%s is %s: %s, id %s.", label.number, done, invoice.status, invoice.id)
    return _dumped(invoice)


@telling
def resolve_previous(context: Any, claimed: dict[str, Any]) -> None:
    """Resolve what earlier attempts at this invoice left open in Coupa.

    :param claimed: the return value of :func:`mark_exported`.
    """
    invoice, ports = CoupaInvoice.model_validate(claimed), ports_of(context)
    name_index(context, invoice.shown_number)
    show(context, InvoiceInCoupa, ports.coupa.invoice_url(invoice.id))
    if is_alone(context, "resolve_previous"):
        _carry(context, ports, "resolve_previous", Label(id=invoice.id, number=invoice.shown_number))
        return
    if ports.rehearsal:
        log.info("%s: a dry run resolves nothing.", invoice.shown_number)
        return
    with leaving_word(context, "resolve_previous", claim.facts_of(invoice, ports.coupa.scope)):
        resolved = claim.resolve_previous(ports.coupa, invoice.id)
    log.info("%s: %s earlier records resolved.", invoice.shown_number, resolved)


@telling
def post_to_erp(context: Any, claimed: dict[str, Any]) -> dict[str, Any]:
    """Bring the ERP to what Coupa shows. A retry reads the invoice again: somebody may have mended it.

    :param claimed: the return value of :func:`mark_exported`.
    :return: the verdict.
    """
    from include.export.delivery import deliver

    invoice, ports = CoupaInvoice.model_validate(claimed), ports_of(context)
    name_index(context, invoice.shown_number)
    show(context, InvoiceInCoupa, ports.coupa.invoice_url(invoice.id))
    label = Label(id=invoice.id, number=invoice.shown_number)
    if is_alone(context, "post_to_erp"):
        delivered = _carry(context, ports, "post_to_erp", label).verdict
        return delivered.model_dump(mode="json") if delivered else {}
    if was_cleared(context):
        # The steps before may be of an earlier life of the index, which has given it back, or left an error.
        invoice = _claim(context, ports, "post_to_erp", label)
    elif context["ti"].try_number > 1:
        invoice = _read_again(context, ports, invoice)
    with leaving_word(context, "post_to_erp", claim.facts_of(invoice, ports.coupa.scope)):
        if was_cleared(context):
            claim.resolve_previous(ports.coupa, invoice.id)
        verdict = dated(deliver(ports, invoice, attempt=attempt_of(context)))
    show(context, DocumentInErp, verdict.document_url)
    number = f" as {verdict.erp_number}" if verdict.erp_number else ""
    only = "dry run, nothing is written: " if ports.rehearsal else ""
    log.info("%s: %s%s%s.", invoice.shown_number, only, verdict.action.replace("_", " "), number)
    return verdict.model_dump(mode="json")


@telling
def record_outcome(context: Any) -> dict[str, Any]:
    """End the invoice with an outcome in Coupa, whatever failed before.

    :return: the outcome.
    :raises NumberNotWritten: the ERP has the document and Coupa does not take its number.
    """
    from include.export import recording

    ti, ports = context["ti"], ports_of(context)
    came_to, ended_well = _step_reached(context)
    if is_recorded(context, came_to):
        return _carry_again(context, ports, ended_well=ended_well)
    run_id, repeated, last_try = (
        integration_run_id(context),
        ti.try_number > 1,
        ti.try_number > ti.max_tries,
    )
    if not ports.rehearsal:
        show(context, RunInCoupa, ports.coupa.integration_run_url(run_id))
    told = (
        ti.xcom_pull(task_ids="invoice.post_to_erp", map_indexes=ti.map_index)
        if came_to == "post_to_erp" and ended_well
        else None
    )
    try:
        if told is not None:
            verdict = Verdict.model_validate(told)
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
        note_recorded(context, came_to)
        _tell_outcome(context, ports, refused.outcome)
        raise
    note_recorded(context, came_to)
    _tell_outcome(context, ports, outcome)
    return recorded(ports, outcome, ti.map_index, run_id)


def _claim(context: Any, ports: Ports, step: str, label: Label) -> CoupaInvoice:
    try:
        with leaving_word(context, step):
            return claim.mark_exported(ports, label.id)
    except NotExportable as passed_over:
        raise AirflowSkipException(f"{label.number}: {passed_over}") from None


def _carry(context: Any, ports: Ports, step: str, label: Label) -> Carried:
    carried = carry_through(context, ports, step, label)
    log.info("The steps after this one are done already: it has carried the invoice through itself.")
    _tell_outcome(context, ports, carried.outcome)
    return carried


def _carry_again(context: Any, ports: Ports, *, ended_well: bool) -> dict[str, Any]:
    """Carry an invoice through whose outcome was recorded before this task was cleared.

    :param ended_well: whether no step before is red.
    :return: the outcome.
    """
    ti, label = context["ti"], _label_of(context)
    try:
        carried = _carry(context, ports, "record_outcome", label)
    except (ExportError, AirflowSkipException) as ended:
        handed_in = ti.xcom_pull(task_ids=ti.task_id, map_indexes=ti.map_index)
        is_red_elsewhere = not ended_well and not isinstance(ended, NumberNotWritten)
        if handed_in is None or not (is_red_elsewhere or isinstance(ended, AirflowSkipException)):
            raise
        # Its outcome is recorded, and the red square is where the trouble is: at the step before.
        return dict(handed_in)
    return recorded(ports, carried.outcome, ti.map_index, integration_run_id(context))


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
    ti, label = context["ti"], _label_of(context)
    facts = InvoiceFacts(invoice_id=label.id, invoice_number=label.number)
    if came_to is None:
        return facts, lost_word(context, "mark_exported")
    if came_to != "mark_exported":
        claimed = ti.xcom_pull(task_ids="invoice.mark_exported", map_indexes=ti.map_index)
        facts = claim.facts_of(CoupaInvoice.model_validate(claimed), ports.coupa.scope)
    word = ti.xcom_pull(task_ids=f"invoice.{came_to}", key=TROUBLE, map_indexes=ti.map_index)
    return facts, Trouble.model_validate(word) if word else lost_word(context, came_to)


def _label_of(context: Any) -> Label:
    """The invoice of this index, by the page of labels that holds it."""
    map_index = context["ti"].map_index
    page = context["ti"].xcom_pull(task_ids="fetch_invoices", key=page_key(map_index), map_indexes=-1)
    label = Label.model_validate(page[map_index % PAGE])
    name_index(context, label.number)
    return label


def name_index(context: Any, invoice_number: str | None) -> None:
    """Show the invoice number in the grid in place of the map index, and in each line of the log.

    :param invoice_number: what ``map_index_template`` renders.
    """
    context["invoice_number"] = clean(invoice_number, 80)
    tell_invoice(context["invoice_number"])


def _dumped(invoice: CoupaInvoice) -> dict[str, Any]:
    return invoice.model_dump(mode="json", by_alias=True, exclude_none=True)


def _tell_outcome(context: Any, ports: Ports, outcome: Outcome) -> None:
    show(context, InvoiceInCoupa, ports.coupa.invoice_url(outcome.facts.invoice_id))
    show(context, DocumentInErp, outcome.document_url)
    only = "dry run, would count as " if ports.rehearsal else ""
    log.info("%s: %s%s.", outcome.facts.invoice_number, only, outcome.kind.replace("_", " "))
