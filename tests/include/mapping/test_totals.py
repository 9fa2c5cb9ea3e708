from __future__ import annotations

from decimal import Decimal

import pytest

from tests.include.mapping.documents import (
    Json,
    by_account,
    charge,
    invoice,
    line,
    mapped,
    message,
    refusals,
    tax,
)

LINE = [line("100.00", "3004-6400-CA100")]


@pytest.mark.parametrize(
    ("document", "accounts"),
    [
        pytest.param(
            invoice(LINE, "110.00", **{"invoice-charges": [charge("Shipping", "10.00", "3004-6710-CA100")]}),
            {"6400": "100.00", "6710": "10.00"},
            id="a charge on its own account",
        ),
        pytest.param(
            invoice(
                LINE,
                "116.00",
                **{
                    "invoice-charges": [
                        charge("Shipping", "10.00"),
                        charge("Handling", "5.00"),
                        charge("Misc", "1.00"),
                    ]
                },
            ),
            {"6400": "100.00", "6850": "10.00", "6860": "5.00", "6870": "1.00"},
            id="charges on the mapping's accounts",
        ),
        pytest.param(
            invoice(
                LINE, "110.00", **{"invoice-charges": [charge("Shipping", "10.00")], "shipping-amount": 10.0}
            ),
            {"6400": "100.00", "6850": "10.00"},
            id="the header repeats the charge",
        ),
        pytest.param(
            invoice(
                LINE,
                "110.00",
                **{
                    "invoice-charges": [charge("Shipping", "7.00"), charge("Shipping", "3.00", "3004-6600-")],
                    "shipping-amount": "10.00",
                },
            ),
            {"6400": "100.00", "6850": "7.00", "6600": "3.00"},
            id="the header repeats two charges",
        ),
        pytest.param(
            invoice(LINE, "120.00", **{"invoice-charges": [charge("Misc", "10.00")], "misc-amount": "10.00"}),
            {"6400": "100.00", "6870": "20.00"},
            id="header and charge both count where the total holds both",
        ),
        pytest.param(
            invoice(LINE, "117.50", **{"shipping-amount": "10", "handling-amount": 5, "misc-amount": "2.50"}),
            {"6400": "100.00", "6850": "10.00", "6860": "5.00", "6870": "2.50"},
            id="the header alone",
        ),
        pytest.param(
            invoice(
                LINE, "100.00", **{"invoice-charges": [charge("Fantasy", "0.00")], "shipping-amount": "0.00"}
            ),
            {"6400": "100.00"},
            id="a charge of nothing leaves no trace",
        ),
        pytest.param(
            invoice(LINE, "95.00", **{"discount-amount": "5.00"}),
            {"6400": "100.00", "6880": "-5.00"},
            id="a discount that the total deducted",
        ),
        pytest.param(
            invoice(LINE, "100.00", **{"discount-amount": "5.00", "gross-total-less-discount": "95.00"}),
            {"6400": "100.00"},
            id="a discount offered for early payment",
        ),
        pytest.param(
            invoice([line("100.00", **{"discount-amount": "5.00"})], "100.00"),
            {"6400": "100.00"},
            id="a line's discount that its total holds already",
        ),
        pytest.param(
            invoice([line("100.00", **{"discount-amount": "5.00"})], "95.00"),
            {"6400": "95.00"},
            id="a line's discount that only the gross total deducted",
        ),
        pytest.param(
            invoice(LINE, "100.00", **{"amount-of-advance-payment": "40.00", "amount-due": "100.00"}),
            {"6400": "100.00", "1300": "-40.00"},
            id="an advance",
        ),
        pytest.param(
            invoice(LINE, "60.00", **{"amount-of-advance-payment": "40.00", "amount-due": "60.00"}),
            {"6400": "100.00", "1300": "-40.00"},
            id="an advance that the total deducted",
        ),
        pytest.param(
            invoice(
                LINE,
                "100.00",
                **{"amount-of-advance-payment": "100.00", "advance-payment-received-amount": "100.00"},
            ),
            {"6400": "100.00", "1300": "-100.00"},
            id="an advance of everything",
        ),
        pytest.param(
            invoice([line("33.3333"), line("33.3333"), line("33.3334")], "100.00"),
            {"6400": "99.99", "6890": "0.01"},
            id="lines finer than the currency",
        ),
        pytest.param(
            invoice(LINE, None, **{"total-with-taxes": "100.00"}),
            {"6400": "100.00"},
            id="total-with-taxes alone",
        ),
        pytest.param(
            invoice([line("100.00"), line("0.00", None)], "100.00"),
            {"6400": "100.00"},
            id="a free line",
        ),
        pytest.param(
            invoice([line("100.0000", "3004-6400-")], "100.000000"), {"6400": "100.00"}, id="trailing zeros"
        ),
    ],
)
def test_what_the_total_holds_is_posted_once(document: Json, accounts: dict[str, str]) -> None:
    assert by_account(mapped(document)) == accounts


@pytest.mark.parametrize(
    ("gross", "difference"), [("100.02", "0.02"), ("99.98", "-0.02"), ("100.03", None), ("99.97", None)]
)
def test_a_difference_goes_to_the_rounding_account_up_to_the_tolerance(
    gross: str, difference: str | None
) -> None:
    document = invoice(LINE, gross)
    if difference is None:
        assert refusals(document) == [("SUMS_DIFFER", "Header")]
    else:
        bill = mapped(document)
        assert by_account(bill) == {"6400": "100.00", "6890": difference}
        assert bill.total == Decimal(gross)


def test_sums_that_differ_are_refused_with_both_figures() -> None:
    document = invoice([line("100.00", **{"tax-lines": [tax("V18", "18.00")]})], "120.00")
    assert message(document) == (
        "Header: Lines, charges and taxes add up to 118.00 USD, but the gross total is 120.00 USD: correct "
        "the amounts in Coupa so that they agree."
    )


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(
            invoice(LINE, "110.00", **{"invoice-charges": [charge("Fantasy", "10.00")]}),
            [("CHARGE_ACCOUNT_MISSING", "Charge 1")],
            id="an unknown type without an account",
        ),
        pytest.param(
            invoice(LINE, "110.00", **{"total-with-taxes": "110.00"}), [("SUMS_DIFFER", "Header")], id="sums"
        ),
        pytest.param(
            invoice(LINE, "100.00", **{"total-with-taxes": "130.00"}),
            [("TOTALS_DIFFER", "Header")],
            id="the other total tells another story",
        ),
        pytest.param(
            invoice(LINE, "100.00", **{"amount-of-advance-payment": "100.01"}),
            [("OWED_NEGATIVE", "Header")],
            id="an advance of more than the total",
        ),
        pytest.param(invoice(LINE, None), [("TOTAL_MISSING", "Header")], id="no total"),
        pytest.param(invoice(LINE, "100.005"), [("AMOUNT_TOO_PRECISE", "Header")], id="half a cent"),
        pytest.param(
            invoice([line("100.50")], "101", currency={"code": "JPY", "decimals": 0}),
            [("AMOUNT_TOO_PRECISE", "Line 1")],
            id="half a yen",
        ),
        pytest.param(
            invoice([line(None)], "0.00"), [("AMOUNT_MISSING", "Line 1")], id="a line without total"
        ),
        pytest.param(invoice([], "0.00"), [("LINES_MISSING", "Header")], id="no lines"),
        pytest.param(
            invoice([line("0.00", None)], "0.00"),
            [("ACCOUNT_MISSING", "Header")],
            id="nothing with an account",
        ),
    ],
)
def test_an_invoice_that_does_not_add_up_is_refused(document: Json, expected: list[tuple[str, str]]) -> None:
    assert refusals(document) == expected


@pytest.mark.parametrize("paid", [True, False])
def test_what_is_still_due_says_nothing_about_the_bill(paid: bool) -> None:
    assert mapped(invoice(LINE, "100.00", **{"amount-due": "12.34", "paid": paid})).total == 100


@pytest.mark.parametrize(
    ("code", "decimals", "amount"),
    [("JPY", 0, "12000"), ("KWD", 3, "123.457"), ("USD", 2, "0.01"), ("XAF", 0, "77"), ("SEK", None, "1.25")],
)
def test_every_currency_keeps_its_own_coin(code: str, decimals: int | None, amount: str) -> None:
    bill = mapped(invoice([line(amount)], amount, currency={"code": code, "decimals": decimals}))
    assert (bill.currency, str(bill.total)) == (code, amount)
