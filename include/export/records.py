"""What each outcome writes into Coupa's integration monitoring, in an accountant's words."""

from __future__ import annotations

from dataclasses import dataclass

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

#: Outcomes under whose open error an invoice may rest: a person was told. The others promise another try.
RESTING = frozenset({"rejected", "stopped", "kept", "unnumbered"})

#: Of these, what does not gainsay an open success.
BESIDE_A_SUCCESS = frozenset({"kept", "unnumbered"})

#: Technical messages may be long; an accountant reads the first sentences.
LONGEST_MESSAGE = 2000

#: The response that tells the Airflow team where to look; no part of what makes two troubles the same.
WHERE = "AIRFLOW_RUN"

_ALERTED = "!"


@dataclass(frozen=True)
class RecordName:
    """Our own name of one outcome, kept in the record's ``external-id``.

    A repeat finds its own by it, a new outcome is not taken for the old one, and the sweep sees whether the
    outcome is about what Coupa shows now.

    :param key: the business key.
    :param fingerprint: the content in the ERP; ``None`` where nothing reached it.
    :param outcome: ``created``, ``rejected``, ``failed``, …
    :param attempt: which attempt at this invoice.
    :param content: what Coupa showed; see :mod:`include.export.content`.
    :param version: the moment at which it did.
    :param alerted: whether people were told with it.
    """

    key: str
    fingerprint: str | None
    outcome: str
    attempt: str
    content: str | None = None
    version: str | None = None
    alerted: bool = False

    def __str__(self) -> str:
        parts = [self.key, self.fingerprint or "-", self.outcome, self.attempt]
        seen = f"{self.content or '-'}@{self.version or '-'}"
        return "#".join([*parts, seen]) + (_ALERTED if self.alerted else "")

    @classmethod
    def read(cls, external_id: str | None, key: str) -> RecordName | None:
        """The name that a record carries, or ``None`` where it is not one of ours for this invoice.

        :param external_id: as Coupa has it.
        :param key: the business key of the invoice.
        """
        parts = (external_id or "").removesuffix(_ALERTED).split("#")
        if len(parts) != 5 or parts[0] != key:
            return None
        # The run may follow, where Coupa has none for it.
        content, version, *_ = [*parts[4].split("@"), ""]
        return cls(
            key=key,
            fingerprint=_unless_empty(parts[1]),
            outcome=parts[2],
            attempt=parts[3],
            content=_unless_empty(content),
            version=_unless_empty(version),
            alerted=(external_id or "").endswith(_ALERTED),
        )


def success_record(
    verdict: Verdict, scope: CoupaScope, run_id: int | None, *, version: str | None = None
) -> RecordDraft:
    """Step 7b: the history record of a success.

    :param verdict: what stands in the ERP.
    :param run_id: the integration run that it belongs to.
    :param version: of the invoice after the export's own last write to it.
    """
    text = SUCCESSES[verdict.action].format(number=verdict.erp_number)
    responses = [Response(response_code=verdict.action.upper(), response_message=text)]
    if verdict.remark:
        responses.append(
            Response(response_code="CHANGED_IN_ERP", response_message=f"Header: {verdict.remark}")
        )
    responses += [
        Response(response_code=note.code, response_message=note.text[:LONGEST_MESSAGE])
        for note in verdict.notes
    ]
    facts = verdict.facts
    name = RecordName(
        key=scope.key(facts.invoice_id),
        fingerprint=verdict.fingerprint,
        outcome=verdict.action,
        attempt=verdict.attempt,
        content=facts.content,
        version=version or facts.version,
    )
    return RecordDraft(
        document_id=facts.invoice_id,
        document_status=facts.status,
        contact_alert_type="Functional",
        status="Success",
        integration_run_id=run_id,
        external_id=str(name),
        responses=responses,
    )


def error_record(
    facts: InvoiceFacts,
    trouble: Trouble,
    scope: CoupaScope,
    run_id: int | None,
    *,
    outcome: str | None = None,
    fingerprint: str | None = None,
    alerted: bool = False,
) -> RecordDraft:
    """Step 7c: the integration error of a rejection (Functional) or a technical failure (Technical).

    :param facts: the invoice.
    :param trouble: why it did not reach the ERP.
    :param run_id: the integration run that it belongs to.
    :param outcome: where it is another than the trouble's kind.
    :param fingerprint: the content in the ERP, where it has it.
    :param alerted: whether it is sent with an alert.
    """
    alert_type: ContactAlertType = "Functional" if trouble.kind == "rejected" else "Technical"
    name = RecordName(
        key=scope.key(facts.invoice_id),
        fingerprint=fingerprint,
        outcome=outcome or trouble.kind,
        attempt=trouble.attempt,
        content=facts.content,
        version=facts.version,
        alerted=alerted,
    )
    responses = [
        Response(response_code=message.code, response_message=message.text[:LONGEST_MESSAGE])
        for message in trouble.messages
    ]
    if trouble.where:
        responses.append(Response(response_code=WHERE, response_message=trouble.where))
    return RecordDraft(
        document_id=facts.invoice_id,
        document_status=facts.status,
        contact_alert_type=alert_type,
        status="Error",
        integration_run_id=run_id,
        external_id=str(name),
        responses=responses,
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
        facts=verdict.facts,
        attempt=verdict.attempt,
    )


def _unless_empty(text: str) -> str | None:
    return None if text in ("", "-") else text
