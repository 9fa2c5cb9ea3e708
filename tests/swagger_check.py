"""Checks requests to Coupa and answers of Coupa against Coupa's own R39 Swagger.

Two functions, each raising :class:`SwaggerMismatch` (an ``AssertionError``) that names all that is wrong:

* ``check_request(method, path, query, body, article_verbs=False)``
* ``check_answer(method, path, body, article_verbs=False)``

``path`` is as sent, with or without ``/api``: ``/api/invoices/7``. ``query`` is a mapping or a list of pairs,
not encoded. ``article_verbs=True`` reads the ``PUT`` with which Coupa's article creates records as the
``POST`` of the Swagger. The check is loose where Coupa is: an amount may be a string or a number, any field
may be null or left out of an answer, custom fields are free.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

SWAGGER = Path(__file__).parent / "swagger" / "coupa-r39.json"

OPERATORS = frozenset(
    [
        "contains",
        "starts_with",
        "ends_with",
        "blank",
        "gt",
        "lt",
        "gt_or_eq",
        "lt_or_eq",
        "not_eq",
        "in",
        "not_in",
    ]
)
#: Documented in Coupa's reference, and left out of the Swagger's lists of parameters.
REFERENCE_QUERY = frozenset(["fields"])
#: The Swagger's slip: it gives these arrays of an invoice the invoice's own definition.
MISTYPED = {("InvoiceHeader", "attachments"): "Attachment", ("InvoiceHeader", "tags"): "Tag"}
CREATED_BY_ARTICLE = re.compile(r"^/integration_(errors|history_records)(/create_alert)?$")
ALERT_TYPES = ("Technical", "Functional", "Both")


class SwaggerMismatch(AssertionError):
    """A request or an answer that Coupa's Swagger does not know."""


def check_request(
    method: str,
    path: str,
    query: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    body: Any = None,
    *,
    article_verbs: bool = False,
) -> None:
    """Hold one request against the Swagger: verb, path, query names, body keys, types and required keys."""
    operation = _operation(method, path, article_verbs)
    problems: list[str] = []
    pairs = list(query.items() if isinstance(query, Mapping) else query or [])
    for name, value in pairs:
        problems += _query_problems(operation, name, value)
    model: dict[str, Any] | None = next(
        (parameter["schema"] for parameter in operation["parameters"] if parameter.get("in") == "body"), None
    )
    if body is not None and model is None:
        problems.append("has a body that the Swagger does not know")
    elif model is not None and body is not None:
        name = _name_of(model)
        problems += _problems(body, name, name, sent=True)
        if operation["verb"] == "post" and isinstance(body, dict):
            missing = set(_definitions()[name].get("required", ())) - set(body)
            problems += [f"{name} lacks the required {key}" for key in sorted(missing)]
    elif model is not None and operation["verb"] == "post":
        problems.append("lacks its body")
    _raise(method, path, problems)


def check_answer(method: str, path: str, body: Any, *, article_verbs: bool = False) -> None:
    """Hold the parsed body of a successful answer against the Swagger: keys, types, array or object."""
    operation = _operation(method, path, article_verbs)
    schema: dict[str, Any] = next(
        (answer["schema"] for status, answer in operation["responses"].items() if status in ("200", "201")),
        {},
    )
    problems = []
    if schema.get("type") == "array":
        name = _name_of(schema["items"])
        if isinstance(body, list):
            for position, element in enumerate(body):
                problems += _problems(element, name, f"[{position}]", sent=False)
        else:
            problems.append(f"should be a bare array of {name}")
    else:
        # the Swagger writes the single object of a PUT as "items" without saying that it is an array
        name = _name_of(schema.get("items", schema))
        problems += _problems(body, name, name, sent=False)
    _raise(method, path, problems)


@functools.cache
def _swagger() -> dict[str, Any]:
    swagger: dict[str, Any] = json.loads(SWAGGER.read_text(encoding="utf-8"))
    return swagger


def _definitions() -> dict[str, Any]:
    definitions: dict[str, Any] = _swagger()["definitions"]
    return definitions


def _name_of(schema: dict[str, Any]) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[-1]


def _operation(method: str, path: str, article_verbs: bool) -> dict[str, Any]:
    path = path.split("?", 1)[0].removeprefix("/api").rstrip("/")
    verb = method.lower()
    if article_verbs and verb == "put" and CREATED_BY_ARTICLE.match(path):
        verb = "post"
    for template, operations in sorted(_swagger()["paths"].items(), key=lambda item: item[0].count("{")):
        if re.fullmatch(re.sub(r"\{[^}]+\}", r"\\d+", template), path):
            if verb not in operations:
                raise SwaggerMismatch(f"{method} {path}: the Swagger knows {', '.join(operations)} there")
            return {**operations[verb], "verb": verb}
    raise SwaggerMismatch(f"{method} {path}: no such path in the Swagger")


def _raise(method: str, path: str, problems: list[str]) -> None:
    if problems:
        raise SwaggerMismatch(f"{method} {path}: " + "; ".join(problems))


def _query_problems(operation: dict[str, Any], name: str, value: str) -> list[str]:
    for parameter in operation["parameters"]:
        if parameter.get("in") == "query" and parameter["name"] == name:
            if parameter.get("type") == "integer" and not str(value).isdigit():
                return [f"?{name} should be a whole number, not {value!r}"]
            if "enum" in parameter and value not in parameter["enum"]:
                return [f"?{name} should be one of {parameter['enum']}, not {value!r}"]
            return []
    return [] if name in REFERENCE_QUERY else _condition_problems(_model_of(operation), name)


def _condition_problems(definition: str | None, name: str) -> list[str]:
    words = [word.rstrip("]") for word in name.split("[")]
    if len(words) > 1 and words[-1] in OPERATORS:
        words.pop()
    for word in words:
        if word.startswith("cf") or word in ("custom-fields", "custom_fields"):
            return []
        field = _field(definition, word) if definition else None
        if definition is None or field is None:
            return [f"?{name}: {definition or 'nothing'} has no attribute or operator {word}"]
        definition = _referred(definition, word, field)
    return []


def _model_of(operation: dict[str, Any]) -> str:
    schema = next(answer["schema"] for answer in operation["responses"].values() if "schema" in answer)
    return _name_of(schema.get("items", schema))


def _field(definition: str, key: str) -> dict[str, Any] | None:
    properties: dict[str, dict[str, Any]] = _definitions()[definition]["properties"]
    return properties.get(key) or properties.get(key.replace("_", "-"))


def _referred(definition: str, key: str, field: dict[str, Any]) -> str | None:
    if (definition, key) in MISTYPED:
        return MISTYPED[definition, key]
    inner = field.get("items", field)
    return _name_of(inner) if "$ref" in inner else None


def _problems(value: Any, definition: str, place: str, *, sent: bool) -> list[str]:
    if not isinstance(value, dict):
        return [f"{place} should be an object ({definition}), not {type(value).__name__}"]
    problems = []
    for key, inner in value.items():
        where = f"{place}.{key}"
        field = _definitions()[definition]["properties"].get(key)
        if key == "custom-fields" or key.startswith("cf-"):
            continue
        if field is None:
            problems.append(f"{definition} has no {key} ({where})")
        elif sent and field.get("readOnly") and not (key == "id" and place.count(".")):
            problems.append(f"{where} is read-only")
        elif inner is not None:
            problems += _typed(inner, definition, key, field, where, sent=sent)
    return problems


def _typed(
    value: Any, definition: str, key: str, field: dict[str, Any], where: str, *, sent: bool
) -> list[str]:
    referred = _referred(definition, key, field)
    if field.get("type") == "array":
        if not isinstance(value, list):
            return [f"{where} should be an array"]
        return [
            problem
            for position, element in enumerate(value)
            for problem in (
                _problems(element, referred, f"{where}[{position}]", sent=sent) if referred else []
            )
        ]
    if referred is not None:
        return _problems(value, referred, where, sent=sent)
    allowed = field.get("enum") or (ALERT_TYPES if sent and key == "contact-alert-type" else None)
    if allowed and isinstance(value, str) and value not in allowed:
        return [f"{where} should be one of {', '.join(allowed)}, not {value!r}"]
    if not _fits(value, str(field.get("type")), str(field.get("format"))):
        return [f"{where} should be {field.get('format') or field.get('type')}, not {value!r}"]
    return []


def _fits(value: Any, kind: str, form: str) -> bool:
    length = re.fullmatch(r"string\((\d+)\)", form)
    if form == "datetime":
        zoned = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"
        return isinstance(value, str) and re.fullmatch(zoned, value) is not None
    if form == "int":
        kind = "integer"  # the Swagger's "string" of format "int" is a number in real answers: line-count
    fits = {
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
        "number": _is_amount(value),
        "string": isinstance(value, str) and (length is None or len(value) <= int(length[1])),
    }
    return fits.get(kind, True)


def _is_amount(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False
