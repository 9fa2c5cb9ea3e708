"""The move lines in Tryton's own tables: the books, read past the hook and past Tryton's API."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from include.demo.postgres import Postgres

_LIVE_DOCUMENTS = """
    SELECT coalesce(invoice.description, ''), invoice.number, owner.code, currency.code, account.code,
           CASE WHEN invoice.currency = company.currency THEN line.debit - line.credit
                ELSE coalesce(line.amount_second_currency, 0) END
      FROM account_invoice invoice
      JOIN company_company company ON company.id = invoice.company
      JOIN party_party owner ON owner.id = company.party
      JOIN currency_currency currency ON currency.id = invoice.currency
      JOIN account_move move ON move.origin = 'account.invoice,' || invoice.id AND move.state = 'posted'
      JOIN account_move_line line ON line.move = move.id
      JOIN account_account account ON account.id = line.account
     WHERE invoice.type = 'in' AND invoice.state IN ('posted', 'paid')
  ORDER BY invoice.id, line.id
"""


class LedgerLine(NamedTuple):
    """One move line of a live supplier document.

    :param key: our business key; empty, or somebody's text, on a document that is not ours.
    :param number: Tryton's document number.
    :param company: the legal entity's code.
    :param amount: debit less credit, in the document's currency; zero on a line that exists in the company's
        currency alone (a cent of currency exchange).
    """

    key: str
    number: str
    company: str
    currency: str
    account: str
    amount: Decimal


def posted_lines(postgres: Postgres, database: str) -> list[LedgerLine]:
    """Every move line of every supplier document that is posted or paid.

    :param postgres: the server of Tryton's database.
    :param database: its name.
    """
    with postgres.session(database) as cursor:
        cursor.execute(_LIVE_DOCUMENTS)
        return [LedgerLine(*row) for row in cursor.fetchall()]
