"""Payments back onto Coupa's invoices: what stands there afterwards, whatever is repeated."""

from __future__ import annotations

import datetime

import pytest

from include.errors import ConfigurationError, TransientError
from include.payments.request import read_request
from include.sandbox.faults import Fault
from tests.payments.conftest import CREDIT, OTHER, PLAIN

PART = ("40.0000", "2026-10-01", "Payer payment L1 (BANK/2026/0)")
REST = ("78.0000", "2026-10-02", "Payer payment L2 (BANK/2026/1)")


def test_a_part_and_the_rest_are_told_once_each_and_the_last_settles_the_invoice(world):
    world.pay(PLAIN, ("L1", "40.00"))
    world.look()
    assert (world.told(PLAIN), world.paid(PLAIN)) == ([PART], (False, None))
    world.pay(PLAIN, ("L1", "40.00"), ("L2", "78.00"), settled=True)
    report = world.look()
    assert (world.told(PLAIN), world.paid(PLAIN)) == ([PART, REST], (True, "2026-10-02"))
    assert (report.payments, report.settled, report.failure) == (1, 1, None)


def test_a_second_look_writes_nothing(world):
    world.pay(PLAIN, ("L1", "118.00"), settled=True)
    world.look()
    before = world.control.row("invoices", PLAIN)
    report = world.look()
    assert world.control.row("invoices", PLAIN) == before
    assert (report.looked_at, report.payments) == (1, 0)


def test_a_payment_that_the_erp_took_back_is_a_negative_one_and_the_invoice_is_open_again(world):
    world.pay(PLAIN, ("L1", "118.00"), settled=True)
    world.look()
    world.pay(PLAIN)
    report = world.look()
    assert world.told(PLAIN)[1:] == [("-118.0000", "2026-10-31", "Payer payment L1 reversed")]
    assert world.paid(PLAIN) == (False, None)
    assert (report.reopened, dict(report.told)) == (1, {"USD": -118})
    world.look()
    assert len(world.told(PLAIN)) == 2


def test_a_payment_that_came_back_and_one_of_another_amount_are_told_by_their_difference(world):
    world.pay(PLAIN, ("L1", "40.00"))
    world.look()
    world.pay(PLAIN)
    world.look()
    world.pay(PLAIN, ("L1", "45.00"))
    world.look()
    assert [amount for amount, _, _ in world.told(PLAIN)] == ["40.0000", "-40.0000", "45.0000"]
    world.look()
    assert len(world.told(PLAIN)) == 3


def test_a_refund_on_an_invoice_below_zero_has_its_sign(world):
    world.control.edit_in_ui(CREDIT, {"gross-total": "-118.00", "total-with-taxes": "-118.00"})
    world.pay(CREDIT, ("L1", "118.00"), settled=True)
    world.look()
    assert [amount for amount, _, _ in world.told(CREDIT)] == ["-118.0000"]


@pytest.mark.parametrize("after_work", [False, True])
def test_an_answer_that_is_lost_never_tells_a_payment_twice(world, after_work):
    world.pay(PLAIN, ("L1", "118.00"), settled=True)
    world.control.order(Fault(method="PUT", path="/api/invoices/", cut=True, after_work=after_work))
    with pytest.raises(TransientError):
        world.look()
    world.look()
    assert [amount for amount, _, _ in world.told(PLAIN)] == ["118.0000"]


def test_what_a_person_or_coupa_pay_entered_is_left_alone(world):
    world.control.edit_in_ui(
        PLAIN, {"paid": True, "payments": [{"id": 1, "amount-paid": "118.00", "notes": "Virtual card"}]}
    )
    world.pay(PLAIN, ("L1", "118.00"), settled=True)
    world.control.edit_in_ui(OTHER, {"paid": True})
    world.pay(OTHER)
    report = world.look()
    assert [notes for _, _, notes in map(_of, world.control.row("invoices", PLAIN)["payments"])] == [
        "Virtual card"
    ]
    assert world.paid(OTHER)[0] is True
    assert len(report.told_by_others) == 2
    assert report.failure is None


def _of(payment):
    return payment.get("amount-paid"), payment.get("payment-date"), payment["notes"]


def test_an_invoice_that_coupa_refuses_does_not_keep_the_others_from_being_told(world):
    world.control.change_settings(enforce_all_invoice_validations=True)
    account = world.control.row("invoices", PLAIN)["invoice-lines"][0]["account"]
    world.control.edit_in_ui(PLAIN, {"invoice-lines": {"0": {"account": {**account, "active": False}}}})
    for invoice_id in (PLAIN, OTHER):
        world.pay(invoice_id, ("L1", "10.00"))
    report = world.look()
    assert world.told(PLAIN) == []
    assert [amount for amount, _, _ in world.told(OTHER)] == ["10.0000"]
    number = world.control.row("invoices", PLAIN)["invoice-number"]
    assert report.failure == "What Payer has paid of 1 invoice could not be told in Coupa."
    assert report.trouble[0].startswith(f"{number}: Coupa refused PUT /api/invoices/{PLAIN} with 400")


def test_a_coupa_that_answers_well_and_keeps_nothing_is_told_by_name(world):
    world.pay(PLAIN, ("L1", "10.00"))
    world.control.order(Fault(method="PUT", path="/api/invoices/", keep_values=True))
    assert "answered well and shows other payments" in world.look().trouble[0]


def test_another_currency_in_the_erp_is_trouble_and_not_a_payment(world):
    world.pay(PLAIN, ("L1", "10.00"), currency="EUR")
    assert "Coupa's invoice is in USD" in world.look().trouble[0]
    assert world.told(PLAIN) == []


def test_a_dry_run_writes_nothing_and_counts_the_same(world):
    world.pay(PLAIN, ("L1", "118.00"), settled=True)
    before = world.control.row("invoices", PLAIN)
    dry = world.look(dry_run=True)
    assert world.control.row("invoices", PLAIN) == before
    wet = world.look()
    assert (dry.payments, dry.settled, dry.told) == (wet.payments, wet.settled, wet.told)


def test_a_payment_is_no_edit_that_the_export_would_carry_over_again(world):
    from include.export.content import content_of

    world.coupa.mark_exported(PLAIN)
    before = content_of(world.coupa.read_invoice(PLAIN), world.coupa.scope)
    world.pay(PLAIN, ("L1", "118.00"), settled=True)
    world.look()
    after = world.coupa.read_invoice(PLAIN)
    assert content_of(after, world.coupa.scope) == before
    assert after.exported


def test_documents_of_keys_that_are_none_of_ours_are_passed_over(world):
    world.erp.pay("coupa-sandbox/InvoiceHeader/7 bis", ("L1", "10.00"))
    world.erp.pay("coupa-sandbox/InvoiceHeader/999999", ("L1", "10.00"))
    assert world.look().looked_at == 0


def test_days_are_read_from_today_backwards(world):
    asked = []
    listing = world.erp.list_payments
    world.erp.list_payments = lambda prefix, first, last: (
        asked.append((first, last)) or listing(prefix, first, last)
    )
    world.look()
    assert asked == [(datetime.date(2026, 10, 18), datetime.date(2026, 10, 31))]


@pytest.mark.parametrize(
    ("conf", "says"),
    [
        ({"days": 0}, "Param days: Input should be greater than or equal to 1"),
        ({"day": 3}, "Param day is not known; this DAG takes days, dry_run"),
    ],
)
def test_a_param_that_cannot_be_used_is_named(conf, says):
    with pytest.raises(ConfigurationError, match=says):
        read_request({"days": 14, "dry_run": False}, conf)
