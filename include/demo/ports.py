"""Which loopback ports the demo takes: by environment, ``.env``, what it took before, or the default."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from include.demo.console import DemoError

HOST = "127.0.0.1"

#: The variable that changes each port.
VARIABLES = {
    "airflow": "COUPA_ERP_AIRFLOW_PORT",
    "tryton": "COUPA_ERP_TRYTON_PORT",
    "sandbox": "COUPA_ERP_SANDBOX_PORT",
}


@dataclass(frozen=True)
class Ports:
    """One port for each service that a person opens."""

    airflow: int = 8080
    tryton: int = 8069
    sandbox: int = 8090

    def url(self, service: str) -> str:
        """The address of a service.

        :param service: ``airflow``, ``tryton`` or ``sandbox``.
        """
        return f"http://{HOST}:{getattr(self, service)}"


def choose_ports(remembered: Path, *sources: Mapping[str, str]) -> Ports:
    """The ports to use; a later command finds those of the first one without being told.

    :param remembered: the file that keeps them, see :func:`remember_ports`.
    :param sources: the first that names a port decides it.
    :raises DemoError: a value is no port, or two services have the same.
    """
    chosen = asdict(Ports())
    if remembered.exists():
        chosen |= json.loads(remembered.read_text())
    for service, variable in VARIABLES.items():
        named = next((source[variable] for source in sources if source.get(variable)), None)
        if named is not None:
            if not (named.isdecimal() and 0 < int(named) < 65536):
                raise DemoError(f"{variable}={named} is no port: a number from 1 to 65535 is needed.")
            chosen[service] = int(named)
    ports = Ports(**chosen)
    by_port: dict[int, str] = {}
    for service, port in asdict(ports).items():
        if port in by_port:
            raise DemoError(
                f"{VARIABLES[by_port[port]]} and {VARIABLES[service]} are both {port}: "
                "give each a port of its own."
            )
        by_port[port] = service
    return ports


def remember_ports(ports: Ports, remembered: Path) -> None:
    """Keep the ports for the next command, once they have proved to be free."""
    remembered.parent.mkdir(parents=True, exist_ok=True)
    remembered.write_text(json.dumps(asdict(ports)))


def require_free(service: str, port: int) -> None:
    """Make sure that nobody listens there.

    :param service: ``airflow``, ``tryton`` or ``sandbox``.
    :raises DemoError: naming the port and the variable that changes it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            variable = VARIABLES[service]
            raise DemoError(
                f"Port {port}, meant for {service}, is in use by another program: end that one, or choose "
                f"another port, for example {variable}={port + 1000 if port < 64535 else port - 1000}."
            ) from None
