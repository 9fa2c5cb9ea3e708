"""Step 7, ``record_outcome``: whatever happened before, the invoice ends with an outcome in Coupa."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from include.coupa_port import CoupaPort
from include.erp_port import ErpPort
from include.errors import ErpRejection, ExportError, RefusedByCoupa
from include.export.claim import EXPORTABLE, facts_of
from include.export.records import error_record, number_not_written, success_record
from include.mapping.bill import map_invoice
from include.mapping.settings import Mapping
from include.models.invoice import CoupaInvoice
from include.models.outcome import KIND_OF_ACTION, InvoiceFacts, Message, Outcome, Trouble, Verdict


class NumberNotWritten(ExportError):
    """The ERP has the document and Coupa refuses its number: tried again, then red.

    :param outcome: what became of the invoice all the same.
    """

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message)
        self.outcome = outcome


def record_success(
    coupa: CoupaPort,
    mapping: Mapping,
    verdict: Verdict,
    *,
    run_id: int | None,
    today: datetime.date,
    repeated: bool,
    last_try: bool,
) -> Outcome:
    """The ERP's number into Coupa, one more look at the content, then the history record.

    :param verdict: what stands in the ERP.
    :param run_id: the integration run.
    :param today: as for the delivery.
    :param repeated: an earlier try may have written the record already: look first.
    :param last_try: no further try follows; what Coupa refuses is put on record now.
    :return: the outcome; given back where Coupa's content has changed since it was posted.
    :raises NumberNotWritten: Coupa refuses the number.
    """
    stale = False
    if verdict.erp_number and _number_due(verdict):
        try:
            answer = coupa.write_custom_fields(
                verdict.facts.invoice_id, {coupa.scope.erp_number_field: verdict.erp_number}
            )
        except RefusedByCoupa as refused:
            _number_refused(coupa, verdict, refused, run_id, repeated=repeated, last_try=last_try)
        else:
            stale = _content_differs(coupa, mapping, verdict, answer, today)
    coupa.create_history_record(success_record(verdict, coupa.scope, run_id), look_first=repeated)
    messages = [Message(code="CHANGED_IN_ERP", text=verdict.remark)] if verdict.remark else []
    if stale:
        coupa.unmark_exported(verdict.facts.invoice_id)
        messages.append(
            Message(
                code="CHANGED_MEANWHILE",
                text="Changed in Coupa while it was being exported; the next run takes it again.",
            )
        )
    return Outcome(
        kind=KIND_OF_ACTION[verdict.action],
        facts=verdict.facts,
        action=verdict.action,
        erp_number=verdict.erp_number,
        messages=messages,
    )


def record_trouble(
    coupa: CoupaPort, facts: InvoiceFacts, trouble: Trouble, *, run_id: int | None, repeated: bool
) -> Outcome:
    """An integration error with alert; after a technical failure the invoice is given back.

    A rejected invoice stays exported: a fix in Coupa's UI resets the mark.

    :param facts: the invoice.
    :param trouble: why it did not reach the ERP.
    :param run_id: the integration run.
    :param repeated: an earlier try may have written the record already: look first.
    """
    if trouble.kind == "skipped":
        return Outcome(kind="skipped", facts=facts, messages=trouble.messages)
    draft = error_record(facts, trouble, coupa.scope, run_id)
    coupa.create_integration_error(draft, alert=True, look_first=repeated)
    if trouble.kind == "rejected":
        return Outcome(kind="rejected", facts=facts, messages=trouble.messages)
    coupa.unmark_exported(facts.invoice_id)
    return Outcome(kind="given_back", facts=facts, messages=trouble.messages)


def find_verdict(
    coupa: CoupaPort,
    mapping: Mapping,
    open_erp: Callable[[], ErpPort],
    invoice_id: int,
    *,
    today: datetime.date,
    attempt: str,
) -> Verdict | None:
    """What ``post_to_erp`` did without leaving word (it was killed): perhaps the ERP holds the content.

    :param invoice_id: Coupa's id.
    :return: the success that was not reported, or ``None`` where there is none.
    :raises ExportError: the ERP or Coupa cannot be asked.
    """
    invoice = coupa.read_invoice(invoice_id)
    if invoice.status not in EXPORTABLE:
        return None
    if invoice.status == "voided":
        return _find_void(coupa, open_erp, invoice, attempt)
    return _find_posted(coupa, mapping, open_erp, invoice, today=today, attempt=attempt)


def _find_void(
    coupa: CoupaPort, open_erp: Callable[[], ErpPort], invoice: CoupaInvoice, attempt: str
) -> Verdict | None:
    facts = facts_of(invoice, coupa.scope)
    current = open_erp().find_by_key(coupa.scope.key(invoice.id))
    if current is None:
        return Verdict(facts=facts, action="nothing_to_void", attempt=attempt)
    if current.live:
        return None
    return Verdict(facts=facts, action="voided", erp_number=current.number, attempt=attempt)


def _find_posted(
    coupa: CoupaPort,
    mapping: Mapping,
    open_erp: Callable[[], ErpPort],
    invoice: CoupaInvoice,
    *,
    today: datetime.date,
    attempt: str,
) -> Verdict | None:
    try:
        bill = map_invoice(invoice, mapping, coupa.scope.key(invoice.id), today)
    except ErpRejection:
        return None
    current = open_erp().find_by_key(bill.key)
    if current is None or current.state not in ("posted", "paid") or current.fingerprint != bill.fingerprint:
        return None
    return Verdict(
        facts=facts_of(invoice, coupa.scope),
        action="unchanged",
        erp_number=current.number,
        fingerprint=bill.fingerprint,
        attempt=attempt,
    )


def _number_due(verdict: Verdict) -> bool:
    return verdict.action != "voided" and verdict.facts.erp_number_in_coupa != verdict.erp_number


def _number_refused(
    coupa: CoupaPort,
    verdict: Verdict,
    refused: RefusedByCoupa,
    run_id: int | None,
    *,
    repeated: bool,
    last_try: bool,
) -> None:
    """Say it in Coupa once nothing more will be tried, and fail either way."""
    trouble = number_not_written(verdict, "; ".join(refused.messages) or "no reason given.")
    if last_try:
        coupa.create_history_record(success_record(verdict, coupa.scope, run_id), look_first=repeated)
        draft = error_record(verdict.facts, trouble, coupa.scope, run_id)
        coupa.create_integration_error(draft, alert=True, look_first=repeated)
    outcome = Outcome(
        kind=KIND_OF_ACTION[verdict.action],
        facts=verdict.facts,
        action=verdict.action,
        erp_number=verdict.erp_number,
        messages=trouble.messages,
    )
    raise NumberNotWritten(trouble.messages[0].text, outcome) from refused


def _content_differs(
    coupa: CoupaPort, mapping: Mapping, verdict: Verdict, answer: CoupaInvoice, today: datetime.date
) -> bool:
    """Whether Coupa shows something else now than what was posted."""
    if answer.status != verdict.facts.status:
        return True
    if answer.gross() is None:
        # An API filter or a proxy may cut the answer to what was written; content needs a look of its own.
        answer = coupa.read_invoice(verdict.facts.invoice_id)
    try:
        bill = map_invoice(answer, mapping, coupa.scope.key(answer.id), today)
    except ErpRejection:
        return True
    return bill.fingerprint != verdict.fingerprint
