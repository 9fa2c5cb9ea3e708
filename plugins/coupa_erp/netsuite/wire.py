"""NetSuite's JSON: amounts are numbers, and exact ones on our side."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

_MARK = "\u0000"
_MARKED = re.compile(r'"\\u0000(-?\d+(?:\.\d+)?)"')


def encode(value: Any) -> bytes:
    """JSON with decimals as the numbers that they are, not as the nearest binary fraction."""
    return _MARKED.sub(r"\1", json.dumps(value, default=_marked, separators=(",", ":"))).encode()


def decode(text: str) -> Any:
    """JSON with exact numbers."""
    return json.loads(text, parse_float=Decimal)


def quoted(text: str) -> str:
    """A text in SuiteQL."""
    return "'" + text.replace("'", "''") + "'"


def any_of(column: str, values: Iterable[str]) -> str:
    """A condition of SuiteQL: one of some texts."""
    return f"{column} IN ({', '.join(quoted(value) for value in values)})"


def day(value: datetime.date) -> str:
    """A date in SuiteQL."""
    return f"TO_DATE('{value.isoformat()}', 'YYYY-MM-DD')"


def read_amount(value: object) -> Decimal:
    """An amount of a record or of a query.

    :raises ValueError: it is none.
    """
    try:
        amount = Decimal(str(value if value not in (None, "") else 0))
    except ArithmeticError:
        raise ValueError("no amount") from None
    if not amount.is_finite():
        raise ValueError("no amount")
    return amount


def _marked(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{_MARK}{format(value, 'f')}"
    raise TypeError(f"NetSuite has no JSON for {type(value).__name__}")
