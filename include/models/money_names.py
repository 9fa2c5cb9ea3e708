"""Which names of Coupa's fields say that they hold an amount, and which objects keep amounts of their own."""

from __future__ import annotations

import re

# fmt: off
#: Objects of Coupa beside the invoice whose amounts are their own business.
OTHER_OBJECTS = frozenset(
    (
        "supplier", "supplier-site", "contract", "order-line", "item", "bulk-price", "commodity",
        "order-line-commodity", "uom", "weight-uom", "currency", "accounting-total-currency",
        "origin-currency", "payment-term", "shipping-term", "account-type", "account", "period", "tax-code",
        "tax-rate", "tax-rate-type", "requested-by", "created-by", "updated-by", "approvals", "attachments",
        "taggings", "tags", "failed-tolerances", "dispute-reasons", "payments", "pay-invoice",
        "invoice-payment-receipts", "reconciliation-lines", "inbound-invoice", "payment-agreement-notes",
        "abandon-reason", "current-integration-history-records", "custom-fields",
        "order-line-custom-fields", "bill-to-address", "ship-to-address", "remit-to-address",
        "supplier-remit-to", "invoice-from-address", "ship-from-address", "tax-lines",
        "withholding-tax-lines", "tcs-tax-lines", "invoice-lines", "invoice-charges", "account-allocations",
        "buyer-tax-registration", "supplier-tax-registration", "destination-country", "origin-country",
        "legal-destination-country", "purchase-order", "order-header", "receipts", "project",
        "budget-lines",
    )
)
_MONEY_WORDS = frozenset(
    (
        "amount", "amt", "amounts", "total", "totals", "subtotal", "fee", "fees", "charge", "charges",
        "cost", "costs", "price", "surcharge", "surcharges", "discount", "discounts", "rebate", "allowance",
        "freight", "shipping", "handling", "misc", "duty", "duties", "levy", "levies", "toll", "tip", "tax",
        "taxes", "vat", "gst", "withholding", "withheld", "retention", "retainage", "retained", "deposit",
        "prepayment", "advance", "penalty", "penalties", "interest", "insurance", "commission", "net",
        "gross", "due", "owed", "balance", "credit", "debit", "adjustment", "deduction", "paid", "payable",
    )
)
_NOT_MONEY = frozenset(
    (
        "account", "at", "category", "center", "centre", "class", "classification", "code", "count",
        "currency", "date", "days", "description", "group", "id", "ids", "key", "location", "method",
        "mode", "name", "note", "notes", "num", "number", "pct", "percent", "percentage", "rate", "reason",
        "ref", "reference", "status", "taxpayer", "term", "terms", "type",
    )
)
# fmt: on
_WORDS = re.compile(r"[a-z]+")


def is_called_like_money(name: str) -> bool:
    """Whether a field's name says that it holds an amount: ``env-fee``, ``retention-amount``."""
    words = _WORDS.findall(name.lower())
    return bool(words) and bool(_MONEY_WORDS.intersection(words)) and words[-1] not in _NOT_MONEY
