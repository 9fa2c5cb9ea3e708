"""The beginning of a run: create it in Coupa, fetch what it takes, start it."""

from __future__ import annotations

import datetime
import logging
from functools import partial
from typing import Any

from airflow.sdk.configuration import conf

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.links import ADDRESS
from coupa_erp.metrics import measure_waiting
from coupa_erp.tasks.asked import request_of
from coupa_erp.tasks.listed import CURSOR, SWEPT, pages_of
from coupa_erp.tasks.live_runs import invoices_in_flight, other_live_runs
from coupa_erp.tasks.repeated import integration_run_id
from coupa_erp.tasks.telling import about_invoice, tell_run, telling
from coupa_erp.tasks.word import leaving_word, ports_of, was_cleared, where_of
from include.export.ports import Ports
from include.export.request import RunRequest
from include.models.outcome import Outcome, Recorded
from include.monitoring import in_coupa
from include.monitoring.level import monitored
from include.options import MOST_INVOICES_A_RUN, read_options

log = logging.getLogger(__name__)


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
    context["ti"].xcom_push(key=ADDRESS, value=coupa.settings.base_url)
    if request.dry_run:
        log.info(
            "Dry run: nothing is written, neither in Coupa nor in the ERP; no integration run is opened."
        )
        return None
    # Beside a live backfill a new run in Coupa may be the backfill's: taking it would end another's run.
    # Asked after the look into Coupa: whose run is seen there is seen to live by then.
    level = read_options().monitoring
    runs = monitored(coupa, read_options())
    run = runs.create_integration_run(may_adopt=lambda: not other_live_runs(context))
    tell_run(run.id)
    if in_coupa(run.id):
        log.info("Integration run %s is open in Coupa.", run.id)
    else:
        log.info("Monitoring level %s: no integration run is opened in Coupa.", level)
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
        if ports.largest_file is not None:
            ports.erp.files()  # a hook that cannot attach any refuses the setting
        require_erp(ports.erp)
        # A follow-up run goes on where its parent stopped; the first of a chain has swept. A dry run gives
        # nothing back.
        sweeps = request.after_id == 0 and not request.dry_run
        swept = _sweep(context, ports, request, now) if sweeps else []
        listing = list_invoices(ports.coupa, ports.erp, request, read_options(), now)
    run_id = integration_run_id(context)
    told = [Recorded(**dict(outcome), map_index=-1, integration_run_id=run_id) for outcome in swept]
    ti.xcom_push(key=SWEPT, value=[outcome.model_dump(mode="json") for outcome in told])
    for key, page in pages_of(listing.labels, run_id):
        ti.xcom_push(key=key, value=page)
    if request.takes_everything and not request.dry_run:
        measure_waiting(listing.longest_waiting(now))
    # A run that was cleared as a whole lists anew, and what follows it is another chain.
    again = ti.try_number if was_cleared(context) else None
    ti.xcom_push(key=CURSOR, value={"after_id": listing.next_after_id, "again": again})
    log.info(
        "%s invoices to export%s.",
        len(listing.labels),
        "; more wait for the next run" if listing.next_after_id else "",
    )
    return [label.id for label in listing.labels]


def _within_map_limit(request: RunRequest) -> RunRequest:
    """A list that is longer than Airflow maps over would fail the task that returned it."""
    most = conf.getint("core", "max_map_length", fallback=MOST_INVOICES_A_RUN)
    return request.model_copy(update={"max_invoices": min(request.max_invoices, most)})


def _sweep(context: Any, ports: Ports, request: RunRequest, now: datetime.datetime) -> list[Outcome]:
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
        request=request,
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
    coupa, run_id = monitored(CoupaHook(), read_options()), integration_run_id(context)
    if coupa.read_integration_run(run_id).end_time:
        # "Only failed" was cleared: the setup went well, so there is no new run, and an end stands.
        log.info("Integration run %s has ended already; what comes now is recorded in it.", run_id)
    else:
        coupa.start_integration_run(run_id, len(ids))
    return True
