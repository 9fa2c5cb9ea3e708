from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from include.demo.expected_books import expected_books
from include.sandbox.invoices import CASES, load
from tests.ledger.books import Books, by_hand

DOCUMENTS = {document["id"]: document for document in load()}
BY_HAND = by_hand()


def by_account(books: Books) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for entry, times in books.entries.items():
        sums[entry.account] += times * (entry.amount if entry.side == "Dr" else -entry.amount)
    return {account: amount for account, amount in sums.items() if amount}


@pytest.mark.parametrize("invoice_id", BY_HAND)
def test_the_demos_own_reckoning_is_what_an_accountant_wrote_by_hand(invoice_id: int) -> None:
    assert expected_books(DOCUMENTS[invoice_id]) == by_account(BY_HAND[invoice_id])


@pytest.mark.parametrize("invoice_id", [case.id for case in CASES.values() if case.outcome == "posted"])
def test_debits_and_credits_of_every_invoice_meant_for_the_books_are_equal(invoice_id: int) -> None:
    assert sum(expected_books(DOCUMENTS[invoice_id]).values()) == 0
