"""A step that is repeated alone carries its invoice from the top to the recorded outcome.

It begins with the claim whichever step it is: every step may be repeated, and what stands in Coupa and the
ERP may be of another run by now.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException, AirflowTaskTimeout

from coupa_erp.retry_policy import is_worth_a_try
from coupa_erp.tasks.listed import RECORD
from coupa_erp.tasks.repeated import STEPS, integration_run_id, note_recorded
from coupa_erp.tasks.word import GROUP, XComs, attempt_of, states_of, where_of
from include.errors import ErpRejection, NotExportable, NumberNotWritten
from include.export import claim
from include.export.listing import Label
from include.export.ports import Ports
from include.export.trouble import trouble_of
from include.export.unfinished import facts_of_label
from include.models.invoice import CoupaInvoice
from include.models.outcome import InvoiceFacts, Outcome, Recorded, Verdict


@dataclass(frozen=True)
class Carried:
    """What became of an invoice that one step carried through.

    :param invoice: as the claim's answer showed it.
    :param verdict: ``None`` where it was refused.
    """

    invoice: CoupaInvoice
    verdict: Verdict | None
    outcome: Outcome


def carry_through(context: Any, ports: Ports, step: str, label: Label) -> Carried:
    """Claim, resolve, post and record, in one go.

    The outcome becomes the return value of the index's ``record_outcome``, where the summary reads it.

    :param step: the step that is repeated.
    :param label: the invoice.
    :raises AirflowSkipException: it is no longer approved or voided.
    :raises ErpRejection: refused; that is recorded. Not where another square of the index is red already.
    :raises ExportError: it failed; that is recorded once no try is left.
    """
    from include.export.delivery import deliver
    from include.export.recording import record_success, record_without_verdict

    ti, run_id = context["ti"], integration_run_id(context)
    # The tries of each step are counted apart: its name keeps this attempt from being taken for another's.
    attempt, facts = attempt_of(context, step), facts_of_label(label)
    last_try = ti.try_number > ti.max_tries

    def end(outcome: Outcome) -> Outcome:
        hand_in(context, ports, outcome, run_id)
        note_recorded(context, step)
        return outcome

    try:
        invoice = claim.mark_exported(ports, label.id)
        facts = claim.facts_of(invoice, ports.coupa.scope)
        claim.resolve_previous(ports.coupa, label.id)
        verdict = dated(deliver(ports, invoice, attempt=attempt))
    except NotExportable as passed_over:
        end(_skipped(context, step, facts, passed_over))
        raise AirflowSkipException(f"{label.number}: {passed_over}") from None
    except (Exception, AirflowTaskTimeout) as fault:
        if is_worth_a_try(fault, ti.try_number) and not last_try:
            raise
        trouble = trouble_of(fault, step, attempt=attempt, where=where_of(context), facts=facts)
        try:
            outcome = record_without_verdict(
                ports, facts, trouble, run_id=run_id, attempt=attempt, repeated=False, last_try=True
            )
        except NumberNotWritten as refused:
            end(refused.outcome)
            raise
        end(outcome)
        if isinstance(fault, ErpRejection) and _is_red_elsewhere(context, step):
            return Carried(invoice, None, outcome)
        raise
    try:
        outcome = record_success(ports, verdict, run_id=run_id, repeated=False, last_try=last_try)
    except NumberNotWritten as refused:
        # The ERP has it: the summary must count it as posted although this task is red.
        end(refused.outcome)
        raise
    return Carried(invoice, verdict, end(outcome))


def _is_red_elsewhere(context: Any, step: str) -> bool:
    """Whether the square where a refusal belongs is red already: a red one before it would bar its way."""
    index = context["ti"].map_index
    others = [GROUP + other for other in STEPS if other != step]
    return step != "post_to_erp" and "failed" in states_of(context, *others, map_index=index).values()


def hand_in(context: Any, ports: Ports, outcome: Outcome, run_id: int) -> None:
    """Lay the outcome where the summary reads that of this index.

    :param outcome: of the invoice.
    :param run_id: the integration run that its records belong to.
    """
    XComs(context).write(RECORD, "return_value", recorded(ports, outcome, context["ti"].map_index, run_id))


def recorded(ports: Ports, outcome: Outcome, map_index: int, run_id: int) -> dict[str, Any]:
    """The outcome as ``record_outcome`` returns it.

    :param map_index: which index.
    :param run_id: the integration run that its records belong to.
    """
    of_index = Recorded(
        **dict(outcome),
        map_index=map_index,
        integration_run_id=run_id,
        coupa_url=ports.coupa.invoice_url(outcome.facts.invoice_id),
    )
    return of_index.model_dump(mode="json")


def dated(verdict: Verdict) -> Verdict:
    """The verdict with the moment at which its document was posted, where one was.

    :param verdict: of just now.
    """
    if verdict.action not in ("created", "amended"):
        return verdict
    return verdict.model_copy(update={"posted_at": datetime.datetime.now(datetime.UTC)})


def _skipped(context: Any, step: str, facts: InvoiceFacts, passed_over: NotExportable) -> Outcome:
    trouble = trouble_of(passed_over, step, attempt=attempt_of(context, step), where=where_of(context))
    return Outcome(kind="skipped", facts=facts, messages=trouble.messages)
