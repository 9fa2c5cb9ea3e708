"""The mapping against the books written by hand, without an ERP: seconds, not minutes."""

from __future__ import annotations

import pytest

from include.errors import ErpRejection
from include.sandbox.invoices import CASES
from tests.ledger.bills import bill_of, cases
from tests.ledger.books import Books, by_hand, of_bill

BOOKS = by_hand()


def each_written_document() -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("invoice_id", "books"), BOOKS.items(), ids=[str(invoice_id) for invoice_id in BOOKS]
    )


@each_written_document()
def test_the_books_written_by_hand_balance_in_both_currencies(invoice_id: int, books: Books) -> None:
    signs = {"Dr": 1, "Cr": -1}
    assert sum(signs[line.side] * line.amount * times for line, times in books.entries.items()) == 0
    assert sum(signs[line.side] * (line.local or 0) * times for line, times in books.entries.items()) == 0


def test_the_books_written_by_hand_are_of_more_than_twenty_invoices_that_must_be_posted() -> None:
    assert len(BOOKS) >= 20
    assert set(BOOKS) <= set(cases("posted"))


@each_written_document()
def test_a_bill_stands_for_exactly_the_debits_and_credits_written_by_hand(
    invoice_id: int, books: Books
) -> None:
    assert of_bill(bill_of(invoice_id)) == books.in_its_currency()


@pytest.mark.parametrize("invoice_id", cases("posted"))
def test_every_bill_is_complete_to_the_cent(invoice_id: int) -> None:
    bill = bill_of(invoice_id)
    assert bill.net + bill.tax == bill.total >= 0


@pytest.mark.parametrize("invoice_id", cases("rejected", "mapping"))
def test_the_mapping_refuses_what_it_cannot_serve_by_its_name(invoice_id: int) -> None:
    with pytest.raises(ErpRejection) as refused:
        bill_of(invoice_id)
    assert [refusal.code for refusal in refused.value.refusals] == [CASES[invoice_id].code]


@pytest.mark.parametrize("invoice_id", cases("rejected", "erp"))
def test_what_only_the_erp_can_refuse_passes_the_mapping(invoice_id: int) -> None:
    assert bill_of(invoice_id).total > 0
