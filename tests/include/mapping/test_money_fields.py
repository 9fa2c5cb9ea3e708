from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from include.mapping.money_fields import OTHER_OBJECTS, REPEATED, USED, is_called_like_money
from include.mapping.settings import Mapping
from tests.include.mapping.documents import MAPPING, charge, invoice, line, mapped, message, refusals, tax

SWAGGER = Path(__file__).parents[2] / "swagger" / "coupa-r39.json"
LEVELS = [
    ("InvoiceHeader", "header"),
    ("InvoiceLine", "line"),
    ("InvoiceLineAllocation", "allocation"),
    ("InvoiceChargeAllocation", "allocation"),
    ("InvoiceCharge", "charge"),
    ("TaxLine", "tax"),
    ("TcsTaxLine", "tax"),
    ("WithholdingTaxLine", "withholding"),
]
#: Rejects by name wherever it is not zero: an ordinary tax line withholds nothing.
REFUSED = {("TaxLine", "withholding-amount"), ("TcsTaxLine", "withholding-amount")}


@pytest.mark.parametrize(("definition", "level"), LEVELS)
def test_every_number_of_coupas_definition_is_decided(definition: str, level: str) -> None:
    properties = json.loads(SWAGGER.read_text(encoding="utf-8"))["definitions"][definition]["properties"]
    decided = USED[level] | set(REPEATED[level]) | OTHER_OBJECTS
    undecided = {
        name
        for name, schema in properties.items()
        if name not in decided
        and schema.get("type") != "boolean"
        and (schema.get("type") in ("number", "array", None) or is_called_like_money(name))
    }
    assert undecided == {name for where, name in REFUSED if where == definition}


def test_every_amount_that_is_let_pass_has_its_reason() -> None:
    assert all(reason for level in REPEATED.values() for reason in level.values())
    assert not any(USED[level] & set(REPEATED[level]) for level in USED)


ALLOCATED = {
    "account": None,
    "account-allocations": [{"amount": "100.00", "account": "3004-6400-", "env-fee": "1"}],
}
SHIPPED = {"invoice-charges": [charge("Misc", "1.00", surcharge="0.50")]}


@pytest.mark.parametrize(
    ("document", "place", "field", "amount"),
    [
        (
            invoice([line("100.00")], "100.00", **{"retention-amount": "12.50"}),
            "Header",
            "retention-amount",
            "12.50",
        ),
        (
            invoice([line("100.00")], "100.00", environmental_fee=-3),
            "Header",
            "environmental-fee",
            "-3.00",
        ),
        (invoice([line("100.00", **{"eco-tax": "0.004"})], "100.00"), "Line 1", "eco-tax", "0.004"),
        (invoice([line("100.00", None, **ALLOCATED)], "100.00"), "Line 1, allocation 1", "env-fee", "1.00"),
        (invoice([line("100.00")], "101.00", **SHIPPED), "Charge 1", "surcharge", "0.50"),
        (
            invoice(
                [line("100.00", **{"tax-lines": [tax("V18", "18.00", **{"cess-amount": "2"})]})], "118.00"
            ),
            "Line 1",
            "cess-amount",
            "2.00",
        ),
        (
            invoice(
                [line("100.00", **{"tax-lines": [tax("V18", "18.00", **{"withholding-amount": "2"})]})],
                "118.00",
            ),
            "Line 1",
            "withholding-amount",
            "2.00",
        ),
        (
            invoice([line("100.00")], "100.00", retainage={"amount": "5.00", "currency": {"code": "USD"}}),
            "Header",
            "retainage.amount",
            "5.00",
        ),
        (
            invoice([line("100.00")], "100.00", levies=[{"name": "A", "total": "7"}]),
            "Header",
            "levies.total",
            "7.00",
        ),
        (
            invoice([line("100.00")], "100.00", **{"customer-accounting-tax": "19.00"}),
            "Header",
            "customer-accounting-tax",
            "19.00",
        ),
        (
            invoice([line("100.00")], "100.00", **{"withholding-tax-override": "19.00"}),
            "Header",
            "withholding-tax-override",
            "19.00",
        ),
        (
            invoice([line("100.00")], "100.00", **{"advance-payment-received-amount": "19.00"}),
            "Header",
            "advance-payment-received-amount",
            "19.00",
        ),
        # Beyond any amount, and a money field all the same.
        (
            invoice([line("100.00")], "100.00", **{"retention-amount": "1e100"}),
            "Header",
            "retention-amount",
            "1.00000E+100",
        ),
    ],
)
def test_money_that_no_rule_knows_is_refused_by_its_name(
    document: dict[str, Any], place: str, field: str, amount: str
) -> None:
    assert refusals(document) == [("MONEY_FIELD_UNKNOWN", place)]
    assert message(document).startswith(
        f"{place}: The field {field} holds {amount}, and the export has no rule"
    )
    named = Mapping.model_validate(
        MAPPING.model_dump() | {"ignored_money_fields": {field.partition(".")[0]: "known"}}
    )
    assert mapped(document, named).lines


@pytest.mark.parametrize(
    "harmless",
    [
        {"retention-amount": "0.00"},
        {"retention-amount": "0e100"},
        {"retention-amount": None},
        {"retention-amount": ""},
        {"retention-amount": "none"},
        {"cf-freight-cost": "99.00"},
        {"custom-fields": {"cf-budget-amount": "99.00"}},
        {"cost-center": "1200"},
        {"reverse-charge-reference": "4711"},
        {"municipal-tax-number": "123456"},
        {"supplier-total": "77.00", "origin-currency-gross": "88.00", "exchange-rate": "1.1"},
        {"payments": [{"amount-paid": "5.00"}], "reconciliation-lines": [{"amount": "5.00"}]},
        {"failed-tolerances": [{"breach-amount": "5.00"}]},
        {"tax-amount-engine": "3.00", "gross-total-less-discount": "98.00"},
    ],
)
def test_what_is_no_money_of_the_invoice_is_let_pass(harmless: dict[str, Any]) -> None:
    assert mapped(invoice([line("100.00")], "100.00", **harmless)).total == 100
