"""The connections that are open, so that one of them can be cut in the middle of a call."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol


class OpenConnections:
    """The transports of the open connections, by the caller's address."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[asyncio.Protocol]:
        """The HTTP protocol of uvicorn that notes its connections here: ASGI has no word for cutting one."""
        transports = self._transports

        class Noted(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                transports[_caller(transport)] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(_caller(self.transport), None)
                super().connection_lost(exc)

        return Noted

    async def cut(self, scope: Scope) -> None:
        """Cut the connection of a request without an answer.

        :param scope: the request's ASGI scope.
        """
        caller: Any = scope["client"]
        transport = self._transports.get(tuple(caller))
        if transport is not None:
            transport.abort()
            # uvicorn hears of it in the loop's next round, and sends nothing after that
            while tuple(caller) in self._transports:
                await asyncio.sleep(0)


def _caller(transport: Any) -> tuple[str, int]:
    name: tuple[str, int] = transport.get_extra_info("peername")[:2]
    return name
