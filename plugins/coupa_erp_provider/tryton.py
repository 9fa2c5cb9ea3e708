"""The connection type ``tryton`` and its form."""

from __future__ import annotations

from typing import Any

from coupa_erp_provider.channel import PORT, Fields, safety, seconds
from coupa_erp_provider.purchase_orders import matching

_BOOKING = "How invoices are entered"

_FIELDS: Fields = {
    "sandbox": {
        "label": "Sandbox",
        "description": "On for a Tryton to try things out: only a Coupa sandbox is exported into it.",
        "schema": {"type": ["boolean", "null"], "default": False},
    },
    "web_url": {
        "label": "Web client",
        "description": "Where people open Tryton's web client, https://tryton.example.com. Empty: no links "
        "to documents.",
        "schema": {"type": ["string", "null"]},
    },
    "language": {
        "label": "Language of refusals",
        "description": "Only with en are Tryton's refusals told apart by their codes.",
        "schema": {
            "type": ["string", "null"],
            "default": "en",
            "pattern": "^[a-z]{2}([-_][A-Za-z]{2,4})?$",
        },
    },
    "database": {
        "label": "Database, if not above",
        "description": "For a connection that keeps http or https in its schema.",
        "schema": {"type": ["string", "null"]},
    },
    **matching(
        "Tryton",
        "against the line of their purchase order in Tryton (module purchase)",
        section=_BOOKING,
    ),
    "timeout_seconds": seconds(
        "Timeout in seconds",
        "How long one answer of Tryton may take, 600 at most; a bill with many lines gets more.",
        default=60,
    ),
    "lock_seconds": seconds(
        "Seconds to wait for a lock",
        "How long a post waits for Tryton's lock on its numbering before Airflow retries it.",
        default=60,
        least=0,
    ),
    **safety("Tryton", "the application key"),
}

CONNECTION_TYPE: dict[str, Any] = {
    "connection-type": "tryton",
    "hook-class-name": "coupa_erp.tryton.hook.TrytonHook",
    "hook-name": "Tryton",
    "ui-field-behaviour": {
        # Tryton knows the user by the key.
        "hidden-fields": ["login"],
        "relabeling": {
            "port": PORT,
            "host": "Tryton's address",
            "schema": "Database",
            "password": "REST application key",
        },
        "placeholders": {
            "port": "443",
            "host": "https://tryton.example.com",
            "schema": "tryton",
            "password": "key of a validated user application of type REST API",
        },
    },
    "conn-fields": _FIELDS,
}
