"""Puts the sandbox on a port."""

from __future__ import annotations

import errno
import socket

import uvicorn

from include.sandbox.app import build_app
from include.sandbox.connections import OpenConnections
from include.sandbox.state import CoupaState


class PortInUse(Exception):
    """Something else listens there; the message is one line for a terminal."""


def listen(host: str, port: int) -> socket.socket:
    """Take the port, before anything else is done.

    :param port: 0 takes any that is free.
    :raises PortInUse: it is taken already.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only on sockets that say they are TCP; with it an answer takes 40 ms
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(
                f"Port {port} on {host} is in use: stop what listens there, or take another --port."
            ) from None
        raise PortInUse(f"Cannot listen on {host}:{port}: {error.strerror}.") from None
    listening.listen(128)
    return listening


def server_of(state: CoupaState, *, control_from_anywhere: bool = False) -> uvicorn.Server:
    """A server for the sandbox; run it with ``server.run(sockets=[listen(…)])``."""
    connections = OpenConnections()
    return uvicorn.Server(
        uvicorn.Config(
            build_app(state, connections, control_from_anywhere=control_from_anywhere),
            http=connections.protocol(),
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            # longer than any client pauses between two calls of a run, as a proxy before Coupa would have it
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
        )
    )
