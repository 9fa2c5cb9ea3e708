"""The end of a run: settle what has no outcome, count, tell, and end the run in Coupa, once."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.delivered import announce
from coupa_erp.metrics import count_outcomes
from coupa_erp.tasks.asked import request_of
from coupa_erp.tasks.backlog import LOOKED
from coupa_erp.tasks.listed import SWEPT, all_have_ended, fetched_listing, never_begun, outcomes_of
from coupa_erp.tasks.repeated import integration_run_id, wait_for_the_steps
from coupa_erp.tasks.telling import about_invoice, telling
from coupa_erp.tasks.word import TROUBLE, last_step, lost_word, ports_of, states_of
from include.errors import ExportError
from include.export.listing import Listing
from include.export.ports import Ports
from include.export.run_end import RunSummary, outage_of, summarise
from include.models.outcome import Message, Outcome, Recorded, Trouble
from include.monitoring import in_coupa

log = logging.getLogger(__name__)

#: So many tries of ``end_integration_run`` insist on settling each invoice; the next ends the run anyway.
SETTLING_TRIES = 2

#: The XCom of ``end_integration_run`` that says how it ended the run in Coupa.
ENDED = "ended"


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
    listing, swept = fetched_listing(context), []
    if listing is not None:
        told = ti.xcom_pull(task_ids="fetch_invoices", key=SWEPT, map_indexes=-1) or []
        swept = _of_run(run_id, [Recorded.model_validate(outcome) for outcome in told])
    recorded = outcomes_of(context, listing)
    by_hand = _marked_by_hand(context, listing, recorded)
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
        # The runs of a backfill meet an outage at once: they look one after the other whether it is told.
        with ports.alert_turn():
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
        ended = f" Integration run {run_id} is ended as failed in Coupa." if in_coupa(run_id) else ""
        raise AirflowFailException(f"{summary.failure}{ended}")
    announce(context, run_id, counts)
    return summary.bounded().model_dump(mode="json")


def _end_dry_run(context: Any) -> dict[str, Any]:
    """Tell what would be done with each invoice; nothing in Coupa is ended, for nothing was begun."""
    from include.export.foretelling import report_of

    listing = fetched_listing(context)
    foretold = outcomes_of(context, listing)
    stopped_by = _why_not_listed(context, listing) or _marked_by_hand(context, listing, foretold)
    report = report_of(listing.labels if listing else None, foretold, stopped_by=stopped_by)
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
    log.info("%s: %s", f"Integration run {run_id}" if in_coupa(run_id) else "This run", summary.sentence())
    for level, became, invoices in (
        (logging.WARNING, "rejected", summary.rejections),
        (logging.ERROR, "given back", summary.given_back),
        (logging.ERROR, "is tried no more by itself", summary.stopped),
        (logging.WARNING, "is in the ERP", summary.not_attached),
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


def _marked_by_hand(context: Any, listing: Listing | None, outcomes: list[Recorded]) -> str | None:
    """Whether a person marked the run in its middle, in one sentence.

    The run's own state does not tell: Airflow leaves it running for the sake of this teardown, and would let
    the run succeed with it. But it skips what had not begun, ``continue_backlog`` at the latest.
    """
    if states_of(context, "continue_backlog").get("continue_backlog") != "skipped":
        return None
    looked_for = context["ti"].xcom_pull(task_ids="continue_backlog", key=LOOKED, map_indexes=-1)
    if looked_for == integration_run_id(context):
        return None
    if looked_for is not None and listing is not None and all_have_ended(context, listing, outcomes):
        return None  # it looked before: a step was cleared, and continue_backlog was not
    return "The DAG run was marked by hand before its end."


def _settle_unfinished(
    context: Any,
    ports: Ports,
    listing: Listing | None,
    outcomes: list[Recorded],
    run_id: int,
    *,
    by_hand: str | None,
) -> list[Outcome]:
    """Invoices of which no task has told an outcome: Coupa tells what became of each, or the ERP.

    What was never claimed still waits in Coupa as it did; what has its outcome there keeps it; the rest is
    given back. Where a person stopped the run that is no failure of the invoice: no strike, no alert.
    """
    from include.export.unfinished import leave_as_it_is, leave_to_sweep, settle_unfinished

    word = lost_word(context, last_step())
    if by_hand:
        stopped = Message(code="STOPPED_BY_HAND", text=f"Header: {by_hand}")
        word = word.model_copy(update={"kind": "outage", "messages": [stopped]})
    recorded = {outcome.facts.invoice_id for outcome in outcomes}
    settled, removed = [], never_begun(context, listing) if listing else set()
    for label in listing.labels if listing else []:
        if label.id in recorded:
            continue
        if label.id in removed:
            settled.append(leave_as_it_is(label))
            log.warning(
                "%s was left as it is: Airflow removed its index in an earlier life of this run.",
                label.number,
            )
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


def end_left_open_run(context: Any, *, succeeded: bool) -> None:
    """The last net, as the DAG's callback: end the run where ``end_integration_run`` did not.

    An end is never overturned.

    :param context: the callback's context.
    :param succeeded: whether the DAG run succeeded.
    """
    from airflow.sdk.execution_time.xcom import XCom

    where = {"dag_id": context["dag"].dag_id, "run_id": context["run_id"], "map_index": -1}
    run_id = XCom.get_one(key="return_value", task_id="create_integration_run", **where)
    if in_coupa(run_id) is None or XCom.get_one(key=ENDED, task_id="end_integration_run", **where):
        return
    coupa = CoupaHook()
    if coupa.read_integration_run(run_id).end_time:
        return
    if succeeded:
        coupa.succeed_integration_run(run_id)
    else:
        coupa.fail_integration_run(run_id)
    log.warning("Integration run %s had been left open; it is ended now.", run_id)
