"""The way to a server: TLS and whom to trust, proxies, and whether secrets may go in the clear."""

from __future__ import annotations

import ipaddress
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import requests
from pydantic import AfterValidator
from urllib3.exceptions import NameResolutionError, NewConnectionError

from include.errors import ConfigurationError

#: Where ``requests`` looks, in its order.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def _readable(path: str) -> str:
    try:
        found = Path(path).read_text(encoding="ascii")
    except (OSError, ValueError):
        raise ValueError("there is no readable file of certificates (PEM) at that path") from None
    if "-----BEGIN CERTIFICATE-----" not in found:
        raise ValueError("the file holds no certificate in PEM form")
    return path


#: A file of certificates, checked when the connection is read.
CaFile = Annotated[str, AfterValidator(_readable)]


@dataclass(frozen=True)
class Channel:
    """How the requests of a connection travel.

    :param base_url: scheme, host and port.
    :param verify_tls: whether the server's certificate is checked.
    :param ca_file: whom to trust, in the place of this machine's authorities.
    """

    base_url: str
    verify_tls: bool = True
    ca_file: str | None = None

    @property
    def for_requests(self) -> dict[str, Any]:
        """The arguments of ``requests`` that say so, given with each request.

        On a session they would lose against the environment: ``REQUESTS_CA_BUNDLE`` undoes ``verify=False``.

        :raises ConfigurationError: the environment names a file of authorities that is not there.
        """
        return {"verify": self._verify(), "proxies": self._proxies()}

    def warn(self, log: logging.Logger) -> None:
        """Say what is less safe than it should be.

        :param log: once for each task.
        """
        host = urlsplit(self.base_url).hostname
        if not self.verify_tls and self.base_url.startswith("https:"):
            log.warning(
                "The TLS certificate of %s is not verified: verify_tls is off in the connection.", host
            )
        if self.base_url.startswith("http:") and not is_loopback(host or ""):
            log.warning("Secrets go to %s in the clear: allow_http is on in the connection.", host)

    def _verify(self) -> bool | str:
        if not self.verify_tls:
            return False
        if self.ca_file:
            return self.ca_file
        bundle = next(((name, os.environ[name]) for name in _BUNDLES if os.environ.get(name)), None)
        if bundle is None:
            return True
        name, path = bundle
        if not Path(path).exists():
            raise ConfigurationError(
                f"{name} names a file of certificate authorities that is not there: {path}."
            )
        return path

    def _proxies(self) -> dict[str, str]:
        """Proxies of the environment serve TLS alone, which they cannot look into.

        Plain HTTP goes straight to its host: a proxy would read the token.
        """
        return {} if self.base_url.startswith("https:") else {"no_proxy": "*"}


def check_channel(base_url: str, *, allow_http: bool) -> None:
    """Refuse plain HTTP to another machine.

    :param base_url: scheme, host and port.
    :param allow_http: the connection asks for it.
    :raises ValueError: for the connection's reader, which names the connection.
    """
    parts = urlsplit(base_url)
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname or ""):
        raise ValueError(
            f"host says http, which would send secrets to {parts.hostname} in the clear: write https, or set "
            "allow_http to true in extra where nobody else can listen on the way"
        )


def told_port(scheme: str, port: int | None) -> int | None:
    """The port as far as an address has to tell it, so that one server has one address.

    :param scheme: ``http`` or ``https``.
    """
    return None if port in (None, 0, {"http": 80, "https": 443}[scheme]) else port


def is_loopback(name: str) -> bool:
    """Whether a host is this machine.

    :param name: a name or an address.
    """
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def unreached(fault: requests.RequestException) -> str | None:
    """Why a request never left this machine, naming the server; ``None`` where it may have left.

    :param fault: what ``requests`` raised; its own text holds the query, so it is not quoted.
    """
    if isinstance(fault, requests.ConnectTimeout):
        return "it was not accepted in time"
    reason = getattr(fault.args[0], "reason", None) if fault.args else None
    if not isinstance(reason, NewConnectionError):
        return None
    server = reason.conn
    if isinstance(reason, NameResolutionError):
        return f"host not found: {server.host}"
    if in_chain(fault, ConnectionRefusedError):
        return f"nothing listens at {server.host}, port {server.port}"
    return f"there is no way to {server.host}" if server else "there is no way to the host"


def in_chain(fault: BaseException, kind: type[BaseException]) -> bool:
    """Whether a fault of this kind lies anywhere beneath; urllib3 and requests wrap several deep."""
    seen: set[int] = set()
    waiting: list[object] = [fault]
    while waiting:
        found = waiting.pop()
        if not isinstance(found, BaseException) or id(found) in seen:
            continue
        if isinstance(found, kind):
            return True
        seen.add(id(found))
        waiting += [found.__cause__, found.__context__, getattr(found, "reason", None), *found.args]
    return False
