"""Dates: the date part of what Coupa shows, and the date in the books by policy."""

from __future__ import annotations

import datetime
import re

from include.mapping.case import Case
from include.mapping.settings import DatePolicy, Mapping
from include.models.invoice import CoupaInvoice

_DATE = re.compile(
    r"(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
#: A year beyond these is a slip of the keyboard: 0206 for 2026.
_YEARS = range(1970, 2200)


def date_part(text: str | None) -> datetime.date | None:
    """The date as Coupa shows it, its time and zone left aside.

    Coupa answers midnight in the company's zone, with its offset; converted to UTC it can be the day before.

    :param text: ``2026-03-01T00:00:00-08:00``.
    :raises ValueError: there is a text, and it is no date of our time, with or without a time of day.
    """
    if not text or not text.strip():
        return None
    found = _DATE.fullmatch(text.strip())
    day = datetime.date.fromisoformat(found.group(1)) if found else None
    if day is None or day.year not in _YEARS:
        raise ValueError("no date")
    return day


def read_date(case: Case, text: str | None, name: str) -> datetime.date | None:
    """A date of the header; an unreadable one is refused by name.

    :param name: Coupa's name of the field.
    """
    try:
        return date_part(text)
    except ValueError:
        case.refuse("DATE_UNREADABLE", f'The {name} "{(text or "")[:40]}" is no date: correct it in Coupa.')
        return None


def by_policy(
    policy: DatePolicy, invoice_date: datetime.date | None, today: datetime.date
) -> datetime.date | None:
    """The date in the books; ``None`` asks the ERP for its first open day."""
    if policy == "first_open_day":
        return None
    return today if policy == "today" else invoice_date


def reversal_date(invoice: CoupaInvoice, mapping: Mapping, today: datetime.date) -> datetime.date | None:
    """The date in the books of a void's reversal; ``None`` asks the ERP for its own choice.

    :param invoice: the voided invoice.
    :param today: the day of the export.
    """
    try:
        invoice_date = date_part(invoice.invoice_date)
    except ValueError:
        invoice_date = None
    return by_policy(mapping.reversal_date, invoice_date, today)
