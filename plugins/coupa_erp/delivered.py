"""The asset that says that a run has delivered something: other DAGs may be scheduled on it."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset, AssetAlias

from include.monitoring import in_coupa

#: What the ERP holds through this export.
INVOICES_IN_ERP = Asset(name="coupa_invoices_in_erp", uri="coupa-erp://invoices_in_erp")

#: What ``end_integration_run`` has as its outlet: through an alias a run without deliveries makes no event.
DELIVERIES = AssetAlias(name="coupa_invoice_deliveries")


def announce(context: Any, run_id: int, counts: dict[str, int]) -> None:
    """Make an event of the asset, where the run has posted or voided anything.

    :param context: of ``end_integration_run``.
    :param run_id: the integration run, for whoever follows, where Coupa has it.
    :param counts: invoices of this integration run by outcome.
    """
    delivered = {outcome: counts[outcome] for outcome in ("posted", "voided") if counts.get(outcome)}
    if delivered:
        run = {"integration_run_id": run_id} if in_coupa(run_id) else {}
        context["outlet_events"][DELIVERIES].add(INVOICES_IN_ERP, extra={**run, **delivered})
