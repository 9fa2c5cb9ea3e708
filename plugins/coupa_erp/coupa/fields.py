"""Which fields the hook asks for: what the mapping needs, and every amount that the Swagger (R39) knows.

An amount that the mapping does not use must still be seen, because one that is not zero rejects the invoice.
No bank details, no secrets, no persons. The list travels in the URL of each request, so it stays short.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

Fields = list[Any]

_ACCOUNT: Fields = [
    "code",
    "account-type-id",
    *(f"segment-{number}" for number in range(1, 21)),
]
_TAX_LINE: Fields = [
    "type",
    "code",
    "rate",
    "amount",
    "taxable-amount",
    "base",
    "basis",
    "withholding-amount",
    "amount-engine",
    {"tax-code": ["code", "percentage"]},
]
_DISTRIBUTED: Fields = [
    "handling-distribution-total",
    "misc-distribution-total",
    "shipping-distribution-total",
    "tax-distribution-total",
]
_CHARGE: Fields = [
    "id",
    "type",
    "description",
    "total",
    "pct",
    "accounting-total",
    {"tax-lines": _TAX_LINE},
    {"account": _ACCOUNT},
    {"account-allocations": ["pct", "amount", {"account": _ACCOUNT}]},
]
_LINE: Fields = [
    "id",
    "line-num",
    "type",
    "adjustment-type",
    "description",
    "quantity",
    "price",
    "price-per-uom",
    "total",
    "accounting-total",
    "discount-amount",
    *_DISTRIBUTED,
    {"uom": ["code"]},
    "po-number",
    "order-header-num",
    "order-line-num",
    "tax-amount",
    "tax-amount-engine",
    "tax-rate",
    {"tax-code": ["code", "percentage"]},
    {"tax-lines": _TAX_LINE},
    {"withholding-tax-lines": _TAX_LINE},
    {"account": _ACCOUNT},
    {"account-allocations": ["pct", "amount", *_DISTRIBUTED, {"account": _ACCOUNT}]},
    {"custom_fields": {}},
]
_INVOICE: Fields = [
    "id",
    "invoice-number",
    "invoice-date",
    "status",
    "document-type",
    "is-credit-note",
    "original-invoice-number",
    "exported",
    "last-exported-at",
    "created-at",
    "updated-at",
    "lock-version-key",
    "line-level-taxation",
    "paid",
    "payment-channel",
    "net-due-date",
    "gross-total",
    "gross-total-less-discount",
    "net-total-less-discount",
    "total-with-taxes",
    "total-taxes-less-discount",
    "supplier-total",
    "amount-due",
    "amount-due-less-discount",
    "amount-of-advance-payment",
    "advance-payment-received-amount",
    "tax-amount",
    "tax-amount-engine",
    "tax-rate",
    "tax-due-to-supplier",
    "customer-accounting-tax",
    "customer-accounting-tax-less-discount",
    "withholding-tax-override",
    "taxes-in-origin-country-currency",
    "origin-currency-gross",
    "origin-currency-net",
    "original-value-of-supply",
    "correct-value-of-supply",
    "credit-note-differences-with-original-invoice",
    "shipping-amount",
    "handling-amount",
    "misc-amount",
    "discount-amount",
    "discount-percent",
    "exchange-rate",
    {"currency": ["code", "decimals"]},
    {"payment-term": ["code"]},
    {"supplier": ["id", "name", "number"]},
    {"remit-to-address": ["remit-to-code"]},
    {"supplier-remit-to": ["remit-to-code"]},
    {"account-type": ["id", "name"]},
    {"tax-code": ["code", "percentage"]},
    {"tax-lines": _TAX_LINE},
    {"withholding-tax-lines": _TAX_LINE},
    {"tcs-tax-lines": _TAX_LINE},
    {"invoice-charges": _CHARGE},
    {"invoice-lines": _LINE},
    {"current-integration-history-records": ["id", "status", "resolved"]},
    {"approvals": ["approval-date"]},
    {"custom_fields": {}},
]


def _query(fields: Fields) -> str:
    return json.dumps(fields, separators=(",", ":"))


#: The invoice itself.
INVOICE = _query(_INVOICE)


#: Whether anything hangs on it; what it is, is asked for when its turn comes.
_ATTACHED: Fields = ["image-scan", "image-scan-url", {"attachments": ["id"]}]


def invoice(older_custom_fields: Iterable[str] = (), *, attachments: bool = False) -> str:
    """The invoice itself, with custom fields that Coupa shows at its top level.

    :param older_custom_fields: their names.
    :param attachments: whether to ask, too, if it has a scan or files.
    """
    more = [*older_custom_fields, *(_ATTACHED if attachments else [])]
    return _query([*_INVOICE, *more]) if more else INVOICE


#: A listing is ids and a few labels.
LABEL = _query(
    ["id", "invoice-number", "status", "exported", "last-exported-at", "updated-at", "lock-version-key"]
)
LABEL_NEEDS = ("id", "status")
_RUN: Fields = ["id", "status", "total-records", "records-processed", "created-at", "start-time", "end-time"]
RUN = _query(_RUN)
RUN_OF_WHOM = _query([*_RUN, {"integration": ["code"]}])
RECORD = _query(
    [
        "id",
        "document-type",
        "document-id",
        "document-status",
        "contact-alert-type",
        "status",
        "resolved",
        "external-id",
        "integration-run-id",
        {"integration-run": ["id"]},
        "created-at",
        "updated-at",
        {"responses": ["response-code", "response-message"]},
    ]
)
INTEGRATION = _query(["id", "code", "name"])
