"""Texts from Coupa, made fit for a database, a log line and a person's eye."""

from __future__ import annotations

import unicodedata

#: Stands for a character that no database takes: NUL, which PostgreSQL refuses, and half a surrogate pair,
#: which UTF-8 cannot write.
ILLEGIBLE = "\ufffd"

_TURNS_TEXT_AROUND = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
_NAMES = {"\n": "a line break", "\r": "a line break", "\t": "a tab", ILLEGIBLE: "not readable at all"}
_CONTROLS = ("Cc", "Zl", "Zp")


def storable(text: str) -> str:
    """The text with :data:`ILLEGIBLE` for what a database cannot keep; everything else stays as it came.

    :param text: what Coupa's JSON held, which can escape any character.
    """
    if "\x00" in text:
        text = text.replace("\x00", ILLEGIBLE)
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(ILLEGIBLE if "\ud800" <= sign <= "\udfff" else sign for sign in text)
    return text


def clean(text: str | None, limit: int = 250) -> str:
    """The text on one line, without control characters and marks that turn what follows around.

    Emoji, markup and letters of every script stay as they are.

    :param text: what somebody typed.
    :param limit: characters kept.
    """
    kept: list[str] = []
    for sign in text or "":
        category = unicodedata.category(sign)
        if category in _CONTROLS or sign.isspace():
            if kept and kept[-1] != " ":
                kept.append(" ")
        elif category not in ("Cs", "Cn") and sign not in _TURNS_TEXT_AROUND:
            kept.append(sign)
        if len(kept) > limit + 1:
            break
    line = "".join(kept).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def without_invisible(text: str) -> str:
    """The text without characters of no width, which make two codes differ that look alike."""
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf")


def first_invisible(text: str) -> tuple[int, str] | None:
    """The first character that nobody can see or read: its place, counted from 1, and its name.

    Blanks of every width can be seen; a control character, a mark of no width, half a pair and a place that
    Unicode has not filled cannot.

    :param text: what is to be read by people and matched by programs.
    """
    for place, sign in enumerate(text, start=1):
        if unicodedata.category(sign) in (*_CONTROLS, "Cf", "Cs", "Cn", "Co") or sign == ILLEGIBLE:
            return place, _NAMES.get(sign) or unicodedata.name(sign, "a control character").lower()
    return None
