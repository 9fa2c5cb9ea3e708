"""What of an entry is a payment, and each once; no Odoo needed."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from coupa_erp.odoo.settlements import OnTheWay, Settlement, allotted, money_share, told_payments

DAY = datetime.date(2026, 7, 20)


def line(balance, kind="liability_payable", tax=False):
    return {"balance": Decimal(balance), "account_type": kind, "tax_line_id": tax}


@pytest.mark.parametrize(
    ("lines", "share"),
    [
        ([line("118"), line("-118", "asset_cash")], "1"),
        ([line("118"), line("-118", "liability_payable")], "1"),
        ([line("100"), line("-90", "asset_cash"), line("-10", "income_other")], "0.9"),
        ([line("100"), line("-98", "asset_cash"), line("-1", "expense"), line("-1", "asset", [7, ""])],
         "0.98"),
        ([line("100"), line("-120", "asset_cash"), line("20", "expense")], "1"),
        ([line("3"), line("-3", "expense")], "0"),
        ([line("1"), line("-1", "asset_receivable")], "1"),
    ],
)  # fmt: skip
def test_what_an_entry_writes_off_is_no_money_and_a_fee_beside_it_is_none_of_the_suppliers(lines, share):
    assert money_share(lines, 1) == Decimal(share)
    turned = [{**one, "balance": -one["balance"]} for one in lines]
    assert money_share(turned, -1) == Decimal(share)


def test_a_payment_of_several_bills_fills_them_in_their_order():
    assert allotted(Decimal(159), [(1, Decimal(118)), (2, Decimal(41))]) == {1: 118, 2: 41}
    assert allotted(Decimal(120), [(1, Decimal(118)), (2, Decimal(41)), (3, Decimal(9))]) == {
        1: 118,
        2: 2,
        3: 0,
    }


def settled(move, paid, *, bank=False, day=DAY):
    return Settlement(move, f"M/{move}", Decimal(paid), day, of_bank=bank)


def coming(payment, paid):
    return OnTheWay(payment, f"PAY/{payment}", Decimal(paid), DAY)


def told(total, settlements, on_the_way=()):
    return [
        (one.payment_id, str(one.amount)) for one in told_payments(Decimal(total), settlements, on_the_way)
    ]


def test_two_matchings_of_one_entry_are_one_payment():
    assert told(118, [settled(7, "59"), settled(7, "59")]) == [("M7", "118")]


def test_the_banks_line_of_a_payment_on_the_way_is_that_payment():
    assert told(118, [], [coming(1, 118)]) == [("P1", "118")]
    assert told(118, [settled(7, 118, bank=True)], [coming(1, 118)]) == [("P1", "118")]


def test_of_two_payments_on_the_way_each_takes_its_own_line_of_the_bank():
    lines = [settled(7, "78", bank=True)]
    assert told(118, lines, [coming(1, 40), coming(2, 78)]) == [("P1", "40"), ("P2", "78")]
    lines.append(settled(8, "40", bank=True))
    assert told(118, lines, [coming(1, 40), coming(2, 78)]) == [("P1", "40"), ("P2", "78")]


def test_what_the_bank_paid_beyond_a_payment_on_the_way_is_told_besides():
    assert told(118, [settled(7, 118, bank=True)], [coming(1, 100)]) == [("M7", "18"), ("P1", "100")]


def test_never_more_is_told_than_is_owed():
    assert told(118, [settled(7, 100)], [coming(1, 118)]) == [("M7", "100"), ("P1", "18")]
