"""The address of a connection, from one URL in ``host`` or from its host, port and schema."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlsplit

from coupa_erp.channel import is_loopback, told_port


class AirflowConnection(Protocol):
    """The fields of Airflow's connection that are read."""

    conn_id: str
    host: str | None
    port: int | None
    schema: str | None
    login: str | None
    password: str | None
    extra: str | None


def base_url_of(connection: AirflowConnection, example: str) -> str:
    """Scheme, host, port and path, without a slash at the end.

    :param connection: as Airflow answers it.
    :param example: an address as it should be.
    :raises ValueError: it is no address, or its parts contradict each other.
    """
    host = (connection.host or "").strip()
    schema = (connection.schema or "").strip().lower()
    if schema not in ("", "http", "https"):
        raise ValueError("schema should be https, http or empty")
    if not host:
        raise ValueError(f"host is missing: {example}")
    if "://" not in host:
        bare = f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host
        name = urlsplit(f"//{bare}").hostname or ""
        host = f"{schema or ('http' if is_loopback(name) else 'https')}://{bare}"
    parts = urlsplit(host)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"host should begin with https:// or http://, not {parts.scheme}://")
    if schema and schema != parts.scheme:
        raise ValueError(f"host says {parts.scheme} and schema says {schema}")
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError(f"host should be an address alone, such as {example}")
    if parts.port and connection.port and parts.port != connection.port:
        raise ValueError(f"host has port {parts.port} and port says {connection.port}")
    port = told_port(parts.scheme, parts.port or connection.port)
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{name}" + (f":{port}" if port else "") + parts.path.rstrip("/")
