"""Our key in twenty-five characters, because that is what the header's text holds.

``acme/InvoiceHeader/104217`` becomes ``CEQ7K2XM4B-104217``: two letters that say whose it is, eight that
stand for all before the last slash (forty bits of its SHA-256), and the invoice's id, which people can read.
Equal keys have equal forms, and the keys of one Coupa instance begin alike, so they can be listed. The form
cannot be turned back; whoever asked for a key gets that key in the answer.
"""

from __future__ import annotations

import base64
import hashlib
import re

LENGTH = 25
_FORM = re.compile(r"^CE[A-Z2-7]{8}-[A-Za-z0-9_.-]{1,14}$")
_ID = re.compile(r"^[A-Za-z0-9_.-]{1,14}$")


def compact(key: str) -> str:
    """The short form of a key.

    :param key: ``acme/InvoiceHeader/104217``.
    """
    before, _, last = key.rpartition("/")
    return _head(before) + (last if _ID.match(last) else _digest(last, 14))


def compact_beginning(prefix: str) -> str:
    """What the short forms begin with of all keys that begin so.

    :param prefix: ``acme/InvoiceHeader/``, or more of the keys.
    """
    before, _, rest = prefix.rpartition("/")
    return _head(before) + rest


def _head(before: str) -> str:
    return f"CE{_digest(before, 8)}-"


def is_ours(text: str | None) -> bool:
    """Whether a field that may hold anybody's text holds a short form."""
    return text is not None and _FORM.match(text) is not None


class KnownKeys:
    """The keys that this process asked for, by their short forms."""

    def __init__(self) -> None:
        self._prefixes: dict[str, str] = {}
        self._keys: dict[str, str] = {}

    def learn(self, key: str) -> str:
        """Remember a key, and answer its short form."""
        short = compact(key)
        self._keys[short] = key
        self.learn_beginning(key)
        return short

    def learn_beginning(self, prefix: str) -> str:
        """Remember what keys begin with, and answer what their short forms begin with."""
        before = prefix.rpartition("/")[0]
        self._prefixes[_head(before)] = f"{before}/"
        return compact_beginning(prefix)

    def whole(self, short: str | None) -> str | None:
        """The key of a short form; of another instance's, the short form itself; ``None`` for other texts."""
        if short is None or not is_ours(short):
            return None
        head, last = short[:11], short[11:]
        if short in self._keys:
            return self._keys[short]
        return self._prefixes[head] + last if head in self._prefixes else short


def _digest(text: str, length: int) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()[:length]
