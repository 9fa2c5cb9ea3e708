"""What Tryton refuses is told to the accountant, and nothing of it stays in Tryton."""

from __future__ import annotations

import datetime

import pytest

from include.errors import ErpRejection
from tests.tryton.bills import DAY, bill, line


def refusal_of(hook, sent):
    with pytest.raises(ErpRejection) as refused:
        hook.create(sent)
    return refused.value.refusals


def test_an_account_that_is_closed_by_then_is_named_with_its_line(hook):
    sent = bill(line("100.00", "6950", "Line 2"))
    (refusal,) = refusal_of(hook, sent)
    assert (refusal.code, refusal.place) == ("ACCOUNT_CLOSED", "Line 2")
    assert "2025-12-31" in refusal.message
    assert hook.find_by_key(sent.key) is None


def test_every_fault_of_a_bill_is_told_at_once(hook):
    sent = bill(line("1.00", "6990"), line("1.00", "6950", "Line 2"), supplier="V000999", currency="CHF")
    assert {refusal.code for refusal in refusal_of(hook, sent)} == {
        "SUPPLIER_UNKNOWN",
        "CURRENCY_UNKNOWN",
        "ACCOUNT_UNKNOWN",
        "ACCOUNT_CLOSED",
    }


def test_a_date_without_any_period_is_refused_by_name(hook, ledger):
    day = datetime.date(2031, 1, 15)
    sent = bill(invoice_date=day, posting_date=day)
    assert refusal_of(hook, sent)[0].code == "PERIOD_MISSING"
    assert ledger.states(sent.key) == []


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
