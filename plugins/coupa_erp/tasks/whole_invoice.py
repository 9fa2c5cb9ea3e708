"""``invoice``: the only task of an invoice, where the grain is ``invoice``; a try begins at the top."""

from __future__ import annotations

from typing import Any

from airflow.sdk.exceptions import AirflowTaskTimeout

from coupa_erp.tasks.carrying import Passage
from coupa_erp.tasks.index import label_of
from coupa_erp.tasks.telling import telling
from coupa_erp.tasks.word import attempt_of, ports_of


@telling
def carry_invoice(context: Any) -> dict[str, Any] | None:
    """Carry the invoice of this index from the claim to its recorded outcome.

    Of a task that fails, or is skipped, Airflow keeps no return value: it is laid down before.

    :return: the outcome.
    """
    label, ports = label_of(context), ports_of(context)
    passage = Passage(context, ports, label, attempt=attempt_of(context))
    try:
        passage.carry()
    except (Exception, AirflowTaskTimeout):
        if passage.outcome is not None:
            context["ti"].xcom_push(key="return_value", value=passage.recorded())
        raise
    return passage.recorded()
