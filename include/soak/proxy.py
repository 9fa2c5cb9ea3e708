r"""A reverse proxy on loopback that loses, delays and garbles calls on purpose, and kills who made them.

It stands in front of any HTTP server: the Coupa sandbox, Tryton, another Coupa. What it lets pass it passes
byte by byte, but for the ``Host`` header, which names the server as a direct call would, and ``Secure`` in
the cookies of a server that it reaches over TLS::

    with FaultProxy(tryton.url, name="tryton", victims=TasksOf(lambda: scheduler_pid)) as proxy:
        connection["host"] = proxy.url
        # the answer to the second posting of invoice 104201 is lost after Tryton did the work
        proxy.order(Order(Fault("cut_after"), "POST", r"account\.invoice/\d+/post$", invoice=104201, nth=2))
        # the task that marks 104202 exported dies before, the next one after Coupa did it
        proxy.order(Order(Fault("kill"), "PUT", r"/api/invoices/\d+$", invoice=104202))
        # somebody edits the invoice between two of our calls
        proxy.order(Order(None, "GET", r"account\.invoice$", before=lambda: sandbox.control.edit_in_ui(…)))
        proxy.plan = SeededPlan("17", share=0.1)      # and a tenth of all calls fail in some way
        …
        proxy.calm()                                  # no more faults
        proxy.down(); …; proxy.up()                   # nobody listens for a while
        proxy.journal                                 # what happened to which call

Orders come before the plan, the oldest first. Which invoice a call is about is read from its path, query and
body (``/api/invoices/7``, ``document-id``, ``InvoiceHeader/7`` in a business key, also inside Tryton's
encoded domains); a call that names none belongs to the invoice that its connection named last, since a task
keeps to one connection and one invoice. Kills hit only processes of ``victims``; where the client is none of
them the connection is cut instead, and the journal says so (``spared``).
"""

from __future__ import annotations

import base64
import binascii
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast
from urllib.parse import parse_qsl, urlsplit

from include.soak.faults import KILLS, Fault, Order, Passing, Plan
from include.soak.journal import Entry
from include.soak.messages import Broken, Message, answer, path_in, read_answer, read_request
from include.soak.refusals import REFUSALS
from include.soak.victims import TasksOf

HOST = "127.0.0.1"
#: Longer than any client of the export waits: a server that hangs is the client's to give up.
_SERVER_SECONDS = 300
_NAMED = re.compile(
    r"/api/invoices/(\d+)|InvoiceHeader/(\d+)|\"document[-_]id\":\s*(\d+)|^document[-_]id=(\d+)$"
)


class FaultProxy:
    """The proxy of one server, from ``with`` to its end.

    :param upstream: the server's address.
    :param name: for the journal and the threads.
    :param plan: befalls every call that no order strikes; may be set at any time.
    :param victims: who may be killed; nobody when left out.
    :param port: 0 takes a free one.
    :param path_of: the path that a call is known by, where all go to one address; its own when left out.
    """

    def __init__(
        self,
        upstream: str,
        *,
        name: str = "proxy",
        plan: Plan | None = None,
        victims: TasksOf | None = None,
        port: int = 0,
        path_of: Callable[[Message], str] = path_in,
    ) -> None:
        parts = urlsplit(upstream)
        self.name = name
        self.plan = plan
        self.journal: list[Entry] = []
        self._secure = parts.scheme == "https"
        self._server = (parts.hostname or HOST, parts.port or (443 if self._secure else 80))
        self._host = parts.netloc.rpartition("@")[2]
        self._victims = victims
        self._path_of = path_of
        self._orders: list[Order] = []
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._port = port
        self._listening: socket.socket | None = None

    def __enter__(self) -> FaultProxy:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self._port}"

    def order(self, order: Order) -> Order:
        """Add an order; it counts calls from now on."""
        with self._lock:
            self._orders.append(order)
        return order

    def calm(self) -> None:
        """No more faults: neither by plan nor by order."""
        with self._lock:
            self._orders.clear()
        self.plan = None

    def up(self) -> None:
        """Listen; on the same port as before."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, self._port))
        listening.listen(128)
        self._port = int(listening.getsockname()[1])
        self._listening = listening
        threading.Thread(target=self._accept, args=(listening,), name=self.name, daemon=True).start()

    def down(self) -> None:
        """Nobody listens any more, and every open connection is cut."""
        listening, self._listening = self._listening, None
        if listening is not None:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            listening.close()
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    # -- one connection --------------------------------------------------------------------------------------

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), name=self.name, daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.add(client)
        about: int | None = None
        try:
            with client.makefile("rb") as stream:
                while (request := read_request(cast("BinaryIO", stream))) is not None:
                    named = invoice_named_in(request)
                    about = about if named is None else named
                    if not self._handle(client, request, about):
                        return
        except (Broken, OSError, ValueError):
            return  # the client went away, or speaks no HTTP
        finally:
            with self._lock:
                self._open.discard(client)
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            client.close()

    def _handle(self, client: socket.socket, request: Message, about: int | None) -> bool:
        """Serve one call; whether its connection may carry another."""
        entry, order, fault = self._enter(request, about)
        if order is not None and order.before is not None:
            order.before()
        kind = fault.kind if fault else None
        if kind == "kill":
            self._kill(client, entry)
            return False
        if kind == "cut":
            return False
        if kind == "slow" and fault:
            time.sleep(fault.seconds)
        elif kind in REFUSALS and kind != "bad_gateway_after":
            client.sendall(REFUSALS[kind])
            return False
        entry.forwarded = True
        try:
            answered = self._forward(request)
        except Broken as broken:
            client.sendall(broken.read)  # as far as the server came
            return False
        except OSError:
            return False
        entry.status = answered.status
        if order is not None and order.after is not None:
            order.after()
        return self._pass_on(client, request, answered, entry, fault)

    def _pass_on(
        self, client: socket.socket, request: Message, answered: Message, entry: Entry, fault: Fault | None
    ) -> bool:
        kind = fault.kind if fault else None
        if kind == "kill_after":
            self._kill(client, entry)
            return False
        if kind in ("cut_after", "half_after"):
            if kind == "half_after" and answered.body:
                client.sendall(answered.head + answered.body[: len(answered.body) // 2])
            return False
        if kind == "bad_gateway_after":
            client.sendall(REFUSALS[kind])
            return False
        if kind == "garbage_after":
            half = answered.content[: len(answered.content) // 2] or b"{"
            told = answered.header("content-type") or "application/json"
            client.sendall(answer(answered.status, "OK", told, half))
            return False
        if kind == "slow_after" and fault:
            time.sleep(fault.seconds)
        client.sendall(answered.raw)
        return request.keeps_line and answered.keeps_line

    def _enter(self, request: Message, about: int | None) -> tuple[Entry, Order | None, Fault | None]:
        path = self._path_of(request)
        with self._lock:
            call = Passing(len(self.journal) + 1, request.start[0], path, about)
            entry = Entry(call.number, time.time(), call.method, call.path, about)
            self.journal.append(entry)
            # every order counts for itself; the oldest that strikes has the word
            struck = [order for order in self._orders if order.fits(call) and order.strikes()]
        order = struck[0] if struck else None
        fault = order.fault if order else (self.plan(call) if self.plan else None)
        if fault and fault.kind in KILLS and self._victims is None:
            fault = Fault("cut" if fault.kind == "kill" else "cut_after")
        entry.fault = fault.kind if fault else None
        return entry, order, fault

    def _forward(self, request: Message) -> Message:
        with self._connected() as server:
            server.sendall(request.sent_to(self._host))
            with server.makefile("rb") as stream:
                answered = read_answer(cast("BinaryIO", stream), request.start[0])
                return answered.without_tls() if self._secure else answered

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        """A connection of its own for each call: one that was idle may be closed by the server any moment."""
        with socket.create_connection(self._server, timeout=_SERVER_SECONDS) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not self._secure:
                yield plain
                return
            context = ssl.create_default_context()
            with context.wrap_socket(plain, server_hostname=self._server[0]) as secured:
                yield secured

    def _kill(self, client: socket.socket, entry: Entry) -> None:
        entry.killed = (
            self._victims.kill_client(client.getpeername(), client.getsockname()) if self._victims else None
        )
        entry.spared = entry.killed is None


def invoice_named_in(request: Message) -> int | None:
    """The invoice of Coupa that a call names, ``None`` where it names none or several."""
    path, _, query = request.start[1].partition("?")
    texts = [path, request.content.decode("utf-8", errors="replace")]
    for name, value in parse_qsl(query):
        texts.append(f"{name}={value}")
        if name == "d":
            texts.append(_domain(value))
    found = {int(next(filter(None, groups))) for text in texts for groups in _NAMED.findall(text)}
    return found.pop() if len(found) == 1 else None


def _domain(value: str) -> str:
    """Tryton's search domain, which travels as JSON in base64."""
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode("utf-8", errors="replace")
    except (binascii.Error, ValueError):
        return ""
