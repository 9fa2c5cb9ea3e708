"""The steps of a run: create, fetch, start, end, and the follow-up of a backlog."""

from __future__ import annotations

import datetime
import logging
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.tasks.word import technical_trouble
from include.export.listing import Label, Listing
from include.export.request import RunRequest, read_request
from include.export.run_end import summarise
from include.models.outcome import InvoiceFacts, Outcome
from include.options import read_options

log = logging.getLogger(__name__)

#: Labels are handed on in pages, so that the task of an index reads a page and not the whole run's list.
PAGE = 50

#: The XCom of ``fetch_invoices`` that says where a follow-up run begins.
CURSOR = "cursor"

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
    from include.mapping.settings import load_mapping

    request_of(context)
    load_mapping(read_options().mapping)
    run = CoupaHook().create_integration_run()
    log.info("Integration run %s is open in Coupa.", run.id)
    return run.id


def fetch_invoices(context: Any) -> list[int]:
    """List what the run takes.

    :return: the ids, to map over; their labels lie beside them in pages.
    """
    from coupa_erp.erp import open_erp
    from include.export.listing import fetch_invoices as list_invoices

    now = datetime.datetime.now(datetime.UTC)
    listing = list_invoices(CoupaHook(), open_erp(), request_of(context), read_options(), now)
    labels = [label.model_dump(mode="json") for label in listing.labels]
    ti = context["ti"]
    for first in range(0, len(labels), PAGE):
        ti.xcom_push(key=page_key(first), value=labels[first : first + PAGE])
    ti.xcom_push(key=CURSOR, value={"after_id": listing.next_after_id})
    log.info(
        "%s invoices to export%s.",
        len(labels),
        "; more wait for the next run" if listing.next_after_id else "",
    )
    return [label.id for label in listing.labels]


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
    """Give back what was claimed and has no outcome, count, and end the run in Coupa.

    :return: the summary.
    :raises AirflowFailException: the run failed; it has been ended as failed in Coupa before.
    """
    ti, run_id, coupa = context["ti"], integration_run_id(context), CoupaHook()
    listing = fetched_listing(context)
    outcomes = outcomes_of(context)
    unfinished = _give_back_unfinished(context, coupa, listing, outcomes, run_id)
    started = bool(ti.xcom_pull(task_ids="start_integration_run", map_indexes=-1))
    summary = summarise(listing.labels if listing else None, started, outcomes, unfinished)
    if summary.failure:
        coupa.fail_integration_run(run_id)
    else:
        coupa.succeed_integration_run(run_id)
    ti.xcom_push(key=ENDED, value="failed" if summary.failure else "successful")
    log.info("Integration run %s: %s", run_id, summary.sentence())
    for refused in summary.rejections:
        log.warning("%s rejected: %s", refused.invoice_number, " | ".join(refused.messages))
    for returned in summary.given_back:
        log.error("%s given back: %s", returned.invoice_number, " | ".join(returned.messages))
    if summary.failure:
        ti.xcom_push(key="return_value", value=summary.model_dump(mode="json"))
        raise AirflowFailException(f"{summary.failure} Integration run {run_id} is ended as failed in Coupa.")
    return summary.model_dump(mode="json")


def next_run(context: Any) -> tuple[str, dict[str, Any]]:
    """The follow-up of a run whose listing was cut: its id and its conf.

    :return: a run id derived from this run's, and this run's conf with the cursor.
    :raises AirflowSkipException: nothing waits, or the run met an outage.
    """
    cursor = context["ti"].xcom_pull(task_ids="fetch_invoices", key=CURSOR, map_indexes=-1)
    after_id = cursor["after_id"] if cursor else None
    if after_id is None:
        raise AirflowSkipException("The listing was not cut: no invoice waits for a follow-up run.")
    outcomes = outcomes_of(context)
    if all(outcome.kind == "given_back" for outcome in outcomes):
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
    ids = ti.xcom_pull(task_ids="fetch_invoices", map_indexes=-1)
    if ids is None:
        return None
    labels: list[Label] = []
    for first in range(0, len(ids), PAGE):
        page = ti.xcom_pull(task_ids="fetch_invoices", key=page_key(first), map_indexes=-1)
        labels += [Label.model_validate(label) for label in page]
    return Listing(labels=labels)


def outcomes_of(context: Any) -> list[Outcome]:
    """The outcomes that the indexes of this run have recorded."""
    recorded = context["ti"].xcom_pull(task_ids="invoice.record_outcome")
    # Airflow answers the value itself, not a list, where a single index has one.
    listed = [recorded] if isinstance(recorded, dict) else recorded or []
    return [Outcome.model_validate(outcome) for outcome in listed if outcome]


def _give_back_unfinished(
    context: Any, coupa: CoupaHook, listing: Listing | None, outcomes: list[Outcome], run_id: int
) -> int:
    """Invoices whose ``record_outcome`` itself did not end: those that were claimed are given back.

    What was never claimed still waits in Coupa as it did.
    """
    from include.export.recording import record_trouble

    recorded = {outcome.facts.invoice_id for outcome in outcomes}
    unfinished = [label for label in (listing.labels if listing else []) if label.id not in recorded]
    if not unfinished:
        return 0
    claims = context["ti"].xcom_pull(task_ids="invoice.mark_exported")
    claimed = {claim["id"] for claim in ([claims] if isinstance(claims, dict) else claims or []) if claim}
    for label in unfinished:
        if label.id in claimed:
            facts = InvoiceFacts(invoice_id=label.id, invoice_number=label.number)
            trouble = technical_trouble(context, "record_outcome", None)
            record_trouble(coupa, facts, trouble, run_id=run_id, repeated=context["ti"].try_number > 1)
            log.error("%s had no outcome; it is given back.", label.number)
    return len(unfinished)
