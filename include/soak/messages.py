"""HTTP/1.1 messages as bytes: read whole, by their framing, and rewritten only where a proxy must."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import BinaryIO

LARGEST_HEAD = 256 * 1024
_WITHOUT_BODY = (204, 304)
_SECURE = re.compile(rb";\s*secure(?=\s*(?:;|$))", re.IGNORECASE)


class Broken(Exception):
    """The line ended in the middle of a message.

    :param read: what had arrived of it.
    """

    def __init__(self, read: bytes) -> None:
        self.read = read
        super().__init__(f"the line broke after {len(read)} bytes")


@dataclass(frozen=True)
class Message:
    """A request or an answer.

    :param head: start line and headers, as received, with the empty line.
    :param body: as received: with the chunks' framing where it was chunked.
    :param until_close: whether the body ended with its connection.
    """

    head: bytes
    body: bytes
    until_close: bool = False

    @property
    def raw(self) -> bytes:
        """All of it."""
        return self.head + self.body

    @property
    def start(self) -> list[str]:
        """The words of the start line: ``POST /path HTTP/1.1``, or ``HTTP/1.1 201 Created``."""
        return self.head.partition(b"\r\n")[0].decode("latin-1").split(" ", 2)

    @property
    def status(self) -> int:
        """The status of an answer."""
        return int(self.start[1])

    def header(self, name: str) -> str | None:
        """The first header of this name."""
        return _header(self.head, name)

    @property
    def content(self) -> bytes:
        """The body without the framing of chunks."""
        return _without_chunks(self.body) if _is_chunked(self.head) else self.body

    @property
    def keeps_line(self) -> bool:
        """Whether the connection may carry another message after this one."""
        if self.until_close:
            return False
        wish = (self.header("connection") or "").lower()
        words = self.start
        newest = "HTTP/1.1" in (words[0], words[-1])
        return "close" not in wish if newest else "keep-alive" in wish

    def without_tls(self) -> Message:
        """The answer for a client that came without TLS, which sends no cookie back that is for TLS alone."""
        lines = self.head.split(b"\r\n")
        kept = [_SECURE.sub(b"", line) if line.lower().startswith(b"set-cookie:") else line for line in lines]
        return replace(self, head=b"\r\n".join(kept))

    def sent_to(self, host: str) -> bytes:
        """The request with another ``Host``: as if it had been sent there directly.

        :param host: name and port.
        """
        lines = self.head.split(b"\r\n")
        kept = [b"Host: " + host.encode() if line.lower().startswith(b"host:") else line for line in lines]
        return b"\r\n".join(kept) + self.body


def path_in(request: Message) -> str:
    """The path of a request, without its query."""
    return request.start[1].partition("?")[0]


def read_request(stream: BinaryIO) -> Message | None:
    """The next request of a connection; ``None`` where its client has closed it.

    :raises Broken: it closed in the middle of one.
    """
    head = _read_head(stream)
    if not head:
        return None
    length = _header(head, "content-length")
    if _is_chunked(head):
        return Message(head, _read_chunks(stream, head))
    return Message(head, _read_exactly(stream, int(length), head) if length else b"")


def read_answer(stream: BinaryIO, method: str) -> Message:
    """The answer to a request, interim ones (1xx) before it included in nothing.

    :param method: of the request: an answer to HEAD has no body.
    :raises Broken: the server closed before its end.
    """
    head = _read_head(stream)
    if not head:
        raise Broken(b"")
    message = Message(head, b"")
    if 100 <= message.status < 200:
        return read_answer(stream, method)
    if method == "HEAD" or message.status in _WITHOUT_BODY:
        return message
    if _is_chunked(head):
        return Message(head, _read_chunks(stream, head))
    length = _header(head, "content-length")
    if length is not None:
        return Message(head, _read_exactly(stream, int(length), head))
    return Message(head, stream.read(), until_close=True)


def answer(status: int, reason: str, content_type: str, body: bytes, *headers: tuple[str, str]) -> bytes:
    """An answer of our own, after which the connection is closed, as a proxy in trouble does.

    :param headers: further ones.
    """
    lines = [
        f"HTTP/1.1 {status} {reason}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _read_head(stream: BinaryIO) -> bytes:
    head = b""
    while True:
        line = stream.readline(LARGEST_HEAD)
        if not line or len(head) > LARGEST_HEAD:
            if head:
                raise Broken(head)
            return b""
        if line in (b"\r\n", b"\n"):
            if not head:
                continue  # an empty line before a message is to be passed over (RFC 9112, 2.2)
            return head + b"\r\n"
        head += line.rstrip(b"\r\n") + b"\r\n"


def _read_exactly(stream: BinaryIO, count: int, before: bytes) -> bytes:
    body = stream.read(count)
    if len(body) < count:
        raise Broken(before + body)
    return body


def _read_chunks(stream: BinaryIO, before: bytes) -> bytes:
    raw = b""
    while True:
        line = stream.readline(LARGEST_HEAD)
        raw += line
        if not line.endswith(b"\n"):
            raise Broken(before + raw)
        size = int(line.partition(b";")[0].strip() or b"0", 16)
        if size == 0:
            break
        raw += _read_exactly(stream, size + 2, before + raw)
    while True:  # trailers, then the empty line
        line = stream.readline(LARGEST_HEAD)
        raw += line
        if line in (b"\r\n", b"\n"):
            return raw
        if not line:
            raise Broken(before + raw)


def _without_chunks(raw: bytes) -> bytes:
    content, rest = b"", raw
    while rest:
        line, _, rest = rest.partition(b"\r\n")
        size = int(line.partition(b";")[0].strip() or b"0", 16)
        if size == 0:
            break
        content, rest = content + rest[:size], rest[size + 2 :]
    return content


def _is_chunked(head: bytes) -> bool:
    return "chunked" in (_header(head, "transfer-encoding") or "").lower()


def _header(head: bytes, name: str) -> str | None:
    for line in head.split(b"\r\n")[1:]:
        key, colon, value = line.partition(b":")
        if colon and key.decode("latin-1").strip().lower() == name:
            return value.decode("latin-1").strip()
    return None
