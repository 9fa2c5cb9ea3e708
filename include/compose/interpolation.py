"""Variables in ``docker-compose.yaml``, by Compose's rules: ``${NAME:-default}``, ``${NAME:?why}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from include.demo.console import DemoError

_PLACE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<bare>[A-Za-z_]\w*)"
    r"|\{(?P<name>[A-Za-z_]\w*)(?:(?P<rule>:?[-?])(?P<other>[^{}]*))?\})"
)


def interpolated(node: Any, variables: Mapping[str, str]) -> Any:
    """The node with every string's variables put in; keys are left alone, as Compose leaves them.

    :param node: what YAML made of the file, or a part of it.
    :param variables: the environment and ``.env``.
    :raises DemoError: a variable that must be given is not.
    """
    if isinstance(node, str):
        return _PLACE.sub(lambda found: _value(found, variables), node)
    if isinstance(node, list):
        return [interpolated(item, variables) for item in node]
    if isinstance(node, dict):
        return {key: interpolated(value, variables) for key, value in node.items()}
    return node


def names_in(node: Any) -> set[str]:
    """The variables that a node's strings name."""
    if isinstance(node, str):
        return {found["name"] or found["bare"] for found in _PLACE.finditer(node) if not found["dollar"]}
    if isinstance(node, dict):
        node = list(node.values())
    return set().union(*map(names_in, node)) if isinstance(node, list) else set()


def required_in(node: Any) -> set[str]:
    """Those among them that Compose refuses to do without."""
    if isinstance(node, str):
        return {found["name"] for found in _PLACE.finditer(node) if (found["rule"] or "").endswith("?")}
    if isinstance(node, dict):
        node = list(node.values())
    return set().union(*map(required_in, node)) if isinstance(node, list) else set()


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if found["dollar"]:
        return "$"
    name, rule, other = found["name"] or found["bare"], found["rule"] or "", found["other"] or ""
    value = variables.get(name)
    # With a colon an empty value counts as none.
    if value is None or (not value and rule.startswith(":")):
        if rule.endswith("?"):
            raise DemoError(f"{name} is missing from .env: {other or 'write it there'}.")
        return other if rule.endswith("-") else ""
    return value
