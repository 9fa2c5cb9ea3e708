from __future__ import annotations

from decimal import Decimal

import pytest

from tests.include.mapping.documents import (
    MAPPING,
    Json,
    by_account,
    by_tax,
    charge,
    invoice,
    line,
    mapped,
    message,
    refusals,
    tax,
)

V18 = {"code": "V18", "percentage": "18.0"}


@pytest.mark.parametrize(
    ("document", "taxes"),
    [
        pytest.param(
            invoice(
                [line("100.00", **{"tax-lines": [tax("V18", "18.00")], "tax-amount": "18.00"})], "118.00"
            ),
            {"V18": "18.00"},
            id="a line's tax amount repeats its tax lines",
        ),
        pytest.param(
            invoice([line("100.00", **{"tax-amount": "18.00", "tax-code": V18})], "118.00"),
            {"V18": "18.00"},
            id="a line's tax amount stands alone",
        ),
        pytest.param(
            invoice([line("100.00", **{"tax-amount": "18.00", "tax-lines": [tax("V18", None)]})], "118.00"),
            {"V18": "18.00"},
            id="a tax line names the code, the line the amount",
        ),
        pytest.param(
            invoice(
                [line("100.00", **{"tax-lines": [tax("V18", "18.00")]})], "118.00", **{"tax-amount": "18.00"}
            ),
            {"V18": "18.00"},
            id="the header's tax amount is the sum of the lines'",
        ),
        pytest.param(
            invoice(
                [line("100.00")],
                "118.00",
                **{"tax-amount": "18.00", "tax-code": V18, "line-level-taxation": False},
            ),
            {"V18": "18.00"},
            id="the header's tax amount and code stand alone",
        ),
        pytest.param(
            invoice(
                [line("100.00")], "118.00", **{"tax-lines": [tax("V18", "18.00")], "tax-amount": "18.00"}
            ),
            {"V18": "18.00"},
            id="the header's tax amount repeats the header's tax lines",
        ),
        pytest.param(
            invoice(
                [line("100.00", **{"tax-lines": [tax("V18", "18.00")]})],
                "118.00",
                **{"tax-lines": [tax("V18", "18.00")], "tax-amount": "18.00"},
            ),
            {"V18": "18.00"},
            id="the header's tax lines repeat the lines'",
        ),
        pytest.param(
            invoice(
                [line("100.00", **{"tax-lines": [tax("V18", "18.00")]})],
                "136.00",
                **{"tax-lines": [tax("V18", "18.00")], "tax-amount": "36.00"},
            ),
            {"V18": "36.00"},
            id="the same amount on line and header counts twice where the total holds it twice",
        ),
        pytest.param(
            invoice(
                [line("100.00", **{"tax-amount": "18.00"})],
                "118.00",
                **{"tax-amount": "18.00", "tax-code": V18, "line-level-taxation": False},
            ),
            {"V18": "18.00"},
            id="the header's tax spread over lines without a code",
        ),
        pytest.param(
            invoice(
                [line("100.00", **{"tax-lines": [tax("V18", "18.00")]})],
                "129.80",
                **{
                    "invoice-charges": [charge("Shipping", "10.00", **{"tax-lines": [tax("V18", "1.80")]})],
                    "tax-amount": "19.80",
                },
            ),
            {"V18": "19.80"},
            id="line and charge, the header's amount their sum",
        ),
        pytest.param(
            invoice([line("100.00", **{"tax-lines": [tax("V18", "12.00"), tax("VST7", "3.50")]})], "115.50"),
            {"V18": "12.00", "VST7": "3.50"},
            id="two taxes of one line",
        ),
        pytest.param(
            invoice([line("100.00", **{"tax-lines": [{"amount": "18.00", "tax-code": V18}]})], "118.00"),
            {"V18": "18.00"},
            id="the code only as an object",
        ),
        pytest.param(
            invoice(
                [line("100.00")],
                "118.00",
                **{"tcs-tax-lines": [tax("V18", "18.00", type="TcsTaxLine")], "tax-amount": "0.00"},
            ),
            {"V18": "18.00"},
            id="collected at source",
        ),
    ],
)
def test_a_tax_counts_once_however_often_coupa_shows_it(document: Json, taxes: dict[str, str]) -> None:
    bill = mapped(document)
    assert by_tax(bill) == taxes
    assert bill.total == Decimal(document["gross-total"])


@pytest.mark.parametrize("shown", ["0.00", "19.00"], ids=["computed from the rate", "with its amount"])
@pytest.mark.parametrize("gross", ["100.00", "119.00"], ids=["outside the total", "inside the total"])
def test_a_reverse_charge_owes_the_supplier_nothing(shown: str, gross: str) -> None:
    lines = [line("100.00", "4001-6500-CA100", **{"tax-lines": [tax("RC19", shown, "19.0")]})]
    bill = mapped(invoice(lines, gross, **{"account-type": {"name": "DE Chart"}, "amount-due": "100.00"}))
    assert by_tax(bill) == {"RC19-IN": "19.00", "RC19-OUT": "-19.00"}
    assert bill.total == Decimal("100.00")


def test_a_reverse_charge_by_the_lines_code_alone_is_computed() -> None:
    coded = {"tax-code": {"code": "RC19", "percentage": "19.0"}, "tax-amount": None}
    bill = mapped(invoice([line("333.33", **coded)], "333.33"))
    assert by_tax(bill) == {"RC19-IN": "63.33", "RC19-OUT": "-63.33"}


def test_a_reverse_charge_of_a_credit_note_points_the_other_way_by_the_kind_alone() -> None:
    lines = [line("-100.00", **{"tax-lines": [tax("RC19", "0.00", "19.0")]})]
    bill = mapped(invoice(lines, "-100.00"))
    assert (bill.kind, by_tax(bill)) == ("credit_note", {"RC19-IN": "19.00", "RC19-OUT": "-19.00"})


@pytest.mark.parametrize("amount", ["100.00", "-100.00"])
def test_withholding_reduces_what_is_owed_whatever_sign_coupa_gives_it(amount: str) -> None:
    held = {"withholding-tax-lines": [tax("WHT10", amount, "10.0")]}
    bill = mapped(invoice([line("1000.00", **held)], "1000.00", **{"amount-due": "900.00"}))
    assert (by_tax(bill), str(bill.total)) == ({"WHT10": "-100.00"}, "900.00")


def test_withholding_that_the_header_repeats_counts_once() -> None:
    held = [tax("WHT10", "100.00", "10.0")]
    document = invoice(
        [line("1000.00", **{"withholding-tax-lines": held})], "1000.00", **{"withholding-tax-lines": held}
    )
    assert mapped(document).total == Decimal("900.00")


def test_withholding_that_the_total_has_deducted_is_not_deducted_again() -> None:
    held = {"withholding-tax-lines": [tax("WHT10", "100.00", "10.0")]}
    assert mapped(invoice([line("1000.00", **held)], "900.00")).total == Decimal("900.00")


def test_tax_that_cannot_be_deducted_is_cost_of_its_own_line_split_as_the_line_is() -> None:
    split = [
        {"amount": "66.67", "account": {"code": "3004-6400-CA100"}},
        {"amount": "33.33", "account": {"code": "3004-6500-CA200"}},
    ]
    taxed = {"tax-lines": [tax("ST825", "8.25", "8.25")], "account": None, "account-allocations": split}
    bill = mapped(invoice([line("100.00", None, **taxed), line("50.00", "3004-6600-")], "158.25"))
    assert by_account(bill) == {"6400": "72.17", "6500": "36.08", "6600": "50.00"}
    assert bill.taxes == []


def test_half_deductible_tax_of_an_odd_cent_loses_nothing() -> None:
    bill = mapped(invoice([line("100.00", **{"tax-lines": [tax("ND50", "19.01", "19.0")]})], "119.01"))
    assert (by_tax(bill), by_account(bill)) == ({"ND50": "9.51"}, {"6400": "109.50"})


def test_a_rate_of_zero_percent_is_reported_and_an_unknown_tax_of_nothing_is_not() -> None:
    taxed = {"tax-lines": [tax("V18", "0.00", "0.0"), tax("EXEMPT", "0.00", "0.0"), tax(None, None, None)]}
    bill = mapped(invoice([line("100.00", **taxed)], "100.00"))
    assert [(part.code, str(part.base), str(part.amount)) for part in bill.taxes] == [
        ("V18", "100.00", "0.00")
    ]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(
            invoice([line("100.00", **{"tax-lines": [tax("X99", "9.00")]})], "109.00"),
            [("TAX_CODE_UNMAPPED", "Line 1")],
            id="unknown code",
        ),
        pytest.param(
            invoice([line("100.00", **{"tax-lines": [tax("X19", "0.00", "19.0")]})], "100.00"),
            [("TAX_CODE_UNMAPPED", "Line 1")],
            id="unknown code with a rate and no amount: it may be a reverse charge",
        ),
        pytest.param(
            invoice([line("100.00")], "109.00", **{"tax-amount": "9.00"}),
            [("TAX_CODE_MISSING", "Header")],
            id="an amount without a code",
        ),
        pytest.param(
            invoice(
                [line("100.00", **{"tax-lines": [tax("V18", "18.00")], "tax-amount": "19.00"})], "118.00"
            ),
            [("TAX_DIFFERS", "Line 1")],
            id="a line's amount against its tax lines",
        ),
        pytest.param(
            invoice(
                [line("100.00", **{"tax-lines": [tax("V18", "18.00")]})], "118.00", **{"tax-amount": "20.00"}
            ),
            [("TAX_DIFFERS", "Header")],
            id="the header's amount against the lines'",
        ),
        pytest.param(
            invoice([line("100.00", **{"tax-lines": [tax("RC19", "0.00", None)]})], "100.00"),
            [("TAX_RATE_MISSING", "Line 1")],
            id="a reverse charge without amount and rate",
        ),
        pytest.param(
            invoice([line("100.00", **{"withholding-tax-lines": [tax("V18", "18.00")]})], "100.00"),
            [("TAX_TREATMENT", "Line 1")],
            id="an ordinary code that withholds",
        ),
        pytest.param(
            invoice(
                [
                    line(
                        "100.00",
                        **{
                            "withholding-tax-lines": [tax("WHT10", "10.00", **{"withholding-amount": "9.00"})]
                        },
                    )
                ],
                "100.00",
            ),
            [("WITHHOLDING_UNCLEAR", "Line 1")],
            id="a withholding of two amounts",
        ),
    ],
)
def test_a_tax_that_cannot_be_served_is_refused_where_it_stands(
    document: Json, expected: list[tuple[str, str]]
) -> None:
    assert refusals(document) == expected


def test_a_refused_tax_code_is_named_with_what_to_do() -> None:
    document = invoice([line("100.00", **{"tax-lines": [tax("X99", "9.00")]})], "109.00")
    assert message(document) == (
        "Line 1: Tax code X99 is not known to the export: ask the operators of the export to add it to the "
        "mapping, or correct the tax code in Coupa."
    )


def test_a_tax_without_a_code_takes_the_one_that_the_settings_assume() -> None:
    assumed = MAPPING.model_copy(update={"taxes": MAPPING.taxes.model_copy(update={"without_code": "V18"})})
    bill = mapped(invoice([line("100.00")], "118.00", **{"tax-amount": "18.00"}), assumed)
    assert by_tax(bill) == {"V18": "18.00"}
