"""Changed and voided invoices: one live document remains, and what was paid is left to people."""

from __future__ import annotations

import datetime

import pytest

from include.errors import ErpRejection
from tests.tryton.bills import DAY, bill, changed, line
from tests.tryton.ledger import amounts


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
