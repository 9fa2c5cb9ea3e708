"""What Coupa's answers say: JSON with exact amounts, and errors in every shape that they come in."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from coupa_erp.bounded import is_shallow
from coupa_erp.coupa.failures import BeyondBounds
from include.errors import TransientError
from include.models.kept import without_ibans

MOST_MESSAGES = 20
LONGEST_MESSAGE = 300
_READ_FOR_MESSAGES = 65_536
_DEEPEST = 12
_LONGEST_NUMBER = 60

#: Keys that say "here is an error" and nothing about which field is wrong.
_PLAIN_KEYS = {"error", "errors", "message", "messages", "description", "error_description", "detail", "base"}
_SILENT_KEYS = {"status", "code", "error_uri", "timestamp", "path"}
#: Where one of these stands at the top, what stands beside it is the object that was sent, not the error.
_TOP_KEYS = {"error", "errors", "error_description"}
_XML_ERROR = re.compile(r"<error(?:\s[^<>]*)?>([^<>]*)</error>", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]*>([^<>]*)</title>", re.IGNORECASE)
_TAG = re.compile(r"<(?:style|script)[^<>]*>[^<]*</(?:style|script)>|<[^<>]*>", re.IGNORECASE)
_HIDDEN = (
    (re.compile(r"\bBearer\s+\S+", re.IGNORECASE), "Bearer ***"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]*\.?[\w-]*"), "***"),
    (re.compile(r"\b((?:client_secret|access_token|password)\W{1,5})[^\s&\"',;]+", re.IGNORECASE), r"\1***"),
    (re.compile(r"(https?://[^\s?\"'<>]*|/api/[^\s?\"'<>]*)\?[^\s\"'<>]*"), r"\1?…"),
)


def json_of(body: bytes, call: str) -> Any:
    """The JSON of a successful answer; numbers with a point are exact.

    One odd value must not cost a page of fifty invoices: a number that is none becomes its text, a byte that
    is no UTF-8 a mark, and a key that stands twice with two values the list of both. No model takes these
    for an amount, so the invoice that has them is refused by the field's name.

    :param body: as received.
    :param call: verb and path, for the message.
    :raises TransientError: it is no JSON: a proxy's page, or an answer that was cut.
    :raises BeyondBounds: it is nested too deep to be walked.
    """
    try:
        text = body.decode(json.detect_encoding(body), errors="replace")
        parsed = json.loads(
            text, parse_float=_exact, parse_int=_whole, parse_constant=str, object_pairs_hook=_object
        )
    except ValueError:
        pass  # told below, without the fault's text: it quotes what Coupa sent
    except RecursionError:
        raise BeyondBounds(call, "nested too deep") from None
    else:
        if is_shallow(parsed):
            return parsed
        raise BeyondBounds(call, "nested too deep")
    shown = "nothing" if not body.strip() else f"{len(body)} bytes that are no JSON"
    raise TransientError(f"{call}: Coupa answered well, but with {shown}.")


def one(answer: Any, call: str) -> dict[str, Any]:
    """The object of an answer, which some calls send as an array of one.

    :raises TransientError: it is neither.
    """
    if isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    if isinstance(answer, dict):
        return answer
    raise TransientError(f"{call}: Coupa answered with {_kind(answer)} where one object belongs.")


def many(answer: Any, call: str) -> list[dict[str, Any]]:
    """The objects of a listing.

    :raises TransientError: it is no array of objects.
    """
    if isinstance(answer, list) and all(isinstance(element, dict) for element in answer):
        return answer
    raise TransientError(f"{call}: Coupa answered with {_kind(answer)} where an array of objects belongs.")


def lookup(answer: dict[str, Any], name: str) -> Any:
    """A field by its hyphenated name, whichever spelling the answer has.

    :raises KeyError: the answer has neither.
    """
    if name in answer:
        return answer[name]
    return answer[name.replace("-", "_")]


def messages_of(body: bytes, *, hide: Iterable[str] = ()) -> list[str]:
    """The sentences of an error answer: short, printable, and without secrets.

    It takes an object of lists, a list, a string, ``{"error": …}``, XML and HTML; an empty body has none.

    :param body: as received, of any length and any content.
    :param hide: texts that must never be shown.
    """
    secrets = sorted({secret for secret in hide if secret}, key=len, reverse=True)
    text = _beginning(body[: _READ_FOR_MESSAGES + 1].decode("utf-8", errors="replace"), secrets)
    said: list[str] = []
    for raw in _raw_messages(text):
        message = _cleaned(raw, secrets)
        if message and message not in said:
            said.append(message)
        if len(said) == MOST_MESSAGES:
            break
    return said


def _beginning(text: str, secrets: list[str]) -> str:
    """What is read of a text, without the beginning of a secret that the cut would leave at its end."""
    if len(text) < _READ_FOR_MESSAGES:
        return text
    text = text[:_READ_FOR_MESSAGES]
    for secret in secrets:
        for length in range(min(len(secret), len(text)), 0, -1):
            if text.endswith(secret[:length]):
                return text[:-length]
    return text


def _raw_messages(text: str) -> Iterator[str]:
    stripped = text.strip()
    if not stripped:
        return
    if stripped.startswith("<"):
        found = _XML_ERROR.findall(stripped) or _TITLE.findall(stripped)[:1] or [_TAG.sub(" ", stripped)]
        yield from (html.unescape(each) for each in found)
        return
    try:
        parsed = json.loads(stripped, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        yield stripped
        return
    if isinstance(parsed, dict) and any(key.lower() in _TOP_KEYS for key in parsed):
        parsed = {key: value for key, value in parsed.items() if key.lower() in _TOP_KEYS}
    yield from _walk(parsed, "", 0)


def _walk(value: Any, name: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST or value is None or isinstance(value, bool):
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.lower() in _SILENT_KEYS and not isinstance(inner, dict | list):
                continue
            plain = key.lower() in _PLAIN_KEYS
            yield from _walk(inner, name if plain else f"{name}.{key}".lstrip("."), depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, name, depth + 1)
    elif str(value).strip():
        yield f"{name}: {value}" if name else str(value)


def _cleaned(raw: str, secrets: list[str]) -> str:
    text = raw
    for secret in secrets:
        text = text.replace(secret, "***")
    text = text[: LONGEST_MESSAGE * 20]
    for pattern, instead in _HIDDEN:
        text = pattern.sub(instead, text)
    text = without_ibans(text)
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _kind(answer: Any) -> str:
    if isinstance(answer, list):
        return f"an array of {len(answer)}"
    return {dict: "an object", str: "a text", type(None): "null"}.get(type(answer), "a value")


def _exact(spelled: str) -> Decimal | str:
    try:
        return Decimal(spelled)
    except ArithmeticError:
        return spelled


def _whole(spelled: str) -> int | str:
    return int(spelled) if len(spelled) <= _LONGEST_NUMBER else spelled


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    for name in found:
        values = [value for key, value in pairs if key == name]
        if any(value != values[0] for value in values):
            found[name] = values
    return found
