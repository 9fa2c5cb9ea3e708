"""What stands in Tryton, read in its tables: documents, their moves, and moves that belong to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from include.demo.postgres import Postgres

Sums = dict[str, Decimal]

_DOCUMENTS = """
    SELECT invoice.id, coalesce(invoice.description, ''), coalesce(invoice.number, ''), invoice.state,
           company_party.code, party.code, coalesce(invoice.reference, ''), currency.code
      FROM account_invoice invoice
      JOIN company_company company ON company.id = invoice.company
      JOIN party_party company_party ON company_party.id = company.party
      JOIN party_party party ON party.id = invoice.party
      JOIN currency_currency currency ON currency.id = invoice.currency
     WHERE invoice.type = 'in'
  ORDER BY invoice.id
"""

#: Of the documents' own moves: not of their payments, which name them as origin, too.
_LINES = """
    SELECT invoice.id, move.id = invoice.move, account.code,
           CASE WHEN invoice.currency = company.currency THEN line.debit - line.credit
                ELSE coalesce(line.amount_second_currency, 0) END
      FROM account_invoice invoice
      JOIN company_company company ON company.id = invoice.company
      JOIN account_move move ON move.id IN (invoice.move, invoice.cancel_move) AND move.state = 'posted'
      JOIN account_move_line line ON line.move = move.id
      JOIN account_account account ON account.id = line.account
     WHERE invoice.type = 'in'
"""

#: Neither a document's nor its reversal, and not booked by a person.
_STRAY_MOVES = """
    SELECT move.id
      FROM account_move move
     WHERE move.state = 'posted'
       AND move.create_uid = (SELECT id FROM res_user WHERE login = 'export')
       AND NOT EXISTS (SELECT FROM account_invoice invoice
                        WHERE move.id IN (invoice.move, invoice.cancel_move))
       AND NOT EXISTS (SELECT FROM "account_invoice-additional-account_move" more WHERE more.move = move.id)
"""


@dataclass
class ErpEntry:
    """One supplier document of any state.

    :param key: our business key; something else, or nothing, on a document that is not ours.
    :param state: Tryton's: ``draft``, ``validated``, ``posted``, ``paid``, ``cancelled``.
    :param sums: debit less credit by account in its currency, without its reversal.
    :param left: the same with its reversal: nothing, for a cancelled one.
    """

    erp_id: int
    key: str
    number: str
    state: str
    company: str
    supplier: str
    reference: str
    currency: str
    sums: Sums = field(default_factory=dict)
    left: Sums = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Whether it counts for "at most one"."""
        return self.state != "cancelled"

    @property
    def posted(self) -> bool:
        """Whether it stands in the books."""
        return self.state in ("posted", "paid")


@dataclass(frozen=True)
class ErpBooks:
    """Everything of one ledger.

    :param stray_moves: posted by the export, and part of no document.
    """

    entries: list[ErpEntry]
    stray_moves: list[int] = field(default_factory=list)


def read_books(postgres: Postgres, database: str) -> ErpBooks:
    """Read a ledger behind Tryton's back.

    :param postgres: the server of its database.
    :param database: its name.
    """
    with postgres.session(database) as cursor:
        cursor.execute(_DOCUMENTS)
        entries = {row[0]: ErpEntry(*row) for row in cursor.fetchall()}
        cursor.execute(_LINES)
        for erp_id, original, account, amount in cursor.fetchall():
            if amount:  # a line in the company's currency alone is no part of the document
                entry = entries[erp_id]
                for sums in (entry.left, entry.sums) if original else (entry.left,):
                    sums[account] = sums.get(account, Decimal(0)) + amount
        cursor.execute(_STRAY_MOVES)
        stray = [row[0] for row in cursor.fetchall()]
    return ErpBooks(list(entries.values()), stray)


def without_zeros(sums: Mapping[str, Decimal]) -> Sums:
    """The accounts on which something is left."""
    return {account: amount for account, amount in sums.items() if amount}
