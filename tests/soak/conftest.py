from __future__ import annotations

import http.server
import threading
from contextlib import contextmanager

import pytest

from include.soak.proxy import FaultProxy


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers what it was asked, in the framing that the path names, and remembers it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        self.server.seen.append((self.command, self.path, list(self.headers.items()), body))
        said = b"\x00\xff" * 40_000 if "large" in self.path else f"{self.command} {self.path}".encode() + body
        getattr(self, "answer_" + self.path.split("?")[0].split("/")[1], self.answer_counted)(said)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the library's names

    def answer_counted(self, said):
        self.send_response(201, "Made To Measure")
        self.send_header("X-Twice", "one")
        self.send_header("x-twice", "two")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    def answer_chunked(self, said):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(said), 1000):
            part = said[start : start + 1000]
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        self.wfile.write(b"0\r\nX-Trailer: yes\r\n\r\n")

    def answer_closing(self, said):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(said)
        self.close_connection = True

    def answer_nothing(self, _said):
        self.send_response(204)
        self.end_headers()

    def answer_broken(self, said):
        self.send_response(200)
        self.send_header("Content-Length", str(len(said) + 10))
        self.end_headers()
        self.wfile.write(said)
        self.close_connection = True

    def log_message(self, *_):
        pass


@contextmanager
def serving(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def echo():
    with serving(Echo) as server:
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield server


@pytest.fixture
def proxy(echo):
    with FaultProxy(echo.url) as running:
        yield running
