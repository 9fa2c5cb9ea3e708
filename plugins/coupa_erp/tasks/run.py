"""The steps of a run: create, fetch, start, end, and the follow-up of a backlog."""

from __future__ import annotations

import datetime
import logging
from functools import partial
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.tasks.live_runs import invoices_in_flight, other_live_runs
from coupa_erp.tasks.word import TROUBLE, leaving_word, lost_word, ports_of, states_of, where_of
from include.errors import ExportError
from include.export.listing import Label, Listing
from include.export.ports import Ports
from include.export.request import RunRequest, read_request
from include.export.run_end import RunSummary, outage_of, summarise
from include.models.outcome import Message, Outcome, Recorded, Trouble
from include.options import read_options

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


def request_of(context: Any) -> RunRequest:
    """What this run was asked for; a backfill's run is limited to its data interval.

    :param context: the task's context.
    :raises ConfigurationError: a param cannot be used.
    """
    dag_run = context["dag_run"]
    interval = None
    if dag_run.run_type == "backfill" and dag_run.data_interval_start and dag_run.data_interval_end:
        interval = (dag_run.data_interval_start, dag_run.data_interval_end)
    return read_request(dict(context["params"]), dag_run.conf, interval=interval)


def create_integration_run(context: Any) -> int:
    """Check params, options and mapping, then open the run in Coupa: a bad setting creates nothing there.

    :return: the integration run's id.
    """
    from coupa_erp.erp import open_erp
    from include.mapping.settings import load_mapping
    from include.pairing import refuse_mixed_pairing

    request_of(context)
    load_mapping(read_options().mapping)
    coupa = CoupaHook()
    refuse_mixed_pairing(coupa.scope, coupa.settings.base_url, erp_is_sandbox=open_erp().sandbox)
    # Beside a live backfill a new run in Coupa may be the backfill's: taking it would end another's run.
    run = coupa.create_integration_run(adopt=not other_live_runs(context))
    log.info("Integration run %s is open in Coupa.", run.id)
    return run.id


def fetch_invoices(context: Any) -> list[int]:
    """Make sure that the ERP serves, sweep up what earlier runs left, and list what the run takes.

    :return: the ids, to map over; their labels lie beside them in pages.
    """
    from include.export.breaker import require_erp
    from include.export.listing import fetch_invoices as list_invoices

    ti, ports, now = context["ti"], ports_of(context), datetime.datetime.now(datetime.UTC)
    with leaving_word(context, "fetch_invoices"):
        request = request_of(context)
        require_erp(ports.erp)
        # A follow-up run goes on where its parent stopped; the first of a chain has swept.
        swept = _sweep(context, ports, now) if request.after_id == 0 else []
        listing = list_invoices(ports.coupa, ports.erp, request, read_options(), now)
    ti.xcom_push(key=SWEPT, value=[outcome.model_dump(mode="json") for outcome in swept])
    labels = [label.model_dump(mode="json") for label in listing.labels]
    for first in range(0, len(labels), PAGE):
        ti.xcom_push(key=page_key(first), value=labels[first : first + PAGE])
    ti.xcom_push(key=CURSOR, value={"after_id": listing.next_after_id})
    log.info(
        "%s invoices to export%s.",
        len(labels),
        "; more wait for the next run" if listing.next_after_id else "",
    )
    return [label.id for label in listing.labels]


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
        log.warning(
            "%s was left by an earlier run: %s. %s",
            outcome.facts.invoice_number,
            outcome.kind.replace("_", " "),
            outcome.messages[0].text,
        )
    return swept


def start_integration_run(context: Any) -> bool:
    """Tell Coupa how many invoices the run has, and start it."""
    ti = context["ti"]
    ids = ti.xcom_pull(task_ids="fetch_invoices", map_indexes=-1) or []
    CoupaHook().start_integration_run(integration_run_id(context), len(ids))
    return True


def integration_run_id(context: Any) -> int:
    """The id of the run that is open in Coupa."""
    run_id: int = context["ti"].xcom_pull(task_ids="create_integration_run", map_indexes=-1)
    return run_id


def end_integration_run(context: Any) -> dict[str, Any]:
    """Give back what was claimed and has no outcome, count, tell, and end the run in Coupa.

    :return: the summary.
    :raises AirflowFailException: the run failed; it has been ended as failed in Coupa before.
    """
    from include.export.alerts import capped_of, sum_up
    from include.export.breaker import resolve_run_errors, tell_outage

    ti, run_id, ports = context["ti"], integration_run_id(context), ports_of(context)
    listing, swept = fetched_listing(context), []
    if listing is not None:
        told = ti.xcom_pull(task_ids="fetch_invoices", key=SWEPT, map_indexes=-1) or []
        swept = [Outcome.model_validate(outcome) for outcome in told]
    outcomes = outcomes_of(context, listing)
    by_hand = _marked_by_hand(context)
    outcomes += _settle_unfinished(context, ports, listing, outcomes, run_id, by_hand=by_hand)
    started = bool(ti.xcom_pull(task_ids="start_integration_run", map_indexes=-1))
    outage = outage_of(outcomes) or _why_not_listed(context, listing)
    summary = summarise(
        listing.labels if listing else None,
        started,
        outcomes,
        swept=len(swept),
        stopped_by=outage or by_hand,
        url_of=ports.coupa.invoice_url,
    )
    sum_up(ports.coupa, run_id, capped_of([*swept, *outcomes]))
    if outage:
        tell_outage(ports.coupa, run_id, outage)
    if listing is not None:
        resolve_run_errors(ports.coupa, but=run_id, outage_lasts=outage is not None)
    _end_in_coupa(context, ports, run_id, summary)
    ti.xcom_push(key=ENDED, value="failed" if summary.failure else "successful")
    _log_summary(run_id, summary)
    if summary.failure:
        ti.xcom_push(key="return_value", value=summary.model_dump(mode="json"))
        raise AirflowFailException(f"{summary.failure} Integration run {run_id} is ended as failed in Coupa.")
    return summary.model_dump(mode="json")


def _end_in_coupa(context: Any, ports: Ports, run_id: int, summary: RunSummary) -> None:
    """End the run once: an end is never overturned.

    A second try may find it ended, and a first one, too: Airflow's database may have been put back.
    """
    if ports.coupa.read_integration_run(run_id).end_time:
        log.info("Integration run %s was ended before.", run_id)
    elif summary.failure:
        ports.coupa.fail_integration_run(run_id)
    else:
        ports.coupa.succeed_integration_run(run_id)


def _log_summary(run_id: int, summary: RunSummary) -> None:
    log.info("Integration run %s: %s", run_id, summary.sentence())
    for refused in summary.rejections:
        log.warning("%s rejected: %s", refused.invoice_number, " | ".join(refused.messages))
    for returned in summary.given_back:
        log.error("%s given back: %s", returned.invoice_number, " | ".join(returned.messages))
    for stopped in summary.stopped:
        log.error("%s is tried no more by itself: %s", stopped.invoice_number, " | ".join(stopped.messages))


def _why_not_listed(context: Any, listing: Listing | None) -> str | None:
    """The outage that kept the run from listing, in one sentence; ``None`` where there was none."""
    if listing is not None:
        return None
    word = context["ti"].xcom_pull(task_ids="fetch_invoices", key=TROUBLE, map_indexes=-1)
    trouble = Trouble.model_validate(word) if word else None
    if trouble is None or trouble.kind != "outage":
        return None
    return trouble.messages[0].text.removeprefix("Header: ")


def _marked_by_hand(context: Any) -> str | None:
    """Whether a person marked the run in its middle, in one sentence.

    The run's own state does not tell: Airflow leaves it running for the sake of this teardown, and would let
    the run succeed with it. But it skips what had not begun, ``continue_backlog`` at the latest.
    """
    if states_of(context, "continue_backlog").get("continue_backlog") != "skipped":
        return None
    looked_for = context["ti"].xcom_pull(task_ids="continue_backlog", key=LOOKED, map_indexes=-1)
    if looked_for == integration_run_id(context):
        return None
    return "The DAG run was marked by hand before its end."


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
    conf = dict(context["dag_run"].conf or {})
    return f"{root}__after_{after_id}", {**conf, "after_id": after_id}


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


def outcomes_of(context: Any, listing: Listing | None) -> list[Outcome]:
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
    outcomes: list[Outcome],
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
        log.error(
            "%s had no outcome of its own: %s.", outcome.facts.invoice_number, outcome.kind.replace("_", " ")
        )
    return settled
