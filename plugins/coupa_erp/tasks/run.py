"""The steps of a run: create, fetch, start, end, and the follow-up of a backlog."""

from __future__ import annotations

import datetime
import logging
from collections import Counter
from functools import partial
from typing import Any

from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.delivered import announce
from coupa_erp.links import RunInCoupa, show
from coupa_erp.metrics import count_outcomes, measure_waiting
from coupa_erp.tasks.asked import request_of
from coupa_erp.tasks.live_runs import invoices_in_flight, other_live_runs
from coupa_erp.tasks.repeated import integration_run_id, wait_for_the_steps
from coupa_erp.tasks.telling import about_invoice, tell_run, telling
from coupa_erp.tasks.word import TROUBLE, leaving_word, lost_word, ports_of, states_of, where_of
from include.errors import ExportError
from include.export.listing import Label, Listing
from include.export.ports import Ports
from include.export.request import RunRequest
from include.export.run_end import RunSummary, outage_of, summarise
from include.models.outcome import Message, Outcome, Recorded, Trouble
from include.options import MOST_INVOICES_A_RUN, read_options

log = logging.getLogger(__name__)

#: Labels are handed on in pages, so that the task of an index reads a page and not the whole run's list.
PAGE = 50

#: The XCom of ``fetch_invoices`` that says where a follow-up run begins.
CURSOR = "cursor"

#: The XCom of ``fetch_invoices`` that says what it swept up before it listed.
SWEPT = "swept"

#: So many tries of ``end_integration_run`` insist on settling each invoice; the next ends the run anyway.
SETTLING_TRIES = 2

#: The XCom by which ``continue_backlog`` shows that it ran, and for which integration run: in a run marked by
#: hand Airflow itself skips it.
LOOKED = "looked"

_RECORD = "invoice.record_outcome"

#: The XCom of ``end_integration_run`` that says how it ended the run in Coupa.
ENDED = "ended"


def page_key(map_index: int) -> str:
    """The XCom key under which the label of this index lies.

    :param map_index: the position in the listing.
    """
    return f"labels_{map_index // PAGE}"


@telling
def create_integration_run(context: Any) -> int | None:
    """Check params, options and mapping, then open the run in Coupa: a bad setting creates nothing there.

    :return: the integration run's id; ``None`` where a dry run opens none.
    """
    from coupa_erp.erp import open_erp
    from coupa_erp.notifying import open_notifier
    from include.mapping.settings import load_mapping
    from include.pairing import refuse_mixed_pairing

    request = request_of(context)
    load_mapping(read_options().mapping)
    open_notifier(read_options())
    coupa = CoupaHook()
    refuse_mixed_pairing(coupa.scope, coupa.settings.base_url, erp_is_sandbox=open_erp().sandbox)
    if request.dry_run:
        log.info(
            "Dry run: nothing is written, neither in Coupa nor in the ERP; no integration run is opened."
        )
        return None
    # Beside a live backfill a new run in Coupa may be the backfill's: taking it would end another's run.
    run = coupa.create_integration_run(adopt=not other_live_runs(context))
    tell_run(run.id)
    show(context, RunInCoupa, coupa.integration_run_url(run.id))
    log.info("Integration run %s is open in Coupa.", run.id)
    return run.id


@telling
def fetch_invoices(context: Any) -> list[int]:
    """Make sure that the ERP serves, sweep up what earlier runs left, and list what the run takes.

    :return: the ids, to map over; their labels lie beside them in pages.
    """
    from include.export.breaker import require_erp
    from include.export.listing import fetch_invoices as list_invoices

    ti, ports, now = context["ti"], ports_of(context), datetime.datetime.now(datetime.UTC)
    with leaving_word(context, "fetch_invoices"):
        request = _within_map_limit(request_of(context))
        require_erp(ports.erp)
        # A follow-up run goes on where its parent stopped; the first of a chain has swept. A dry run gives
        # nothing back.
        sweeps = request.after_id == 0 and not request.dry_run
        swept = _sweep(context, ports, now) if sweeps else []
        listing = list_invoices(ports.coupa, ports.erp, request, read_options(), now)
    run_id = integration_run_id(context)
    told = [Recorded(**dict(outcome), map_index=-1, integration_run_id=run_id) for outcome in swept]
    ti.xcom_push(key=SWEPT, value=[outcome.model_dump(mode="json") for outcome in told])
    labels = [label.model_dump(mode="json") for label in listing.labels]
    for first in range(0, len(labels), PAGE):
        ti.xcom_push(key=page_key(first), value=labels[first : first + PAGE])
    if request.takes_everything and not request.dry_run:
        measure_waiting(listing.longest_waiting(now))
    ti.xcom_push(key=CURSOR, value={"after_id": listing.next_after_id})
    log.info(
        "%s invoices to export%s.",
        len(labels),
        "; more wait for the next run" if listing.next_after_id else "",
    )
    return [label.id for label in listing.labels]


def _within_map_limit(request: RunRequest) -> RunRequest:
    """A list that is longer than Airflow maps over would fail the task that returned it."""
    most = conf.getint("core", "max_map_length", fallback=MOST_INVOICES_A_RUN)
    return request.model_copy(update={"max_invoices": min(request.max_invoices, most)})


def _sweep(context: Any, ports: Ports, now: datetime.datetime) -> list[Outcome]:
    from include.export.sweep import end_left_open_runs, sweep_invoices

    live, run_id, options = other_live_runs(context), integration_run_id(context), read_options()
    in_coupa = {run.integration_run_id for run in live if run.integration_run_id is not None}
    end_left_open_runs(ports.coupa, options, now, {run_id, *in_coupa})
    swept = sweep_invoices(
        ports,
        options,
        now,
        partial(invoices_in_flight, context),
        run_id=run_id,
        where=where_of(context),
    )
    for outcome in swept:
        with about_invoice(outcome.facts.invoice_number):
            log.warning(
                "%s was left by an earlier run: %s. %s",
                outcome.facts.invoice_number,
                outcome.kind.replace("_", " "),
                outcome.messages[0].text,
            )
    return swept


@telling
def start_integration_run(context: Any) -> bool:
    """Tell Coupa how many invoices the run has, and start it; a dry run has none there."""
    if request_of(context).dry_run:
        return True
    ti = context["ti"]
    ids = ti.xcom_pull(task_ids="fetch_invoices", map_indexes=-1) or []
    coupa, run_id = CoupaHook(), integration_run_id(context)
    if coupa.read_integration_run(run_id).end_time:
        # "Only failed" was cleared: the setup went well, so there is no new run, and an end stands.
        log.info("Integration run %s has ended already; what comes now is recorded in it.", run_id)
    else:
        coupa.start_integration_run(run_id, len(ids))
    return True


@telling
def end_integration_run(context: Any) -> dict[str, Any]:
    """Give back what was claimed and has no outcome, count, tell, and end the run in Coupa.

    :return: the summary.
    :raises AirflowFailException: the run failed; it has been ended as failed in Coupa before.
    """
    from include.export.alerts import capped_of, sum_up
    from include.export.breaker import resolve_run_errors, tell_outage

    wait_for_the_steps(context)
    if request_of(context).dry_run:
        return _end_dry_run(context)
    ti, run_id, ports = context["ti"], integration_run_id(context), ports_of(context)
    show(context, RunInCoupa, ports.coupa.integration_run_url(run_id))
    listing, swept = fetched_listing(context), []
    if listing is not None:
        told = ti.xcom_pull(task_ids="fetch_invoices", key=SWEPT, map_indexes=-1) or []
        swept = _of_run(run_id, [Recorded.model_validate(outcome) for outcome in told])
    recorded = outcomes_of(context, listing)
    by_hand = _marked_by_hand(context, listing)
    settled = _settle_unfinished(context, ports, listing, recorded, run_id, by_hand=by_hand)
    outcomes = [*recorded, *settled]
    # Of an index that was not cleared with the others an earlier integration run has told already.
    of_this_run = [*_of_run(run_id, recorded), *settled]
    started = bool(ti.xcom_pull(task_ids="start_integration_run", map_indexes=-1))
    outage = outage_of(of_this_run) or _why_not_listed(context, listing)
    summary = summarise(
        listing.labels if listing else None,
        started,
        outcomes,
        swept=len(swept),
        stopped_by=outage or by_hand,
        url_of=ports.coupa.invoice_url,
    )
    sum_up(ports.coupa, run_id, capped_of([*swept, *of_this_run]))
    if outage:
        tell_outage(ports.coupa, run_id, outage)
    if listing is not None:
        resolve_run_errors(ports.coupa, but=run_id, outage_lasts=outage is not None)
    _end_in_coupa(context, ports, run_id, summary)
    ti.xcom_push(key=ENDED, value="failed" if summary.failure else "successful")
    counts = Counter(str(outcome.kind) for outcome in of_this_run)
    count_outcomes(counts)
    if summary.failure:
        log.error("The run failed: %s", summary.failure)
        log.error(
            "What to do: mend what this names, or what the red squares of the run name. What was not "
            "exported waits in Coupa, and the next run takes it."
        )
    _log_summary(run_id, summary)
    if summary.failure:
        ti.xcom_push(key="return_value", value=summary.bounded().model_dump(mode="json"))
        raise AirflowFailException(f"{summary.failure} Integration run {run_id} is ended as failed in Coupa.")
    announce(context, run_id, counts)
    return summary.bounded().model_dump(mode="json")


def _end_dry_run(context: Any) -> dict[str, Any]:
    """Tell what would be done with each invoice; nothing in Coupa is ended, for nothing was begun."""
    from include.export.foretelling import report_of

    listing = fetched_listing(context)
    stopped_by = _why_not_listed(context, listing) or _marked_by_hand(context, listing)
    report = report_of(
        listing.labels if listing else None, outcomes_of(context, listing), stopped_by=stopped_by
    )
    for line in report.lines():
        log.info(line)
    context["ti"].xcom_push(key="return_value", value=report.model_dump(mode="json"))
    if report.failure:
        raise AirflowFailException(report.failure)
    return report.model_dump(mode="json")


def _end_in_coupa(context: Any, ports: Ports, run_id: int, summary: RunSummary) -> None:
    """End the run once: an end is never overturned.

    A second try may find it ended, and a first one, too: Airflow's database may have been put back, or "only
    failed" was cleared, which makes no new run. One made for a cleared index has not been started.
    """
    run = ports.coupa.read_integration_run(run_id)
    if run.end_time:
        log.info("Integration run %s was ended before.", run_id)
    elif summary.failure:
        ports.coupa.fail_integration_run(run_id)
    else:
        if not run.start_time:
            ports.coupa.start_integration_run(run_id, summary.fetched)
        ports.coupa.succeed_integration_run(run_id)


def _of_run(run_id: int, outcomes: list[Recorded]) -> list[Recorded]:
    return [outcome for outcome in outcomes if outcome.integration_run_id in (run_id, None)]


def _log_summary(run_id: int, summary: RunSummary) -> None:
    log.info("Integration run %s: %s", run_id, summary.sentence())
    for level, became, invoices in (
        (logging.WARNING, "rejected", summary.rejections),
        (logging.ERROR, "given back", summary.given_back),
        (logging.ERROR, "is tried no more by itself", summary.stopped),
    ):
        for one in invoices:
            with about_invoice(one.invoice_number):
                log.log(level, "%s %s: %s", one.invoice_number, became, " | ".join(one.messages))


def _why_not_listed(context: Any, listing: Listing | None) -> str | None:
    """The outage that kept the run from listing, in one sentence; ``None`` where there was none."""
    if listing is not None:
        return None
    word = context["ti"].xcom_pull(task_ids="fetch_invoices", key=TROUBLE, map_indexes=-1)
    trouble = Trouble.model_validate(word) if word else None
    if trouble is None or trouble.kind != "outage":
        return None
    return trouble.messages[0].text.removeprefix("Header: ")


def _marked_by_hand(context: Any, listing: Listing | None) -> str | None:
    """Whether a person marked the run in its middle, in one sentence.

    The run's own state does not tell: Airflow leaves it running for the sake of this teardown, and would let
    the run succeed with it. But it skips what had not begun, ``continue_backlog`` at the latest.
    """
    if states_of(context, "continue_backlog").get("continue_backlog") != "skipped":
        return None
    looked_for = context["ti"].xcom_pull(task_ids="continue_backlog", key=LOOKED, map_indexes=-1)
    if looked_for == integration_run_id(context):
        return None
    if looked_for is not None and listing is not None and _all_have_ended(context, listing):
        return None  # it looked before: a step was cleared, and continue_backlog was not
    return "The DAG run was marked by hand before its end."


def _all_have_ended(context: Any, listing: Listing) -> bool:
    states = states_of(context, _RECORD)
    return all(
        states.get(f"{_RECORD}_{index}") in ("success", "failed") for index in range(len(listing.labels))
    )


@telling
def next_run(context: Any) -> tuple[str, dict[str, Any]]:
    """The follow-up of a run whose listing was cut: its id and its conf.

    :return: a run id derived from this run's, and this run's conf with the cursor.
    :raises AirflowSkipException: nothing waits, or the run met an outage.
    """
    ti = context["ti"]
    ti.xcom_push(key=LOOKED, value=integration_run_id(context))
    listing = fetched_listing(context)
    cursor = ti.xcom_pull(task_ids="fetch_invoices", key=CURSOR, map_indexes=-1) if listing else None
    after_id = cursor["after_id"] if cursor else None
    if after_id is None:
        raise AirflowSkipException("The listing was not cut: no invoice waits for a follow-up run.")
    outcomes = outcomes_of(context, listing)
    if any(outcome.outage for outcome in outcomes):
        raise AirflowSkipException("The run met an outage: the next scheduled run goes on.")
    if all(outcome.kind in ("given_back", "stopped") for outcome in outcomes):
        raise AirflowSkipException("Every invoice of this run failed technically: the next schedule goes on.")
    root = context["run_id"].partition("__after_")[0]
    asked, request = dict(context["dag_run"].conf or {}), request_of(context)
    # A backfill's run has its window from its data interval; its follow-up is no backfill's and has none.
    window = {"window_from": request.window_from, "window_to": request.window_to}
    limits = {name: moment.isoformat() for name, moment in window.items() if moment}
    return f"{root}__after_{after_id}", {**asked, **limits, "after_id": after_id}


def end_left_open_run(context: Any, *, succeeded: bool) -> None:
    """The last net, as the DAG's callback: end the run where ``end_integration_run`` did not.

    An end is never overturned.

    :param context: the callback's context.
    :param succeeded: whether the DAG run succeeded.
    """
    from airflow.sdk.execution_time.xcom import XCom

    where = {"dag_id": context["dag"].dag_id, "run_id": context["run_id"], "map_index": -1}
    run_id = XCom.get_one(key="return_value", task_id="create_integration_run", **where)
    if run_id is None or XCom.get_one(key=ENDED, task_id="end_integration_run", **where):
        return
    coupa = CoupaHook()
    if coupa.read_integration_run(run_id).end_time:
        return
    if succeeded:
        coupa.succeed_integration_run(run_id)
    else:
        coupa.fail_integration_run(run_id)
    log.warning("Integration run %s had been left open; it is ended now.", run_id)


def fetched_listing(context: Any) -> Listing | None:
    """The listing of this run, or ``None`` where it failed."""
    ti = context["ti"]
    if states_of(context, "fetch_invoices").get("fetch_invoices") != "success":
        return None
    ids = ti.xcom_pull(task_ids="fetch_invoices", map_indexes=-1) or []
    labels: list[Label] = []
    for first in range(0, len(ids), PAGE):
        page = ti.xcom_pull(task_ids="fetch_invoices", key=page_key(first), map_indexes=-1)
        labels += [Label.model_validate(label) for label in page]
    return Listing(labels=labels)


def outcomes_of(context: Any, listing: Listing | None) -> list[Recorded]:
    """The outcomes that the indexes of this run have recorded.

    Of a run that was cleared as a whole Airflow keeps what indexes have said that are no more, and what
    others had said that have not begun again.

    :param listing: of this run.
    """
    recorded = context["ti"].xcom_pull(task_ids=_RECORD)
    # Airflow answers the value itself, not a list, where a single index has one.
    listed = [recorded] if isinstance(recorded, dict) else recorded or []
    if not listed or listing is None:
        return []
    states = states_of(context, _RECORD)
    of_now = {
        (index, label.id)
        for index, label in enumerate(listing.labels)
        if states.get(f"{_RECORD}_{index}") in ("success", "failed")
    }
    outcomes = [Recorded.model_validate(outcome) for outcome in listed if outcome]
    return [outcome for outcome in outcomes if (outcome.map_index, outcome.facts.invoice_id) in of_now]


def _settle_unfinished(
    context: Any,
    ports: Ports,
    listing: Listing | None,
    outcomes: list[Recorded],
    run_id: int,
    *,
    by_hand: str | None,
) -> list[Outcome]:
    """Invoices whose ``record_outcome`` itself did not end: Coupa tells what became of each.

    What was never claimed still waits in Coupa as it did; what has its outcome there keeps it; the rest is
    given back. Where a person stopped the run that is no failure of the invoice: no strike, no alert.
    """
    from include.export.unfinished import leave_to_sweep, settle_unfinished

    word = lost_word(context, "record_outcome")
    if by_hand:
        stopped = Message(code="STOPPED_BY_HAND", text=f"Header: {by_hand}")
        word = word.model_copy(update={"kind": "outage", "messages": [stopped]})
    recorded = {outcome.facts.invoice_id for outcome in outcomes}
    settled = []
    for label in listing.labels if listing else []:
        if label.id in recorded:
            continue
        try:
            outcome = settle_unfinished(ports, label, word, run_id)
        except ExportError as unsettled:
            if context["ti"].try_number <= SETTLING_TRIES:
                raise
            # One invoice must not keep the run open in Coupa.
            outcome = leave_to_sweep(label, unsettled)
        if by_hand:
            outcome = outcome.model_copy(update={"outage": False})
        settled.append(outcome)
        number = outcome.facts.invoice_number
        with about_invoice(number):
            log.error("%s had no outcome of its own: %s.", number, outcome.kind.replace("_", " "))
    return settled
