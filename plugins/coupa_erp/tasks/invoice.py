"""The four steps of one invoice: each a task of the mapped group ``invoice``."""

from __future__ import annotations

import datetime
import logging
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from coupa_erp.tasks.run import PAGE, integration_run_id, page_key
from coupa_erp.tasks.word import TROUBLE, attempt_of, leaving_word, lost_word, ports_of, states_of
from include.errors import NotExportable
from include.export import claim
from include.export.listing import Label
from include.export.ports import Ports
from include.models.invoice import CoupaInvoice
from include.models.outcome import InvoiceFacts, Outcome, Recorded, Trouble, Verdict
from include.models.text import clean

log = logging.getLogger(__name__)

#: Before ``record_outcome``, in their order.
STEPS = ("mark_exported", "resolve_previous", "post_to_erp")


def mark_exported(context: Any) -> dict[str, Any]:
    """Claim the invoice of this index; what Coupa answers is what may be posted.

    :return: the invoice as Coupa's JSON, amounts as strings.
    :raises AirflowSkipException: it is no longer approved or voided.
    """
    label = _label_of(context)
    try:
        with leaving_word(context, "mark_exported"):
            invoice = claim.mark_exported(ports_of(context), label.id)
    except NotExportable as passed_over:
        raise AirflowSkipException(f"{label.number}: {passed_over}") from None
    log.info("%s is claimed: %s, id %s.", label.number, invoice.status, invoice.id)
    return invoice.model_dump(mode="json", by_alias=True, exclude_none=True)


def resolve_previous(context: Any, claimed: dict[str, Any]) -> None:
    """Resolve what earlier attempts at this invoice left open in Coupa.

    :param claimed: the return value of :func:`mark_exported`.
    """
    invoice, ports = CoupaInvoice.model_validate(claimed), ports_of(context)
    name_index(context, invoice.shown_number)
    with leaving_word(context, "resolve_previous", claim.facts_of(invoice, ports.coupa.scope)):
        resolved = claim.resolve_previous(ports.coupa, invoice.id)
    log.info("%s: %s earlier records resolved.", invoice.shown_number, resolved)


def post_to_erp(context: Any, claimed: dict[str, Any]) -> dict[str, Any]:
    """Bring the ERP to what Coupa shows. A retry reads the invoice again: somebody may have mended it.

    :param claimed: the return value of :func:`mark_exported`.
    :return: the verdict.
    """
    from include.export.delivery import deliver

    invoice, ports = CoupaInvoice.model_validate(claimed), ports_of(context)
    name_index(context, invoice.shown_number)
    if context["ti"].try_number > 1:
        invoice = _read_again(context, ports, invoice)
    with leaving_word(context, "post_to_erp", claim.facts_of(invoice, ports.coupa.scope)):
        verdict = deliver(ports, invoice, attempt=attempt_of(context))
    if verdict.action in ("created", "amended"):
        verdict = verdict.model_copy(update={"posted_at": datetime.datetime.now(datetime.UTC)})
    number = f" as {verdict.erp_number}" if verdict.erp_number else ""
    log.info("%s: %s%s.", invoice.shown_number, verdict.action.replace("_", " "), number)
    return verdict.model_dump(mode="json")


def record_outcome(context: Any) -> dict[str, Any]:
    """End the invoice with an outcome in Coupa, whatever failed before.

    :return: the outcome.
    :raises NumberNotWritten: the ERP has the document and Coupa does not take its number.
    """
    from include.export import recording

    ti, ports, run_id = context["ti"], ports_of(context), integration_run_id(context)
    repeated, last_try = ti.try_number > 1, ti.try_number > ti.max_tries
    came_to, ended_well = _step_reached(context)
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
    except recording.NumberNotWritten as refused:
        # The ERP has it: the summary must count it as posted although this task is red.
        ti.xcom_push(key="return_value", value=_recorded(ports, refused.outcome, ti.map_index))
        raise
    log.info("%s: %s.", outcome.facts.invoice_number, outcome.kind.replace("_", " "))
    return _recorded(ports, outcome, ti.map_index)


def _read_again(context: Any, ports: Any, claimed: CoupaInvoice) -> CoupaInvoice:
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
    states = states_of(context, *(f"invoice.{step}" for step in STEPS), map_index=index)
    for step in STEPS:
        state = states.get(f"invoice.{step}_{index}")
        if state != "success":
            return (step if state in ("failed", "skipped") else None), False
    return STEPS[-1], True


def _what_was_left(context: Any, ports: Any, came_to: str | None) -> tuple[InvoiceFacts, Trouble]:
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
    """Show the invoice number in the grid in place of the map index.

    :param invoice_number: what ``map_index_template`` renders.
    """
    context["invoice_number"] = clean(invoice_number, 80)


def _recorded(ports: Ports, outcome: Outcome, map_index: int) -> dict[str, Any]:
    url = ports.coupa.invoice_url(outcome.facts.invoice_id)
    return Recorded(**dict(outcome), map_index=map_index, coupa_url=url).model_dump(mode="json")
