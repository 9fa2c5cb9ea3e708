"""Texts on their way into an ERP: harmless, never a reason to reject."""

from __future__ import annotations

from typing import Any

from include.models.text import clean, without_invisible

__all__ = ["clean", "field_text", "identifier"]


def identifier(text: str | None) -> str:
    """A code without invisible characters, whole: an identifier is never cut.

    :param text: what Coupa has.
    """
    return clean(without_invisible(text or ""), limit=len(text or "") + 1)


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
