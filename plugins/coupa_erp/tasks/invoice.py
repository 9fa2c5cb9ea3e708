"""The four steps of one invoice: each a task of the mapped group ``invoice``."""

from __future__ import annotations

import datetime
import logging
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.tasks.run import PAGE, integration_run_id, page_key
from coupa_erp.tasks.word import TROUBLE, attempt_of, leave_word, leaving_word, technical_trouble
from include.errors import ExportError
from include.export import claim
from include.export.listing import Label
from include.models.invoice import CoupaInvoice
from include.models.outcome import InvoiceFacts, Message, Outcome, Trouble, Verdict
from include.options import read_options

log = logging.getLogger(__name__)

STEPS = ("post_to_erp", "resolve_previous", "mark_exported")


def mark_exported(context: Any) -> dict[str, Any]:
    """Claim the invoice of this index; what Coupa answers is what may be posted.

    :return: the invoice as Coupa's JSON, amounts as strings.
    :raises AirflowSkipException: it is no longer approved or voided.
    """
    label = _label_of(context)
    with leaving_word(context, "mark_exported"):
        invoice, ours = claim.mark_exported(CoupaHook(), label.id)
    if not ours:
        _skip(context, "mark_exported", invoice)
    log.info("%s is claimed: %s, id %s.", label.number, invoice.status, invoice.id)
    return invoice.model_dump(mode="json", by_alias=True, exclude_none=True)


def resolve_previous(context: Any, claimed: dict[str, Any]) -> None:
    """Resolve what earlier attempts at this invoice left open in Coupa.

    :param claimed: the return value of :func:`mark_exported`.
    """
    invoice = CoupaInvoice.model_validate(claimed)
    name_index(context, invoice.invoice_number)
    with leaving_word(context, "resolve_previous"):
        resolved = claim.resolve_previous(CoupaHook(), invoice.id)
    log.info("%s: %s earlier records resolved.", invoice.invoice_number, resolved)


def post_to_erp(context: Any, claimed: dict[str, Any]) -> dict[str, Any]:
    """Bring the ERP to what Coupa shows. A retry reads the invoice again: somebody may have mended it.

    :param claimed: the return value of :func:`mark_exported`.
    :return: the verdict.
    """
    from coupa_erp.erp import open_erp
    from include.export.delivery import deliver
    from include.mapping.settings import load_mapping

    invoice = CoupaInvoice.model_validate(claimed)
    name_index(context, invoice.invoice_number)
    coupa = CoupaHook()
    with leaving_word(context, "post_to_erp"):
        if context["ti"].try_number > 1:
            invoice = coupa.read_invoice(invoice.id)
            if invoice.status not in claim.EXPORTABLE:
                coupa.unmark_exported(invoice.id)
                _skip(context, "post_to_erp", invoice)
        verdict = deliver(
            invoice,
            coupa.scope,
            load_mapping(read_options().mapping),
            open_erp,
            today=today(),
            attempt=attempt_of(context),
        )
    number = f" as {verdict.erp_number}" if verdict.erp_number else ""
    log.info("%s: %s%s.", invoice.invoice_number, verdict.action.replace("_", " "), number)
    return verdict.model_dump(mode="json")


def record_outcome(context: Any) -> dict[str, Any]:
    """End the invoice with an outcome in Coupa, whatever failed before.

    :return: the outcome.
    :raises NumberNotWritten: the ERP has the document and Coupa does not take its number.
    """
    from include.export import recording
    from include.mapping.settings import load_mapping

    ti, coupa = context["ti"], CoupaHook()
    repeated, last_try = ti.try_number > 1, ti.try_number > ti.max_tries
    run_id, mapping = integration_run_id(context), load_mapping(read_options().mapping)
    told = ti.xcom_pull(task_ids="invoice.post_to_erp", map_indexes=ti.map_index)
    if told is None:
        return _record_without_verdict(context, coupa, mapping, run_id)
    verdict = Verdict.model_validate(told)
    name_index(context, verdict.facts.invoice_number)
    try:
        outcome = recording.record_success(
            coupa,
            mapping,
            verdict,
            run_id=run_id,
            today=today(),
            repeated=repeated,
            last_try=last_try,
        )
    except recording.NumberNotWritten as refused:
        # The ERP has it: the summary must count it as posted although this task is red.
        ti.xcom_push(key="return_value", value=refused.outcome.model_dump(mode="json"))
        raise
    return _told(outcome)


def _record_without_verdict(context: Any, coupa: CoupaHook, mapping: Any, run_id: int) -> dict[str, Any]:
    from coupa_erp.erp import open_erp
    from include.export import recording

    ti, label = context["ti"], _label_of(context)
    repeated = ti.try_number > 1
    facts, trouble = _what_was_left(context, label)
    if trouble is None or trouble.kind == "failed":
        found = None
        try:
            found = recording.find_verdict(
                coupa, mapping, open_erp, label.id, today=today(), attempt=attempt_of(context)
            )
        except ExportError as unknown:
            log.warning("Whether the ERP holds %s cannot be found out now: %s", label.number, unknown)
        if found is not None:
            log.info("%s had reached the ERP although its task did not end.", label.number)
            return _told(
                recording.record_success(
                    coupa,
                    mapping,
                    found,
                    run_id=run_id,
                    today=today(),
                    repeated=repeated,
                    last_try=ti.try_number > ti.max_tries,
                )
            )
    trouble = trouble or technical_trouble(context, "post_to_erp", None)
    return _told(recording.record_trouble(coupa, facts, trouble, run_id=run_id, repeated=repeated))


def _what_was_left(context: Any, label: Label) -> tuple[InvoiceFacts, Trouble | None]:
    """The invoice as far as it is known, and the last word that a step of this index left."""
    ti = context["ti"]
    facts = InvoiceFacts(invoice_id=label.id, invoice_number=label.number)
    claimed = ti.xcom_pull(task_ids="invoice.mark_exported", map_indexes=ti.map_index)
    if claimed is not None:
        facts = claim.facts_of(CoupaInvoice.model_validate(claimed), CoupaHook().scope)
    for step in STEPS:
        word = ti.xcom_pull(task_ids=f"invoice.{step}", key=TROUBLE, map_indexes=ti.map_index)
        if word is not None:
            return facts, Trouble.model_validate(word)
    return facts, None


def _skip(context: Any, step: str, invoice: CoupaInvoice) -> None:
    reason = (
        f"Header: The invoice is {invoice.status} in Coupa now; only approved and voided ones are exported."
    )
    message = Message(code="NOT_EXPORTABLE", text=reason)
    leave_word(context, Trouble(kind="skipped", step=step, messages=[message], attempt=attempt_of(context)))
    raise AirflowSkipException(f"{invoice.invoice_number}: {reason}")


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
    context["invoice_number"] = invoice_number


def today() -> datetime.date:
    """The day in UTC, as the schedule counts."""
    return datetime.datetime.now(datetime.UTC).date()


def _told(outcome: Outcome) -> dict[str, Any]:
    log.info("%s: %s.", outcome.facts.invoice_number, outcome.kind.replace("_", " "))
    return outcome.model_dump(mode="json")
