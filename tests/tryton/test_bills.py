"""Every kind of bill stands in Tryton's ledger as it was sent."""

from __future__ import annotations

import datetime
from decimal import Decimal

from tests.tryton.bills import DAY, bill, line, tax
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


def test_a_credit_note_is_booked_the_other_way_round(hook, ledger):
    sent = bill(
        line("100.00"),
        line("-20.00", "6700", "Line 2"),
        taxes=[tax("V18", "80.00", "14.40")],
        kind="credit_note",
    )
    document = hook.create(sent)
    assert ledger.postings(sent.key) == amounts(a6500="-100.00", a6700="20.00", a1410="-14.40", a2100="94.40")
    assert (document.kind, document.total, document.tax) == (
        "credit_note",
        Decimal("94.40"),
        Decimal("14.40"),
    )


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


def test_dinars_have_three_decimals(hook, ledger):
    sent = bill(
        line("100.125"),
        taxes=[tax("KWV5", "100.125", "5.006")],
        currency="KWD",
        supplier="V000314",
        company="DE01",
    )
    document = hook.create(sent)
    assert ledger.postings_in_currency(sent.key) == amounts(a6500="100.125", a1410="5.006", a2100="-105.131")
    assert document.total == Decimal("105.131")


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


def test_withholding_reduces_what_is_owed(hook, ledger):
    sent = bill(line("300.00"), taxes=[tax("V18", "300.00", "54.00"), tax("WHT10", "300.00", "-30.00")])
    assert hook.create(sent).total == Decimal("324.00")
    assert ledger.postings(sent.key) == amounts(
        a6500="300.00", a1410="54.00", a2420="-30.00", a2100="-324.00"
    )


def test_a_tax_amount_is_sent_as_it_is_and_never_computed(hook, ledger):
    sent = bill(line("100.00"), taxes=[tax("V18", "100.00", "17.98")])
    assert hook.create(sent).tax == Decimal("17.98")
    assert ledger.postings(sent.key) == amounts(a6500="100.00", a1410="17.98", a2100="-117.98")


def test_a_bill_of_zero_is_posted_and_is_not_paid(hook, ledger):
    sent = bill(line("100.00"), line("-100.00", "1300", "Advance"), untaxed=True)
    document = hook.create(sent)
    assert (document.state, document.total, document.touched_by_payment) == ("posted", Decimal(0), False)
    assert ledger.postings(sent.key) == amounts(a6500="100.00", a1300="-100.00")


def test_a_line_of_zero_does_no_harm(hook, ledger):
    sent = bill(line("0.00", "6700", "Line 2"), line("10.00"), untaxed=True)
    hook.create(sent)
    assert ledger.postings(sent.key) == amounts(a6500="10.00", a2100="-10.00")


def test_a_bill_of_many_lines_costs_no_call_for_each(open_hook, ledger):
    from tests.tryton.faulty import FaultySession

    session = FaultySession(writes_only=False)
    accounts = ("6500", "6600", "6700", "6800")
    lines = [line("1.01", accounts[place % 4], f"Line {place + 1}") for place in range(80)]
    sent = bill(*lines, untaxed=True)
    open_hook(session).create(sent)
    assert ledger.postings(sent.key) == amounts(
        a6500="20.20", a6600="20.20", a6700="20.20", a6800="20.20", a2100="-80.80"
    )
    assert len(session.calls) <= 20


def test_the_due_date_is_coupas_where_no_payment_term_is_sent(hook, ledger):
    sent = bill(payment_term=None, due_date=datetime.date(2026, 5, 31))
    hook.create(sent)
    due = ledger.rows(
        "select line.maturity_date from account_invoice invoice join account_move_line line"
        " on line.move = invoice.move and line.account = invoice.account where invoice.description = %s",
        sent.key,
    )
    assert due == [(datetime.date(2026, 5, 31),)]


def test_without_a_posting_date_the_first_open_day_is_taken(hook, ledger):
    sent = bill(invoice_date=datetime.date(2026, 1, 15), posting_date=None)
    document = hook.create(sent)
    assert (document.invoice_date, document.posting_date) == (sent.invoice_date, datetime.date(2026, 2, 1))
    assert hook.create(bill(posting_date=None)).posting_date == DAY


def test_what_was_posted_is_found_by_key_by_number_and_among_many_keys(hook):
    sent = bill()
    created = hook.create(sent)
    assert hook.find_by_key(sent.key).number == created.number
    assert hook.find_by_key("tests/InvoiceHeader/none") is None
    assert [found.key for found in hook.find_by_supplier_number("US01", "V000311", sent.number)] == [sent.key]
    assert hook.find_by_supplier_number("DE01", "V000311", sent.number) == []
    others = [f"tests/InvoiceHeader/{unknown}" for unknown in range(60)]
    assert hook.live_keys([*others, sent.key]) == {sent.key}
