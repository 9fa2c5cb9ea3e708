"""What Airflow is told of this package: the connection types, their forms and the hooks behind them.

Airflow finds connection types in installed distributions alone, by the entry point
``apache_airflow_provider``. So this one folder is installed, and the hooks that it names stay beside it. It
imports none of them: the API server draws the forms without loading a hook.
"""

from __future__ import annotations

from typing import Any

from coupa_erp_provider import coupa, erp_rest, netsuite, odoo, s4hana, tryton


def get_provider_info() -> dict[str, Any]:
    """The provider, as Airflow's ``provider.yaml.schema.json`` describes one."""
    return {
        "package-name": "coupa-erp-export",
        "name": "Coupa invoices into the ERP",
        "description": "Carries supplier invoices from Coupa into an ERP, exactly once.",
        "connection-types": [
            coupa.CONNECTION_TYPE,
            tryton.CONNECTION_TYPE,
            odoo.CONNECTION_TYPE,
            s4hana.CONNECTION_TYPE,
            netsuite.CONNECTION_TYPE,
            erp_rest.CONNECTION_TYPE,
        ],
    }
