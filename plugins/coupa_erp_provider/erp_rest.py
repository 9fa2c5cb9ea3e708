"""The connection type ``erp_rest`` and its form."""

from __future__ import annotations

from typing import Any

from coupa_erp_provider.channel import PORT, Fields, safety, seconds

_FIELDS: Fields = {
    "api": {
        "label": "Settings file of the API",
        "description": "Path of the YAML file on every machine of Airflow that says how the API's calls, "
        "bodies and answers are spelled (docs/rest.md).",
        "schema": {"type": "string", "minLength": 1},
    },
    "sandbox": {
        "label": "Sandbox",
        "description": "On for an ERP to try things out: only a Coupa sandbox is exported into it.",
        "schema": {"type": ["boolean", "null"], "default": False},
    },
    "web_url": {
        "label": "Address of a document",
        "description": "Where people open one, https://erp.example.com/bills/{id}; {number} is the ERP's "
        "number. Empty: no links to documents.",
        "schema": {"type": ["string", "null"]},
    },
    "timeout_seconds": seconds(
        "Timeout in seconds", "How long one answer of the API may take, 600 at most.", default=60
    ),
    **safety("the API", "the token or the password"),
}

CONNECTION_TYPE: dict[str, Any] = {
    "connection-type": "erp_rest",
    "hook-class-name": "coupa_erp.rest.hook.RestErpHook",
    "hook-name": "ERP over REST",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {
            "port": PORT,
            "host": "The API's address",
            "login": "Login (empty: a bearer token)",
            "password": "Token or password",
        },
        "placeholders": {
            "port": "443",
            "host": "https://erp.example.com/api/v1",
            "login": "only for basic authentication",
            "password": "the API's token, or the password of the login",
        },
    },
    "conn-fields": _FIELDS,
}
