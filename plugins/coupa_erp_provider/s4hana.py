"""The connection type ``s4hana`` and its form."""

from __future__ import annotations

from typing import Any

from coupa_erp_provider.channel import PORT, Fields, safety, seconds

_BOOKING = "How invoices are entered"

_FIELDS: Fields = {
    "sandbox": {
        "label": "Sandbox",
        "description": "On for an S/4HANA to try things out: only a Coupa sandbox is exported into it.",
        "schema": {"type": ["boolean", "null"], "default": False},
    },
    "sap_client": {
        "label": "SAP client",
        "description": "Three digits, for a system of your own. Empty for S/4HANA Cloud.",
        "schema": {"type": ["string", "null"], "pattern": "^[0-9]{3}$"},
    },
    "oauth_url": {
        "label": "OAuth 2.0 token address",
        "description": "With it login and password are an OAuth 2.0 client and its secret. Empty: a "
        "communication user and its password (Basic).",
        "schema": {"type": ["string", "null"]},
    },
    "web_url": {
        "label": "Launchpad",
        "description": "Where people open SAP's launchpad, https://my300000.s4hana.cloud.sap/ui. Empty: no "
        "links to documents.",
        "schema": {"type": ["string", "null"]},
    },
    "key_field": {
        "label": "Field of the key",
        "description": "Header field for the export's key, 25 characters, that can be searched; a custom "
        "field (YY1_...) serves as well. Never change it later.",
        "schema": {
            "type": ["string", "null"],
            "default": "DocumentHeaderText",
            "pattern": "^[A-Za-z][A-Za-z0-9_]*$",
            "section": _BOOKING,
        },
    },
    "fingerprint_field": {
        "label": "Field of the fingerprint",
        "description": "Header field for the fingerprint of what was last sent, 32 characters.",
        "schema": {
            "type": ["string", "null"],
            "default": "SupplierPostingLineItemText",
            "pattern": "^[A-Za-z][A-Za-z0-9_]*$",
            "section": _BOOKING,
        },
    },
    "reversal_reason": {
        "label": "Reversal reason",
        "description": "SAP's reason code of a reversal on the document's own posting date.",
        "schema": {
            "type": ["string", "null"],
            "default": "01",
            "pattern": "^[0-9A-Z]{2}$",
            "section": _BOOKING,
        },
    },
    "reversal_reason_other_date": {
        "label": "Reversal reason on another date",
        "description": "The same for a reversal on another date, where the period is closed or the date was "
        "changed: a reason for which SAP allows an alternative posting date.",
        "schema": {
            "type": ["string", "null"],
            "default": "02",
            "pattern": "^[0-9A-Z]{2}$",
            "section": _BOOKING,
        },
    },
    "document_type": {
        "label": "Document type",
        "description": "SAP's type of the accounting document. Empty: its default for invoices.",
        "schema": {"type": ["string", "null"], "pattern": "^[0-9A-Z]{1,2}$", "section": _BOOKING},
    },
    "tax_country": {
        "label": "Tax reporting country",
        "description": "Where S/4HANA wants one on each item (registration for taxes abroad): DE.",
        "schema": {"type": ["string", "null"], "pattern": "^[A-Z]{2,3}$", "section": _BOOKING},
    },
    "untaxed_code": {
        "label": "Tax code of untaxed items",
        "description": "Where accounts demand a tax code: V0. Empty: such items have none.",
        "schema": {"type": ["string", "null"], "pattern": "^[0-9A-Z]{1,2}$", "section": _BOOKING},
    },
    "deducted_taxes": {
        "label": "Accounts of deducted taxes",
        "description": "Tax codes whose amounts are taken off what is owed, each with the account that takes "
        "them: W1=175500, R1=175800. Without one such a tax is refused.",
        "schema": {"type": ["string", "null"], "default": "", "section": _BOOKING},
    },
    "po_backed": {
        "label": "Lines with a purchase order",
        "description": "gl books them to their account, match against the line of their purchase order.",
        "schema": {
            "type": ["string", "null"],
            "enum": ["gl", "match"],
            "default": "gl",
            "section": _BOOKING,
        },
    },
    "timeout_seconds": seconds(
        "Timeout in seconds", "How long one answer of S/4HANA may take, 600 at most.", default=60
    ),
    "busy_seconds": seconds(
        "Seconds to wait while busy",
        "How long a call is repeated while S/4HANA is busy or a lock is held, before Airflow retries it.",
        default=60,
        least=0,
    ),
    **safety("S/4HANA", "the password"),
}

CONNECTION_TYPE: dict[str, Any] = {
    "connection-type": "s4hana",
    "hook-class-name": "coupa_erp.s4hana.hook.S4HanaHook",
    "hook-name": "SAP S/4HANA",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {
            "port": PORT,
            "host": "S/4HANA's API address",
            "login": "Communication user",
            "password": "Password",
        },
        "placeholders": {
            "port": "443",
            "host": "https://my300000-api.s4hana.cloud.sap",
            "login": "the communication user, or the OAuth 2.0 client",
            "password": "its password, or the client's secret",
        },
    },
    "conn-fields": _FIELDS,
}
