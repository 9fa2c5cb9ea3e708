"""What becomes of an invoice that did not reach the ERP: an error in Coupa, and back or not."""

from __future__ import annotations

from include.errors import NotInCoupa, RefusedByCoupa
from include.export.alerts import report_error
from include.export.past import Past
from include.export.ports import Ports
from include.failure_policy import LAST_STRIKE
from include.models.outcome import InvoiceFacts, Message, Outcome, Trouble

STOPPED = (
    f" This was failure {LAST_STRIKE} in a row: it is not tried again by itself. Once the cause is mended, "
    "resolve this error in Coupa, or start a run for this invoice alone."
)


def record_trouble(
    ports: Ports, facts: InvoiceFacts, trouble: Trouble, run_id: int | None, *, last_try: bool = False
) -> Outcome:
    """Say in Coupa why the invoice did not reach the ERP, and give it back unless a person must decide.

    A repeat finds what an earlier try has written.

    :param facts: the invoice.
    :param trouble: why.
    :param run_id: the integration run.
    :param last_try: no further try follows.
    """
    facts = trouble.facts or facts
    if trouble.kind == "skipped":
        return Outcome(kind="skipped", facts=facts, messages=trouble.messages)
    if trouble.kind == "outage":
        return give_back(ports, facts, trouble, run_id, Outcome(kind="given_back", facts=facts, outage=True))
    past = Past.of(ports.coupa, facts.invoice_id, last_try=last_try)
    if trouble.kind == "rejected":
        alert = report_error(
            ports,
            past,
            facts,
            trouble,
            run_id,
            outcome="rejected",
            same=past.same_again,
        )
        return Outcome(kind="rejected", facts=facts, messages=trouble.messages, alert=alert)
    strike = past.strikes_before(trouble.attempt) + 1
    if strike >= LAST_STRIKE:
        return _stop(ports, past, facts, trouble, run_id)
    alert = report_error(
        ports,
        past,
        facts,
        trouble,
        run_id,
        outcome="failed",
        alert_due=strike == 1,
    )
    return give_back(ports, facts, trouble, run_id, Outcome(kind="given_back", facts=facts, alert=alert))


def _stop(ports: Ports, past: Past, facts: InvoiceFacts, trouble: Trouble, run_id: int | None) -> Outcome:
    """The last strike: the error stands, and the invoice stays where it is."""
    first, *others = trouble.messages
    told = trouble.model_copy(
        update={"messages": [Message(code=first.code, text=first.text + STOPPED), *others]}
    )
    alert = report_error(
        ports,
        past,
        facts,
        told,
        run_id,
        outcome="stopped",
        same=past.same_again,
    )
    return Outcome(kind="stopped", facts=facts, messages=told.messages, alert=alert)


def give_back(
    ports: Ports, facts: InvoiceFacts, trouble: Trouble, run_id: int | None, outcome: Outcome
) -> Outcome:
    """Take the mark away, so that a coming run takes it. Where Coupa refuses, an error stands and alerts.

    :param facts: the invoice.
    :param trouble: why it comes back.
    :param run_id: the integration run.
    :param outcome: what it counts as; its messages are the trouble's.
    """
    messages = trouble.messages
    try:
        ports.coupa.unmark_exported(facts.invoice_id)
    except NotInCoupa:
        gone = Message(code="NOT_IN_COUPA", text="Header: Coupa does not have the invoice any more.")
        return outcome.model_copy(update={"kind": "skipped", "messages": [gone]})
    except RefusedByCoupa as refused:
        why = "; ".join(refused.messages) or "no reason given"
        kept = trouble.model_copy(
            update={
                "kind": "failed",
                "messages": [
                    Message(
                        code="TECHNICAL-NOT_GIVEN_BACK",
                        text="Header: The invoice is not in the ERP, and Coupa refused to take its export "
                        f"mark away ({why}), so no run takes it again by itself. Start a run for this "
                        f"invoice alone once the cause is mended: {trouble.messages[0].text}",
                    )
                ],
            }
        )
        past = Past.of(ports.coupa, facts.invoice_id)
        alert = report_error(ports, past, facts, kept, run_id, outcome="kept", same=past.same_again)
        return Outcome(kind="stopped", facts=facts, messages=kept.messages, alert=alert)
    return outcome.model_copy(update={"messages": messages})
