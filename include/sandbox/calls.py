"""One call of Coupa's API as it came in, and what it is answered."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
_INVOICE_PATH = re.compile(r"^/api/invoices/(\d+)")


class Refused(Exception):
    """Coupa says no.

    :param status: the HTTP status.
    :param body: the body in one of Coupa's error shapes.
    :param headers: further headers of the answer.
    """

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def invalid(**messages: str) -> Refused:
    """A 400 in the shape of Coupa's validation errors: ``{"errors": {"account": ["…"]}}``."""
    return Refused(400, {"errors": {name: [message] for name, message in messages.items()}})


@dataclass
class Answer:
    """What a call is answered.

    :param value: plain JSON values, with ``Decimal`` for what Coupa sends as a JSON number.
    :param element: the XML element of the object: ``invoice-header``.
    :param media_type: of bytes, which are answered as they are, whatever format was asked for.
    """

    value: Any
    element: str
    status: int = 200
    media_type: str | None = None


@dataclass
class Call:
    """One request under ``/api`` or ``/oauth2``.

    :param query: the decoded query, in its order.
    :param raw_body: the bytes as they came.
    :param keep_values: set by a fault: answer well and change nothing.
    """

    number: int
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    raw_body: bytes
    keep_values: bool = False

    @property
    def wants_json(self) -> bool:
        """Whether the caller asked for JSON; Coupa's default is XML."""
        return "application/json" in self.headers.get("accept", "")

    def parameter(self, name: str) -> str | None:
        """The value of one query parameter, ``None`` when it is not there."""
        return next((value for key, value in self.query if key == name), None)

    def body(self) -> Json:
        """The JSON object of the body, ``{}`` when there is none, with hyphenated top-level names.

        :raises Refused: it is not JSON, not said to be JSON, or not an object.
        """
        if not self.raw_body.strip():
            return {}
        kind = self.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            told = kind or "no Content-Type, which Coupa reads as XML"
            raise Refused(
                415,
                {
                    "errors": [
                        f"This sandbox reads bodies with Content-Type: application/json only, not {told}."
                    ]
                },
            )
        try:
            body = json.loads(self.raw_body, parse_float=str)
        except ValueError:
            raise Refused(400, {"error": "The body is not valid JSON."}) from None
        if not isinstance(body, dict):
            raise Refused(400, {"error": "The body must be one JSON object."})
        return {str(name).replace("_", "-"): value for name, value in body.items()}

    @property
    def logged_body(self) -> Any:
        """The body for the call log: parsed where it is JSON, and never that of a token request."""
        if self.path.startswith("/oauth2") or not self.raw_body:
            return None
        try:
            return json.loads(self.raw_body, parse_float=str)
        except ValueError:
            return self.raw_body.decode(errors="replace")

    def concerns_invoice(self, invoice_id: int) -> bool:
        """Whether the call is about this invoice: by path, or by the document that query or body name."""
        named = _INVOICE_PATH.match(self.path)
        if named:
            return int(named[1]) == invoice_id
        asked = self.parameter("document-id") or self.parameter("document_id")
        body = self.logged_body
        sent = body.get("document-id") if isinstance(body, dict) else None
        return str(invoice_id) in (asked, str(sent))
