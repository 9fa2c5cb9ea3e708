"""The sandbox's invoices themselves: Coupa's keys, sums that add up, and enough of them."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from include.sandbox.invoices import CASES, load
from tests.swagger_check import check_answer

INVOICES = load()
POSTED = [invoice for invoice in INVOICES if CASES[invoice["id"]].outcome == "posted"]
TOLERANCE = Decimal("0.02")


def money(value: Any) -> Decimal:
    return Decimal(value or "0")


def by_number(invoices: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("invoice", invoices, ids=lambda invoice: str(invoice["id"]))


@by_number(INVOICES)
def test_every_key_and_type_is_in_coupas_swagger(invoice: dict[str, Any]) -> None:
    check_answer("GET", f"/api/invoices/{invoice['id']}", invoice)


@by_number(POSTED)
def test_lines_charges_taxes_and_discount_of_what_is_posted_add_up_to_the_gross_total(
    invoice: dict[str, Any],
) -> None:
    parts = [*invoice["invoice-lines"], *invoice["invoice-charges"]]
    net = sum(money(part["total"]) for part in parts)
    for kind in ("Shipping", "Handling", "Misc"):
        charged = [c for c in invoice["invoice-charges"] if c["type"] == f"Invoice{kind}Charge"]
        on_header = money(invoice[f"{kind.lower()}-amount"])
        if charged:
            assert on_header in (0, sum(money(c["total"]) for c in charged))
        else:
            net += on_header
    tax_lines = [tax for part in [invoice, *parts] for tax in part["tax-lines"]]
    tax = sum(money(line["amount"]) for line in tax_lines if line["code"] != "RC19")
    if not tax_lines:
        tax += money(invoice["tax-amount"])
    gross = money(invoice["gross-total"])
    discount = money(invoice["discount-amount"])
    deducted = discount if invoice["gross-total-less-discount"] == invoice["gross-total"] else 0
    assert abs(net + tax - deducted - gross) <= TOLERANCE


@by_number(POSTED)
def test_quantity_times_price_and_the_shares_of_a_split_give_the_line(invoice: dict[str, Any]) -> None:
    for line in invoice["invoice-lines"]:
        quantity = money(line["quantity"] or "1")
        assert quantity * money(line["price"]) == money(line["total"])
    for part in [*invoice["invoice-lines"], *invoice["invoice-charges"]]:
        shares = part["account-allocations"]
        if shares and shares[0]["amount"]:
            assert sum(money(share["amount"]) for share in shares) == money(part["total"])
        if shares and shares[0]["pct"]:
            assert sum(money(share["pct"]) for share in shares) == 100


@by_number(POSTED)
def test_each_tax_is_its_rate_of_what_it_is_on(invoice: dict[str, Any]) -> None:
    places = Decimal(1).scaleb(-invoice["currency"]["decimals"])
    for part in [*invoice["invoice-lines"], *invoice["invoice-charges"]]:
        for tax in part["tax-lines"]:
            taxable = money(tax.get("taxable-amount") or part["total"])
            due = (taxable * money(tax["rate"]) / 100).quantize(places, rounding="ROUND_HALF_UP")
            assert money(tax["amount"]) == due or (tax["code"] == "RC19" and money(tax["amount"]) == 0)


def test_more_than_a_page_of_fifty_is_waiting() -> None:
    waiting = [i for i in INVOICES if not i["exported"] and i["status"] in ("approved", "voided")]
    assert len(waiting) > 50
    assert {i["id"] for i in waiting} == {
        case.id for case in CASES.values() if case.outcome in ("posted", "rejected", "voided")
    }


def test_no_supplier_uses_a_number_twice_and_no_id_stands_twice() -> None:
    numbers = Counter((i["supplier"]["id"], i["invoice-number"]) for i in INVOICES)
    assert max(numbers.values()) == 1
    parts = Counter(
        child["id"]
        for i in INVOICES
        for part in [i, *i["invoice-lines"], *i["invoice-charges"]]
        for key in ("invoice-lines", "invoice-charges", "tax-lines", "account-allocations")
        for child in part.get(key, [])
    )
    assert max(parts.values()) == 1


def test_each_load_is_a_copy_of_its_own() -> None:
    load()[0]["invoice-lines"][0]["total"] = "0.01"
    assert load() == INVOICES


def test_every_case_says_what_it_shows_and_a_refusal_says_its_code() -> None:
    assert [case.id for case in CASES.values()] == sorted(CASES)
    assert len({case.shows for case in CASES.values()}) == len(CASES)
    for case in CASES.values():
        assert (case.outcome == "rejected") == (case.code is not None) == (case.refused_by is not None)
