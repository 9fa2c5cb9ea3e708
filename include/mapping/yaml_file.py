"""Reading a YAML file without losing what was typed: every key as text, every value with its line.

YAML 1.1 reads an unquoted ``0640`` as 416 and ``NO`` as false. In a file of account codes that is lost money,
so keys are taken as they are typed, duplicates are refused, and a value that must be text but was read as
something else is named with what was typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from include.errors import ConfigurationError

#: libyaml reads the same ten times as fast, and each posting reads the file anew.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Typed:
    """A value as it stands in the file."""

    text: str
    line: int


@dataclass(frozen=True)
class YamlFile:
    """The content of a file, and what was typed for each dotted path."""

    content: Any
    typed: dict[str, Typed]


def read_yaml(path: Path) -> YamlFile:
    """Read the file by PyYAML's safe rules, strictly.

    :param path: the file.
    :raises ConfigurationError: it cannot be read, is not YAML, or has a key twice.
    """
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except OSError as fault:
        raise ConfigurationError(f"{path}: cannot be read: {fault.strerror or fault}.") from fault
    except UnicodeDecodeError as fault:
        raise ConfigurationError(f"{path}: is not text in UTF-8: save it in that encoding.") from fault
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        problem = getattr(fault, "problem", None) or "it is not YAML"
        raise ConfigurationError(f"{path}: cannot be understood{where}: {problem}.") from fault
    typed: dict[str, Typed] = {}
    return YamlFile(_plain(node, "", path, typed), typed)


def _plain(node: yaml.Node | None, at: str, path: Path, typed: dict[str, Typed], depth: int = 0) -> Any:
    if node is None:
        return None
    line = node.start_mark.line + 1
    if depth > 20:
        raise ConfigurationError(f"{path}: {at} (line {line}): is nested too deep, or refers to itself.")
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigurationError(
                    f"{path}: {at or 'top level'} (line {line}): a key must be plain text."
                )
            key = key_node.value
            inside = f"{at}.{key}" if at else key
            if key in result:
                raise ConfigurationError(
                    f"{path}: {inside} (line {key_node.start_mark.line + 1}): the key stands here a second "
                    "time: keep one of the two."
                )
            result[key] = _plain(value_node, inside, path, typed, depth + 1)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [
            _plain(item, f"{at}.{number}", path, typed, depth + 1) for number, item in enumerate(node.value)
        ]
    typed[at] = Typed(node.value, line)
    return _scalar(node.tag, node.value)


def _scalar(tag: str, text: str) -> Any:
    kind = tag.removeprefix(_TAG)
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in ("yes", "true", "on")
    if kind in ("int", "float"):
        try:
            number = Decimal(text)
        except InvalidOperation:
            return _NotText(text)  # 0x1F, 1:30, .inf: no number of ours
        return int(text) if kind == "int" and text.lstrip("+-").isdigit() else number
    return text if kind == "str" else _NotText(text)


class _NotText:
    """A value that YAML reads as a date or another thing that no setting of ours is."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text
