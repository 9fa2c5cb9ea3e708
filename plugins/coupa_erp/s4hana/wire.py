"""OData V2 in JSON: dates as ``/Date(…)/``, amounts as texts, literals of a filter quoted."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{1,4})?\)/")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def date_value(day: datetime.date) -> str:
    """A date in a body. SAP's dates have no time zone; midnight UTC is what its services write."""
    moment = datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC)
    return f"/Date({int((moment - _EPOCH).total_seconds()) * 1000})/"


def date_literal(day: datetime.date) -> str:
    """A date in an address."""
    return f"datetime'{day.isoformat()}T00:00:00'"


def text_literal(text: str) -> str:
    """A text in an address: a quote in it is doubled."""
    return "'" + text.replace("'", "''") + "'"


def read_date(value: object) -> datetime.date | None:
    """The date of a field; ``None`` where it is empty.

    :raises ValueError: it is no date.
    """
    if value is None or value == "":
        return None
    found = _DATE.fullmatch(str(value))
    if found is None:
        raise ValueError("no date of OData V2")
    return (_EPOCH + datetime.timedelta(milliseconds=int(found.group(1)))).date()


def amount_value(amount: Decimal) -> str:
    """An amount as SAP reads it, in the currency's own units: 1000 yen are ``1000``."""
    return format(amount, "f")


def read_amount(value: object) -> Decimal:
    """An amount of a field; SAP writes it as a text.

    :raises ValueError: it is none.
    """
    try:
        amount = Decimal(str(value or "0").strip())
    except ArithmeticError:
        raise ValueError("no amount") from None
    if not amount.is_finite():
        raise ValueError("no amount")
    return amount


def any_of(field: str, values: Iterable[str]) -> str:
    """A filter for one of some values."""
    return "(" + " or ".join(f"{field} eq {text_literal(value)}" for value in values) + ")"


def without_zeros(code: str | None) -> str:
    """A code as people write it: SAP fills numbers up with zeros at the front."""
    text = (code or "").strip()
    return (text.lstrip("0") or "0") if text.isdigit() else text
