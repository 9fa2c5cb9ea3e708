"""What the proxy answers in the place of a server."""

from __future__ import annotations

from include.soak.messages import answer

_PAGE = (
    b"<html><head><title>502 Bad Gateway</title></head><body><p>The gateway is in trouble</p></body></html>"
)
_TROUBLE = b'{"error": "Something is in trouble, as ordered"}'
REFUSALS: dict[str, bytes] = {
    "unavailable": answer(503, "Service Unavailable", "application/json", _TROUBLE),
    "unavailable_wait": answer(
        503, "Service Unavailable", "application/json", _TROUBLE, ("Retry-After", "1")
    ),
    "internal_error": answer(500, "Internal Server Error", "application/json", _TROUBLE),
    "too_many": answer(429, "Too Many Requests", "application/json", _TROUBLE),
    "too_many_wait": answer(429, "Too Many Requests", "application/json", _TROUBLE, ("Retry-After", "1")),
    "unauthorized": answer(401, "Unauthorized", "application/json", _TROUBLE),
    "forbidden": answer(403, "Forbidden", "application/json", _TROUBLE),
    "html_page": answer(502, "Bad Gateway", "text/html", _PAGE),
    "bad_gateway_after": answer(502, "Bad Gateway", "text/html", _PAGE),
}
