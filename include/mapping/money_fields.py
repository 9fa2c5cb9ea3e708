"""Money that the mapping does not know: never left out in silence, always refused by name.

Every number of Coupa's Swagger (R39) on the header, lines, allocations, charges and tax lines is decided
here: ``USED`` goes into the bill or is checked against it, ``REPEATED`` is let pass, each for the reason
beside it. Anything else that is called like money and is not zero rejects the invoice, unless the settings
name it under ``ignored_money_fields``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from include.mapping.amounts import spelled
from include.mapping.case import ASK, Case
from include.mapping.lines import line_places
from include.models.kept import is_number
from include.models.money_names import OTHER_OBJECTS, is_called_like_money
from include.models.reading import FromCoupa, read_amount

USED: dict[str, frozenset[str]] = {
    "header": frozenset(
        {
            "gross-total",
            "total-with-taxes",
            "tax-amount",
            "tax-rate",
            "shipping-amount",
            "handling-amount",
            "misc-amount",
            "discount-amount",
            "amount-of-advance-payment",
            "advance-payment-received-amount",
            "customer-accounting-tax",
            "withholding-tax-override",
        }
    ),
    "line": frozenset({"total", "quantity", "tax-amount", "tax-rate", "discount-amount"}),
    "allocation": frozenset({"amount", "pct"}),
    "charge": frozenset({"total", "pct"}),
    "tax": frozenset({"amount", "rate", "taxable-amount"}),
    "withholding": frozenset({"amount", "rate", "taxable-amount", "base", "withholding-amount"}),
}

_ENGINE = "what a tax engine would have computed; the amount itself is what was approved"
_COMPANY_CURRENCY = "the same amount in the currency of the chart of accounts"
_SPREAD = "a share of a header amount or charge, which is posted once as such"
_EARLY = "a total under an early payment that has not been made"
_CORRECTED = "describes the document that this one corrects"

REPEATED: dict[str, dict[str, str]] = {
    "header": {
        "supplier-total": "the total that the supplier stated; Coupa's own tolerances compare it",
        "amount-due": "what is still to be paid: it falls with each payment, and the bill does not",
        "amount-due-less-discount": _EARLY,
        "gross-total-less-discount": _EARLY,
        "net-total-less-discount": _EARLY,
        "total-taxes-less-discount": _EARLY,
        "customer-accounting-tax-less-discount": _EARLY,
        "discount-percent": "the rate of discount-amount",
        "tax-due-to-supplier": "the sum of the taxes without reverse charge",
        "tax-amount-engine": _ENGINE,
        "tax-rate-engine": _ENGINE,
        "tax-code-engine": _ENGINE,
        "exchange-rate": "a rate; the bill is in the document's currency and the ERP has its own rates",
        "origin-currency-gross": "the gross total in the supplier's local currency",
        "origin-currency-net": "the net total in the supplier's local currency",
        "taxes-in-origin-country-currency": "the taxes in the supplier's local currency",
        "correct-value-of-supply": _CORRECTED,
        "original-value-of-supply": _CORRECTED,
        "credit-note-differences-with-original-invoice": _CORRECTED,
        "volume-amount": "a number of packages",
        "volume-gross-weight": "a weight",
        "late-payment-penalties": "conditions in words",
        "archive-entity-id": "an id",
        "lock-version-key": "a version",
        "id": "an id",
    },
    "line": {
        "price": "total is quantity times price",
        "price-per-uom": "total is quantity times price",
        "accounting-total": _COMPANY_CURRENCY,
        "tax-amount-engine": _ENGINE,
        "tax-rate-engine": _ENGINE,
        "tax-code-engine": _ENGINE,
        "tax-distribution-total": _SPREAD,
        "shipping-distribution-total": _SPREAD,
        "handling-distribution-total": _SPREAD,
        "misc-distribution-total": _SPREAD,
        "net-weight": "a weight",
        "property-tax-account": "a number of the property, not an amount",
    },
    "allocation": {
        "tax-distribution-total": _SPREAD,
        "shipping-distribution-total": _SPREAD,
        "handling-distribution-total": _SPREAD,
        "misc-distribution-total": _SPREAD,
    },
    "charge": {"accounting-total": _COMPANY_CURRENCY},
    "tax": {
        "amount-engine": _ENGINE,
        "rate-engine": _ENGINE,
        "base": "what the tax is on, shown a second time",
        "basis": "a suggestion of the supplier",
        "supplier-rate": "a suggestion of the supplier",
        "nature-of-tax": "words",
    },
    "withholding": {
        "amount-engine": _ENGINE,
        "rate-engine": _ENGINE,
        "basis": "a suggestion of the supplier",
        "supplier-rate": "a suggestion of the supplier",
        "nature-of-tax": "words",
    },
}


def unknown_money(name: str, amount: Decimal) -> str:
    """What to tell the accountant about an amount that no rule knows."""
    return (
        f"The field {name} holds {spelled(amount)}, and the export has no rule for it: {ASK} (or to let it "
        "be ignored there), or correct the invoice in Coupa."
    )


def refuse_unknown_money(case: Case) -> None:
    """Refuse by name every amount of the invoice that no rule knows."""
    invoice = case.invoice
    _scan(case, invoice, "header", "Header")
    for line, place in zip(invoice.invoice_lines, line_places(invoice), strict=True):
        _scan(case, line, "line", place)
        for number, allocation in enumerate(line.account_allocations, start=1):
            _scan(case, allocation, "allocation", f"{place}, allocation {number}")
        _scan_all(case, line.tax_lines, "tax", place)
        _scan_all(case, line.withholding_tax_lines, "withholding", place)
    for position, charge in enumerate(invoice.invoice_charges, start=1):
        place = f"Charge {position}"
        _scan(case, charge, "charge", place)
        for number, allocation in enumerate(charge.account_allocations, start=1):
            _scan(case, allocation, "allocation", f"{place}, allocation {number}")
        _scan_all(case, charge.tax_lines, "tax", place)
    _scan_all(case, invoice.tax_lines, "tax", "Header")
    _scan_all(case, invoice.tcs_tax_lines, "tax", "Header")
    _scan_all(case, invoice.withholding_tax_lines, "withholding", "Header")


def _scan_all(case: Case, models: Any, level: str, place: str) -> None:
    for model in models:
        _scan(case, model, level, place)


def _scan(case: Case, model: FromCoupa, level: str, place: str) -> None:
    ignored = case.mapping.ignored_money_fields
    for name, value in model.entries().items():
        known = name in USED[level] or name in REPEATED[level] or name in OTHER_OBJECTS
        if known or name in ignored or f"{level}.{name}" in ignored or name.startswith("cf-"):
            continue
        if name in case.mapping.custom_fields.values():
            continue
        for path, amount in _money_in(name, value):
            case.refuse("MONEY_FIELD_UNKNOWN", unknown_money(path, amount), place)


def _money_in(name: str, value: Any, depth: int = 0) -> list[tuple[str, Decimal]]:
    """The amounts of a field, also where it is an object or a list of objects: ``retainage.amount``."""
    if isinstance(value, dict):
        inside = [(f"{name}.{str(key).replace('_', '-')}", item) for key, item in value.items()]
    elif isinstance(value, list):
        inside = [(name, item) for item in value]
    else:
        return _amount_of(name, value)
    if depth == 3:
        return []
    return [
        hit
        for path, item in inside
        if path.rpartition(".")[2] not in OTHER_OBJECTS
        for hit in _money_in(path, item, depth + 1)
    ]


def _amount_of(name: str, value: Any) -> list[tuple[str, Decimal]]:
    outer, _, last = name.rpartition(".")
    is_money = is_called_like_money(last) or (last in ("value", "sum") and is_called_like_money(outer))
    if not is_money:
        return []
    try:
        amount = read_amount(value)
    except ValueError:
        # A number beyond any ERP's is no reason to pass over it.
        amount = Decimal(str(value)) if is_number(value) else None
    return [(name, amount)] if amount else []
