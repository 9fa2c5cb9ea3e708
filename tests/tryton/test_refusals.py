"""What Tryton refuses is told to the accountant, and nothing of it stays in Tryton."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from include.errors import ConfigurationError, ErpRejection, TransientError
from tests.tryton.bills import DAY, bill, line, tax

CLOSED = datetime.date(2026, 1, 15)


def refusal_of(hook, sent):
    with pytest.raises(ErpRejection) as refused:
        hook.create(sent)
    return refused.value.refusals


@pytest.mark.parametrize(
    ("sent", "code", "place", "says"),
    [
        (bill(supplier="V000999", supplier_name="Phantom"), "SUPPLIER_UNKNOWN", "Header", "V000999 (Ph"),
        (bill(currency="CHF"), "CURRENCY_UNKNOWN", "Header", "CHF"),
        (bill(payment_term="Net 45"), "PAYMENT_TERM_UNKNOWN", "Header", "Net 45"),
        (bill(company="FR01"), "COMPANY_UNKNOWN", "Header", "FR01"),
        (bill(line("100.00", "6990", "Line 3")), "ACCOUNT_UNKNOWN", "Line 3", "6990"),
        (bill(line("100.00", "6950", "Line 2")), "ACCOUNT_CLOSED", "Line 2", "2025-12-31"),
        (bill(taxes=[tax("X99", "100.00", "18.00", "Line 4")]), "TAX_UNKNOWN", "Line 4", "X99"),
        (bill(line("1.00", dimensions={"cost_center": "CA999"})), "DIMENSION_UNKNOWN", "Line 1", "CA999"),
    ],
)  # fmt: skip
def test_a_code_that_tryton_does_not_have_is_named_with_its_place(hook, sent, code, place, says):
    (refusal,) = refusal_of(hook, sent)
    assert (refusal.code, refusal.place) == (code, place)
    assert says in refusal.message
    assert hook.find_by_key(sent.key) is None


def test_every_fault_of_a_bill_is_told_at_once(hook):
    sent = bill(line("1.00", "6990"), line("1.00", "6950", "Line 2"), supplier="V000999", currency="CHF")
    assert {refusal.code for refusal in refusal_of(hook, sent)} == {
        "SUPPLIER_UNKNOWN",
        "CURRENCY_UNKNOWN",
        "ACCOUNT_UNKNOWN",
        "ACCOUNT_CLOSED",
    }


def test_a_closed_period_refuses_and_leaves_no_draft_and_no_claim(hook, ledger):
    sent = bill(invoice_date=CLOSED, posting_date=CLOSED)
    (refusal,) = refusal_of(hook, sent)
    assert refusal.code == "PERIOD_CLOSED"
    assert "reopen the period" in refusal.message
    assert ledger.states(sent.key) == []
    assert ledger.claims(sent.key) == []


def test_a_date_without_any_period_is_refused_by_name(hook, ledger):
    day = datetime.date(2031, 1, 15)
    sent = bill(invoice_date=day, posting_date=day)
    assert refusal_of(hook, sent)[0].code == "PERIOD_MISSING"
    assert ledger.states(sent.key) == []


def test_more_decimals_than_the_currency_has_are_refused_and_leave_nothing(hook, ledger):
    sent = bill(line("100.5"), taxes=[tax("JCT10", "100.5", "10.1")], currency="JPY")
    assert refusal_of(hook, sent)[0].code in ("ERP_REFUSED", "READ_BACK_DIFFERS")
    assert "posted" not in ledger.states(sent.key)
    assert not hook.live_keys([sent.key])


def test_a_bill_typed_by_hand_with_the_same_number_is_found_and_refused(hook, ledger, as_administrator):
    sent = bill()
    (company,) = as_administrator.search("company.company", [["party.code", "=", "US01"]], ["currency"])
    (party,) = as_administrator.search("party.party", [["code", "=", sent.supplier]], ["addresses.id"])
    (payable,) = as_administrator.search(
        "account.account",
        [["code", "=", "2100"], ["company", "=", company["id"]]],
        ["id"],
        company=company["id"],
    )
    (journal,) = as_administrator.search("account.journal", [["type", "=", "expense"]], ["id"])
    typed = as_administrator.create(
        "account.invoice",
        {
            "type": "in",
            "company": company["id"],
            "party": party["id"],
            "invoice_address": party["addresses"][0]["id"],
            "account": payable["id"],
            "currency": company["currency"],
            "journal": journal["id"],
            "reference": sent.number,
            "description": "typed by hand",
            "invoice_date": DAY,
        },
        company=company["id"],
    )
    (found,) = hook.find_by_supplier_number("US01", sent.supplier, sent.number)
    assert (found.erp_id, found.key, found.state) == (str(typed), None, "draft")
    (refusal,) = refusal_of(hook, sent)
    assert refusal.code == "ALREADY_IN_ERP"
    assert f"draft {typed}" in refusal.message
    assert ledger.states(sent.key) == []
    as_administrator.press("account.invoice", typed, "cancel", company=company["id"])
    assert hook.find_by_supplier_number("US01", sent.supplier, sent.number) == []
    assert hook.create(sent).state == "posted"


def test_another_key_with_the_same_supplier_and_number_is_refused_by_name(hook, ledger):
    first = bill()
    number = hook.create(first).number
    second = bill(number=first.number)
    (refusal,) = refusal_of(hook, second)
    assert refusal.code == "ALREADY_IN_ERP"
    assert number in refusal.message
    assert ledger.states(second.key) == []


def test_the_same_number_of_another_supplier_is_another_bill(hook):
    first = bill()
    hook.create(first)
    assert hook.create(bill(number=first.number, supplier="V000316")).state == "posted"


def test_a_wrong_key_is_the_operators_and_is_never_shown(open_hook):
    wrong = "c0ffee" * 10
    with pytest.raises(ConfigurationError, match="application key") as refused:
        open_hook(key=wrong).create(bill())
    assert wrong not in str(refused.value)


def test_a_server_that_is_down_is_transient(open_hook):
    hook = open_hook()
    hook.__dict__["settings"] = hook.settings.model_copy(update={"base_url": "http://127.0.0.1:9"})
    with pytest.raises(TransientError, match="cannot be reached"):
        hook.find_by_key("tests/InvoiceHeader/1")


def test_a_difference_between_sent_and_booked_is_cancelled_and_names_both_figures(hook, ledger, monkeypatch):
    sent = bill()
    sums = type(hook._documents).account_sums

    def altered(documents, found):
        return {**sums(documents, found), "6500": Decimal("99.00")}

    monkeypatch.setattr(type(hook._documents), "account_sums", altered)
    (refusal,) = refusal_of(hook, sent)
    assert refusal.code == "READ_BACK_DIFFERS"
    assert "99.00" in refusal.message
    assert "100.00" in refusal.message
    assert ledger.states(sent.key) == ["cancelled"]
    assert ledger.postings(sent.key) == {}
