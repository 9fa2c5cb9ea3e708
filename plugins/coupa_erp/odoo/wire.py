"""Odoo's JSON: amounts are numbers, read as decimals."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

#: The headers of a body.
AS_JSON = {"Content-Type": "application/json"}


def encode(value: Any) -> bytes:
    """JSON as Odoo reads it.

    :param value: plain values, lists and mappings, with decimals in them.
    """
    return json.dumps(value, default=_number, separators=(",", ":")).encode()


def decode(text: str) -> Any:
    """Odoo's JSON with amounts as decimals.

    :param text: a response's body.
    """
    return json.loads(text, parse_float=Decimal)


def _number(value: Any) -> Any:
    """An amount as a JSON number: Odoo's own are floats, and the shortest text of one is the amount."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Odoo has no JSON for {type(value).__name__}")
