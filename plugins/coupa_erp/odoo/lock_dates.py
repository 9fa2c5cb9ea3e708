"""Odoo's lock dates: up to which day the books of a company take nothing any more."""

from __future__ import annotations

import datetime
from typing import Any

from coupa_erp.odoo.answers import PERIOD_CLOSED
from coupa_erp.odoo.found import Found
from coupa_erp.odoo.transport import OdooTransport
from include.errors import ErpRejection, Refusal

#: From 18 on those that hold for the user, exceptions taken off.
_LOCKS = ("fiscalyear_lock_date", "period_lock_date")
_LOCKS_FROM_18 = ("user_fiscalyear_lock_date", "user_purchase_lock_date", "user_hard_lock_date")


class LockDates:
    """Reads them anew each time: an accountant may close a period at any moment.

    :param transport: the database.
    """

    def __init__(self, transport: OdooTransport) -> None:
        self._transport = transport

    def until(self, company: int, *, taxed: bool) -> datetime.date | None:
        """The last day on which the books of a company take nothing any more."""
        new = self._transport.version >= 18
        fields = list(_LOCKS_FROM_18 if new else _LOCKS)
        if taxed:
            fields.append("user_tax_lock_date" if new else "tax_lock_date")
        (row,) = self._transport.search("res.company", [["id", "=", company]], fields, company=company)
        return max((day for name in fields if (day := _lock(row[name]))), default=None)

    def first_open_day(self, company: int, day: datetime.date) -> datetime.date:
        """That day, or the first one after it on which the books are open."""
        return max(day, day_after(self.until(company, taxed=True)))

    def refuse_change_of(self, posted: Found) -> None:
        """Odoo does not let a document of a locked period be changed.

        :raises ErpRejection: its own posting date is locked.
        """
        locked = self.until(posted.company, taxed=bool(posted.document.tax))
        day = posted.document.posting_date
        if locked is not None and day is not None and day <= locked:
            raise ErpRejection(Refusal(PERIOD_CLOSED, locked_message(day, locked, posted.document.company)))


def locked_message(day: datetime.date, locked: datetime.date, company: str) -> str:
    """Why a day is refused: Odoo itself would move the date without a word."""
    return (
        f"Odoo's books of company {company} are locked up to {locked}, and the posting date is {day}: move "
        "Odoo's lock date back, or change the date in Coupa, so that it falls into an open period."
    )


def _lock(value: Any) -> datetime.date | None:
    """A lock date; Odoo writes the year 1, where there is none, without leading zeros."""
    if not value:
        return None
    year, month, day = (int(part) for part in str(value).split("-"))
    return datetime.date(year, month, day) if year > 1 else None


def day_after(locked: datetime.date | None) -> datetime.date:
    """The first day that is open, as far as locks go."""
    return locked + datetime.timedelta(days=1) if locked else datetime.date.min
