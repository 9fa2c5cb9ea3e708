"""The connection type ``coupa`` and its form."""

from __future__ import annotations

from typing import Any

from coupa_erp_provider.channel import PORT, SECTION, Fields, safety, seconds

_CUSTOM_FIELDS = "Custom fields of Coupa's invoice"

#: What the export serves; the rest of the form stands in sections of its own.
_SCOPE: Fields = {
    "integration_code": {
        "label": "Integration code",
        "description": "Code of the integration in Coupa's Setup, for example INVOICES_TO_ERP.",
        "schema": {"type": "string", "minLength": 1},
    },
    "instance_key": {
        "label": "Instance key",
        "description": "A name for this Coupa instance, for example acme-production; part of every "
        "business key. Choose once and never change it, not even when the host changes.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9._-]+$"},
    },
    "go_live_from": {
        "label": "Go live from",
        "description": "Nothing created earlier is taken, unless it is named by id. Required, except in a "
        "sandbox.",
        "schema": {"type": ["string", "null"], "format": "date"},
    },
    "selection": {
        "label": "Selection",
        "description": "Further conditions in Coupa's query language: payment-channel=erp&account-type[name]="
        "US Chart. Empty: every approved or voided invoice.",
        "schema": {"type": ["string", "null"]},
    },
    "sandbox": {
        "label": "Sandbox",
        "description": "On for a Coupa sandbox, which is never exported into an ERP connection that is not "
        "marked so, nor the other way round.",
        "schema": {"type": ["boolean", "null"]},
    },
}

_FIELD_NAMES: Fields = {
    "erp_number_field": {
        "label": "Field of the ERP number",
        "description": "Custom field of the invoice header that takes the ERP's document number.",
        "schema": {"type": ["string", "null"], "default": "cf-erp-invoice-number", "section": _CUSTOM_FIELDS},
    },
    "status_field": {
        "label": "Field of the status",
        "description": "Custom field of the invoice header that takes the status of the export, at the "
        "monitoring level custom_field.",
        "schema": {"type": ["string", "null"], "default": "cf-integration-status", "section": _CUSTOM_FIELDS},
    },
    "older_custom_fields": {
        "label": "Older custom fields",
        "description": "Names of custom fields that Coupa answers at the top level of an invoice, where "
        "they do not begin with cf-. One a line.",
        "schema": {"type": ["array", "null"], "items": {"type": "string"}, "section": _CUSTOM_FIELDS},
    },
}

_CALLS: Fields = {
    "scope": {
        "label": "OAuth2 scopes",
        "description": "Separated by spaces. Empty: core.invoice.read core.invoice.write "
        "core.integration.read core.integration.write, which the export needs; at the monitoring level "
        "custom_field the first two.",
        "schema": {"type": ["string", "null"], "section": SECTION},
    },
    "api_filter": {
        "label": "API filter",
        "description": "An API filter of yours in Coupa that shapes the invoice's answer. Empty: the hook "
        "asks for the fields it needs.",
        "schema": {"type": ["string", "null"], "section": SECTION},
    },
    "create_method": {
        "label": "Create records with",
        "description": "auto is POST, and PUT where Coupa answers 404 or 405.",
        "schema": {
            "type": ["string", "null"],
            "enum": ["auto", "POST", "PUT"],
            "default": "auto",
            "section": SECTION,
        },
    },
    "timeout_seconds": seconds(
        "Timeout in seconds", "How long one answer of Coupa may take, 600 at most.", default=30
    ),
    "requests_per_second": {
        "label": "Requests a second",
        "description": "Shared by all processes of a machine; Coupa's limit is 25. 0: no limit of ours.",
        "schema": {
            "type": ["number", "null"],
            "default": 20,
            "minimum": 0,
            "maximum": 1000,
            "section": SECTION,
        },
    },
    **safety("Coupa", "the client's secret and its token"),
}

CONNECTION_TYPE: dict[str, Any] = {
    "connection-type": "coupa",
    "hook-class-name": "coupa_erp.coupa.hook.CoupaHook",
    "hook-name": "Coupa",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {
            "port": PORT,
            "host": "Coupa's address",
            "login": "OAuth2 client id",
            "password": "OAuth2 client secret",
        },
        "placeholders": {
            "port": "443",
            "host": "https://acme.coupahost.com",
            "login": "the client's identifier, from Coupa's Setup",
            "password": "the client's secret, from Coupa's Setup",
        },
    },
    "conn-fields": {**_SCOPE, **_FIELD_NAMES, **_CALLS},
}
