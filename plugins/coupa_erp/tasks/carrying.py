"""An invoice's whole passage in one task, from the claim to the recorded outcome.

It is the task of an invoice in the grain ``invoice``. In the grain ``steps`` it is what a step does that is
repeated alone: it begins with the claim whichever step it is, for every step may be repeated, and what stands
in Coupa and the ERP may be of another run by now.
"""

from __future__ import annotations

import datetime
import logging
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException, AirflowTaskTimeout

from coupa_erp.retry_policy import is_worth_a_try
from coupa_erp.tasks.repeated import integration_run_id
from coupa_erp.tasks.word import is_first_try, where_of
from include.errors import NotExportable, NumberNotWritten
from include.export import claim
from include.export.listing import Label
from include.export.ports import Ports
from include.export.trouble import trouble_of
from include.models.invoice import CoupaInvoice
from include.models.outcome import KIND_OF_ACTION, Outcome, Recorded, Verdict

log = logging.getLogger(__name__)

#: What an outcome counts as whose invoice has come where it was to come.
_DONE = frozenset(KIND_OF_ACTION.values())


class Passage:
    """One invoice, carried by one task.

    What is known of it stays here also where :meth:`carry` raises.

    :param context: the task's context.
    :param label: the invoice.
    :param attempt: tells this attempt at it from every other.
    """

    #: As the claim's answer showed it; ``None`` where it was not claimed.
    invoice: CoupaInvoice | None = None
    #: ``None`` where the ERP did not come to one.
    verdict: Verdict | None = None
    #: ``None`` where none is recorded: another try follows, or Coupa does not answer.
    outcome: Outcome | None = None

    def __init__(self, context: Any, ports: Ports, label: Label, *, attempt: str) -> None:
        self._context, self._ports, self._label, self._attempt = context, ports, label, attempt
        self._facts, self._step = claim.facts_of_label(label), "mark_exported"
        self.run_id = integration_run_id(context)

    def carry(self) -> Outcome:
        """Claim, resolve, post and record, in one go.

        :return: the outcome, which stands in Coupa.
        :raises AirflowSkipException: it is no longer approved or voided.
        :raises ErpRejection: refused; that is recorded.
        :raises ExportError: it failed; that is recorded once no try is left.
        """
        from include.export.recording import record_success

        ti = self._context["ti"]
        last_try = ti.try_number > ti.max_tries
        try:
            verdict = self._bring()
        except NotExportable as passed_over:
            skipped = trouble_of(
                passed_over, self._step, attempt=self._attempt, where=where_of(self._context)
            )
            self.outcome = Outcome(kind="skipped", facts=self._facts, messages=skipped.messages)
            raise AirflowSkipException(f"{self._label.number}: {passed_over}") from None
        except (Exception, AirflowTaskTimeout) as fault:
            if is_worth_a_try(fault, ti.try_number) and not last_try:
                raise
            self.outcome = self._record_failure(fault, last_try=last_try)
            if self.outcome.kind not in _DONE:
                raise
            # The ERP has it all the same: an answer was lost, or another process was quicker.
            return self._told()
        try:
            self.outcome = record_success(
                self._ports, verdict, run_id=self.run_id, repeated=False, last_try=last_try
            )
        except NumberNotWritten as refused:
            # The ERP has it: the summary must count it as posted although this task is red.
            self.outcome = refused.outcome
            raise
        return self._told()

    def recorded(self) -> dict[str, Any] | None:
        """The outcome as the summary reads it; ``None`` where there is none."""
        if self.outcome is None:
            return None
        return recorded(self._ports, self.outcome, self._context["ti"].map_index, self.run_id)

    def _bring(self) -> Verdict:
        from include.export.beside import carry_files
        from include.export.delivery import deliver

        ports, label = self._ports, self._label
        invoice = self.invoice = claim.mark_exported(ports, label.id)
        self._facts = claim.facts_of(invoice, ports.coupa.scope)
        tell_claimed(ports, label.number, invoice)
        self._step = "resolve_previous"
        errors = label.open_errors if is_first_try(self._context) else None
        tell_resolved(ports, label.number, resolve(ports, invoice, errors))
        self._step = "post_to_erp"
        with ports.erp_turn():
            verdict = dated(deliver(ports, invoice, attempt=self._attempt))
            tell_posted(ports, verdict)
            verdict = self.verdict = carry_files(ports, invoice, verdict)
        return verdict

    def _record_failure(self, fault: BaseException, *, last_try: bool) -> Outcome:
        from include.export.recording import record_without_verdict

        trouble = trouble_of(
            fault, self._step, attempt=self._attempt, where=where_of(self._context), facts=self._facts
        )
        try:
            return record_without_verdict(
                self._ports,
                self._facts,
                trouble,
                run_id=self.run_id,
                attempt=self._attempt,
                repeated=False,
                last_try=last_try,
            )
        except NumberNotWritten as refused:
            self.outcome = refused.outcome
            raise

    def _told(self) -> Outcome:
        assert self.outcome is not None  # noqa: S101 - for mypy
        tell_outcome(self._ports, self.outcome)
        return self.outcome


def recorded(ports: Ports, outcome: Outcome, map_index: int, run_id: int) -> dict[str, Any]:
    """The outcome as the task returns it that records it.

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


def tell_claimed(ports: Ports, number: str, invoice: CoupaInvoice) -> None:
    """Log what ``mark_exported`` did.

    :param number: the supplier's, as the listing has it.
    """
    done = "read for a dry run" if ports.rehearsal else "claimed"
    log.info("%s is %s: %s, id %s.", number, done, invoice.status, invoice.id)


def resolve(ports: Ports, claimed: CoupaInvoice, errors: list[int] | None = None) -> int:
    """What earlier attempts left open, resolved; in a dry run it is left as it is.

    :param claimed: as the answer to a mark of just now showed it.
    :param errors: ids of its open errors, where the run has asked for them ahead.
    :return: how many records.
    """
    if ports.rehearsal:
        return 0
    return claim.resolve_previous(
        ports.coupa, claimed.id, history=claimed.current_integration_history_records, errors=errors
    )


def tell_resolved(ports: Ports, number: str, resolved: int) -> None:
    """Log what ``resolve_previous`` did.

    :param resolved: how many records.
    """
    if ports.rehearsal:
        log.info("%s: a dry run resolves nothing.", number)
    else:
        log.info("%s: %s earlier records resolved.", number, resolved)


def tell_posted(ports: Ports, verdict: Verdict) -> None:
    """Log what ``post_to_erp`` did."""
    number = f" as {verdict.erp_number}" if verdict.erp_number else ""
    only = "dry run, nothing is written: " if ports.rehearsal else ""
    log.info("%s: %s%s%s.", verdict.facts.invoice_number, only, verdict.action.replace("_", " "), number)


def tell_outcome(ports: Ports, outcome: Outcome) -> None:
    """Log what ``record_outcome`` did."""
    only = "dry run, would count as " if ports.rehearsal else ""
    log.info("%s: %s%s.", outcome.facts.invoice_number, only, outcome.kind.replace("_", " "))
