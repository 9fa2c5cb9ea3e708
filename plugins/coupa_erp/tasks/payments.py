"""The task of the DAG ``erp_payments_to_coupa``: it moves values between Airflow and the business."""

from __future__ import annotations

import datetime
import logging
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from coupa_erp.coupa.hook import CoupaHook
from include.errors import ConfigurationError
from include.payments.request import read_request

log = logging.getLogger(__name__)


def carry_payments_back(context: Any) -> dict[str, Any]:
    """Tell in Coupa what the ERP has paid of the exported invoices.

    :param context: the task's context.
    :return: counts, totals and what could not be told.
    :raises ConfigurationError: the ERP's hook tells no payments.
    :raises AirflowFailException: some invoices could not be told; the others are.
    """
    from coupa_erp.erp import open_erp
    from include.pairing import refuse_mixed_pairing
    from include.payments.carrying_back import carry_payments_back as carry_back
    from include.payments.ports import PaymentSource

    request = read_request(dict(context["params"]), context["dag_run"].conf)
    coupa, erp = CoupaHook(), open_erp()
    refuse_mixed_pairing(coupa.scope, coupa.settings.base_url, erp_is_sandbox=erp.sandbox)
    if not isinstance(erp, PaymentSource):
        raise ConfigurationError(
            f"The hook for {erp.erp_name} tells no payments: set COUPA_ERP_PAYMENTS_SCHEDULE to nothing, "
            "and pause this DAG."
        )
    today = datetime.datetime.now(datetime.UTC).date()
    first = today - datetime.timedelta(days=request.days - 1)
    report = carry_back(coupa, erp, first=first, today=today, dry_run=request.dry_run)
    if report.failure:
        log.error(report.failure)
    for sentence in report.trouble:
        log.error(sentence)
    for line in report.lines():
        log.info(line)
    summary = report.summary()
    if report.failure:
        # A task that fails returns nothing; what it did is to be read all the same.
        context["ti"].xcom_push(key="return_value", value=summary)
        raise AirflowFailException(report.failure)
    return summary
