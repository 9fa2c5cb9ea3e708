"""Tryton's records that a bill names."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from coupa_erp.tryton.matching import Match
from coupa_erp.tryton.wire import Row


@dataclass(frozen=True)
class Account:
    """A ledger account, and the days on which it may be used."""

    id: int
    code: str
    name: str
    closed: bool
    start: datetime.date | None
    end: datetime.date | None

    def usable_on(self, day: datetime.date) -> bool:
        """Whether Tryton's accountants want it used on that day."""
        return (
            not self.closed
            and (self.start is None or self.start <= day)
            and (self.end is None or day <= self.end)
        )


@dataclass(frozen=True)
class Tax:
    """A tax, and Tryton's own account for it on invoices and on credit notes."""

    id: int
    code: str
    invoice_account: Row | None
    credit_note_account: Row | None


@dataclass(frozen=True)
class References:
    """Every record of Tryton that a bill names.

    :param matches: the order lines that lines of the bill are booked against, by their place in it.
    """

    company: int
    party: int
    address: int
    payable: int
    currency: int
    journal: int
    payment_term: int | None
    posting_date: datetime.date
    accounts: dict[str, Account]
    taxes: dict[str, Tax]
    dimensions: dict[tuple[str, str], tuple[int, int]]
    matches: dict[int, Match] = field(default_factory=dict)
