"""What stands in Tryton's books after the export against the debits and credits written by hand."""

from __future__ import annotations

import pytest

from coupa_erp.tryton.hook import TrytonHook
from include.demo.tryton_server import Tryton
from include.erp_port import ErpDocument
from include.errors import ErpRejection
from include.sandbox.invoices import CASES
from tests.ledger.bills import bill_of, cases
from tests.ledger.books import Books, by_hand
from tests.ledger.tryton_moves import Name, name_of, posted_books

BOOKS = by_hand()


@pytest.fixture(scope="module")
def documents(hook: TrytonHook) -> dict[int, ErpDocument]:
    """Every invoice that must be posted, posted."""
    return {invoice_id: hook.create(bill_of(invoice_id)) for invoice_id in cases("posted")}


@pytest.fixture(scope="module")
def refusals(hook: TrytonHook, documents: dict[int, ErpDocument]) -> dict[int, list[str]]:
    """Every invoice that Tryton must refuse, and the codes with which it did."""
    codes = {}
    for invoice_id in cases("rejected", "erp"):
        with pytest.raises(ErpRejection) as refused:
            hook.create(bill_of(invoice_id))
        codes[invoice_id] = [refusal.code for refusal in refused.value.refusals]
    return codes


@pytest.fixture(scope="module")
def standing(
    tryton: Tryton, database: str, documents: dict[int, ErpDocument], refusals: dict[int, list[str]]
) -> dict[Name, Books]:
    """What stands in Tryton's own tables once all of it has been tried."""
    return posted_books(tryton.postgres, database)


@pytest.mark.parametrize("invoice_id", BOOKS)
def test_trytons_move_lines_are_exactly_those_written_by_hand(
    invoice_id: int, standing: dict[Name, Books]
) -> None:
    written = BOOKS[invoice_id]
    assert standing[name_of(written)] == written


def test_nothing_stands_in_the_books_but_what_must_be_posted(
    standing: dict[Name, Books], documents: dict[int, ErpDocument]
) -> None:
    posted = {
        (document.company, document.supplier, document.supplier_number) for document in documents.values()
    }
    assert set(standing) == posted
    assert len(posted) == len(cases("posted"))
    assert {document.state for document in documents.values()} <= {"posted", "paid"}


@pytest.mark.parametrize("invoice_id", cases("rejected", "erp"))
def test_tryton_refuses_by_its_own_rules_with_the_code_of_the_case(
    invoice_id: int, refusals: dict[int, list[str]]
) -> None:
    assert refusals[invoice_id] == [CASES[invoice_id].code]


def test_what_tryton_refused_left_no_document_of_its_key(
    hook: TrytonHook, refusals: dict[int, list[str]]
) -> None:
    assert hook.live_keys([f"coupa-sandbox/InvoiceHeader/{invoice_id}" for invoice_id in refusals]) == set()
