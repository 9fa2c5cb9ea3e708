"""Who is told, and how often: one mail for one trouble.

Ten alerts of a code in a run; the rest of that code are errors without alert, summed up in one at its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from include.coupa_port import CoupaPort
from include.export.past import Event, Past
from include.export.ports import Ports
from include.export.records import error_record
from include.failure_policy import MOST_ALERTS_A_CODE
from include.models.outcome import Alert, InvoiceFacts, Outcome, Trouble
from include.models.records import IntegrationRecord, RecordDraft, Response
from include.scope import CoupaScope


def report_error(
    ports: Ports,
    past: Past,
    facts: InvoiceFacts,
    trouble: Trouble,
    run_id: int | None,
    *,
    outcome: str,
    alert_due: bool = True,
    same: Callable[[RecordDraft], Event | None] | None = None,
    fingerprint: str | None = None,
) -> Alert:
    """Let an error of this attempt stand open in Coupa: found, opened again, or created.

    :param past: the invoice's records.
    :param outcome: the name of what became of the invoice.
    :param alert_due: whether people should be told, if not of too many alike.
    :param same: finds the record of an earlier attempt that says the same.
    :param fingerprint: the content in the ERP, where it has it.
    :return: whether people were told.
    """
    coupa = ports.coupa
    draft = error_record(facts, trouble, coupa.scope, run_id, outcome=outcome, fingerprint=fingerprint)
    own = past.error_of(outcome, trouble.attempt)
    known = same(draft) if same else None
    if own is not None:
        _let_stand(coupa, own.record)
        without_alert: Alert = "known" if known else "capped" if alert_due else "none"
        return "sent" if own.name.alerted else without_alert
    if known is not None and known.name.content == facts.content:
        _let_stand(coupa, known.record)
        return "known"
    if known is not None:
        # The same trouble with another content: the record must name what Coupa shows now.
        coupa.create_integration_error(draft, alert=False)
        return "known"
    if not alert_due:
        coupa.create_integration_error(draft, alert=False)
        return "none"
    with ports.alert_turn():
        # Airflow may have started this very task twice: the other one may have told by now. Where nothing can
        # be read, a look would only fail again.
        other = past.told_meanwhile(coupa, draft) if past.known else None
        if other is not None:
            if other.name.content != facts.content:
                coupa.create_integration_error(draft, alert=False)
            return "known"
        told = (
            run_id is None
            or not past.known
            or _alerts_sent(coupa, run_id, trouble.messages[0].code) < MOST_ALERTS_A_CODE
        )
        draft = error_record(
            facts, trouble, coupa.scope, run_id, outcome=outcome, fingerprint=fingerprint, alerted=told
        )
        coupa.create_integration_error(draft, alert=told)
    return "sent" if told else "capped"


def sum_up(coupa: CoupaPort, run_id: int, capped: Counter[str]) -> None:
    """One alert for all that were told of by no alert of their own, for each code.

    :param run_id: the run that ends.
    :param capped: how many errors without alert there were, by code.
    """
    for code, number in sorted(capped.items()):
        text = (
            f"Header: {number} more invoices of integration run {run_id} stand under an integration error "
            f"with the code {code}; no mail was sent for each. Their errors in Coupa say what is wrong."
        )
        draft = run_error(coupa.scope, run_id, f"summary#{code}#{run_id}"[:100], code, text)
        coupa.create_integration_error(draft, alert=True, look_first=True)


def capped_of(outcomes: Iterable[Outcome]) -> Counter[str]:
    """How many errors were written without an alert because of the many, by code."""
    return Counter(outcome.messages[0].code for outcome in outcomes if outcome.alert == "capped")


def run_error(scope: CoupaScope, run_id: int, name: str, code: str, text: str) -> RecordDraft:
    """An error about a run itself.

    :param name: ends its external id.
    """
    return RecordDraft(
        contact_alert_type="Technical" if name == OUTAGE or code.startswith(TECHNICAL) else "Functional",
        status="Error",
        integration_run_id=run_id,
        external_id=run_error_prefix(scope) + name,
        responses=[Response(response_code=code, response_message=text)],
    )


#: How the codes of technical failures begin.
TECHNICAL = "TECHNICAL-"

#: The name of the one error that stands open while an outage lasts.
OUTAGE = "outage"


def run_error_prefix(scope: CoupaScope) -> str:
    """How the external ids of all errors about runs of this integration begin."""
    return f"{scope.instance_key}/{scope.integration_code}"[:140] + "#"


def _alerts_sent(coupa: CoupaPort, run_id: int, code: str) -> int:
    sent = 0
    for error in coupa.list_errors_of_run(run_id):
        alerted = (error.external_id or "").endswith("!")
        if alerted and error.responses and error.responses[0].response_code == code:
            sent += 1
            if sent == MOST_ALERTS_A_CODE:
                break
    return sent


def _let_stand(coupa: CoupaPort, error: IntegrationRecord) -> None:
    if error.resolved:
        coupa.unresolve_integration_error(error.id)
