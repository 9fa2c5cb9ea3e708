"""The move lines that stand in Tryton's own tables, read without the hook and without Tryton's help."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Literal

from include.demo.postgres import Postgres
from include.models.bill import BillKind
from tests.ledger.books import Books, Entry

_MOVE_LINES = """
    SELECT invoice.id, owner.code, supplier.code, invoice.reference, invoice.invoice_date, move.date,
           currency.code, own.code, invoice.total_amount_cache, account.code, line.debit, line.credit,
           line.amount_second_currency, second.code, party.code,
           (SELECT string_agg(tax.description, '+') FROM account_tax_line tax_line
              JOIN account_tax tax ON tax.id = tax_line.tax
             WHERE tax_line.move_line = line.id AND tax_line.type = 'tax'),
           (SELECT string_agg(
                     center.code || ' ' || (analytic.debit - analytic.credit - line.debit + line.credit), '+')
              FROM analytic_account_line analytic
              JOIN analytic_account_account center ON center.id = analytic.account
             WHERE analytic.move_line = line.id)
      FROM account_invoice invoice
      JOIN company_company company ON company.id = invoice.company
      JOIN party_party owner ON owner.id = company.party
      JOIN party_party supplier ON supplier.id = invoice.party
      JOIN currency_currency currency ON currency.id = invoice.currency
      JOIN currency_currency own ON own.id = company.currency
      JOIN account_move move ON move.origin = 'account.invoice,' || invoice.id AND move.state = 'posted'
      JOIN account_move_line line ON line.move = move.id
      JOIN account_account account ON account.id = line.account
      LEFT JOIN currency_currency second ON second.id = line.second_currency
      LEFT JOIN party_party party ON party.id = line.party
     WHERE invoice.type = 'in' AND invoice.state IN ('posted', 'paid')
"""

Name = tuple[str, str, str]


def name_of(books: Books) -> Name:
    """Company, supplier and the supplier's number: what an accountant looks a document up by."""
    return books.company, books.supplier, books.number


def posted_books(postgres: Postgres, database: str) -> dict[Name, Books]:
    """Every supplier document that is posted, with its move lines; lines of zero are left out."""
    with postgres.session(database) as cursor:
        cursor.execute(_MOVE_LINES)
        rows = cursor.fetchall()
    heads: dict[int, Books] = {}
    for row in rows:
        invoice_id, company, supplier, number, invoice_date, move_date, currency, own, total = row[:9]
        kind: BillKind = "credit_note" if total < 0 else "invoice"
        empty = Books(company, supplier, kind, number, invoice_date, move_date, currency, Counter())
        books = heads.setdefault(invoice_id, empty)
        assert books.move_date == move_date, f"{name_of(books)} has moves of two dates"
        entry = _entry(currency, own, *row[9:])
        if entry.amount or entry.local:
            books.entries[entry] += 1
    named = {name_of(books): books for books in heads.values()}
    assert len(named) == len(heads), "a document stands twice in the books"
    return named


def _entry(  # noqa: PLR0917 - the columns, in their order
    currency: str,
    own: str,
    account: str,
    debit: Decimal,
    credit: Decimal,
    foreign: Decimal | None,
    foreign_currency: str | None,
    party: str | None,
    tax: str | None,
    cost_center: str | None,
) -> Entry:
    """One line; where the document's currency is foreign, a line without it is in the company's alone."""
    assert not (debit and credit)
    side: Literal["Dr", "Cr"] = "Cr" if credit else "Dr"
    amount, local = debit or credit, None
    if currency != own:
        amount, local = abs(foreign or Decimal(0)), amount
        assert foreign_currency in (currency, None)
        assert not foreign or (foreign < 0) == (side == "Cr"), "the two currencies point to different sides"
    center = None
    if cost_center:
        center, difference = cost_center.split()
        assert Decimal(difference) == 0, f"the cost center bears another amount than account {account}"
    return Entry(side, account, amount, center, tax, party, local)
