"""The fields that are asked for: all in Coupa's Swagger, every amount among them, and no more than needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from coupa_erp.coupa import fields

SWAGGER = json.loads((Path(__file__).parents[1] / "swagger" / "coupa-r39.json").read_text(encoding="utf-8"))
DEFINITIONS: dict[str, Any] = SWAGGER["definitions"]

#: Numbers of the Swagger that are no amounts: rates, a weight, a suggestion of a rate.
NO_AMOUNTS = {"net-weight", "rate-engine", "supplier-rate", "tax-rate-engine"}
PRIVATE = {"email", "login", "firstname", "lastname", "street1", "tax-id", "vat-number", "local-tax-number"}


def asked(listed: list[Any]) -> dict[str, Any]:
    """Name to nested list, ``None`` where the field is asked for as such."""
    names: dict[str, Any] = {}
    for each in listed:
        names.update(each if isinstance(each, dict) else {each: None})
    return names


def definition_of(definition: str, name: str) -> str | None:
    described = DEFINITIONS[definition]["properties"][name]
    described = described.get("items", described)
    return str(described["$ref"]).rsplit("/", 1)[-1] if "$ref" in described else None


def unknown(listed: list[Any], definition: str) -> list[str]:
    wrong = []
    for name, nested in asked(listed).items():
        if name == "custom_fields":
            continue
        if name not in DEFINITIONS[definition]["properties"]:
            wrong.append(f"{definition}.{name}")
        elif nested is not None:
            inner = definition_of(definition, name)
            described = DEFINITIONS[definition]["properties"][name]
            assert inner or described["type"] == "object", f"{definition}.{name} is no object"
            wrong += unknown(nested, inner) if inner else []
    return wrong


@pytest.mark.parametrize(
    ("listed", "definition"),
    [
        (fields.INVOICE, "InvoiceHeader"),
        (fields.invoice(attachments=True), "InvoiceHeader"),
        (fields.LABEL, "InvoiceHeader"),
        (fields.RUN, "IntegrationRun"),
        (fields.RECORD, "IntegrationError"),
        (fields.RECORD, "IntegrationHistoryRecord"),
        (fields.INTEGRATION, "Integration"),
    ],
)
def test_every_field_that_is_asked_for_is_in_the_swagger(listed: str, definition: str) -> None:
    assert unknown(json.loads(listed), definition) == []


LEVELS = [
    ((), "InvoiceHeader"),
    (("tax-lines",), "TaxLine"),
    (("withholding-tax-lines",), "WithholdingTaxLine"),
    (("tcs-tax-lines",), "TcsTaxLine"),
    (("invoice-charges",), "InvoiceCharge"),
    (("invoice-charges", "tax-lines"), "TaxLine"),
    (("invoice-charges", "account-allocations"), "InvoiceChargeAllocation"),
    (("invoice-lines",), "InvoiceLine"),
    (("invoice-lines", "tax-lines"), "TaxLine"),
    (("invoice-lines", "withholding-tax-lines"), "WithholdingTaxLine"),
    (("invoice-lines", "account-allocations"), "InvoiceLineAllocation"),
]


@pytest.mark.parametrize(("path", "definition"), LEVELS)
def test_every_amount_of_the_swagger_is_asked_for(path: tuple[str, ...], definition: str) -> None:
    listed = asked(json.loads(fields.INVOICE))
    for name in path:
        listed = asked(listed[name])
    amounts = {
        name
        for name, described in DEFINITIONS[definition]["properties"].items()
        if described.get("type") == "number"
    }
    assert amounts - set(listed) <= NO_AMOUNTS


def test_accounts_come_with_their_code_and_all_twenty_segments() -> None:
    (line,) = [each["invoice-lines"] for each in json.loads(fields.INVOICE) if "invoice-lines" in each]
    account = asked(line)["account"]
    assert {"code", *(f"segment-{number}" for number in range(1, 21))} <= set(account)


def test_no_person_address_or_bank_detail_is_asked_for() -> None:
    def names(listed: list[Any]) -> set[str]:
        found = asked(listed)
        return set(found).union(*(names(inner) for inner in found.values() if inner))

    everything = names(json.loads(fields.INVOICE))
    assert not everything & PRIVATE
    assert not [name for name in everything if "bank" in name or "secret" in name or name.endswith("-by")]


def test_the_list_fits_into_a_url() -> None:
    assert len(quote(fields.INVOICE, safe=",")) < 5_800
