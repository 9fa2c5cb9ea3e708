"""What each outcome writes into Coupa's integration monitoring, in an accountant's words."""

from __future__ import annotations

from include.models.outcome import InvoiceFacts, Message, Trouble, Verdict
from include.models.records import ContactAlertType, RecordDraft, Response
from include.scope import CoupaScope

#: Coupa's ``response-code`` and message of each success; ``{number}`` is the ERP's document number.
SUCCESSES = {
    "created": "Header: Posted in the ERP as {number}.",
    "amended": "Header: Changed in Coupa; the ERP's earlier document was replaced by {number}.",
    "unchanged": "Header: The ERP holds this invoice already, unchanged, as {number}.",
    "voided": "Header: Voided in Coupa; document {number} was cancelled in the ERP.",
    "nothing_to_void": "Header: Voided in Coupa; the ERP holds no document of it, nothing was to be done.",
}

#: Technical messages may be long; an accountant reads the first sentences.
LONGEST_MESSAGE = 2000


def external_id(key: str, fingerprint: str | None, outcome: str, attempt: str) -> str:
    """Our own name of one outcome: a repeat finds its own, a new outcome is not taken for the old one.

    :param key: the business key.
    :param fingerprint: the content that was delivered or refused; ``None`` where it was not known.
    :param outcome: ``created``, ``rejected``, …
    :param attempt: which attempt at this invoice.
    """
    return f"{key}#{fingerprint or '-'}#{outcome}#{attempt}"[:255]


def success_record(verdict: Verdict, scope: CoupaScope, run_id: int | None) -> RecordDraft:
    """Step 7b: the history record of a success.

    :param verdict: what stands in the ERP.
    :param run_id: the integration run that it belongs to.
    """
    text = SUCCESSES[verdict.action].format(number=verdict.erp_number)
    responses = [Response(response_code=verdict.action.upper(), response_message=text)]
    if verdict.remark:
        responses.append(
            Response(response_code="CHANGED_IN_ERP", response_message=f"Header: {verdict.remark}")
        )
    return RecordDraft(
        document_id=verdict.facts.invoice_id,
        document_status=verdict.facts.status,
        contact_alert_type="Functional",
        status="Success",
        integration_run_id=run_id,
        external_id=external_id(
            scope.key(verdict.facts.invoice_id), verdict.fingerprint, verdict.action, verdict.attempt
        ),
        responses=responses,
    )


def error_record(facts: InvoiceFacts, trouble: Trouble, scope: CoupaScope, run_id: int | None) -> RecordDraft:
    """Step 7c: the integration error of a rejection (Functional) or a technical failure (Technical).

    :param facts: the invoice.
    :param trouble: why it did not reach the ERP.
    :param run_id: the integration run that it belongs to.
    """
    alert_type: ContactAlertType = "Functional" if trouble.kind == "rejected" else "Technical"
    return RecordDraft(
        document_id=facts.invoice_id,
        document_status=facts.status,
        contact_alert_type=alert_type,
        status="Error",
        integration_run_id=run_id,
        external_id=external_id(
            scope.key(facts.invoice_id), trouble.fingerprint, trouble.kind, trouble.attempt
        ),
        responses=[
            Response(response_code=message.code, response_message=message.text[:LONGEST_MESSAGE])
            for message in trouble.messages
        ],
    )


def number_not_written(verdict: Verdict, reason: str) -> Trouble:
    """The ERP has the document, and Coupa refuses its number: a trouble of its own, not the invoice's.

    :param verdict: what stands in the ERP.
    :param reason: Coupa's words.
    """
    return Trouble(
        kind="failed",
        step="record_outcome",
        messages=[
            Message(
                code="ERP_NUMBER_NOT_WRITTEN",
                text=f"Header: The invoice is in the ERP as {verdict.erp_number}, but Coupa refused to take "
                f"that number: {reason} Enter it by hand, or mend the cause and export the invoice again.",
            )
        ],
        fingerprint=verdict.fingerprint,
        attempt=verdict.attempt,
    )
