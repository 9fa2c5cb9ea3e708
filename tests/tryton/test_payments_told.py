"""What Tryton tells of payments, entered as accountants enter them."""

from __future__ import annotations

import datetime

import pytest

from tests.tryton.bills import bill, changed, line

TODAY = datetime.datetime.now(datetime.UTC).date()


@pytest.fixture
def told(open_hook):
    """What is told of one key: settled, and each payment's amount."""

    def look(key, *, prefix=None, last=TODAY):
        listed = open_hook().list_payments(prefix or key, TODAY - datetime.timedelta(days=1), last)
        return [
            (document.settled, [str(payment.amount) for payment in document.payments])
            for document in listed
            if document.key == key
        ]

    return look


def test_a_part_then_the_rest_then_both_taken_back(open_hook, by_hand, told):
    first = bill()
    document = open_hook().create(first)
    assert told(first.key) == [(False, [])]
    by_hand("pay", document.erp_id, "40.00")
    assert told(first.key) == [(False, ["40.00"])]
    (before,) = open_hook().list_payments(first.key, TODAY, TODAY)
    by_hand("pay", document.erp_id, "78.00")
    (after,) = open_hook().list_payments(first.key, TODAY, TODAY)
    assert (after.settled, after.number) == (True, document.number)
    assert [str(payment.amount) for payment in after.payments] == ["40.00", "78.00"]
    assert after.payments[0] == before.payments[0], "the same payment is the same in every look"
    assert all(payment.date == TODAY and payment.reference for payment in after.payments)
    by_hand("unpay", document.erp_id)
    assert told(first.key) == [(False, [])]


def test_one_payment_of_several_bills_settles_each_by_its_own_total(open_hook, by_hand, told):
    bills = [bill(), bill(line("41.00"), untaxed=True)]
    documents = [open_hook().create(one) for one in bills]
    by_hand("settle", *(document.erp_id for document in documents))
    assert told(bills[0].key, prefix="tests/") == [(True, ["118.00"])]
    assert told(bills[1].key, prefix="tests/") == [(True, ["41.00"])]


def test_a_bill_in_another_currency_is_told_in_its_own(open_hook, by_hand, told):
    first = bill(currency="EUR")
    document = open_hook().create(first)
    by_hand("pay", document.erp_id, "118.00")
    assert told(first.key) == [(True, ["118.00"])]


def test_a_credit_note_that_was_paid_out_settles_with_a_positive_amount(open_hook, by_hand, told):
    credit = bill(kind="credit_note")
    document = open_hook().create(credit)
    by_hand("pay", document.erp_id, "-118.00")
    assert told(credit.key) == [(True, ["118.00"])]


def test_a_cancelled_bill_has_no_payment_and_its_reversal_is_none(open_hook, told):
    first = bill()
    open_hook().void(open_hook().create(first), None)
    assert told(first.key) == [(False, [])]


def test_the_document_that_took_the_place_of_a_cancelled_one_counts(open_hook, by_hand, told):
    first = bill()
    second = changed(first)
    document = open_hook().amend(second, open_hook().create(first))
    by_hand("pay", document.erp_id, "250.00")
    assert told(first.key) == [(True, ["250.00"])]


def test_what_did_not_move_in_the_window_and_what_is_another_instances_is_not_told(open_hook, told):
    first = bill()
    open_hook().create(first)
    assert told(first.key, last=TODAY - datetime.timedelta(days=1)) == []
    assert told(first.key, prefix="Tests/") == []
