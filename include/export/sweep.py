"""The sweep: what earlier runs left in Coupa is found by Coupa's own records, and put right.

An invoice is left behind when it is exported, in no live run, and has neither a success with the content
that Coupa shows now nor an open error about it. Whatever took the run that claimed it, Airflow's database
included, the next run gives it back.
"""

from __future__ import annotations

import datetime
import heapq
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice

from include.coupa_port import CoupaPort
from include.errors import NotInCoupa, RefusedByCoupa
from include.export.claim import EXPORTABLE, facts_of
from include.export.content import content_of, version_of
from include.export.giving_back import give_back, record_trouble
from include.export.listing import hold_go_live, hold_window, in_coupas_time
from include.export.past import Past
from include.export.ports import Ports
from include.export.records import BESIDE_A_SUCCESS, RESTING, SUCCESSES, RecordName
from include.export.request import RunRequest
from include.export.trouble import trouble_of
from include.models.invoice import CoupaInvoice, InvoiceLabel
from include.models.outcome import Message, Outcome, Trouble
from include.models.records import IntegrationRecord
from include.monitoring.settled import is_settled_without_records
from include.options import Options

log = logging.getLogger(__name__)

_AT_ONCE = 50


def sweep_invoices(
    ports: Ports,
    options: Options,
    now: datetime.datetime,
    in_flight: Callable[[], Collection[int]],
    *,
    run_id: int,
    where: str,
    request: RunRequest | None = None,
) -> list[Outcome]:
    """Give back what earlier runs claimed and left without an outcome.

    A run with a window sweeps its window: the runs of a backfill, which begin side by side, do not meet at
    one invoice, and a week of hours reads what the week holds once, not a hundred and sixty-eight times.

    :param now: the present, with its zone.
    :param in_flight: asks which of Coupa's ids live runs hold.
    :param run_id: the run that sweeps; errors belong to it.
    :param where: for the Airflow team.
    :param request: what the run was asked for.
    :return: one outcome for each invoice that was left behind.
    """
    held = set(in_flight())
    lately = _exported_lately(ports.coupa, options, now, request or RunRequest())
    candidates = (label for label in lately if label.id not in held)
    found = list(left_behind(ports, candidates))
    if found:
        # A run that began meanwhile may have claimed what looks as if it were left.
        held |= set(in_flight())
    return [settle(ports, invoice, run_id=run_id, where=where) for invoice in found if invoice.id not in held]


def left_behind(ports: Ports, labels: Iterable[InvoiceLabel]) -> Iterator[CoupaInvoice]:
    """Those exported invoices that have neither an outcome nor an open error about what Coupa shows now.

    :param labels: exported invoices, by id.
    """
    rest = iter(labels)
    while some := list(islice(rest, _AT_ONCE)):
        ids = [label.id for label in some]
        history = ports.coupa.find_open_history_records(ids)
        errors = ports.coupa.find_open_integration_errors(ids)
        for label in some:
            invoice = _unless_settled(ports, label, history.get(label.id, []), errors.get(label.id, []))
            if invoice is not None:
                yield invoice


def settle(ports: Ports, invoice: CoupaInvoice, *, run_id: int, where: str) -> Outcome:
    """Give one invoice back that was left behind.

    It counts as a technical failure only where its last claim has no outcome at all. Was it edited since, or
    did a person resolve its error, it is simply to be exported again.

    :param invoice: as Coupa shows it now.
    :param run_id: the run that sweeps.
    :param where: for the Airflow team.
    """
    facts = facts_of(invoice, ports.coupa.scope)
    past = Past.of(ports.coupa, invoice.id)
    if invoice.last_exported_at and past.since(invoice.last_exported_at):
        why = "Header: Changed in Coupa, or its error resolved there, since it was exported."
        changed = Trouble(
            kind="failed",
            step="sweep",
            messages=[Message(code="EXPORTED_AGAIN", text=why)],
            attempt=f"changed.{facts.version or facts.content}",
        )
        return give_back(ports, facts, changed, run_id, Outcome(kind="given_back", facts=facts))
    claimed = "".join(digit for digit in invoice.last_exported_at or "" if digit.isdigit()) or "unknown"
    trouble = trouble_of(None, "sweep", attempt=f"left.{claimed}", where=where, facts=facts)
    text = (
        "Header: An earlier export of this invoice broke off and left no outcome. If it is in the ERP "
        "already, nothing is posted twice."
    )
    trouble = trouble.model_copy(update={"messages": [Message(code="TECHNICAL-LEFT_BEHIND", text=text)]})
    return record_trouble(ports, facts, trouble, run_id)


def end_left_open_runs(
    coupa: CoupaPort, options: Options, now: datetime.datetime, live_runs: Collection[int]
) -> list[int]:
    """End runs of ours that nobody will end any more: older than the longest run, and of no live DAG run.

    :param now: the present, with its zone.
    :param live_runs: the integration runs of live DAG runs, this one's included.
    :return: the ids of those that were ended.
    """
    ended: list[int] = []
    oldest = now - datetime.timedelta(hours=options.longest_run_hours)
    for run in coupa.list_open_runs(oldest):
        if run.id in live_runs:
            continue
        try:
            coupa.fail_integration_run(run.id)
        except RefusedByCoupa as refused:
            log.warning("Integration run %s was left open, and Coupa refuses to end it: %s", run.id, refused)
        else:
            ended.append(run.id)
            log.warning("Integration run %s had been left open; it is ended as failed now.", run.id)
    return ended


def _exported_lately(
    coupa: CoupaPort, options: Options, now: datetime.datetime, request: RunRequest
) -> Iterator[InvoiceLabel]:
    """What was marked or changed in the last days. Coupa documents neither time's rules: both are asked."""
    since = in_coupas_time(now - datetime.timedelta(days=options.sweep_days))
    last, listed = 0, []
    for time in ("last-exported-at", "updated-at"):
        query = _query(coupa, time, since)
        hold_window(query, request, options)
        hold_go_live(query, coupa.scope)
        listed.append(coupa.list_invoices(query))
    for label in heapq.merge(*listed, key=lambda label: label.id):
        if label.id != last and label.exported is not False:
            last = label.id
            yield label


def _query(coupa: CoupaPort, time: str, since: str) -> dict[str, str]:
    return {
        "exported": "true",
        "status[in]": ",".join(EXPORTABLE),
        f"{time}[gt_or_eq]": since,
        **coupa.scope.selection_query,
    }


def _unless_settled(
    ports: Ports, label: InvoiceLabel, history: list[IntegrationRecord], errors: list[IntegrationRecord]
) -> CoupaInvoice | None:
    """The invoice, where it is left behind; read only where its records do not settle it."""
    key = ports.coupa.scope.key(label.id)
    names = [RecordName.read(record.external_id, key) for record in errors]
    if None in names:
        return None  # an open error of somebody else's: a person was told
    told = [name for record in history if (name := RecordName.read(record.external_id, key))]
    successes = [name for name in told if name.outcome in SUCCESSES]
    # At the level "history" errors are history records: one that was left since still tells of them.
    failures = [name for name in names if name] + [name for name in told if name.outcome not in SUCCESSES]
    version = version_of(label)
    if version is not None and _settle_it(failures, successes, lambda name: name.version == version):
        return None
    try:
        invoice = ports.coupa.read_invoice(label.id)
    except NotInCoupa:
        return None
    return None if _is_settled(ports, invoice, failures, successes) else invoice


def _is_settled(
    ports: Ports, invoice: CoupaInvoice, failures: list[RecordName], successes: list[RecordName]
) -> bool:
    scope = ports.coupa.scope
    if invoice.exported is False or invoice.status not in EXPORTABLE:
        return True  # it waits already, or is not ours to export
    if successes or any(name.outcome in RESTING for name in failures):
        content = content_of(invoice, scope)
        return _settle_it(failures, successes, lambda name: name.content in (content, None))
    if is_settled_without_records(ports, invoice):
        return True
    number = invoice.custom_field(scope.erp_number_field)
    # A number of a document that does not carry our key is another export's, from before this one.
    return bool(number) and ports.erp.find_by_key(scope.key(invoice.id)) is None


def _settle_it(
    failures: list[RecordName], successes: list[RecordName], is_present: Callable[[RecordName], bool]
) -> bool:
    """Whether open records say what became of the invoice as it is now, and say one thing.

    A success beside an error that says the contrary comes of two runs, or of one that broke off before it
    resolved the error: exported once more, the invoice gets one outcome.
    """
    if any(is_present(name) for name in successes):
        return all(name.outcome in BESIDE_A_SUCCESS for name in failures)
    if any(name.outcome == "kept" and is_present(name) for name in failures):
        return True  # Coupa keeps the mark, and a person knows
    resting = [name for name in failures if name.outcome in RESTING]
    return bool(resting) and all(is_present(name) for name in resting)
