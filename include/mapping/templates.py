"""Templates that make an ERP code out of a Coupa account: ``{segment-2}``, ``{segment-1}.{segment-3}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Strict, StringConstraints

from include.mapping.text import field_text, identifier
from include.models.invoice import Account

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_KNOWN = re.compile(r"segment-([1-9]|1[0-9]|20)|code|(line|invoice)\.[A-Za-z0-9_-]+")


def _known_placeholders(template: str) -> str:
    named = _PLACEHOLDER.findall(template)
    wrong = [name for name in named if not _KNOWN.fullmatch(name)]
    if wrong or not named or set(_PLACEHOLDER.sub("", template)) & set("{}"):
        raise ValueError(
            "write a template of {segment-1} … {segment-20}, {code}, {line.<custom field>} or "
            '{invoice.<custom field>}, such as "{segment-2}"'
        )
    return template


Template = Annotated[str, Strict(), StringConstraints(min_length=1), AfterValidator(_known_placeholders)]

#: Custom fields by name, of the line or of the invoice.
FieldReader = Callable[[str], Any]


def fields_of(custom_fields: Mapping[str, Any]) -> FieldReader:
    """A reader of one object's custom fields."""
    return custom_fields.get


def render(
    template: str, account: Account, separator: str, line: FieldReader, invoice: FieldReader
) -> tuple[str | None, str]:
    """The template filled in, or ``None`` and the name of the first placeholder that has no value.

    :param template: of known placeholders.
    :param account: Coupa's account.
    :param separator: what joins the segments of its code.
    :param line: custom fields of the line.
    :param invoice: custom fields of the header.
    """
    missing: list[str] = []

    def fill(placeholder: re.Match[str]) -> str:
        value = _value(placeholder.group(1), account, separator, line, invoice)
        if not value:
            missing.append(placeholder.group(1))
        return value

    # In one pass: a value that looks like a placeholder is a value.
    text = _PLACEHOLDER.sub(fill, template)
    return (None, missing[0]) if missing else (text, "")


def _value(name: str, account: Account, separator: str, line: FieldReader, invoice: FieldReader) -> str:
    if name.startswith("segment-"):
        return identifier(account.segment(int(name.removeprefix("segment-")), separator))
    if name == "code":
        return identifier(account.code)
    source, _, field = name.partition(".")
    return identifier(field_text((line if source == "line" else invoice)(field)))
