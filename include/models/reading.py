"""How Coupa's JSON is read: tolerantly as to its spelling, strictly as to its money.

Coupa answers ``""`` and ``null`` for the same nothing, an amount as a string or as a number, a flag as
``"true"``, names with hyphens or underscores, and now and then a text where an object belongs. One such field
must not end a listing or a mark: a model keeps what it cannot read under ``unreadable``, and the mapping
rejects the invoice by that field's name. What no model names is dropped, as ``kept.py`` says.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from include.models.kept import custom_fields, json_value, shape_of, unnamed_money
from include.models.records import hyphenated
from include.models.text import storable

# A field's fault is a ValueError: pydantic lets a TypeError through as a fault of the program.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_LARGEST = Decimal("1e18")
#: Coupa's own columns for numbers and codes hold 255 characters; no ERP's hold more.
LONGEST_TEXT = 1000
#: A description is read by its beginning: an ERP shows a few hundred characters of it.
_LONGEST_WORDS = 2000
_FINEST = -10  # decimals; with _LARGEST every amount has at most the 28 digits that Decimal keeps


def read_amount(value: object) -> Decimal | None:
    """An amount, a rate or a quantity from a string, an integer or a Decimal; never from a float.

    :param value: what Coupa's JSON held.
    :raises ValueError: it is no finite number of a reasonable size, or came as a binary float.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, float):
        raise ValueError("a binary float has lost digits: read JSON with parse_float=Decimal")  # noqa: TRY004
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("expected a number")  # noqa: TRY004
    spelled = str(value).strip()
    if len(spelled) > 60 or not _NUMBER.fullmatch(spelled):
        raise ValueError("expected a number such as 1180.00")
    number = Decimal(spelled)
    if int(number.as_tuple().exponent) < _FINEST:
        number = number.normalize()
    if abs(number) >= _LARGEST or int(number.as_tuple().exponent) < _FINEST:
        raise ValueError("expected a number of at most 18 digits before the point and 10 after it")
    if int(number.as_tuple().exponent) > 0:
        number = number.quantize(Decimal(1))
    return number if number else abs(number)


def _read_text(value: object) -> object:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return value
    if len(value) > LONGEST_TEXT:
        raise ValueError("expected a text of reasonable length")
    return storable(value)


def _read_words(value: object) -> object:
    if isinstance(value, str) and len(value) > _LONGEST_WORDS:
        value = value[:_LONGEST_WORDS]
    return storable(value) if isinstance(value, str) else _read_text(value)


def _read_flag(value: object) -> object:
    if isinstance(value, str):
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            value.strip().lower(), value
        )
    return value


def _read_integer(value: object) -> int:
    if isinstance(value, bool):
        raise ValueError("expected a whole number")  # noqa: TRY004
    number = read_amount(value)
    if number is None or number != int(number):
        raise ValueError("expected a whole number")
    return int(number)


Amount = Annotated[Decimal | None, BeforeValidator(read_amount)]
#: A number, a code, a name of something: whole, or not readable.
Text = Annotated[str | None, BeforeValidator(_read_text)]
#: What people write to each other.
Words = Annotated[str | None, BeforeValidator(_read_words)]
Flag = Annotated[bool | None, BeforeValidator(_read_flag)]
Integer = Annotated[int | None, BeforeValidator(_read_integer)]
Identity = Annotated[int, BeforeValidator(_read_integer)]


def _read_open(value: object) -> list[int] | None:
    """Ids of records that are open; ``None`` where it is not told of each: it is no content to judge."""
    if not isinstance(value, list):
        return None
    try:
        shown = [
            (record["id"], _read_flag(record["resolved"])) if isinstance(record, dict) else (record, False)
            for record in value
        ]
        if not all(isinstance(resolved, bool) for _, resolved in shown):
            return None
        return [_read_integer(record_id) for record_id, resolved in shown if not resolved]
    except (KeyError, ValueError):
        return None


#: Records about an invoice, of which its answer shows id and whether they are resolved: the open ones' ids.
OpenRecords = Annotated[list[int] | None, BeforeValidator(_read_open)]


def _read_presence(value: object) -> bool:
    """Whether there is anything: what it is called, or where it lies, is not kept."""
    return bool(value)


Presence = Annotated[bool | None, BeforeValidator(_read_presence)]


def _is_blank(value: object) -> bool:
    return value is None or value == {} or (isinstance(value, str) and not value.strip())


class FromCoupa(BaseModel):
    """Read by Coupa's hyphenated names (underscores serve too); of what we do not name little is kept.

    :param unreadable: fields whose value could not be read, with that value; an object or a list by its kind
        alone. Reading an object never fails for anything but a missing id of the invoice.
    """

    model_config = ConfigDict(
        alias_generator=hyphenated,
        populate_by_name=True,
        extra="allow",
        frozen=True,
        hide_input_in_errors=True,
    )

    #: The field that a bare text stands for, where Coupa shows a text instead of the object.
    text_stands_for: ClassVar[str | None] = None
    #: Whether an unknown amount in it must be seen by the mapping.
    holds_money: ClassVar[bool] = False

    unreadable: Annotated[dict[str, Any], BeforeValidator(json_value)] = Field(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_what_cannot_be_read(cls, raw: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(raw, str) and cls.text_stands_for:
            raw = {cls.text_stands_for: raw}
        if not isinstance(raw, dict):
            return handler(raw)
        values = cls._by_hyphenated_name(raw)
        try:
            return handler(values)
        except ValidationError as fault:
            bad = {str(error["loc"][0]) for error in fault.errors(include_url=False) if error["loc"]}
            if not bad or any(cls._is_required(name) or name not in values for name in bad):
                raise
        readable = {name: value for name, value in values.items() if name not in bad}
        readable["unreadable"] = readable.get("unreadable", {}) | {
            name: shape_of(values[name]) for name in sorted(bad)
        }
        return handler(readable)

    @classmethod
    def _by_hyphenated_name(cls, raw: dict[Any, Any]) -> dict[str, Any]:
        named = {field.alias or name for name, field in cls.model_fields.items()}
        values: dict[str, Any] = {}
        for key, value in raw.items():
            name = storable(hyphenated(str(key)))
            if name in values and name != key:
                continue  # both spellings: the hyphenated one is Coupa's
            if name not in named:
                if (kept := cls._kept(name, value)) is not None:
                    values[name] = kept
            elif not _is_blank(value):
                values[name] = value
        return values

    @classmethod
    def _kept(cls, name: str, value: Any) -> Any:
        """What is kept of a field that the model does not name; ``None`` for nothing."""
        return unnamed_money(name, value) if cls.holds_money else None

    @classmethod
    def _is_required(cls, alias: str) -> bool:
        return any(
            field.is_required() for name, field in cls.model_fields.items() if (field.alias or name) == alias
        )

    def entries(self) -> dict[str, Any]:
        """Every field by Coupa's name, the ones that we name and the ones that we only keep."""
        ours = {
            field.alias or name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if name != "unreadable"
        }
        return ours | (self.model_extra or {})


def _read_fields(value: object) -> object:
    """Custom fields: one object; Coupa's answer for none may be an empty list."""
    if isinstance(value, dict):
        return custom_fields(value)
    return {} if value == [] else value


CustomFields = Annotated[dict[str, Any], BeforeValidator(_read_fields)]
