"""The task of the DAG ``coupa_erp_reconciliation``: it moves values between Airflow and the business."""

from __future__ import annotations

import datetime
import logging
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from coupa_erp.coupa.hook import CoupaHook
from include.monitoring.level import monitored
from include.options import read_options
from include.reconciliation.window import read_request

log = logging.getLogger(__name__)


def reconcile(context: Any) -> dict[str, Any]:
    """Lay Coupa's invoices beside the ERP's documents and report what differs.

    :param context: the task's context.
    :return: counts, totals and the first unexplained differences; the whole report is in the log.
    :raises AirflowFailException: something differs without an explanation.
    """
    from coupa_erp.erp import open_erp
    from coupa_erp.tasks.live_runs import invoices_in_flight
    from include.mapping.settings import load_mapping
    from include.pairing import refuse_mixed_pairing
    from include.reconciliation.acknowledged import read_acknowledged
    from include.reconciliation.explaining import Patience
    from include.reconciliation.reconcile import reconcile as compare

    options, now = read_options(), datetime.datetime.now(datetime.UTC)
    request = read_request(dict(context["params"]), context["dag_run"].conf)
    coupa, erp = CoupaHook(), open_erp()
    refuse_mixed_pairing(coupa.scope, coupa.settings.base_url, erp_is_sandbox=erp.sandbox)
    report = compare(
        monitored(coupa, options),
        erp,
        load_mapping(options.mapping),
        request.window(now.date()),
        acknowledged=read_acknowledged(options.acknowledged),
        in_flight=lambda: invoices_in_flight(context),
        patience=Patience(
            now=now,
            waiting=datetime.timedelta(hours=options.waiting_hours),
            void=datetime.timedelta(minutes=options.void_minutes),
        ),
        repair=request.repair,
    )
    if report.failure:
        log.error(report.failure)
    for line in report.unexplained_lines():
        log.error(line)
    for line in report.lines():
        log.info(line)
    summary = report.summary()
    if report.failure:
        # A task that fails returns nothing; what it found is to be read all the same.
        context["ti"].xcom_push(key="return_value", value=summary)
        raise AirflowFailException(report.failure)
    return summary
