"""Serves the page's static files. There is no data here: the browser reads it from Airflow's REST API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.applications import Starlette

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

STATIC = Path(__file__).parent / "static"

#: Nothing from outside, nothing inline: what Coupa or the ERP wrote could not run even if it became markup.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    ]
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    # Asked for again each time, answered 304: after an upgrade nobody sees yesterday's page.
    "cache-control": "no-cache",
}


class Page:
    """An ASGI application over the folder ``static``.

    Every process of Airflow loads the plugin, each task's too: what serves is imported by the first request.
    """

    @cached_property
    def _files(self) -> Starlette:
        from starlette.applications import Starlette  # noqa: PLC0415 - see the class
        from starlette.routing import Mount  # noqa: PLC0415
        from starlette.staticfiles import StaticFiles  # noqa: PLC0415

        return Starlette(routes=[Mount("/", StaticFiles(directory=STATIC, html=True))])

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, with our headers on it.

        :param scope: the request.
        :param receive: takes its body.
        :param send: takes the answer.
        """

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", []), *ours]}
            await send(message)

        await self._files(scope, receive, send_with_headers)
