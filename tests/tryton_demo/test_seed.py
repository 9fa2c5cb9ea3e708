"""What stands in Tryton before the first invoice, read from its tables."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from include.demo import tryton_world as world
from include.demo.postgres import Postgres
from include.demo.tryton_server import Tryton, TrytonFailed
from tests.tryton_fixtures import Rest


def read(tryton, ledger, query):
    with tryton.postgres.session(ledger) as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_both_companies_have_every_account_with_its_end(tryton, ledger):
    found = read(
        tryton,
        ledger,
        """SELECT owner.code, account.code, account.end_date FROM account_account account
             JOIN company_company company ON company.id = account.company
             JOIN party_party owner ON owner.id = company.party
            WHERE account.type IS NOT NULL""",
    )
    expected = {
        (company.code, account.code, account.end_date)
        for company in world.COMPANIES
        for account in world.ACCOUNTS
    }
    assert set(found) == expected
    assert len(found) == len(expected)


def test_the_books_are_closed_until_january_2026_and_open_until_next_year(tryton, ledger):
    found = read(tryton, ledger, "SELECT start_date, end_date, state FROM account_period")
    assert {state for _, end, state in found if end < datetime.date(2026, 2, 1)} == {"closed"}
    assert {state for start, _, state in found if start >= datetime.date(2026, 2, 1)} == {"open"}
    assert min(start for start, _, _ in found) == datetime.date(2025, 1, 1)
    assert max(end for _, end, _ in found) > datetime.datetime.now(tz=datetime.UTC).date()
    assert len(found) % (12 * len(world.COMPANIES)) == 0


def test_taxes_post_to_their_accounts_on_invoices_and_credit_notes(tryton, ledger):
    found = read(
        tryton,
        ledger,
        """SELECT tax.description, bill.code, credit.code FROM account_tax tax
             JOIN account_account bill ON bill.id = tax.invoice_account AND bill.company = tax.company
             JOIN account_account credit ON credit.id = tax.credit_note_account
              AND credit.company = tax.company""",
    )
    assert sorted(found) == sorted((tax.code, tax.account, tax.account) for tax in world.TAXES * 2)


def test_suppliers_currencies_and_cost_centers_are_those_of_the_world(tryton, ledger):
    parties = dict(read(tryton, ledger, "SELECT code, name FROM party_party"))
    assert parties == {one.code: one.name for one in (*world.COMPANIES, *world.SUPPLIERS)}
    assert len(read(tryton, ledger, "SELECT id FROM party_address")) == len(parties)
    currencies = dict(read(tryton, ledger, "SELECT code, digits FROM currency_currency"))
    assert currencies == {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3}
    centers = read(
        tryton, ledger, "SELECT code FROM analytic_account_account WHERE type = 'normal' ORDER BY code"
    )
    assert [code for (code,) in centers] == sorted(world.COST_CENTERS * 2)


def test_the_export_sees_both_companies_and_may_not_touch_the_chart(tryton, ledger):
    companies = Rest(tryton, ledger).search("company.company", [], "party.code")
    assert {company["party"]["code"] for company in companies} == {"US01", "DE01"}
    for company in companies:
        rest = Rest(tryton, ledger, company["id"])
        accounts = rest.ids("account.account", "code", [["company", "=", company["id"]]])
        assert accounts.keys() >= {account.code for account in world.ACCOUNTS if not account.end_date}
        refused = rest.call("PUT", f"account.account/{accounts['6500']}", {"name": "Mine"})
        assert refused.status_code in (400, 403), refused.text
    assert read(tryton, ledger, "SELECT 1 FROM account_account WHERE name = 'Mine'") == []


def test_a_wrong_key_opens_nothing(tryton, ledger):
    rest = Rest(tryton, ledger)
    rest.headers["Authorization"] = "Bearer " + "0" * 64
    assert rest.call("GET", "party.party").status_code == 401


def test_a_second_seed_does_nothing(tryton):
    nobody_seeds = Tryton(tryton.run_dir, tryton.postgres, Path("/bin/false"), say=pytest.fail)
    nobody_seeds.seed()


def test_a_ledger_is_kept_when_it_is_asked_for_again(tryton, ledger):
    with tryton.postgres.session(ledger) as cursor:
        cursor.execute("UPDATE party_party SET name = 'Kept' WHERE code = 'V000311'")
    assert tryton.create_database(ledger) is False
    assert read(tryton, ledger, "SELECT name FROM party_party WHERE code = 'V000311'") == [("Kept",)]


def test_an_interrupted_seed_leaves_no_template_and_the_next_one_starts_from_nothing(tmp_path):
    postgres = Postgres(tmp_path, durable=False)
    postgres.start()
    try:
        said: list[str] = []
        broken = Tryton(tmp_path, postgres, Path("/bin/false"), say=said.append)
        for _ in range(2):
            with pytest.raises(TrytonFailed, match="cannot be seeded"):
                broken.seed()
            assert not postgres.database_exists(broken.template)
        assert "did not finish" in said[1]
    finally:
        postgres.remove()
