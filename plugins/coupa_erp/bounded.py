"""Answers within bounds: so many bytes once decoded, so many seconds in all, whatever the server does.

The timeout of ``requests`` is for one read, so a server that sends a byte a second is never too slow for it.
Here a clock runs beside each answer, one for its head and one for its body, and shuts the connection when it
strikes.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

LARGEST_ANSWER = 50 * 1024 * 1024
_CHUNK = 64 * 1024
_DEEPEST = 64
#: A dead peer is noticed while a long answer is waited for, and a firewall keeps the connection in mind.
_KEEP_ALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *((socket.IPPROTO_TCP, getattr(socket, name), 60) for name in ("TCP_KEEPIDLE",) if hasattr(socket, name)),
]


class AnswerTooLarge(requests.RequestException):
    """More bytes than any answer of this kind has."""


def bounded(session: requests.Session) -> requests.Session:
    """The session, whose every answer has a bounded head; :func:`body_of` bounds the body.

    :param session: any.
    """
    for scheme in ("https://", "http://"):
        session.mount(scheme, _BoundedAdapter())
    return session


def body_of(response: requests.Response, *, seconds: float, largest: int = LARGEST_ANSWER) -> bytes:
    """The whole body, decoded.

    :param response: of a request with ``stream=True``.
    :param seconds: for all of the body.
    :param largest: bytes after decoding: a small body may unpack to a huge one.
    :raises AnswerTooLarge: there is more.
    :raises requests.ReadTimeout: it was not there in time.
    """
    body = bytearray()
    with _clock(response.raw.shutdown, seconds) as struck:
        try:
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                if len(body) > largest or struck.is_set():
                    break
        except (requests.RequestException, HTTPError, OSError, ValueError):
            if not struck.is_set():
                raise
    if struck.is_set() or len(body) > largest:
        response.close()  # what is left of the answer must not be taken for the next one
    if len(body) > largest:
        raise AnswerTooLarge(f"more than {_told(largest)}")
    if struck.is_set():
        raise requests.ReadTimeout(f"not read within {seconds:g} s")
    return bytes(body)


def is_shallow(parsed: Any) -> bool:
    """Whether JSON is nested no deeper than any answer is: what walks it later does so by recursion.

    :param parsed: lists, mappings and plain values.
    """
    level = [parsed]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return True
    return False


def _told(size: int) -> str:
    return f"{size >> 20} MB" if size >> 20 else f"{size >> 10} kB"


@contextlib.contextmanager
def _clock(shut: Callable[[], Any], seconds: float | None) -> Iterator[threading.Event]:
    """Shut a connection after so many seconds, unless the block ends before."""
    struck = threading.Event()

    def strike() -> None:
        struck.set()
        # The answer may have ended at this very moment, and the connection with it.
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            shut()

    if seconds is None:
        yield struck
        return
    timer = threading.Timer(seconds, strike)
    timer.daemon = True
    timer.start()
    try:
        yield struck
    finally:
        timer.cancel()
        timer.join()  # it must not strike a connection that serves the next request by then


class _BoundedHead(HTTPConnection):
    """Reads status and headers within its timeout, all of them together."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        """The answer with its head read."""
        opened: Any = self.sock
        plain = getattr(opened, "socket", opened)  # beneath TLS within TLS, as some proxies have it
        seconds = self.timeout if isinstance(self.timeout, int | float) else None
        # The plain socket also under TLS, whose own shutdown is not for another thread.
        with _clock(lambda: socket.socket.shutdown(plain, socket.SHUT_RDWR), seconds) as struck:
            try:
                answer = super().getresponse()
            except (HTTPException, HTTPError, OSError, ValueError):
                if not struck.is_set():
                    raise
        if struck.is_set():
            raise TimeoutError("the head of the answer was not read in time")
        return answer


class _BoundedTlsHead(_BoundedHead, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _BoundedHead


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _BoundedTlsHead


class _BoundedAdapter(HTTPAdapter):
    """Makes connections of the classes above, through a proxy, too."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        options = [*HTTPConnection.default_socket_options, *_KEEP_ALIVE]
        super().init_poolmanager(*arguments, **named, socket_options=options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def proxy_manager_for(self, proxy: Any, **named: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **named)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        return manager
