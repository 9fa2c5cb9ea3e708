"""What of an answer may travel on that no model names: amounts, and custom fields that hold no bank detail.

Coupa may answer more than it was asked for: an API filter that an administrator made, a server that does not
know ``fields``. What is read goes into Airflow's database and, in parts, into the ERP, so nothing is kept
merely because it came. An unknown amount is: the mapping refuses it by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any

from include.models.money_names import OTHER_OBJECTS, is_called_like_money
from include.models.text import storable

_NOTHING: tuple[Any, ...] = (None, "", {}, [])
_DEEPEST = 4
_DEEPEST_JSON = 12
_LONGEST = 60
_LONGEST_NUMBER = 1000
#: What is a number, also one beyond any amount: such a one is refused by name, not passed over.
_AMOUNT = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?\s*", re.ASCII)
#: Words and pairs of words in the name of a field that holds where money is paid to or from.
_BANK_WORDS = frozenset(
    {
        "iban",
        "bic",
        "swift",
        "bank",
        "banking",
        "routing",
        "bsb",
        "clabe",
        "ifsc",
        "aba",
        "ach",
        "card",
        "cvv",
    }
)
_BANK_PAIRS = frozenset(
    {"sort-code", "account-number", "account-no", "account-num", "account-holder", "acct-number", "acct-no"}
)
#: ISO 13616; the check digits decide, so that a project called like one is seldom meant.
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_IBAN_BEGINS = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]+){1,10}")


def json_value(value: object, depth: int = 0) -> Any:
    """The value as JSON carries it between tasks and a database keeps it.

    Numbers with a point become text, exactly; what lies deeper than anything of Coupa's becomes "…".

    :param value: what Coupa's JSON held.
    :param depth: how many objects and lists lie around it.
    """
    if isinstance(value, dict | list | tuple) and depth > _DEEPEST_JSON:
        return "…"
    if isinstance(value, dict):
        return {storable(str(key)): json_value(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    return storable(str(value))


def unnamed_money(name: str, value: object, depth: int = 0) -> Any:
    """The amounts of a field that no model names, in the shape in which they came; ``None`` for none.

    :param name: by Coupa's name; within an object with its path, ``retainage.amount``.
    :param value: what Coupa's JSON held.
    :param depth: how many objects lie around it.
    """
    outer, _, last = name.rpartition(".")
    if last in OTHER_OBJECTS or depth > _DEEPEST:
        return None
    if isinstance(value, dict):
        inside = {
            storable(str(key)): unnamed_money(f"{name}.{str(key).replace('_', '-')}", item, depth + 1)
            for key, item in value.items()
        }
        return {key: item for key, item in inside.items() if item is not None} or None
    if isinstance(value, list):
        return [item for each in value if (item := unnamed_money(name, each, depth + 1)) is not None] or None
    is_money = is_called_like_money(last) or (last in ("value", "sum") and is_called_like_money(outer))
    return json_value(value) if is_money and is_number(value) else None


def custom_fields(values: dict[Any, Any]) -> dict[str, Any]:
    """Custom fields without those that hold a bank detail, by their name or by their value.

    :param values: by name; a value is text, number, flag, lookup or list.
    """
    kept = {
        storable(str(name)): _without_bank(json_value(value))
        for name, value in values.items()
        if not is_called_like_bank(str(name))
    }
    return {name: value for name, value in kept.items() if value is not None}


def with_older_fields(raw: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The invoice with its older custom fields among the others.

    Older custom fields lie at the top level, under any name, where nothing tells them from what Coupa
    answered unasked: so they are taken by name.

    :param raw: as Coupa answered it.
    :param names: of the custom fields that the connection names.
    """
    shown = raw.get("custom-fields") or raw.get("custom_fields") or {}
    if not isinstance(shown, dict):
        return raw
    fields = dict(shown)
    for name in names:
        for spelling in (name, name.replace("-", "_")):
            if fields.get(name) in _NOTHING and raw.get(spelling) not in _NOTHING:
                fields[name] = raw[spelling]
    return {**raw, "custom-fields": fields}


def is_called_like_bank(name: str) -> bool:
    """Whether a field's name says that it holds a bank detail: ``cf-supplier-iban``."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower())
    pairs = {f"{first}-{second}" for first, second in pairwise(words)}
    return bool(_BANK_WORDS.intersection(words) or _BANK_PAIRS & pairs)


def shape_of(value: object) -> Any:
    """What stands in a field that cannot be read: a text or number itself, of anything else what it is.

    :param value: of a field that has another type.
    """
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, str) and len(value) > _LONGEST:
        value = value[:_LONGEST] + "…"
    return "***" if is_iban(value) else json_value(value)


def is_iban(value: object) -> bool:
    """Whether a text is an IBAN, by its form and its check digits."""
    if not isinstance(value, str) or not _IBAN.fullmatch(text := re.sub(r"[\s-]", "", value).upper()):
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def without_ibans(text: str) -> str:
    """The text of somebody else's message, with ``***`` in the place of each IBAN.

    :param text: of an ERP or of Coupa; never a field of an invoice, whose numbers must stay what they are.
    """
    kept, at = [], 0
    for begun in _IBAN_BEGINS.finditer(text):
        # Written in groups it may be followed by a word in capitals: each end of a group may be its end.
        ends = [len(piece) for piece in accumulate(begun[0].split(" "), "{} {}".format)]
        end = next((end for end in reversed(ends) if is_iban(begun[0][:end])), None)
        if end is not None:
            kept += [text[at : begun.start()], "***"]
            at = begun.start() + end
    return "".join([*kept, text[at:]])


def _without_bank(value: Any) -> Any:
    if isinstance(value, dict):
        return custom_fields(value)
    if isinstance(value, list):
        return [item for each in value if (item := _without_bank(each)) is not None]
    return None if is_iban(value) else value


def is_number(value: object) -> bool:
    """Whether a value is a number or spells one, of whatever size.

    :param value: what Coupa's JSON held, or the text that it travels as.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return False
    return len(text := str(value)) <= _LONGEST_NUMBER and _AMOUNT.fullmatch(text) is not None
