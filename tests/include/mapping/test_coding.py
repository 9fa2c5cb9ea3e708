from __future__ import annotations

from typing import Any

import pytest

from include.mapping.settings import Mapping
from tests.include.mapping.documents import (
    MAPPING,
    Json,
    account,
    by_account,
    charge,
    invoice,
    line,
    mapped,
    message,
    refusals,
)


def split(*shares: tuple[str | None, str | None, str]) -> Json:
    allocations = [{"amount": amount, "pct": pct, "account": account(code)} for amount, pct, code in shares]
    return {"account": None, "account-allocations": allocations}


def settings(**sections: Any) -> Mapping:
    """The shipped settings with some sections changed."""
    return Mapping.model_validate(MAPPING.model_dump() | sections)


@pytest.mark.parametrize(
    ("shares", "accounts"),
    [
        (
            [("60.00", "60.0", "3004-6400-"), ("40.00", "40.0", "3004-6500-")],
            {"6400": "60.00", "6500": "40.00"},
        ),
        ([("99.99", None, "3004-6400-"), ("0.01", None, "3004-6500-")], {"6400": "99.99", "6500": "0.01"}),
        (
            [(None, "33.33", "3004-6400-"), (None, "33.33", "3004-6500-"), (None, "33.34", "3004-6600-")],
            {"6400": "33.33", "6500": "33.33", "6600": "33.34"},
        ),
        (
            [(None, "33.333333", f"3004-{code}-") for code in ("6400", "6500", "6600")],
            {"6400": "33.34", "6500": "33.33", "6600": "33.33"},
        ),
        (
            [("33.3333", None, "3004-6400-"), ("66.6667", None, "3004-6500-")],
            {"6400": "33.33", "6500": "66.67"},
        ),
        (
            [("150.00", None, "3004-6400-"), ("-50.00", None, "3004-6500-")],
            {"6400": "150.00", "6500": "-50.00"},
        ),
        ([("0.00", "50", "3004-6400-"), ("0.00", "50", "3004-6500-")], {"6400": "50.00", "6500": "50.00"}),
    ],
)
def test_a_split_line_is_posted_by_amounts_else_by_percentages_and_adds_up_exactly(
    shares: list[tuple[str | None, str | None, str]], accounts: dict[str, str]
) -> None:
    assert by_account(mapped(invoice([line("100.00", None, **split(*shares))], "100.00"))) == accounts


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([("60.00", None, "3004-6400-"), ("39.00", None, "3004-6500-")], ("ALLOCATIONS_DIFFER", "Line 1")),
        ([(None, "60", "3004-6400-"), (None, "39", "3004-6500-")], ("ALLOCATIONS_DIFFER", "Line 1")),
        ([("60.00", None, "3004-6400-"), (None, "40", "3004-6500-")], ("ALLOCATION_INCOMPLETE", "Line 1")),
    ],
)
def test_a_split_that_does_not_add_up_is_refused(
    shares: list[tuple[str | None, str | None, str]], expected: tuple[str, str]
) -> None:
    assert refusals(invoice([line("100.00", None, **split(*shares))], "100.00")) == [expected]


def test_a_split_charge_is_posted_by_its_allocations() -> None:
    charges = [charge("Misc", "30.00", **split((None, "60", "3004-6500-"), (None, "40", "3004-6700-")))]
    bill = mapped(invoice([line("1.00", "3004-6400-")], "31.00", **{"invoice-charges": charges}))
    assert by_account(bill) == {"6400": "1.00", "6500": "18.00", "6700": "12.00"}
    assert [posting.place for posting in bill.lines] == [
        "Line 1",
        "Charge 1, allocation 1",
        "Charge 1, allocation 2",
    ]


@pytest.mark.parametrize(
    ("coded", "account_code", "cost_center"),
    [
        ({"code": "3004-6400-CA100", "segment-1": "3004"}, "6400", "CA100"),
        ({"code": "3004-6400-CA100"}, "6400", "CA100"),
        ("3004-6400-CA100", "6400", "CA100"),
        ({"segment_1": "3004", "segment_2": 6400, "segment_3": ""}, "6400", None),
        ({"code": "3004-6400-", "segment-1": "3004"}, "6400", None),
        ({"code": "3004-6400"}, "6400", None),
        ({"code": "3004-6999-CA100"}, "6870", "CA100"),
        ({"code": "3004-6-4-CA", "segment-1": "3004", "segment-2": "6-4", "segment-3": "CA"}, "6-4", "CA"),
    ],
)
def test_an_account_is_read_from_its_segments_or_its_code(
    coded: Any, account_code: str, cost_center: str | None
) -> None:
    posting = mapped(invoice([line("1.00", account=coded)], "1.00")).lines[0]
    assert (posting.account, posting.dimensions.get("cost_center")) == (account_code, cost_center)


@pytest.mark.parametrize(
    ("changed", "code", "expected"),
    [
        ({}, None, ("ACCOUNT_MISSING", "Line 1")),
        ({}, "3004", ("ACCOUNT_INCOMPLETE", "Line 1")),
        ({}, "7777-6400-", ("COMPANY_UNMAPPED", "Line 1")),
        (
            {"accounts": {"template": "{segment-2}", "unmapped": "reject"}},
            "3004-6400-",
            ("ACCOUNT_UNMAPPED", "Line 1"),
        ),
        (
            {"dimensions": {"cost_center": {"template": "{segment-3}", "required": True}}},
            "3004-6400-",
            ("DIMENSION_MISSING", "Line 1"),
        ),
        (
            {"dimensions": {"cost_center": {"template": "{segment-3}", "unmapped": "reject"}}},
            "3004-6400-CA100",
            ("DIMENSION_UNMAPPED", "Line 1"),
        ),
    ],
)
def test_coding_that_leads_nowhere_is_refused_at_its_line(
    changed: dict[str, Any], code: str | None, expected: tuple[str, str]
) -> None:
    document = invoice([line("1.00", code)], "1.00", **{"account-type": None})
    assert expected in refusals(document, settings(**changed))


def test_an_invoice_coded_to_two_companies_is_refused_naming_both() -> None:
    document = invoice(
        [line("1.00", "3004-6400-"), line("2.00", "4001-6400-")], "3.00", **{"account-type": None}
    )
    assert refusals(document) == [("COMPANIES_MIXED", "Header")]
    assert "US01 by Line 1; DE01 by Line 2" in message(document)


def test_accounts_of_another_company_than_the_chart_are_refused() -> None:
    document = invoice([line("1.00", "4001-6400-")], "1.00")
    assert refusals(document) == [("COMPANIES_MIXED", "Header")]


def test_the_chart_of_accounts_alone_may_name_the_company() -> None:
    by_chart = settings(companies={"by_chart": {"US Chart": "US01"}})
    assert mapped(invoice([line("1.00")], "1.00"), by_chart).company == "US01"
    unknown = invoice([line("1.00")], "1.00", **{"account-type": {"name": "Another"}})
    assert refusals(unknown, by_chart) == [("COMPANY_UNMAPPED", "Header")]


def test_an_axis_may_come_from_a_custom_field_of_line_or_invoice() -> None:
    axes = settings(
        dimensions={"project": {"template": "{line.cf-project}"}, "fund": {"template": "F{invoice.cf-fund}"}}
    )
    lookup = {"id": 7, "external-ref-num": "17", "external-ref-code": "P-17"}
    document = invoice(
        [
            line("1.00", **{"custom-fields": {"cf-project": lookup}}),
            line("1.00", **{"custom-fields": {"cf-project": ""}}),
        ],
        "2.00",
        **{"custom-fields": {"cf-fund": "3"}},
    )
    assert [posting.dimensions for posting in mapped(document, axes).lines] == [
        {"project": "P-17", "fund": "F3"},
        {"fund": "F3"},
    ]


def test_a_line_keeps_quantity_unit_and_purchase_order() -> None:
    bought = {"quantity": "2.0", "price": "50.00", "uom": {"code": "EA"}, "po-number": "4711"}
    bill = mapped(invoice([line("100.00", **bought), line("1.00", **{"order-header-num": "4712"})], "101.00"))
    first = bill.lines[0]
    assert (str(first.quantity), first.unit, first.purchase_order) == ("2.0", "EA", "4711")
    assert bill.purchase_orders == ["4711", "4712"]
