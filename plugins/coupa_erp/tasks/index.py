"""Which invoice the index of a mapped task is about."""

from __future__ import annotations

from typing import Any

from coupa_erp.tasks.listed import PAGE, page_key
from coupa_erp.tasks.telling import tell_invoice
from include.export.listing import Label
from include.models.text import clean


def label_of(context: Any) -> Label:
    """The invoice of this index, by the page of labels that holds it.

    :param context: the context of a task of an invoice.
    """
    map_index = context["ti"].map_index
    page = context["ti"].xcom_pull(task_ids="fetch_invoices", key=page_key(map_index), map_indexes=-1)
    label = Label.model_validate(page[map_index % PAGE])
    name_index(context, label.number)
    return label


def name_index(context: Any, invoice_number: str | None) -> None:
    """Show the invoice number in the grid in place of the map index, and in each line of the log.

    :param invoice_number: what ``map_index_template`` renders.
    """
    context["invoice_number"] = clean(invoice_number, 80)
    tell_invoice(context["invoice_number"])
