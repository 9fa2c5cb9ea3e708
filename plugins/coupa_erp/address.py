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


def base_url_of(connection: AirflowConnection, whose: str, example: str) -> str:
    """Scheme, host, port and path of a connection whose schema says nothing but http or https.

    :param connection: as Airflow answers it.
    :param whose: for the message: ``NetSuite's address``.
    :param example: an address as it should be.
    :raises ValueError: it is no address, or its parts contradict each other.
    """
    schema = (connection.schema or "").strip().lower()
    if schema not in ("", "http", "https"):
        raise ValueError(f"schema should be http or https, not {schema}")
    return address_of(connection.host, connection.port, schema, whose, example)


def scheme_in(schema: str | None) -> str:
    """Http or https, where a schema says that; nothing where it names a database."""
    told = (schema or "").strip().lower()
    return told if told in ("http", "https") else ""


def address_of(host: str | None, port: int | None, scheme: str, whose: str, example: str) -> str:
    """Scheme, host, port and path, without a slash at the end.

    :param host: a whole URL, or a name.
    :param scheme: http, https or nothing.
    :param whose: for the message: ``Tryton's address``.
    :param example: an address as it should be.
    :raises ValueError: it is no address, or its parts contradict each other.
    """
    host = (host or "").strip()
    if not host:
        raise ValueError(f"host is missing: {whose}, {example}")
    if "://" not in host:
        bare = f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host
        name = urlsplit(f"//{bare}").hostname or ""
        host = f"{scheme or ('http' if is_loopback(name) else 'https')}://{bare}"
    parts = urlsplit(host)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"host should begin with https:// or http://, not {parts.scheme}://")
    if scheme and scheme != parts.scheme:
        raise ValueError(f"host says {parts.scheme} and schema says {scheme}")
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError(f"host should be {whose} alone, such as {example}")
    if parts.port and port and parts.port != port:
        raise ValueError(f"host has port {parts.port} and port says {port}")
    port = told_port(parts.scheme, parts.port or port)
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{name}" + (f":{port}" if port else "") + parts.path.rstrip("/")
