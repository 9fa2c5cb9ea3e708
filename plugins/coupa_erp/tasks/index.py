"""Which invoice the index of a mapped task is about."""

from __future__ import annotations

from typing import Any

from coupa_erp.tasks.listed import label_in, page_key
from coupa_erp.tasks.telling import belong_to, tell_invoice
from include.export.listing import Label
from include.models.text import clean


def label_of(context: Any) -> Label:
    """The invoice of this index, by the page of labels that holds it.

    :param context: the context of a task of an invoice.
    """
    map_index = context["ti"].map_index
    page = context["ti"].xcom_pull(task_ids="fetch_invoices", key=page_key(map_index), map_indexes=-1)
    label = label_in(page, map_index)
    belong_to(context, page["integration_run"])
    name_index(context, label.number)
    return label


def name_index(context: Any, invoice_number: str | None) -> None:
    """Show the invoice number in the grid in place of the map index, and in each line of the log.

    :param invoice_number: what ``map_index_template`` renders.
    """
    label = context["invoice_number"] = clean(invoice_number, 80)
    # Airflow takes it along when the task ends; one that it renders only then it sends by a call of its own.
    context["ti"].rendered_map_index = label
    tell_invoice(label)
