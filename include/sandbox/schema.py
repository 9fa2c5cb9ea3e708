"""What Coupa's R39 Swagger says about the attributes of its objects.

``schema.json`` holds, for each definition, the attributes and a word on each: a plain type, ``#Definition``,
``[#Definition]`` or ``[object]``, with ``!`` where it is read-only.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

CUSTOM_FIELDS = "custom-fields"


@dataclass(frozen=True)
class Attribute:
    """One attribute of a definition.

    :param kind: ``string``, ``integer``, ``number``, ``boolean``, ``datetime`` or ``object``.
    :param refers: the definition of what it holds, if the Swagger names one.
    :param many: whether it is an array.
    """

    name: str
    kind: str
    refers: str | None = None
    many: bool = False
    read_only: bool = False


def attribute(definition: str, name: str) -> Attribute | None:
    """The attribute of that name, hyphens and underscores alike; ``None`` where Coupa has none.

    :param definition: ``InvoiceHeader``.
    :param name: ``invoice_lines`` or ``invoice-lines``.
    """
    return _definition(definition).get(name.replace("_", "-"))


@functools.cache
def _definition(definition: str) -> dict[str, Attribute]:
    return {name: _read(name, word) for name, word in _schema()[definition].items()}


@functools.cache
def _schema() -> dict[str, dict[str, str]]:
    schema: dict[str, dict[str, str]] = json.loads(
        Path(__file__).with_name("schema.json").read_text(encoding="utf-8")
    )
    return schema


def _read(name: str, word: str) -> Attribute:
    read_only = word.endswith("!")
    word = word.removesuffix("!")
    many = word.startswith("[")
    word = word.strip("[]")
    if word.startswith("#"):
        return Attribute(name, "object", refers=word[1:], many=many, read_only=read_only)
    return Attribute(name, word, many=many, read_only=read_only)
