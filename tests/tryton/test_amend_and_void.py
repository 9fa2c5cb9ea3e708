"""Changed and voided invoices: one live document remains, and what was paid is left to people."""

from __future__ import annotations

import datetime

import pytest

from include.errors import ErpRejection
from tests.tryton.bills import DAY, bill, changed, line
from tests.tryton.ledger import amounts


def test_an_amended_bill_replaces_the_old_one_under_the_same_key_and_number(hook, ledger):
    first = bill()
    old = hook.create(first)
    second = changed(first)
    new = hook.amend(second, old)
    assert new.number != old.number
    assert (new.key, new.supplier_number, new.fingerprint) == (first.key, first.number, second.fingerprint)
    assert ledger.states(first.key) == ["cancelled", "posted"]
    assert ledger.postings(first.key) == amounts(a6800="250.00", a2100="-250.00")
    assert ledger.claims(first.key) == []
    assert hook.find_by_key(first.key).number == new.number


def test_amending_twice_to_the_same_content_changes_nothing(hook, ledger):
    first = bill()
    old = hook.create(first)
    second = changed(first)
    new = hook.amend(second, old)
    assert hook.amend(second, old).number == new.number
    assert ledger.states(first.key) == ["cancelled", "posted"]


def test_a_bill_becomes_a_credit_note_of_another_supplier(hook, ledger):
    first = bill()
    old = hook.create(first)
    second = changed(first, kind="credit_note", supplier="V000312", number="CN-1")
    assert hook.amend(second, old).kind == "credit_note"
    assert ledger.postings(first.key) == amounts(a6800="-250.00", a2100="250.00")


def test_new_content_that_tryton_refuses_leaves_the_old_document(hook, ledger):
    first = bill()
    old = hook.create(first)
    closed = datetime.date(2026, 1, 15)
    for refused_content, code in (
        (changed(first, invoice_date=closed, posting_date=closed), "PERIOD_CLOSED"),
        (changed(first, line("1.00", "6950")), "ACCOUNT_CLOSED"),
    ):
        with pytest.raises(ErpRejection) as refused:
            hook.amend(refused_content, old)
        assert refused.value.refusals[0].code == code
    assert ledger.states(first.key) == ["posted"]
    assert ledger.claims(first.key) == []
    assert hook.find_by_key(first.key).number == old.number


@pytest.mark.parametrize("paid", ["40.00", "118.00"])
def test_what_is_paid_in_part_or_whole_is_neither_amended_nor_voided(hook, ledger, by_hand, paid):
    first = bill()
    old = hook.create(first)
    by_hand("pay", old.erp_id, paid)
    now = hook.find_by_key(first.key)
    assert format(now.paid_amount, "f") == paid
    assert now.touched_by_payment
    for refused_call in (lambda: hook.amend(changed(first), old), lambda: hook.void(old, None)):
        with pytest.raises(ErpRejection) as refused:
            refused_call()
        assert refused.value.refusals[0].code == "PAID"
        assert paid in refused.value.refusals[0].message
    assert ledger.states(first.key) == [now.state]
    assert ledger.postings(first.key) == amounts(a6500="100.00", a1410="18.00", a2100="-118.00")


def test_a_voided_bill_leaves_no_balance_on_any_account(hook, ledger):
    sent = bill()
    created = hook.create(sent)
    voided = hook.void(created, None)
    assert (voided.state, voided.number) == ("cancelled", created.number)
    assert ledger.states(sent.key) == ["cancelled"]
    assert ledger.postings(sent.key) == {}
    assert ledger.moves(sent.key) == 2
    assert hook.void(created, None).state == "cancelled"
    assert ledger.moves(sent.key) == 2
    assert hook.find_by_key(sent.key).state == "cancelled"
    assert hook.live_keys([sent.key]) == set()


def test_a_voided_bill_can_be_entered_again_under_the_same_number(hook, ledger):
    sent = bill()
    hook.void(hook.create(sent), None)
    again = hook.create(sent)
    assert again.state == "posted"
    assert ledger.states(sent.key) == ["cancelled", "posted"]
    assert ledger.postings(sent.key) == amounts(a6500="100.00", a1410="18.00", a2100="-118.00")


def test_a_bill_of_zero_can_be_amended_and_voided_although_tryton_calls_it_paid(hook, ledger):
    first = bill(line("10.00"), line("-10.00", "1300", "Advance"), untaxed=True)
    old = hook.create(first)
    new = hook.amend(changed(first, line("20.00"), line("-20.00", "1300", "Advance")), old)
    assert ledger.postings(first.key) == amounts(a6500="20.00", a1300="-20.00")
    assert hook.void(new, None).state == "cancelled"
    assert ledger.postings(first.key) == {}


def test_a_reversal_in_a_closed_period_is_dated_today_or_refused(hook, ledger, as_administrator):
    day = datetime.date(2026, 2, 10)
    first, second = bill(invoice_date=day, posting_date=day), bill(invoice_date=day, posting_date=day)
    kept, voided = hook.create(first), hook.create(second)
    periods = as_administrator.search(
        "account.period",
        [["start_date", "<=", day], ["end_date", ">=", day], ["fiscalyear.company.party.code", "=", "US01"]],
        ["company"],
    )
    for period in periods:
        assert as_administrator.press("account.period", period["id"], "close", company=period["company"])
    with pytest.raises(ErpRejection) as refused:
        hook.void(kept, day)
    assert refused.value.refusals[0].code == "PERIOD_CLOSED"
    assert ledger.states(first.key) == ["posted"]
    assert hook.void(voided, DAY).state == "cancelled"
    assert ledger.postings(second.key) == {}
    (dates,) = ledger.rows(
        "select move.date, reversal.date from account_invoice invoice"
        " join account_move move on move.id = invoice.move"
        " join account_move reversal on reversal.id = invoice.cancel_move where invoice.description = %s",
        second.key,
    )
    assert dates[0] == day
    assert dates[1] > DAY
