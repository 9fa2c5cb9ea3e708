"""Templates of paths, queries and bodies.

``{number}`` stands for a value; a text that is nothing but one placeholder becomes ``null`` where there is
no value. ``{dimensions.cost_center}`` and ``{custom_fields.cf-x}`` name what differs between customers. A
list of lines or taxes is written once, for each of them::

    lines:
      each: lines
      as: {account: "{account}", amount: "{amount}"}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

_PLACEHOLDER = re.compile(r"\{([a-z_]+(?:\.[\w-]+)?)\}")

#: A value by its placeholder; a list of such mappings for what is repeated.
Values = Mapping[str, Any]


def placeholders_of(template: Any) -> list[str]:
    """Every placeholder in a template, and what it repeats.

    :param template: texts, lists and mappings.
    """
    match template:
        case str():
            return _PLACEHOLDER.findall(template)
        case {"each": str(name), "as": inner}:
            return [name, *placeholders_of(inner)]
        case dict():
            return [name for inner in template.values() for name in placeholders_of(inner)]
        case list():
            return [name for inner in template for name in placeholders_of(inner)]
    return []


def filled(template: Any, values: Values) -> Any:
    """A body with its values.

    :param values: texts; ``None`` where there is none.
    """
    match template:
        case str():
            whole = _PLACEHOLDER.fullmatch(template)
            return values.get(whole[1]) if whole else _written(template, values)
        case {"each": str(name), "as": inner}:
            return [filled(inner, {**values, **one}) for one in values[name]]
        case dict():
            return {name: filled(inner, values) for name, inner in template.items()}
        case list():
            return [filled(inner, values) for inner in template]
    return template


def filled_path(template: str, values: Values) -> str:
    """A path with its values, each quoted as one step of it."""
    return _PLACEHOLDER.sub(lambda found: quote(str(values.get(found[1]) or ""), safe=""), template)


def filled_query(template: Mapping[str, str], values: Values) -> list[tuple[str, str]]:
    """A query with its values; one that is a list is given once for each."""
    pairs: list[tuple[str, str]] = []
    for name, text in template.items():
        whole = _PLACEHOLDER.fullmatch(text)
        value = values.get(whole[1]) if whole else None
        if isinstance(value, list):
            pairs += [(name, str(one)) for one in value]
        else:
            pairs.append((name, _written(text, values)))
    return pairs


def at(answer: Any, path: str) -> Any:
    """What stands at a path with dots; ``None`` where there is nothing.

    :param path: empty for the answer itself.
    """
    for step in path.split(".") if path else ():
        if not isinstance(answer, Mapping):
            return None
        answer = answer.get(step)
    return answer


def _written(text: str, values: Values) -> str:
    return _PLACEHOLDER.sub(lambda found: str(values.get(found[1]) or ""), text)
