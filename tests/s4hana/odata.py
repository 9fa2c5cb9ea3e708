"""What of OData V2 the stand-in speaks: filters, literals, values of a body."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.s4hana.definition import Field

_DATE = re.compile(r"/Date\((-?\d+)\)/")
_TOKEN = re.compile(
    r"\s*(datetime'[^']*'|'(?:[^']|'')*'|startswith\(|\(|\)|,|[A-Za-z_][A-Za-z0-9_]*|-?\d+(?:\.\d+)?)"
)
Row = dict[str, Any]


class Wrong(Exception):
    """The request is not as the service's description has it."""


def value_of(field: Field, value: Any) -> Any:
    """A value of a body, checked against its field."""
    if not field.creatable:
        raise Wrong(f"Property '{field.name}' is not creatable")
    if value is None:
        return None
    if field.kind == "Boolean":
        if not isinstance(value, bool):
            raise Wrong(f"Property '{field.name}' has invalid value: a boolean belongs there")
        return value
    if not isinstance(value, str):
        raise Wrong(f"Property '{field.name}' has invalid value: a text belongs there")
    if field.kind == "DateTime":
        found = _DATE.fullmatch(value)
        if not found or int(found[1]) % 86_400_000:
            raise Wrong(f"Property '{field.name}' has invalid value '{value}': no date")
        return datetime.date(1970, 1, 1) + datetime.timedelta(milliseconds=int(found[1]))
    if field.kind == "Decimal":
        if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            raise Wrong(f"Property '{field.name}' has invalid value '{value}': no amount")
        whole, _, part = value.lstrip("-").partition(".")
        if len(part) > field.decimals or len(whole.lstrip("0")) > field.length - field.decimals:
            raise Wrong(f"Property '{field.name}' has invalid value '{value}': it exceeds the facets")
        return Decimal(value)
    if len(value) > field.length:
        raise Wrong(f"Property '{field.name}' has invalid value '{value}': {field.length} characters at most")
    return value


def shown(value: Any) -> Any:
    """A value as an answer has it."""
    if isinstance(value, datetime.date):
        days = (value - datetime.date(1970, 1, 1)).days
        return f"/Date({days * 86_400_000})/"
    return format(value, "f") if isinstance(value, Decimal) else value


def literal(text: str) -> Any:
    """The value of a literal in an address."""
    if text.startswith("datetime'"):
        return datetime.datetime.fromisoformat(text[9:-1]).date()
    if text.startswith("'") and text.endswith("'") and len(text) > 1:
        return text[1:-1].replace("''", "'")
    if text in ("true", "false"):
        return text == "true"
    raise Wrong(f"Invalid literal {text}")


def filter_of(text: str, fields: dict[str, Field]) -> Callable[[Row], bool]:
    """A filter as a function of a row."""
    tokens, at = [], 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if not found:
            raise Wrong(f"Invalid system query option $filter at {at}")
        tokens.append(found[1])
        at = found.end()
    tokens.reverse()
    read = _either(tokens, fields)
    if tokens:
        raise Wrong(f"Invalid system query option $filter at {tokens[-1]}")
    return read


def _either(tokens: list[str], fields: dict[str, Field]) -> Callable[[Row], bool]:
    ways = [_both(tokens, fields)]
    while tokens and tokens[-1] == "or":
        tokens.pop()
        ways.append(_both(tokens, fields))
    return lambda row: any(way(row) for way in ways)


def _both(tokens: list[str], fields: dict[str, Field]) -> Callable[[Row], bool]:
    terms = [_term(tokens, fields)]
    while tokens and tokens[-1] == "and":
        tokens.pop()
        terms.append(_term(tokens, fields))
    return lambda row: all(term(row) for term in terms)


def _term(tokens: list[str], fields: dict[str, Field]) -> Callable[[Row], bool]:
    token = tokens.pop()
    if token == "(":
        inside = _either(tokens, fields)
        _expect(tokens, ")")
        return inside
    if token == "startswith(":
        name = _filterable(tokens.pop(), fields)
        _expect(tokens, ",")
        beginning = literal(tokens.pop())
        _expect(tokens, ")")
        return lambda row: str(row.get(name) or "").startswith(beginning)
    name, operator, value = _filterable(token, fields), tokens.pop(), literal(tokens.pop())
    compare: dict[str, Callable[[Any], bool]] = {
        "eq": lambda have: (have or "") == value if isinstance(value, str) else have == value,
        "ge": lambda have: have is not None and have >= value,
        "le": lambda have: have is not None and have <= value,
    }
    if operator not in compare:
        raise Wrong(f"Invalid system query option $filter at {operator}")
    if (fields[name].kind == "DateTime") is not isinstance(value, datetime.date):
        raise Wrong(f"Invalid parametertype used at {name}")
    return lambda row: compare[operator](row.get(name))


def _filterable(name: str, fields: dict[str, Field]) -> str:
    if name not in fields or not fields[name].filterable:
        raise Wrong(f"Property '{name}' is invalid in $filter")
    return name


def _expect(tokens: list[str], token: str) -> None:
    if not tokens or tokens.pop() != token:
        raise Wrong(f"Invalid system query option $filter: {token} is missing")
