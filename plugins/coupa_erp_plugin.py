"""What Airflow loads of this package by itself: the one file that ``.airflowignore`` lets through."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from coupa_erp.links import DocumentInErp, InvoiceInCoupa, RunInCoupa
from coupa_erp.page.app import Page


class CoupaErpPlugin(AirflowPlugin):
    """The page in the navigation, and the buttons on the tasks.

    Airflow shows the entry to everybody: the page itself says so to those who may not see the DAG.
    """

    name = "coupa_erp"
    operator_extra_links = [InvoiceInCoupa(), DocumentInErp(), RunInCoupa()]  # noqa: RUF012 - likewise
    fastapi_apps = [  # noqa: RUF012 - Airflow declares them on the instance
        {"app": Page(), "url_prefix": "/coupa-erp", "name": "Coupa to ERP"}
    ]
    external_views = [  # noqa: RUF012 - likewise
        {
            "name": "Invoices",
            # Relative: Airflow may be served under a path of its own.
            "href": "coupa-erp/",
            "destination": "nav",
            "nav_top_level": True,
            "url_route": "coupa-invoices",
            "icon": "coupa-erp/icon.svg",
            "icon_dark_mode": "coupa-erp/icon-dark.svg",
        }
    ]
