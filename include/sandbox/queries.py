"""Coupa's query language over a listing: ``<attribute>[<operator>]=<value>``, order and pages."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from include.sandbox.calls import Call, Json, invalid
from include.sandbox.schema import CUSTOM_FIELDS, Attribute, attribute
from include.sandbox.tables import Table

PAGE = 50
NOT_CONDITIONS = frozenset(["limit", "offset", "order_by", "dir", "fields", "filter", "return_object"])
_TRUTH = {"true": True, "1": True, "false": False, "0": False}

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda value, wanted: value > wanted,
    "lt": lambda value, wanted: value < wanted,
    "gt_or_eq": lambda value, wanted: value >= wanted,
    "lt_or_eq": lambda value, wanted: value <= wanted,
    "equal": lambda value, wanted: value == wanted,
    "not_eq": lambda value, wanted: value != wanted,
}
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda value, wanted: wanted in value,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
OPERATORS = frozenset([*_COMPARE, *_TEXT, "blank", "in", "not_in"]) - {"equal"}


@dataclass(frozen=True)
class Condition:
    """One condition of a query.

    :param path: the attributes that lead to the value: ``("supplier", "name")``.
    :param wanted: the value, or for ``in`` and ``not_in`` the values, in the attribute's own type.
    """

    path: tuple[str, ...]
    kind: str
    operator: str
    wanted: Any

    def holds(self, row: Json) -> bool:
        """Whether the object meets it. As in SQL, a null meets nothing but ``blank``."""
        found = [value for value in _reach([row], self.path) if value not in (None, "", [], {})]
        if self.operator == "blank":
            return bool(found) is not bool(self.wanted)
        if self.operator in _TEXT:
            return any(_TEXT[self.operator](str(value), self.wanted) for value in found)
        typed = [convert(value, self.kind) for value in found]
        if self.operator == "in":
            return any(value in self.wanted for value in typed)
        if self.operator == "not_in":
            return bool(typed) and all(value not in self.wanted for value in typed)
        compare = _COMPARE[self.operator]
        return any(compare(value, self.wanted) for value in typed)


def page_of(table: Table, call: Call) -> list[Json]:
    """The objects that the query names, in its order, cut to its page.

    :raises Refused: 400, an attribute, an operator or a value that Coupa does not know.
    """
    conditions = [
        condition_of(table.definition, name, value)
        for name, value in call.query
        if name not in NOT_CONDITIONS
    ]
    rows = [row for row in _candidates(table, conditions) if all(one.holds(row) for one in conditions)]
    rows = _ordered(rows, table.definition, call)
    # more than fifty is cut, not refused: a client that asked for 100 must not take 50 for the end
    limit = min(_whole(call, "limit", PAGE, 1), PAGE)
    offset = _whole(call, "offset", 0, 0)
    return rows[offset : offset + limit]


def condition_of(definition: str, name: str, value: str) -> Condition:
    """Read ``supplier[name][contains]=Acme``.

    :param definition: what is listed.
    :raises Refused: 400.
    """
    if not re.fullmatch(r"[^\[\]]+(\[[^\[\]]+\])*", name):
        raise invalid(query=f"{name} is not a condition")
    words = [word.rstrip("]") for word in name.split("[")]
    operator = words.pop() if len(words) > 1 and words[-1] in OPERATORS else "equal"
    path, kind = _path(definition, words, name)
    if operator == "blank":
        if value not in _TRUTH:
            raise invalid(**{name: "blank takes true or false"})
        return Condition(path, kind, operator, _TRUTH[value])
    if operator in ("in", "not_in"):
        return Condition(path, kind, operator, [_wanted(one, kind, name) for one in value.split(",")])
    return Condition(path, kind, operator, value if operator in _TEXT else _wanted(value, kind, name))


def convert(value: Any, kind: str) -> Any:
    """A value in the type that it is compared in.

    :raises ValueError: it is not of that type.
    """
    if kind == "integer":
        return int(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else _TRUTH[str(value).lower()]
    if kind == "number":
        return Decimal(str(value))
    if kind == "datetime":
        # a plus sign that was not percent-encoded arrives as a blank, and is not a date then: as in Coupa
        moment = datetime.datetime.fromisoformat(str(value))
        return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return str(value)


def _wanted(value: str, kind: str, name: str) -> Any:
    try:
        return convert(value, kind)
    except (ValueError, KeyError, InvalidOperation):
        raise invalid(**{name: f"{value} is not a valid {kind}"}) from None


def _path(definition: str | None, words: list[str], name: str) -> tuple[tuple[str, ...], str]:
    path: list[str] = []
    kind = "object"
    for word in words:
        if path[-1:] == [CUSTOM_FIELDS]:
            path.append(word.replace("_", "-"))
            kind, definition = "string", None
            continue
        known = _known(definition, word)
        if known is None:
            raise invalid(query=f"{name}: {definition or path[-1]} has no attribute or operator {word}")
        path.append(known.name)
        kind, definition = known.kind, known.refers
    if kind == "object" and path[-1] != CUSTOM_FIELDS and definition is not None:
        raise invalid(query=f"{name}: name an attribute of {path[-1]}, as in {name}[id]")
    return tuple(path), kind


def _known(definition: str | None, word: str) -> Attribute | None:
    if definition is None:
        return None
    if word.replace("_", "-") == CUSTOM_FIELDS:
        return Attribute(CUSTOM_FIELDS, "object")
    return attribute(definition, word)


def _reach(values: Iterable[Any], path: tuple[str, ...]) -> list[Any]:
    found = list(values)
    for word in path:
        inner: list[Any] = []
        for value in found:
            reached = value.get(word) if isinstance(value, dict) else None
            inner.extend(reached if isinstance(reached, list) else [reached])
        found = inner
    return found


def _candidates(table: Table, conditions: list[Condition]) -> Iterable[Json]:
    for condition in conditions:
        if condition.operator == "equal" and condition.path == (table.indexed_by,):
            return table.with_value(str(condition.wanted))
        if condition.operator == "equal" and condition.path == ("id",):
            row = table.get(condition.wanted)
            return [] if row is None else [row]
    return table


def _ordered(rows: list[Json], definition: str, call: Call) -> list[Json]:
    name = call.parameter("order_by")
    direction = call.parameter("dir") or "asc"
    if direction not in ("asc", "desc"):
        raise invalid(dir=f"must be asc or desc, not {direction}")
    if name is None:
        # Coupa documents no order of its own, so nobody may count on one
        return sorted(rows, key=lambda row: hashlib.sha256(str(row["id"]).encode()).digest())
    known = attribute(definition, name)
    if known is None or known.kind == "object":
        raise invalid(order_by=f"{definition} has no attribute {name} to order by")
    filled = [row for row in rows if row.get(known.name) is not None]
    empty = [row for row in rows if row.get(known.name) is None]
    filled.sort(key=lambda row: convert(row[known.name], known.kind), reverse=direction == "desc")
    return filled + empty if direction == "desc" else empty + filled


def _whole(call: Call, name: str, default: int, least: int) -> int:
    text = call.parameter(name)
    if text is None:
        return default
    if not text.isdigit() or int(text) < least:
        raise invalid(**{name: f"must be a whole number from {least}, not {text}"})
    return int(text)
