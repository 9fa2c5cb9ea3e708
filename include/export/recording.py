"""Step 7, ``record_outcome``: whatever happened before, the invoice ends with an outcome in Coupa."""

from __future__ import annotations

from include.errors import ErpRejection, ExportError, NotExportable, NumberNotWritten, RefusedByCoupa
from include.export.alerts import report_error
from include.export.beside import carry_files
from include.export.breaker import is_away
from include.export.claim import facts_of, read_again
from include.export.content import content_of, version_of
from include.export.foretelling import foretold, foretold_trouble
from include.export.giving_back import record_trouble
from include.export.past import Past
from include.export.ports import Ports
from include.export.records import RecordName, number_not_written, success_record
from include.mapping.bill import map_invoice
from include.models.invoice import CoupaInvoice
from include.models.outcome import KIND_OF_ACTION, InvoiceFacts, Message, Outcome, Trouble, Verdict


def record_success(
    ports: Ports, verdict: Verdict, *, run_id: int | None, repeated: bool, last_try: bool
) -> Outcome:
    """The ERP's number into Coupa, one more look at the content, then the history record.

    :param verdict: what stands in the ERP.
    :param run_id: the integration run.
    :param repeated: an earlier try may have written the record already: look first.
    :param last_try: no further try follows; what Coupa refuses is put on record now.
    :return: the outcome; given back where Coupa's content has changed since it was posted.
    :raises NumberNotWritten: Coupa refuses the number.
    """
    if ports.rehearsal:
        return foretold(verdict)
    coupa, facts = ports.coupa, verdict.facts
    stale, version = False, facts.version
    if verdict.erp_number and _number_due(verdict):
        try:
            number = {coupa.scope.erp_number_field: verdict.erp_number}
            beside = coupa.fields_of_outcome(success_record(verdict, coupa.scope, run_id))
            answer = coupa.write_custom_fields(facts.invoice_id, {**number, **beside})
        except RefusedByCoupa as refused:
            _number_refused(ports, verdict, refused, run_id, repeated=repeated, last_try=last_try)
        else:
            stale = _content_differs(ports, verdict, answer)
            # A record of what Coupa no longer shows must not look like one of its present state.
            version = facts.version if stale else version_of(answer)
    _put_on_record(ports, verdict, run_id, version, repeated=repeated)
    messages = [Message(code="CHANGED_IN_ERP", text=verdict.remark)] if verdict.remark else []
    messages += verdict.notes
    if stale:
        coupa.unmark_exported(facts.invoice_id)
        messages.append(
            Message(
                code="CHANGED_MEANWHILE",
                text="Changed in Coupa while it was being exported; the next run takes it again.",
            )
        )
    return Outcome(
        kind=KIND_OF_ACTION[verdict.action],
        facts=facts,
        action=verdict.action,
        erp_number=verdict.erp_number,
        document_url=verdict.document_url,
        messages=messages,
        posted_at=verdict.posted_at,
    )


def record_without_verdict(
    ports: Ports,
    facts: InvoiceFacts,
    trouble: Trouble,
    *,
    run_id: int | None,
    attempt: str,
    repeated: bool,
    last_try: bool,
) -> Outcome:
    """No step before said that the ERP has it. Perhaps it has it all the same: look before giving back.

    :param facts: the invoice as far as it is known.
    :param trouble: the last word of a step before, or that there was none.
    :param attempt: of this task.
    :raises NumberNotWritten: it is in the ERP, and Coupa refuses its number.
    """
    if ports.rehearsal:
        return foretold_trouble(facts, trouble)
    if trouble.kind != "failed":
        return record_trouble(ports, facts, trouble, run_id, last_try=last_try)
    try:
        found = find_verdict(ports, facts.invoice_id, attempt=attempt)
    except NotExportable as passed_over:
        skipped = Message(code="NOT_EXPORTABLE", text=f"Header: {passed_over}")
        return Outcome(kind="skipped", facts=facts, messages=[skipped])
    except ExportError as unknown:
        away = is_away(ports.erp) if trouble.ask_erp else None
        why = away or f"whether the ERP holds the invoice could not be found out: {unknown}"
    else:
        if found is not None:
            return record_success(ports, found, run_id=run_id, repeated=repeated, last_try=last_try)
        away = is_away(ports.erp) if trouble.ask_erp else None
        why = away or ""
    if away:
        away_message = Message(code="OUTAGE", text=f"Header: {why}")
        trouble = trouble.model_copy(update={"kind": "outage", "messages": [away_message]})
    return record_trouble(ports, facts, trouble, run_id, last_try=last_try)


def find_verdict(ports: Ports, invoice_id: int, *, attempt: str) -> Verdict | None:
    """What ``post_to_erp`` did without leaving word (it was killed): perhaps the ERP holds the content.

    :param invoice_id: Coupa's id.
    :return: the success that was not reported, or ``None`` where there is none.
    :raises NotExportable: it is no longer approved or voided; the mark has been taken away.
    :raises ExportError: the ERP or Coupa cannot be asked.
    """
    invoice = read_again(ports, invoice_id)
    verdict = verdict_of(ports, invoice, attempt=attempt)
    if verdict is None:
        return None
    if verdict.action == "voided":
        # What was killed after cancelling may have been killed before the ERP's orders were told.
        ports.erp.discard_drafts(ports.coupa.scope.key(invoice_id))
    # Likewise what was killed after posting, before the files went along.
    return carry_files(ports, invoice, verdict)


def verdict_of(ports: Ports, invoice: CoupaInvoice, *, attempt: str) -> Verdict | None:
    """The success that stands in the ERP: it holds what Coupa shows. ``None`` where it does not.

    :param invoice: approved or voided.
    """
    if invoice.status == "voided":
        return _find_void(ports, invoice, attempt)
    return _find_posted(ports, invoice, attempt)


def _find_void(ports: Ports, invoice: CoupaInvoice, attempt: str) -> Verdict | None:
    scope = ports.coupa.scope
    facts = facts_of(invoice, scope)
    current = ports.erp.find_by_key(scope.key(invoice.id))
    if current is None:
        return Verdict(facts=facts, action="nothing_to_void", attempt=attempt)
    if current.live:
        return None
    return Verdict(
        facts=facts,
        action="voided",
        erp_number=current.number,
        document_url=ports.erp.document_url(current),
        attempt=attempt,
    )


def _find_posted(ports: Ports, invoice: CoupaInvoice, attempt: str) -> Verdict | None:
    scope = ports.coupa.scope
    try:
        bill = map_invoice(invoice, ports.mapping, scope.key(invoice.id), ports.today)
    except ErpRejection:
        return None
    current = ports.erp.find_by_key(bill.key)
    if current is None or current.state not in ("posted", "paid"):
        return None
    if current.fingerprint not in bill.fingerprints:
        return None
    return Verdict(
        facts=facts_of(invoice, scope),
        action="unchanged",
        erp_id=current.erp_id,
        erp_number=current.number,
        fingerprint=current.fingerprint,
        document_url=ports.erp.document_url(current),
        attempt=attempt,
    )


def _put_on_record(
    ports: Ports, verdict: Verdict, run_id: int | None, version: str | None, *, repeated: bool
) -> None:
    """The history record of the success, unless an earlier try of this attempt has left it open in Coupa."""
    coupa, invoice_id = ports.coupa, verdict.facts.invoice_id
    if repeated:
        key = coupa.scope.key(invoice_id)
        for record in coupa.find_history_records(invoice_id):
            name = RecordName.read(record.external_id, key)
            if name and (name.outcome, name.attempt) == (verdict.action, verdict.attempt):
                return
    coupa.create_history_record(success_record(verdict, coupa.scope, run_id, version=version))


def _number_due(verdict: Verdict) -> bool:
    return verdict.action != "voided" and verdict.facts.erp_number_in_coupa != verdict.erp_number


def _number_refused(
    ports: Ports,
    verdict: Verdict,
    refused: RefusedByCoupa,
    run_id: int | None,
    *,
    repeated: bool,
    last_try: bool,
) -> None:
    """Say it in Coupa once nothing more will be tried, and fail either way."""
    coupa = ports.coupa
    trouble = number_not_written(verdict, "; ".join(refused.messages) or "no reason given.")
    outcome = Outcome(
        kind=KIND_OF_ACTION[verdict.action],
        facts=verdict.facts,
        action=verdict.action,
        erp_number=verdict.erp_number,
        document_url=verdict.document_url,
        messages=[*trouble.messages, *verdict.notes],
        posted_at=verdict.posted_at,
    )
    if last_try:
        past = Past.of(coupa, verdict.facts.invoice_id)
        alert = report_error(
            ports,
            past,
            verdict.facts,
            trouble,
            run_id,
            outcome="unnumbered",
            same=past.same_number_trouble,
            fingerprint=verdict.fingerprint,
        )
        outcome = outcome.model_copy(update={"alert": alert})
        # The error first: a success alone would settle an invoice whose number is not in Coupa.
        _put_on_record(ports, verdict, run_id, verdict.facts.version, repeated=repeated)
    raise NumberNotWritten(trouble.messages[0].text, outcome) from refused


def _content_differs(ports: Ports, verdict: Verdict, answer: CoupaInvoice) -> bool:
    """Whether Coupa shows something else now than what was posted."""
    scope = ports.coupa.scope
    if answer.gross() is None or answer.absent:
        # An API filter or a proxy may cut the answer to what was written; content needs a look of its own.
        answer = ports.coupa.read_invoice(verdict.facts.invoice_id)
    if answer.status != verdict.facts.status:
        return True
    if content_of(answer, scope) == verdict.facts.content:
        return False
    try:
        bill = map_invoice(answer, ports.mapping, scope.key(answer.id), ports.today)
    except ErpRejection:
        return True
    return verdict.fingerprint not in bill.fingerprints
