from __future__ import annotations

from decimal import Decimal
from typing import Any

from include.demo.comparison import Comparison, compare
from include.demo.expected_books import expected_books
from include.demo.ledger import LedgerLine
from include.demo.outcomes import InvoiceOutcome, outcomes_of
from include.demo.report import money, print_report
from include.sandbox.invoices import load

Json = dict[str, Any]
KEY = "coupa-sandbox/InvoiceHeader"


def invoice(index: int, *, number: str | None, exported: bool = True, **others: Any) -> Json:
    document = load()[index]
    fields = {**document["custom-fields"], "cf-erp-invoice-number": number}
    return {**document, "exported": exported, "custom-fields": fields, **others}


def success(document: Json, message: str = "done") -> Json:
    return {
        "document-id": document["id"],
        "status": "Success",
        "responses": [{"response-message": message}],
    }


def error(document: Json, kind: str, *messages: str) -> Json:
    return {
        "document-id": document["id"],
        "contact-alert-type": kind,
        "responses": [{"response-message": message} for message in messages],
    }


def in_ledger(document: Json, number: str, key: str = KEY) -> list[LedgerLine]:
    return [
        LedgerLine(f"{key}/{document['id']}", number, "US01", document["currency"]["code"], account, amount)
        for account, amount in expected_books(document).items()
    ]


def judged(
    *documents: Json, history: list[Json] | None = None, errors: list[Json] | None = None
) -> list[str]:
    recorded = [success(document) for document in documents] if history is None else history
    return [one.kind for one in outcomes_of(documents, recorded, errors or [])]


def reported(
    outcomes: list[InvoiceOutcome], comparison: Comparison, meant: tuple[int, ...] = ()
) -> tuple[bool, str]:
    lines: list[str] = []
    agreed = print_report(outcomes, comparison, meant, lines.append)
    return agreed, "\n".join(lines)


def test_an_invoice_with_number_and_record_is_posted() -> None:
    assert judged(invoice(0, number="BILL-1")) == ["posted"]


def test_an_open_error_outweighs_an_older_success() -> None:
    document = invoice(0, number="BILL-1")
    assert judged(document, errors=[error(document, "Functional", "Header: closed")]) == ["refused"]
    assert judged(document, errors=[error(document, "Technical", "no answer")]) == ["failed"]


def test_an_exported_invoice_without_any_outcome_is_not_passed_over() -> None:
    document = invoice(0, number=None)
    assert judged(document, history=[]) == ["unaccounted"]
    assert judged(document) == ["unaccounted"]
    agreed, text = reported(outcomes_of([document], [], []), compare([], [], "coupa-sandbox"))
    assert not agreed
    assert "INV-88123: exported, and Coupa shows no outcome." in text


def test_what_another_system_exported_before_is_not_ours() -> None:
    assert (
        judged(invoice(0, number="OLD-1"), invoice(1, number=None, paid=True), history=[])
        == ["not taken"] * 2
    )


def test_a_draft_is_not_taken_and_an_approved_invoice_without_mark_waits() -> None:
    assert judged(invoice(0, number=None, status="draft"), history=[]) == ["not taken"]
    assert judged(invoice(0, number=None, exported=False), history=[]) == ["waiting"]


def test_equal_books_are_said_to_agree_to_the_cent() -> None:
    documents = [invoice(0, number="BILL-1"), invoice(2, number="BILL-2")]
    outcomes = outcomes_of(documents, [success(one) for one in documents], [])
    ledger = in_ledger(documents[0], "BILL-1") + in_ledger(documents[1], "BILL-2")
    agreed, text = reported(outcomes, compare(outcomes, ledger, "coupa-sandbox"))
    assert agreed
    assert "THE BOOKS AGREE" in text
    assert "BILL-1" in text
    assert "USD: 1 invoices in Coupa, 1 documents in the ledger" in text


def test_a_cent_on_the_wrong_account_is_seen_though_the_total_is_right() -> None:
    document = invoice(0, number="BILL-1")
    outcomes = outcomes_of([document], [success(document)], [])
    moved = {"6400": Decimal("0.01"), "6500": Decimal("-0.01")}
    ledger = [
        line._replace(amount=line.amount + moved.get(line.account, Decimal(0)))
        for line in in_ledger(document, "BILL-1")
    ]
    agreed, text = reported(outcomes, compare(outcomes, ledger, "coupa-sandbox"))
    assert not agreed
    assert "USD, account 6400: Coupa 800.00, ledger 800.01, a difference of 0.01." in text
    assert "THE BOOKS DO NOT AGREE" in text


def test_an_invoice_that_stands_in_the_ledger_twice_is_named() -> None:
    document = invoice(0, number="BILL-1")
    outcomes = outcomes_of([document], [success(document)], [])
    ledger = in_ledger(document, "BILL-1") + in_ledger(document, "BILL-2")
    comparison = compare(outcomes, ledger, "coupa-sandbox")
    assert "INV-88123 stands in the ledger 2 times: BILL-1, BILL-2." in comparison.quarrels


def test_two_errors_that_cancel_out_in_the_totals_are_seen_by_their_documents() -> None:
    document = invoice(0, number="BILL-1")
    outcomes = outcomes_of([document], [success(document)], [])
    stranger = [line._replace(key=f"{KEY}/7") for line in in_ledger(document, "BILL-9")]
    comparison = compare(outcomes, stranger, "coupa-sandbox")
    assert not any(row.difference for row in comparison.rows)
    assert comparison.quarrels == [
        "INV-88123 is BILL-1 in Coupa and stands in the ledger not at all.",
        f"BILL-9 ({KEY}/7) is live in the ledger, in Coupa it is not posted.",
    ]


def test_documents_of_another_coupa_are_left_aside_and_said_so() -> None:
    document = invoice(0, number="BILL-1")
    outcomes = outcomes_of([document], [success(document)], [])
    ledger = in_ledger(document, "BILL-1") + in_ledger(document, "BILL-2", key="another-coupa/InvoiceHeader")
    agreed, text = reported(outcomes, compare(outcomes, ledger, "coupa-sandbox"))
    assert agreed
    assert "1 documents in the ledger are not this Coupa's" in text


def test_a_long_refusal_is_wrapped_and_complete() -> None:
    document = invoice(0, number=None)
    message = "Header: " + "the period of 2026-01-15 is closed in the books, " * 5
    outcomes = outcomes_of([document], [], [error(document, "Functional", message)])
    _, text = reported(outcomes, compare(outcomes, [], "coupa-sandbox"))
    assert " ".join(text.split()).count("the period of 2026-01-15 is closed in the books,") == 5
    assert max(map(len, text.splitlines())) <= 132


def test_amounts_are_read_with_the_decimals_of_their_currency_and_never_cut() -> None:
    assert money(Decimal("45650"), 0) == "45,650"
    assert money(Decimal("182.128"), 3) == "182.128"
    assert money(Decimal("1180"), 2) == "1,180.00"
    assert money(Decimal("0.005"), 2) == "0.005"
    assert money(Decimal("-1E+3"), 2) == "-1,000.00"


def test_a_refusal_of_an_invoice_that_nothing_speaks_against_is_an_objection() -> None:
    document = invoice(0, number=None)
    outcomes = outcomes_of([document], [], [error(document, "Functional", "Header: no")])
    comparison = compare(outcomes, [], "coupa-sandbox")
    assert reported(outcomes, comparison)[0]
    agreed, text = reported(outcomes, comparison, (document["id"],))
    assert not agreed
    assert "INV-88123 is refused, and is not one of those made to be refused." in text


def test_a_technical_failure_is_an_objection() -> None:
    document = invoice(0, number=None)
    outcomes = outcomes_of([document], [], [error(document, "Technical", "Tryton does not answer")])
    agreed, text = reported(outcomes, compare(outcomes, [], "coupa-sandbox"))
    assert not agreed
    assert "INV-88123: Tryton does not answer." in text
