"""A connection as people write it, in the form, as JSON or as a URI, and what the Test button tells them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from include.errors import ConfigurationError

ModelT = TypeVar("ModelT", bound=BaseModel)
T = TypeVar("T")


def read_connection(conn_id: str, read: Callable[[], T]) -> T:
    """What a reader makes of a connection; what it complains of is told with the connection's name.

    :param conn_id: the connection's.
    :param read: raises ValueError for what is missing, unknown or unusable.
    :raises ConfigurationError: it did.
    """
    try:
        return read()
    except ValueError as fault:
        problem = str(fault).rstrip(".")
    # Out here, so that the fault is no part of it.
    raise ConfigurationError(f"Connection {conn_id}: {problem}.")


def extra_of(text: str | None, example: str) -> dict[str, Any]:
    """The extra as an object; what is null or empty counts as not given, as Airflow's form leaves it.

    :param text: JSON, or such a text inside a JSON text, as some secret backends hand it over.
    :param example: for the message.
    :raises ValueError: it is no JSON object.
    """
    extra: Any = text or "{}"
    for _ in range(2):
        if isinstance(extra, str):
            try:
                extra = json.loads(extra)
            except json.JSONDecodeError as fault:
                raise ValueError(f"extra is no JSON (line {fault.lineno}, column {fault.colno})") from None
    if not isinstance(extra, dict):
        raise ValueError(f"extra should be a JSON object such as {example}")  # noqa: TRY004 - told as a wrong value
    return {name: value for name, value in extra.items() if value is not None and value != ""}


def with_texts(extra: dict[str, Any], models: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """The extra with whole numbers turned back into the texts that they were written as.

    Airflow reads each value of a URI's query as JSON where it can, and its Test button writes every
    connection as a URI: the integration code 4711 arrives as a number. A number with a point is left alone,
    and so refused: 1.10 would come back as 1.1.

    :param models: say which fields are texts.
    """
    texts = {
        name
        for model in models
        for name, field in model.model_fields.items()
        if field.annotation in (str, str | None)
    }
    return {
        name: str(value)
        if name in texts and isinstance(value, int) and not isinstance(value, bool)
        else value
        for name, value in extra.items()
    }


def validated(
    model: type[ModelT], extra: dict[str, Any], *, missing: str = "{name} is missing in extra"
) -> ModelT:
    """The extra as a model.

    :param missing: what is said of a key that must be there.
    :raises ValueError: naming every key that is missing, unknown or unusable.
    """
    try:
        return model.model_validate(extra)
    except ValidationError as unusable:
        faults = [
            _told(fault, model, missing) for fault in unusable.errors(include_input=False, include_url=False)
        ]
    raise ValueError("; ".join(faults))


def _told(fault: Any, model: type[BaseModel], missing: str) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{name} in extra is not known; known are {', '.join(sorted(model.model_fields))}"
    if fault["type"] == "missing":
        return missing.format(name=name)
    said = str(fault["msg"]).removeprefix("Value error, ")
    return f"{name} in extra: {said}" if name else f"extra: {said}"


def told_in_the_form(problem: Exception, conn_id: str) -> str:
    """A problem as a sentence, without the connection's name: Airflow makes one up for each test.

    :param conn_id: as the hook was given it.
    """
    return f"{str(problem).removeprefix(f'Connection {conn_id}: ').rstrip('.')}."


def listed(names: list[str]) -> str:
    """Names as a sentence lists them.

    :param names: one or more.
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
