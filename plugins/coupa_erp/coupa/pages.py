"""Where a person opens what Coupa has."""

from __future__ import annotations


def invoice_page(base_url: str, invoice_id: int) -> str:
    """The page of an invoice.

    :param base_url: the instance's address.
    """
    return f"{base_url}/invoices/{invoice_id}"


def integration_run_page(base_url: str, run_id: int) -> str:
    """The page of an integration run.

    :param base_url: the instance's address.
    """
    return f"{base_url}/integration_runs/{run_id}"
