"""Tryton's books, read in PostgreSQL behind Tryton's back."""

from __future__ import annotations

from decimal import Decimal

_POSTINGS = """
    select account.code, party.code, sum(line.debit), sum(line.credit),
        sum(line.amount_second_currency)
    from account_invoice invoice
    join account_move move on move.id in (invoice.move, invoice.cancel_move)
    join account_move_line line on line.move = move.id
    join account_account account on account.id = line.account
    left join party_party party on party.id = line.party
    where invoice.description = %s and move.state = 'posted'
    group by account.code, party.code
    order by account.code
"""


class Ledger:
    """One Tryton database.

    :param server: the running Tryton.
    :param database: its name.
    """

    def __init__(self, server, database):
        self.server = server
        self.database = database

    def rows(self, query, *values):
        with self.server.postgres.session(self.database) as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    def states(self, key):
        """The states of a key's documents, sorted."""
        return sorted(
            state for (state,) in self.rows("select state from account_invoice where description = %s", key)
        )

    def claims(self, key):
        return self.rows("select db_id from ir_model_data where fs_id = %s", f"coupa-export:{key}")

    def postings(self, key):
        """``{account: debit - credit}`` of what is posted for a key, reversals included, without zeros."""
        return {
            account: debit - credit
            for account, _party, debit, credit, _foreign in self.rows(_POSTINGS, key)
            if debit != credit
        }

    def postings_in_currency(self, key):
        """The same in the document's currency, for documents in another one than the company's."""
        return {
            account: foreign
            for account, _party, _debit, _credit, foreign in self.rows(_POSTINGS, key)
            if foreign
        }

    def moves(self, key):
        """How many moves were posted for a key, reversals included."""
        query = """
            select count(*) from account_move move
            where move.state = 'posted' and exists (
                select from account_invoice invoice
                where invoice.description = %s and move.id in (invoice.move, invoice.cancel_move))
        """
        return self.rows(query, key)[0][0]


def amounts(**by_account):
    """Expected postings: ``amounts(a6500="100.00", a2100="-118.00")``."""
    return {account.removeprefix("a"): Decimal(amount) for account, amount in by_account.items()}
