"""Tryton's JSON: amounts and dates are objects with a ``__class__``, never floats or strings."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Row = dict[str, Any]


def encode(value: Any) -> str:
    """JSON as Tryton reads it.

    :param value: plain values, lists and mappings, with decimals and dates in them.
    """
    return json.dumps(value, default=_tagged, separators=(",", ":"))


def encode_for_url(value: Any) -> str:
    """The same, for a domain in a query or a context in a header."""
    return base64.urlsafe_b64encode(encode(value).encode()).decode()


def decode(text: str) -> Any:
    """Tryton's JSON with amounts as decimals.

    :param text: a response's body.
    """
    return json.loads(text, object_hook=_untagged, parse_float=Decimal)


def _tagged(value: Any) -> Row:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": format(value, "f")}
    if isinstance(value, datetime.date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    raise TypeError(f"Tryton has no JSON for {type(value).__name__}")


def _untagged(found: Mapping[str, Any]) -> Any:
    match found.get("__class__"):
        case "Decimal":
            return Decimal(found["decimal"])
        case "date":
            return datetime.date(found["year"], found["month"], found["day"])
        case "datetime":
            return datetime.datetime(
                found["year"],
                found["month"],
                found["day"],
                found["hour"],
                found["minute"],
                found["second"],
                found["microsecond"],
                tzinfo=datetime.UTC,
            )
        case _:
            return found
