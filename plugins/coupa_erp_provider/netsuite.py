"""The connection type ``netsuite`` and its form."""

from __future__ import annotations

from typing import Any

from coupa_erp_provider.channel import PORT, Fields, safety, seconds

_BOOKING = "How bills are entered"

_FIELDS: Fields = {
    "certificate_id": {
        "label": "Certificate id",
        "description": "Of the mapping of application, role and certificate in NetSuite's OAuth 2.0 Client "
        "Credentials (M2M) Setup.",
        "schema": {"type": "string", "minLength": 1},
    },
    "sandbox": {
        "label": "Sandbox",
        "description": "On for an account to try things out: only a Coupa sandbox is exported into it.",
        "schema": {"type": ["boolean", "null"], "default": False},
    },
    "web_url": {
        "label": "NetSuite's address for people",
        "description": "https://1234567.app.netsuite.com, for links to documents. Empty: none.",
        "schema": {"type": ["string", "null"]},
    },
    "content_field": {
        "label": "Field of the content",
        "description": "Header field for the fingerprint of what was last sent: memo, or a custom body field "
        "(custbody_...). Never change it later.",
        "schema": {
            "type": ["string", "null"],
            "default": "memo",
            "pattern": "^(memo|custbody[a-z0-9_]+)$",
            "section": _BOOKING,
        },
    },
    "voids": {
        "label": "Voids",
        "description": "credit sets a voided bill off against a vendor credit (and a voided credit against a "
        "bill), refuse leaves voids to people.",
        "schema": {
            "type": ["string", "null"],
            "enum": ["credit", "refuse"],
            "default": "credit",
            "section": _BOOKING,
        },
    },
    "tax_accounts": {
        "label": "Accounts of taxes booked as lines",
        "description": "Tax codes that are booked as lines, each with its account: WHT=2150, VAT=1410. For "
        "what is taken off what is owed, and where purchases have no tax codes.",
        "schema": {"type": ["string", "null"], "default": "", "section": _BOOKING},
    },
    "untaxed_code": {
        "label": "Tax code of untaxed lines",
        "description": "Where NetSuite demands a tax code on each line.",
        "schema": {"type": ["string", "null"], "section": _BOOKING},
    },
    "payable_account": {
        "label": "Payables account",
        "description": "Number of the account of what is owed. Empty: NetSuite's default.",
        "schema": {"type": ["string", "null"], "section": _BOOKING},
    },
    "approval_status": {
        "label": "Approval status",
        "description": "NetSuite's id of the status of new bills, 2 for approved. Empty: its default.",
        "schema": {"type": ["string", "null"], "pattern": "^[0-9]{1,3}$", "section": _BOOKING},
    },
    "timeout_seconds": seconds(
        "Timeout in seconds", "How long one answer of NetSuite may take, 600 at most.", default=60
    ),
    "busy_seconds": seconds(
        "Seconds to wait while busy",
        "How long a call is repeated while NetSuite is busy, before Airflow retries it.",
        default=60,
        least=0,
    ),
    **safety("NetSuite", "the token"),
}

CONNECTION_TYPE: dict[str, Any] = {
    "connection-type": "netsuite",
    "hook-class-name": "coupa_erp.netsuite.hook.NetSuiteHook",
    "hook-name": "Oracle NetSuite",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {
            "port": PORT,
            "host": "SuiteTalk address",
            "login": "Client id",
            "password": "Private key (PEM)",
        },
        "placeholders": {
            "port": "443",
            "host": "https://1234567.suitetalk.api.netsuite.com",
            "login": "client id of the integration record",
            "password": "-----BEGIN PRIVATE KEY-----...",
        },
    },
    "conn-fields": _FIELDS,
}
