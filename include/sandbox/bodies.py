"""Values and errors as the bytes that Coupa sends."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from starlette.responses import Response

from include.sandbox.calls import Answer, Call, Refused
from include.sandbox.faults import Fault
from include.sandbox.xml import errors_to_xml, to_xml

_PLACEHOLDER = re.compile(r'"\\u0000(-?[0-9.]+)\\u0000"')
_HTML = "<html><head><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p></body></html>"


def to_json(value: Any) -> str:
    """JSON in which every ``Decimal`` is a number with exactly its own digits; a float would round some."""
    text = json.dumps(value, default=_placeholder, separators=(",", ":"))
    return _PLACEHOLDER.sub(r"\1", text) if "\\u0000" in text else text


def response_of(answer: Answer, call: Call) -> Response:
    """A successful answer, in the caller's format; without a body where the caller asked for none."""
    if answer.value is None:
        return Response(status_code=answer.status)
    if answer.media_type is not None:
        return Response(answer.value, answer.status, media_type=answer.media_type)
    if call.wants_json or call.path == "/oauth2/token":
        return Response(to_json(answer.value), answer.status, media_type="application/json")
    return Response(to_xml(answer.element, answer.value), answer.status, media_type="application/xml")


def response_of_refusal(refused: Refused, call: Call) -> Response:
    """An error, in the caller's format."""
    if call.wants_json or call.path == "/oauth2/token":
        body = to_json(refused.body)
        return Response(body, refused.status, refused.headers, media_type="application/json")
    body = errors_to_xml(messages_in(refused.body))
    return Response(body, refused.status, refused.headers, media_type="application/xml")


def response_of_fault(fault: Fault, made: Response | None) -> Response:
    """The answer that a fault orders.

    :param made: what the work of the call would have answered, if it was done.
    """
    well = made.status_code if made else 200
    status = fault.status or (well if fault.shape in ("garbage", "empty") else 500)
    bodies: dict[str, tuple[str, str]] = {
        "errors_dict": (to_json({"errors": {"base": [fault.message]}}), "application/json"),
        "errors_list": (to_json({"errors": [fault.message]}), "application/json"),
        "errors_string": (to_json({"errors": fault.message}), "application/json"),
        "error": (to_json({"error": fault.message}), "application/json"),
        "xml": (errors_to_xml([fault.message]), "application/xml"),
        "html": (_HTML.format(f"{status} Proxy Error", fault.message), "text/html"),
        "garbage": ('{"id": 1, "status": "app', "application/json"),
        "empty": ("", "application/json"),
    }
    if fault.shape == "unchanged" and made is not None:
        return Response(bytes(made.body), status, fault.headers, media_type=made.media_type)
    body, media_type = bodies.get(fault.shape or "errors_dict", bodies["empty"])
    return Response(body, status, fault.headers, media_type=media_type)


def messages_in(body: Any) -> list[str]:
    """Every sentence in an error body of any JSON shape; a field's name stands before its own."""
    if isinstance(body, dict):
        for wrapper in ("errors", "error_description", "error"):
            if wrapper in body:
                return messages_in(body[wrapper])
        return [f"{field} {message}" for field, value in body.items() for message in messages_in(value)]
    if isinstance(body, list):
        return [message for one in body for message in messages_in(one)]
    return [str(body)]


def _placeholder(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"\0{value:f}\0"
    raise TypeError(f"{type(value).__name__} is no JSON value")
