"""Invoices of a run that reached its end without an outcome of their own."""

from __future__ import annotations

from dataclasses import replace

from include.errors import ExportError, NotInCoupa, NumberNotWritten
from include.export.claim import EXPORTABLE, facts_of, facts_of_label
from include.export.content import content_of
from include.export.giving_back import give_back
from include.export.listing import Label
from include.export.past import Past
from include.export.ports import Ports
from include.export.recording import record_without_verdict
from include.export.records import RecordName
from include.models.invoice import CoupaInvoice
from include.models.outcome import KIND_OF_ACTION, InvoiceFacts, Message, Outcome, OutcomeKind, Trouble

_KINDS: dict[str, OutcomeKind] = {
    **{str(action): kind for action, kind in KIND_OF_ACTION.items()},
    "rejected": "rejected",
    "stopped": "stopped",
    "kept": "stopped",
    "unnumbered": "posted",
}


def settle_unfinished(ports: Ports, label: Label, trouble: Trouble, run_id: int) -> Outcome:
    """What became of an invoice whose last task did not say.

    Is nothing of this run on record in Coupa, the ERP is asked: it may have the invoice all the same.

    :param label: the invoice.
    :param trouble: what to say in Coupa, where it was claimed and has no outcome there.
    :param run_id: the integration run.
    """
    facts = facts_of_label(label)
    try:
        invoice = ports.coupa.read_invoice(label.id)
    except NotInCoupa:
        return _came_back(facts, "skipped", "NOT_IN_COUPA", "Coupa does not have the invoice any more.")
    facts = facts_of(invoice, ports.coupa.scope)
    if invoice.exported is False:
        return _came_back(facts, "given_back", "WAITS", "It waits in Coupa for the next run.")
    if invoice.status not in EXPORTABLE:
        ports.coupa.unmark_exported(invoice.id)
        return _came_back(facts, "skipped", "NOT_EXPORTABLE", f"The invoice is {invoice.status} in Coupa.")
    recorded = _recorded(ports, invoice, run_id)
    kind = _KINDS.get(recorded.outcome) if recorded else None
    if kind is not None:
        return Outcome(kind=kind, facts=facts)
    if recorded is not None:
        # Its failure is on record, and it was to come back: not a second failure.
        return give_back(ports, facts, trouble, run_id, Outcome(kind="given_back", facts=facts))
    return _ask_erp(ports, facts, trouble, run_id)


def leave_to_sweep(label: Label, unsettled: ExportError) -> Outcome:
    """What to count an invoice as that could not be settled: the run ends, and the next one's sweep finds it.

    :param label: the invoice.
    :param unsettled: why.
    """
    return _came_back(
        facts_of_label(label), "given_back", "UNSETTLED", f"The next run's sweep settles it: {unsettled}"
    )


def leave_as_it_is(label: Label) -> Outcome:
    """What to count an invoice as that no task of this run has touched.

    :param label: the invoice.
    """
    text = "Airflow did not run its index, which an earlier life of this run had removed; start a run for it."
    return _came_back(facts_of_label(label), "skipped", "NOT_RUN", text)


def _recorded(ports: Ports, invoice: CoupaInvoice, run_id: int) -> RecordName | None:
    """The outcome that this run has written into Coupa: a failure, or what is about what Coupa shows now."""
    content = content_of(invoice, ports.coupa.scope)
    for event in reversed(Past.of(ports.coupa, invoice.id).events):
        if event.record.integration_run_id == run_id and not event.record.resolved:
            is_present = event.name.outcome == "failed" or event.name.content in (content, None)
            return event.name if is_present else None
    return None


def _ask_erp(ports: Ports, facts: InvoiceFacts, trouble: Trouble, run_id: int) -> Outcome:
    # Many may wait here for the end of the run: files that are missing are named, not carried.
    at_once = replace(ports, open_erp=lambda: ports.erp, read_mapping=lambda: ports.mapping, file_seconds=0)
    try:
        return record_without_verdict(
            at_once, facts, trouble, run_id=run_id, attempt=trouble.attempt, repeated=False, last_try=True
        )
    except NumberNotWritten as refused:
        return refused.outcome  # the ERP has it, and that Coupa has no number is told there


def _came_back(facts: InvoiceFacts, kind: OutcomeKind, code: str, text: str) -> Outcome:
    return Outcome(kind=kind, facts=facts, messages=[Message(code=code, text=f"Header: {text}")])
