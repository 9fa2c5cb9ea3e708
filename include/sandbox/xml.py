"""Answers as XML, Coupa's default for whoever does not ask for JSON."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_xml(element: str, value: Any) -> str:
    """One document: an object as its element, a list as the element's plural.

    :param element: the name of one object: ``invoice-header``.
    """
    name = element + "s" if isinstance(value, list) else element
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _element(name, value) + "\n"


def errors_to_xml(messages: list[str]) -> str:
    """``<errors><error>…</error></errors>``."""
    inner = "".join(f"<error>{_text(message)}</error>" for message in messages)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<errors>{inner}</errors>\n'


def _element(name: str, value: Any) -> str:
    name = re.sub(r"[^\w.-]", "", name)
    if value is None:
        return f'<{name} nil="true"/>'
    kind, inner = "", _text(str(value))
    if isinstance(value, list):
        kind, inner = "array", "".join(_element(_singular(name), one) for one in value)
    elif isinstance(value, dict):
        inner = "".join(_element(key, one) for key, one in value.items())
    elif isinstance(value, bool):
        kind, inner = "boolean", str(value).lower()
    elif isinstance(value, int):
        kind = "integer"
    elif isinstance(value, Decimal):
        kind, inner = "decimal", f"{value:f}"
    opening = f'{name} type="{kind}"' if kind else name
    return f"<{opening}>{inner}</{name}>"


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith("sses"):
        return name[:-2]
    return name.removesuffix("s")


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("", text))
