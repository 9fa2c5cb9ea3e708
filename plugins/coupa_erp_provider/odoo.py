"""The connection type ``odoo`` and its form."""

from __future__ import annotations

from typing import Any

from coupa_erp_provider.channel import PORT, Fields, safety, seconds
from coupa_erp_provider.purchase_orders import matching

_FIELDS: Fields = {
    "sandbox": {
        "label": "Sandbox",
        "description": "On for an Odoo to try things out: only a Coupa sandbox is exported into it.",
        "schema": {"type": ["boolean", "null"], "default": False},
    },
    "journal": {
        "label": "Purchase journal",
        "description": "Its short code, BILL. Empty: the first purchase journal of the company.",
        "schema": {"type": ["string", "null"], "minLength": 1},
    },
    **matching("Odoo", "also bills the line of their purchase order"),
    "web_url": {
        "label": "Where people open Odoo",
        "description": "https://odoo.example.com, for links to documents. Empty: Odoo's address above.",
        "schema": {"type": ["string", "null"]},
    },
    "database": {
        "label": "Database, if not above",
        "description": "For a connection that keeps http or https in its schema.",
        "schema": {"type": ["string", "null"]},
    },
    "timeout_seconds": seconds(
        "Timeout in seconds",
        "How long one answer of Odoo may take, 600 at most; a bill with many lines gets more.",
        default=60,
    ),
    "lock_seconds": seconds(
        "Seconds to repeat a lost race",
        "How long a write that lost a race for a row is repeated before Airflow retries it.",
        default=60,
        least=0,
    ),
    **safety("Odoo", "the API key"),
}

CONNECTION_TYPE: dict[str, Any] = {
    "connection-type": "odoo",
    "hook-class-name": "coupa_erp.odoo.hook.OdooHook",
    "hook-name": "Odoo",
    "ui-field-behaviour": {
        "hidden-fields": [],
        "relabeling": {
            "port": PORT,
            "host": "Odoo's address",
            "schema": "Database",
            "login": "User (before Odoo 19)",
            "password": "API key",
        },
        "placeholders": {
            "port": "443",
            "host": "https://odoo.example.com",
            "schema": "acme",
            "login": "login of the API key's user; Odoo 19 does not ask for it",
            "password": "API key of the export's user",
        },
    },
    "conn-fields": _FIELDS,
}
