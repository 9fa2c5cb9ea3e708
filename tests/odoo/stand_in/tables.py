"""Tables as ``search_read`` sees them: domains, fields and order."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

Row = dict[str, Any]

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<=": lambda found, wanted: found is not False and found <= wanted,
    ">=": lambda found, wanted: found is not False and found >= wanted,
    ">": lambda found, wanted: found is not False and found > wanted,
    "in": lambda found, wanted: found in wanted,
    "not in": lambda found, wanted: found not in wanted,
    "ilike": lambda found, wanted: wanted.lower() in str(found).lower(),
    "=like": lambda found, wanted: str(found).startswith(_unescaped(wanted)),
}


class Failed(Exception):
    """What Odoo answers with an error."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.name, self.message = status, name, message


def user_error(message: str) -> Failed:
    """A business rule."""
    return Failed(422, "odoo.exceptions.UserError", message)


def missing(model: str, record: int) -> Failed:
    """A record that was deleted."""
    return Failed(
        404,
        "odoo.exceptions.MissingError",
        f"Record does not exist or has been deleted.\n(Record: {model}({record},), User: 5)",
    )


def found_in(rows: Iterable[Row], model: str, known: set[str], domain: list[Any]) -> list[Row]:
    """The rows that a domain in Odoo's prefix notation names.

    :param known: the model's fields.
    """
    stack: list[Callable[[Row], bool]] = []
    for term in reversed(domain):
        if term in ("|", "&"):
            stack.append(_joined(any if term == "|" else all, stack.pop(), stack.pop()))
        else:
            stack.append(_test(term, model, known))
    return [row for row in rows if all(test(row) for test in stack)]


def shown(row: Row, model: str, known: set[str], fields: list[str]) -> Row:
    """A row with the fields that were asked for."""
    for name in fields:
        if name not in known:
            raise Failed(500, "builtins.ValueError", f"Invalid field {name!r} on {model!r}")
    return {"id": row["id"], **{name: row[name] for name in fields}}


def ordered(rows: list[Row], order: str | None) -> list[Row]:
    """Rows in the order of ``name, id desc``."""
    for part in reversed((order or "id").split(",")):
        name, _, way = part.strip().partition(" ")
        rows = sorted(rows, key=lambda row: row[name], reverse=way == "desc")
    return rows


def _joined(how: Callable[[Iterable[bool]], bool], *tests: Callable[[Row], bool]) -> Callable[[Row], bool]:
    return lambda row: how(test(row) for test in tests)


def _test(term: list[Any], model: str, known: set[str]) -> Callable[[Row], bool]:
    name, sign, wanted = term
    if name not in known:
        raise Failed(
            500,
            "builtins.ValueError",
            f"Invalid field {model}.{name} in condition ({name!r}, {sign!r}, {wanted!r})",
        )

    def test(row: Row) -> bool:
        value = row[name]
        if name.endswith("_ids"):
            return any(one in wanted for one in value)
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], str):
            value = value[0]
        return _OPERATORS[sign](value, wanted)

    return test


def _unescaped(pattern: str) -> str:
    assert pattern.endswith("%"), "only prefixes are asked for"
    return pattern[:-1].replace("\\%", "%").replace("\\_", "_").replace("\\\\", "\\")
