from __future__ import annotations

from decimal import Decimal

import pytest

from tests.include.mapping.documents import by_account, by_tax, invoice, line, mapped, refusals, tax


def lines(sign: str = "") -> list[dict[str, object]]:
    return [line(f"{sign}100.00", **{"tax-lines": [tax("V18", f"{sign}18.00")]})]


@pytest.mark.parametrize(
    ("total", "parts", "marks"),
    [
        ("118.00", "", {"document-type": "Credit Note"}),
        ("118.00", "", {"document-type": "credit_note"}),
        ("118.00", "", {"is-credit-note": "true"}),
        ("-118.00", "-", {"document-type": "Credit Note"}),
        ("-118.00", "-", {"document-type": "Invoice"}),
        ("-118.00", "", {"document-type": "Credit Note"}),
        ("118.00", "-", {"is-credit-note": True}),
    ],
)
def test_every_way_of_a_credit_becomes_the_same_credit_note(
    total: str, parts: str, marks: dict[str, object]
) -> None:
    bill = mapped(invoice(lines(parts), total, **marks))
    assert bill.kind == "credit_note"
    assert (str(bill.total), by_account(bill), by_tax(bill)) == (
        "118.00",
        {"6400": "100.00"},
        {"V18": "18.00"},
    )


def test_a_mixed_invoice_keeps_its_inner_signs() -> None:
    bill = mapped(invoice([*lines(), line("-30.00", "3004-6500-")], "88.00"))
    assert (bill.kind, by_account(bill)) == ("invoice", {"6400": "100.00", "6500": "-30.00"})


def test_a_mixed_invoice_below_zero_turns_as_a_whole() -> None:
    bill = mapped(invoice([*lines("-"), line("30.00", "3004-6500-")], "-88.00"))
    assert (bill.kind, by_account(bill)) == ("credit_note", {"6400": "100.00", "6500": "-30.00"})


def test_a_total_of_zero_is_an_invoice_of_nothing() -> None:
    bill = mapped(invoice([*lines(), *lines("-")], "0.00"))
    assert (bill.kind, bill.total, by_account(bill)) == ("invoice", Decimal(0), {"6400": "0.00"})


def test_an_invoice_below_zero_whose_lines_are_above_is_refused() -> None:
    assert refusals(invoice(lines(), "-118.00")) == [("SUMS_DIFFER", "Header")]


def test_a_credit_note_keeps_the_number_of_what_it_corrects() -> None:
    marks = {"document-type": "Credit Note", "original-invoice-number": "INV-0"}
    assert mapped(invoice(lines(), "118.00", **marks)).original_number == "INV-0"
