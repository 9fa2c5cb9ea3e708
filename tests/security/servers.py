"""Real servers that misbehave byte by byte, and what they were sent."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@dataclass(frozen=True)
class Asked:
    """A request as it came: its head and body, not interpreted."""

    head: str
    body: str

    @property
    def path(self) -> str:
        return self.head.split(" ", 2)[1]

    @property
    def everything(self) -> str:
        return self.head + self.body


#: Answers one request; may take its time, ends early where the event is set or the other side hangs up.
Answering = Callable[[Asked, socket.socket, threading.Event], None]


class Server:
    """One request a connection, answered by a function that has the socket to itself.

    :param answer: what it does with a request.
    :param tls: serves over TLS.
    """

    def __init__(self, answer: Answering, tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self._tls = tls
        self._ended = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Server:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), accepted:
            accepted.settimeout(20)
            line = self._tls.wrap_socket(accepted, server_side=True) if self._tls else accepted
            asked = _read(line)
            if asked is not None:
                self.asked.append(asked)
                self.answer(asked, line, self._ended)
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def _read(line: socket.socket) -> Asked | None:
    received = b""
    while b"\r\n\r\n" not in received:
        more = line.recv(65536)
        if not more:
            return None
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (
            int(value)
            for name, _, value in (row.partition(b":") for row in head.split(b"\r\n"))
            if name.lower() == b"content-length"
        ),
        0,
    )
    while len(body) < length:
        body += line.recv(65536)
    return Asked(head.decode("latin-1"), body.decode("latin-1"))


def saying(body: Any, status: str = "200 OK", *headers: str) -> Answering:
    """Answer this, whatever was asked."""

    def answer(_: Asked, line: socket.socket, __: threading.Event) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        rows = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(content)}"]
        line.sendall("\r\n".join([*rows, *headers, "Connection: close", "", ""]).encode() + content)

    return answer


def by_path(answers: dict[str, Answering]) -> Answering:
    """Answer by the beginning of the path; the longest one that fits."""

    def answer(asked: Asked, line: socket.socket, ended: threading.Event) -> None:
        fitting = max((path for path in answers if asked.path.startswith(path)), key=len)
        answers[fitting](asked, line, ended)

    return answer


def dripping(begun: bytes, drop: bytes) -> Answering:
    """Begin an answer and then send a drop of it twenty times a second, without end."""

    def answer(_: Asked, line: socket.socket, ended: threading.Event) -> None:
        line.sendall(begun)
        while not ended.wait(0.05):
            line.sendall(drop)

    return answer


def pouring(begun: bytes, wave: bytes) -> Answering:
    """Begin an answer and send more of it as fast as it is taken, without end."""

    def answer(_: Asked, line: socket.socket, ended: threading.Event) -> None:
        line.sendall(begun)
        while not ended.is_set():
            line.sendall(wave)

    return answer


@dataclass(frozen=True)
class Authority:
    """A certificate authority of this test, and a server's certificate by it for 127.0.0.1.

    :param file: the authority's own certificate (PEM), for those who trust it.
    :param tls: for the server.
    """

    file: Path
    tls: ssl.SSLContext


def make_authority(folder: Path) -> Authority:
    """Make both with keys of their own."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of this test")])
    ca = _signed(ca_name, ca_name, ca_key.public_key(), ca_key, None)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a server of this test")])
    certificate = _signed(name, ca_name, key.public_key(), ca_key, "127.0.0.1")
    ca_file, chain = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain)
    return Authority(ca_file, tls)


def _signed(
    name: x509.Name, by: x509.Name, public: Any, key: ec.EllipticCurvePrivateKey, address: str | None
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(by)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=address is None, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    if address is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        made = made.add_extension(names, critical=False)
    return made.sign(key, hashes.SHA256())


def tunnelling(seen: list[str]) -> Answering:
    """A proxy: opens the tunnel that CONNECT asks for, and keeps what it can read of everything."""

    def answer(asked: Asked, line: socket.socket, ended: threading.Event) -> None:
        seen.append(asked.everything)
        if not asked.head.startswith("CONNECT "):
            return
        host, _, port = asked.path.partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as beyond:
            line.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(beyond, line, seen), daemon=True)
            back.start()
            _pump(line, beyond, seen)
            back.join(5)

    return answer


def _pump(source: socket.socket, target: socket.socket, seen: list[str]) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            seen.append(data.decode("latin-1"))
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def serving(answer: Answering, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server until the block ends."""
    with Server(answer, tls) as server:
        yield server
