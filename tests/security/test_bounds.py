"""However much, long or deep a server answers: it ends, with an exception of ours."""

from __future__ import annotations

import gzip
import threading
import zlib

import pytest

from include.errors import ConfigurationError, ErpRejection, ExportError, TransientError
from tests.security.conftest import TOKEN
from tests.security.servers import OK, by_path, dripping, pouring, saying, serving

TOKEN_ANSWER = saying({"access_token": TOKEN, "expires_in": 86399})
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LONG = OK + b"Content-Length: 100000000\r\n\r\n"
WAVE = b" " * 65536

#: Each is slow in another place; one timeout for one read would wait for ever.
SLOW = {
    "the status line": dripping(b"HTTP/1.1 2", b"0"),
    "the headers": dripping(OK, b"X"),
    "a header after another": dripping(OK, b"X: y\r\n"),
    "a body of known length": dripping(LONG, b" "),
    "a body until the end": dripping(OK + b"\r\n", b" "),
    "a body of chunks": dripping(CHUNKED, b"1\r\n \r\n"),
    "the length of a chunk": dripping(CHUNKED + b"1;", b"x"),
    "a packed body without content": dripping(
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10], b"\x00\x00\x00\xff\xff"
    ),
    "the body of a refusal": dripping(b"HTTP/1.1 422 No\r\nContent-Type: text/html\r\n\r\n", b" "),
    "interim answers": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


def bomb() -> bytes:
    """Some 200 kB that unpack to 200 MB."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * (1 << 20)) for _ in range(200)) + packer.flush()


def packed(content: bytes, kind: str = "gzip"):
    return saying(content, "200 OK", f"Content-Encoding: {kind}")


ENDLESS = {
    "of no length": pouring(OK + b"\r\n", WAVE),
    "of a lied length": pouring(OK + b"Content-Length: 99999999999\r\n\r\n", WAVE),
    "of chunks": pouring(CHUNKED, b"10000\r\n" + WAVE + b"\r\n"),
    "packed small": packed(bomb()),
    "packed twice": packed(gzip.compress(bomb()), "gzip, gzip"),
    "of a refusal": pouring(b"HTTP/1.1 500 No\r\nContent-Type: text/html\r\n\r\n", WAVE),
}

WHOLE = pytest.mark.parametrize("which", ["coupa", "tryton_at", "rest_at", "token"])


@pytest.fixture
def connect(which, request):
    """A call to a server whose answer, or whose token's answer, is the one given."""

    def called(answer, **extra):
        token = answer if which == "token" else TOKEN_ANSWER
        name = "coupa" if which == "token" else which
        with serving(by_path({"/": answer, "/oauth2/token": token})) as server:
            request.getfixturevalue(name)(server.url, **extra)()

    return called


@WHOLE
@pytest.mark.parametrize("slow", SLOW)
def test_an_answer_that_is_slow_without_end_is_given_up_in_time(connect, slow):
    # Without a clock of its own this test would never end.
    with pytest.raises(TransientError):
        connect(SLOW[slow], timeout_seconds=0.3)
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


@WHOLE
@pytest.mark.parametrize("endless", ENDLESS)
def test_an_answer_without_end_is_cut_off(connect, endless):
    with pytest.raises((ConfigurationError, ErpRejection), match=r"more than|sends more"):
        connect(ENDLESS[endless], timeout_seconds=60)


@WHOLE
@pytest.mark.parametrize("depth", [65, 900, 5_000, 1_000_000])
@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")], ids=["lists", "objects"])
def test_an_answer_nested_without_end_is_an_exception_of_ours(connect, depth, opened, closed):
    with pytest.raises(ExportError):
        connect(saying((opened * depth + "1" + closed * depth).encode()), timeout_seconds=60)


@WHOLE
@pytest.mark.parametrize("status", ["400 Bad", "422 No", "500 No"])
def test_a_refusal_nested_without_end_is_an_exception_of_ours(connect, status):
    with pytest.raises(ExportError):
        connect(saying(b"[" * 100_000, status))


def test_an_answer_that_ends_early_is_not_taken_for_a_whole_one(coupa, tryton_at, rest_at):
    def ending(asked, line, ended):
        line.sendall(OK + b"Content-Length: 20\r\n\r\n" + b'{"id": 7}')

    with serving(by_path({"/": ending, "/oauth2/token": TOKEN_ANSWER})) as server:
        for connect in (coupa, tryton_at, rest_at):
            with pytest.raises(TransientError):
                connect(server.url)()
