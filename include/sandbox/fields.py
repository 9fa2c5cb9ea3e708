"""How much of an object an answer carries: ``fields``, ``filter`` and ``return_object``."""

from __future__ import annotations

import functools
import json
from decimal import Decimal
from typing import Any

from include.sandbox.calls import Call, Json, Refused, invalid
from include.sandbox.schema import CUSTOM_FIELDS, Attribute, attribute
from include.sandbox.settings import API_FILTERS, Settings

#: What Coupa sends as JSON numbers; every other amount is a string.
JSON_NUMBERS = frozenset(
    ["handling-amount", "misc-amount", "shipping-amount", "tax-rate", "rate", "percentage"]
)

#: The attributes asked for; ``None`` in place of an inner selection is all of it.
Selection = dict[str, Any]


def selection_of(call: Call, definition: str, settings: Settings) -> Selection | None:
    """The fields that the call asks for, by itself, by an API filter, or by the silent default.

    :return: ``None`` for the whole object.
    :raises Refused: a field, a filter or the JSON that Coupa does not know.
    """
    fields = call.parameter("fields")
    if fields is not None:
        return _parsed(fields, definition)
    name = call.parameter("filter")
    if name is not None:
        if name not in API_FILTERS or API_FILTERS[name][0] != definition:
            raise invalid(filter=f"there is no API filter {name} for {definition}")
        return _parsed(API_FILTERS[name][1], definition)
    silent = API_FILTERS.get(settings.default_filter or "")
    return _parsed(silent[1], definition) if silent and silent[0] == definition else None


def shown(call: Call, row: Json, definition: str, selection: Selection | None) -> Json | None:
    """The object as this call sees it; ``None`` where it asked for nothing back."""
    extent = call.parameter("return_object")
    if extent not in (None, "none", "limited", "shallow"):
        raise invalid(return_object=f"must be none, limited or shallow, not {extent}")
    if extent == "none":
        return None
    if extent == "limited":
        return {"id": row["id"]}
    if extent == "shallow":
        row = {name: _only_id(value) for name, value in row.items()}
    return render(row, definition, selection)


def render(row: Json, definition: str | None, selection: Selection | None = None) -> Json:
    """The selected attributes as Coupa writes them; what was asked for and is not there is null."""
    if selection is None:
        return {name: _value(name, value, definition, None) for name, value in row.items()}
    return {name: _value(name, row.get(name), definition, inner) for name, inner in selection.items()}


def _value(name: str, value: Any, definition: str | None, inner: Selection | None) -> Any:
    known = attribute(definition, name) if definition else None
    if name == CUSTOM_FIELDS and isinstance(value, dict):
        return value if inner is None else {key: value.get(key) for key in inner}
    if known is None or value is None:
        return [] if known and known.many else value
    if isinstance(value, list):
        return [render(one, known.refers, inner) if isinstance(one, dict) else one for one in value]
    if isinstance(value, dict):
        return render(value, known.refers, inner)
    return _json_number(str(value)) if known.kind == "number" and name in JSON_NUMBERS else value


def _json_number(text: str) -> Decimal:
    """``"12.50"`` as Coupa's ``12.5``, and ``"0.00"`` as ``0.0``."""
    number = Decimal(text).normalize()
    return number if number.as_tuple().exponent < 0 else Decimal(f"{number:f}.0")  # type: ignore[operator]


def _only_id(value: Any) -> Any:
    if isinstance(value, dict):
        return {"id": value["id"]} if "id" in value else value
    if isinstance(value, list):
        return [_only_id(one) for one in value]
    return value


@functools.lru_cache(maxsize=256)
def _parsed(fields: str, definition: str) -> Selection:
    try:
        wanted = json.loads(fields)
    except ValueError:
        raise invalid(fields="must be a JSON list, percent-encoded") from None
    return _selection(wanted, definition)


def _selection(wanted: Any, definition: str | None) -> Selection:
    if not isinstance(wanted, list):
        raise invalid(fields='must be a JSON list: ["id",{"invoice-lines":["id"]}]')
    selection: Selection = {}
    for one in wanted:
        if isinstance(one, str):
            selection[_known(definition, one).name] = None
        elif isinstance(one, dict):
            for name, inner in one.items():
                selection.update(_nested(definition, name, inner))
        else:
            raise invalid(fields=f"{one!r} is neither a name nor an object")
    return selection


def _nested(definition: str | None, name: str, inner: Any) -> Selection:
    known = _known(definition, name)
    if inner in ({}, []):
        return {known.name: None}
    if known.name == CUSTOM_FIELDS:
        if not isinstance(inner, list) or not all(isinstance(field, str) for field in inner):
            raise invalid(fields="custom_fields takes {} or a list of names")
        return {known.name: {field.replace("_", "-"): None for field in inner}}
    if known.kind != "object":
        raise invalid(fields=f"{name} has no fields of its own")
    return {known.name: _selection(inner, known.refers)}


def _known(definition: str | None, name: str) -> Attribute:
    plain = name.replace("_", "-")
    if plain == CUSTOM_FIELDS or definition is None:
        return Attribute(plain, "object")
    known = attribute(definition, plain)
    if known is None:
        raise Refused(400, {"errors": {"fields": [f"{definition} has no field {name}"]}})
    return known
