"""Every kind of bill stands in Tryton's ledger as it was sent."""

from __future__ import annotations

import datetime
from decimal import Decimal

from tests.tryton.bills import bill, line, tax
from tests.tryton.ledger import amounts


def test_a_bill_is_posted_with_its_lines_taxes_and_cost_centers(hook, ledger):
    sent = bill(
        line("100.00", dimensions={"cost_center": "CA100"}),
        line("50.50", "6700", "Line 2", dimensions={"cost_center": "CA234"}),
        line("7.25", "6850", "Shipping"),
        taxes=[tax("V18", "150.50", "27.09")],
    )
    document = hook.create(sent)
    assert ledger.postings(sent.key) == amounts(
        a6500="100.00", a6700="50.50", a6850="7.25", a1410="27.09", a2100="-184.84"
    )
    assert (document.state, document.total, document.tax) == ("posted", Decimal("184.84"), Decimal("27.09"))
    assert document.number.startswith("BILL-US01-2026-")
    assert (document.key, document.fingerprint) == (sent.key, sent.fingerprint)
    analytic = ledger.rows(
        "select analytic.code, entry.debit from analytic_account_line entry"
        " join analytic_account_account analytic on analytic.id = entry.account"
        " join account_move_line line on line.id = entry.move_line"
        " join account_invoice invoice on invoice.move = line.move where invoice.description = %s order by 1",
        sent.key,
    )
    assert analytic == [("CA100", Decimal("100.00")), ("CA234", Decimal("50.50"))]


def test_the_suppliers_number_stays_where_tryton_expects_it(hook, ledger):
    sent = bill(number="RE 2026/0815-ä")
    hook.create(sent)
    rows = ledger.rows("select reference, description from account_invoice where description = %s", sent.key)
    assert rows == [("RE 2026/0815-ä", sent.key)]


def test_yen_have_no_decimals_and_the_conversions_remainder_is_trytons_own(hook, ledger):
    sent = bill(
        line("1001"), line("333", "6700", "Line 2"), line("7", "6800", "Line 3"),
        taxes=[tax("JCT10", "1341", "134")], currency="JPY", supplier="V000313",
    )  # fmt: skip
    document = hook.create(sent)
    assert ledger.postings_in_currency(sent.key) == amounts(
        a6500="1001", a6700="333", a6800="7", a1410="134", a2100="-1475"
    )
    assert document.account_sums == amounts(a6500="1001", a6700="333", a6800="7", a1410="134")
    assert sum(ledger.postings(sent.key).values()) == 0


def test_each_company_has_its_own_books(hook, ledger):
    american = bill()
    german = bill(line("100.00"), taxes=[tax("VST19", "100.00", "19.00")], company="DE01", currency="EUR")
    assert hook.create(american).company == "US01"
    assert hook.create(german).company == "DE01"
    companies = ledger.rows(
        "select distinct party.code from account_invoice invoice"
        " join account_move move on move.id = invoice.move"
        " join account_move_line line on line.move = move.id"
        " join account_account account on account.id = line.account"
        " join company_company company on company.id = account.company"
        " join party_party party on party.id = company.party where invoice.description = %s",
        german.key,
    )
    assert companies == [("DE01",)]


def test_a_reverse_charge_owes_the_supplier_the_net_alone(hook, ledger):
    sent = bill(
        line("200.00"), taxes=[tax("RC19-IN", "200.00", "38.00"), tax("RC19-OUT", "200.00", "-38.00")]
    )
    assert hook.create(sent).total == Decimal("200.00")
    assert ledger.postings(sent.key) == amounts(
        a6500="200.00", a1410="38.00", a2410="-38.00", a2100="-200.00"
    )


def test_the_due_date_is_coupas_where_no_payment_term_is_sent(hook, ledger):
    sent = bill(payment_term=None, due_date=datetime.date(2026, 5, 31))
    hook.create(sent)
    due = ledger.rows(
        "select line.maturity_date from account_invoice invoice join account_move_line line"
        " on line.move = invoice.move and line.account = invoice.account where invoice.description = %s",
        sent.key,
    )
    assert due == [(datetime.date(2026, 5, 31),)]
