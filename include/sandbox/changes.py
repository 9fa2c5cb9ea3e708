"""Changes of an object: a merge, as Coupa's UI and its PUT make it."""

from __future__ import annotations

from typing import Any

from include.sandbox.calls import Json, invalid


def merged(old: Any, new: Any) -> Any:
    """What becomes of a value.

    Objects are merged key by key. A list of objects with ids is merged element by element, what it does not
    name stays; an object in place of a list changes the elements at its keys, counted from 0:
    ``{"invoice-lines": {"0": {"total": "5.00"}}}``. Anything else is replaced.
    """
    if isinstance(new, dict) and isinstance(old, dict):
        return {**old, **{name: merged(old.get(name), value) for name, value in new.items()}}
    if isinstance(new, dict) and isinstance(old, list):
        return _at_positions(old, new)
    if isinstance(new, list) and isinstance(old, list) and new and all(_has_id(one) for one in new):
        named = {one["id"]: one for one in new}
        known = {one["id"] for one in old if _has_id(one)}
        kept = [merged(one, named[one["id"]]) if _has_id(one) and one["id"] in named else one for one in old]
        return kept + [one for one in new if one["id"] not in known]
    return new


def _has_id(value: Any) -> bool:
    return isinstance(value, dict) and "id" in value


def _at_positions(old: list[Any], changes: Json) -> list[Any]:
    result = list(old)
    for position, value in changes.items():
        if not position.isdigit() or int(position) >= len(old):
            raise invalid(base=f"there is no element {position} to change")
        result[int(position)] = merged(old[int(position)], value)
    return result
