"""trytond on a clean ledger, and the ledger read back past it."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from include.demo.ledger import posted_lines
from include.demo.tryton_server import Tryton, TrytonFailed
from tests.tryton_fixtures import Rest

DAY = {"__class__": "date", "year": 2026, "month": 3, "day": 5}


def decimal(text):
    return {"__class__": "Decimal", "decimal": text}


def draft(tryton, ledger, company_code, currency_code, number):
    """A draft bill of 100.00 on 6500 and 18.00 of V18, over REST."""
    companies = Rest(tryton, ledger).search("company.company", [], "party.code")
    (company,) = (one["id"] for one in companies if one["party"]["code"] == company_code)
    rest = Rest(tryton, ledger, company)
    mine = [["company", "=", company]]
    accounts = rest.ids("account.account", "code", mine)
    taxes = rest.ids("account.tax", "description", mine)
    currency = rest.ids("currency.currency", "code", [])[currency_code]
    (party,) = rest.search("party.party", [["code", "=", "V000311"]], "addresses")
    (journal,) = rest.search("account.journal", [["type", "=", "expense"]])
    line = {
        "type": "line",
        "company": company,
        "currency": currency,
        "account": accounts["6500"],
        "quantity": 1,
        "unit_price": decimal("100.00"),
    }
    tax = {
        "tax": taxes["V18"],
        "account": accounts["1410"],
        "description": "V18",
        "base": decimal("100.00"),
        "amount": decimal("18.00"),
        "manual": True,
    }
    answer = rest.call(
        "POST",
        "account.invoice",
        {
            "type": "in",
            "company": company,
            "currency": currency,
            "party": party["id"],
            "invoice_address": party["addresses"][0],
            "account": accounts["2100"],
            "journal": journal["id"],
            "invoice_date": DAY,
            "reference": number,
            "description": f"coupa-sandbox/InvoiceHeader/{number}",
            "lines": [["create", [line]]],
            "taxes": [["create", [tax]]],
        },
    )
    assert answer.status_code == 200, answer.text
    return rest, answer.json()["id"]


def act(rest, bill, action):
    answer = rest.call("POST", f"account.invoice/{bill}/{action}", {})
    assert answer.status_code == 200, answer.text


def test_the_ledger_shows_a_posted_bill_in_its_own_currency_and_balanced(tryton, ledger):
    assert posted_lines(tryton.postgres, ledger) == []
    rest, bill = draft(tryton, ledger, "US01", "EUR", "1")
    act(rest, bill, "post")
    lines = posted_lines(tryton.postgres, ledger)
    assert sorted((line.account, line.amount) for line in lines) == [
        ("1410", Decimal("18.00")),
        ("2100", Decimal("-118.00")),
        ("6500", Decimal("100.00")),
    ]
    assert {(line.company, line.currency, line.number) for line in lines} == {
        ("US01", "EUR", "BILL-US01-2026-00001")
    }
    assert {line.key for line in lines} == {"coupa-sandbox/InvoiceHeader/1"}
    with tryton.postgres.session(ledger) as cursor:
        cursor.execute("SELECT sum(debit), sum(credit) FROM account_move_line")
        assert cursor.fetchone() == (Decimal("147.50"), Decimal("147.50"))


def test_drafts_and_cancelled_bills_are_not_in_the_ledger(tryton, ledger):
    rest, bill = draft(tryton, ledger, "DE01", "EUR", "2")
    assert posted_lines(tryton.postgres, ledger) == []
    act(rest, bill, "post")
    assert posted_lines(tryton.postgres, ledger)
    act(rest, bill, "cancel")
    assert posted_lines(tryton.postgres, ledger) == []


def test_eight_requests_at_once_are_all_answered(tryton, ledger):
    rest = Rest(tryton, ledger)
    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(lambda _: rest.call("GET", "party.party").status_code, range(24)))
    assert answers == [200] * 24


def test_a_taken_port_is_said_in_one_line(tryton, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = Tryton(tmp_path, tryton.postgres, tryton.python, port=port)
        with pytest.raises(TrytonFailed, match=f"Port {port} for Tryton is in use"):
            server.start()


def test_a_server_that_cannot_start_says_what_its_log_says(tryton, tmp_path):
    server = Tryton(tmp_path, tryton.postgres, Path("/bin/false"), port=0)
    with pytest.raises(TrytonFailed, match="does not start"):
        server.start()
    assert not server.running
