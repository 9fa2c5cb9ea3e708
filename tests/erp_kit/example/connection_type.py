"""The connection type ``ledger`` and its form; a real one stands in ``plugins/coupa_erp_provider``."""

from __future__ import annotations

from typing import Any

from coupa_erp_provider.channel import PORT, seconds

CONNECTION_TYPE: dict[str, Any] = {
    "connection-type": "ledger",
    "hook-class-name": "coupa_erp.ledger.hook.LedgerHook",
    "hook-name": "Ledger",
    "ui-field-behaviour": {
        "hidden-fields": ["login", "schema"],
        "relabeling": {"port": PORT, "host": "Ledger's address", "password": "Token"},
        "placeholders": {"port": "443", "host": "https://ledger.example.com"},
    },
    "conn-fields": {
        "sandbox": {
            "label": "Sandbox",
            "description": "On for a Ledger to try things out: only a Coupa sandbox is exported into it.",
            "schema": {"type": ["boolean", "null"], "default": False},
        },
        "timeout_seconds": seconds(
            "Timeout in seconds", "How long one answer may take, 600 at most.", default=60
        ),
    },
}
