"""Texts on their way into an ERP: harmless, never a reason to reject."""

from __future__ import annotations

import unicodedata
from typing import Any

_TURNS_TEXT_AROUND = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)


def clean(text: str | None, limit: int = 250) -> str:
    """The text on one line, without control characters and marks that turn what follows around.

    Emoji, markup and letters of every script stay as they are.

    :param text: what somebody typed.
    :param limit: characters kept.
    """
    kept = []
    for character in text or "":
        category = unicodedata.category(character)
        if category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif category not in ("Cs", "Cn") and character not in _TURNS_TEXT_AROUND:
            kept.append(character)
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def identifier(text: str | None) -> str:
    """A code or number without invisible characters, whole: an identifier is never cut.

    :param text: what Coupa has.
    """
    return clean(text, limit=len(text or "") + 1)


def field_text(value: Any) -> str:
    """A custom field as text: a lookup by its code, a list by its items.

    :param value: text, number, flag, lookup object, list, ``""`` or null.
    """
    if isinstance(value, dict):
        for name in ("external-ref-code", "external_ref_code", "external-ref-num", "external_ref_num"):
            if value.get(name) not in (None, ""):
                return field_text(value[name])
        return field_text(value.get("code") or value.get("name") or value.get("id"))
    if isinstance(value, list):
        return clean(", ".join(item for item in map(field_text, value) if item))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else clean(str(value))
