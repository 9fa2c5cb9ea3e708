"""What Odoo tells of payments, entered as accountants enter them."""

from __future__ import annotations

import datetime

import pytest

from include.payments.ports import PaymentSource
from tests.odoo.cashier import NEXT_DAY, PAY_DAY, Cashier

TODAY = datetime.datetime.now(datetime.UTC).date()
PAID, SHOWN = datetime.date.fromisoformat(PAY_DAY), datetime.date.fromisoformat(NEXT_DAY)


@pytest.fixture
def cashier(world):
    return Cashier(world)


@pytest.fixture
def listed(world):
    """What is told of one key now."""

    def look(key, *, prefix=None, last=TODAY):
        first = TODAY - datetime.timedelta(days=1)
        every = world.open_hook().list_payments(prefix or key, first, last)
        return [document for document in every if document.key == key]

    return look


@pytest.fixture
def told(listed):
    """Settled, and each payment's amount and day."""

    def look(key, **more):
        return [
            (document.settled, [(str(one.amount), one.date) for one in document.payments])
            for document in listed(key, **more)
        ]

    return look


def test_the_hook_can_tell_payments(world):
    assert isinstance(world.open_hook(), PaymentSource)


def test_a_part_then_the_rest_then_both_taken_back(world, cashier, listed, told):
    sent = world.bill()
    document = world.open_hook().create(sent)
    assert told(sent.key) == [(False, [])]
    cashier.pay(document, amount="40.00")
    assert told(sent.key) == [(False, [("40.00", PAID)])]
    (before,) = listed(sent.key)
    cashier.pay(document, amount="78.00", day=NEXT_DAY)
    (after,) = listed(sent.key)
    assert (after.settled, after.number, after.currency) == (True, document.number, "USD")
    assert [str(payment.amount) for payment in after.payments] == ["40.00", "78.00"]
    assert after.payments[0] == before.payments[0], "the same payment is the same in every look"
    assert all(payment.reference for payment in after.payments)
    cashier.unmatch(document)
    assert told(sent.key) == [(False, [])]


def test_one_payment_of_several_bills_settles_each_by_its_own_total(world, cashier, listed):
    bills = [world.bill(), world.bill(world.line("41.00"))]
    cashier.pay(*[world.open_hook().create(one) for one in bills])
    found = [listed(one.key, prefix="kit")[0] for one in bills]
    assert [(one.settled, [str(part.amount) for part in one.payments]) for one in found] == [
        (True, ["118.00"]),
        (True, ["41.00"]),
    ]
    assert found[0].payments[0].payment_id == found[1].payments[0].payment_id


def test_a_payment_that_is_cancelled_is_gone_and_a_later_one_is_another(world, cashier, listed, told):
    sent = world.bill()
    document = world.open_hook().create(sent)
    first = cashier.pay(document)
    (before,) = listed(sent.key)
    cashier.cancel(first)
    assert told(sent.key) == [(False, [])]
    cashier.pay(document)
    (after,) = listed(sent.key)
    assert after.settled
    assert after.payments[0].payment_id != before.payments[0].payment_id


def test_a_line_of_the_bank_is_a_payment_of_its_own_name_and_day(world, cashier, listed, told):
    bills = [world.bill(), world.bill(world.line("41.00"))]
    documents = [world.open_hook().create(one) for one in bills]
    cashier.pay_from_bank(*documents, amount="159.00")
    assert told(bills[0].key) == [(True, [("118.00", SHOWN)])]
    assert told(bills[1].key) == [(True, [("41.00", SHOWN)])]
    assert listed(bills[0].key)[0].payments[0].reference.startswith("BNK1/2026/")


def test_what_is_written_off_is_no_payment_and_the_bill_is_settled(world, cashier, told):
    sent = world.bill()
    cashier.pay_and_write_off(world.open_hook().create(sent), "115.00")
    assert told(sent.key) == [(True, [("115.00", PAID)])]


def test_an_entry_that_writes_off_the_rest_is_no_payment_either(world, cashier, told):
    sent = world.bill()
    document = world.open_hook().create(sent)
    cashier.pay(document, amount="117.00")
    cashier.write_off(document, "1.00")
    assert told(sent.key) == [(True, [("117.00", PAID)])]


def test_a_bill_in_another_currency_is_told_in_its_own_without_the_exchange_difference(world, cashier, told):
    sent = world.bill(currency="EUR")
    (money,) = world.admin.search("res.currency", [["name", "=", "EUR"]], "name")
    cashier.pay(world.open_hook().create(sent), amount="118.00", currency_id=money["id"])
    assert told(sent.key) == [(True, [("118.00", PAID)])]


def test_a_credit_note_that_was_paid_out_settles_with_a_positive_amount(world, cashier, told):
    sent = world.bill(kind="credit_note")
    cashier.pay(world.open_hook().create(sent))
    assert told(sent.key) == [(True, [("118.00", PAID)])]


def test_a_credit_note_that_is_set_off_settles_both_by_each_others_names(world, cashier, listed):
    bill, credit = world.bill(), world.bill(world.line("41.00"), kind="credit_note")
    documents = [world.open_hook().create(one) for one in (bill, credit)]
    cashier.net(*documents)
    (found,) = listed(bill.key)
    assert (found.settled, [str(one.amount) for one in found.payments]) == (False, ["41.00"])
    assert found.payments[0].reference == documents[1].number
    (found,) = listed(credit.key)
    assert (found.settled, [str(one.amount) for one in found.payments]) == (True, ["41.00"])
    assert found.payments[0].reference == documents[0].number


def test_a_voided_bill_has_no_payment_and_its_reversal_is_none(world, told):
    sent = world.bill()
    world.open_hook().void(world.open_hook().create(sent), None)
    assert told(sent.key) == [(False, [])]


def test_the_document_that_took_the_place_of_a_reversed_one_counts(world, cashier, told):
    first = world.bill(company="DE01")
    created = world.open_hook().create(first)
    second = world.changed(first, company=world.books.company)
    cashier.pay(world.open_hook().amend(second, created))
    assert told(first.key) == [(True, [("250.00", PAID)])]


def test_a_payment_without_an_entry_keeps_its_name_when_the_bank_shows_it(world, cashier, listed):
    """As Odoo's accounting app has them from 18 on: nothing is booked until the bank's line is matched."""
    if world.open_hook().transport.version < 18:
        pytest.skip("before 18 each payment has an entry")
    sent = world.bill()
    document = world.open_hook().create(sent)
    payment = cashier.order_payment(document, sent.total)
    (before,) = listed(sent.key)
    assert (before.settled, [str(one.amount) for one in before.payments]) == (True, ["118.00"])
    assert before.payments[0].payment_id == f"P{payment}"
    cashier.pay_from_bank(document, amount="118.00")
    (after,) = listed(sent.key)
    assert (after.settled, after.payments) == (True, before.payments)


def test_what_did_not_move_in_the_window_and_what_is_another_instances_is_not_told(world, told):
    sent = world.bill()
    world.open_hook().create(sent)
    assert told(sent.key, last=TODAY - datetime.timedelta(days=1)) == []
    assert told(sent.key, prefix="Kit-") == []
