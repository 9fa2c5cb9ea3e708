"""What an Airflow connection of type ``odoo`` says, validated: every error names its key."""

from __future__ import annotations

from typing import Literal, Protocol
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from coupa_erp.channel import CaFile, Channel, check_channel
from coupa_erp.erp_http.address import address_of, scheme_in
from coupa_erp.erp_http.calls import Server
from coupa_erp.form import extra_of, validated, with_texts
from include.errors import ConfigurationError

#: What the host should be, and an example.
_ADDRESS = ("Odoo's address", "https://odoo.example.com")


class AirflowConnection(Protocol):
    """The fields of Airflow's connection that are read here."""

    conn_id: str
    host: str | None
    port: int | None
    schema: str | None
    login: str | None
    password: str | None
    extra: str | None


class OdooExtra(BaseModel):
    """The connection's extra.

    :param database: Odoo's database, where ``schema`` does not say it (a connection written as a URI may
        use ``schema`` for http or https).
    :param journal: the code of the purchase journal; without it the first one of the company.
    :param po_backed: ``gl`` books a line with a purchase order to its account alone, ``match`` also bills the
        order's line.
    :param po_line_by: what Coupa's order line number means in Odoo: the ``position`` among the order's lines
        of products, or their ``sequence``.
    :param timeout_seconds: how long one answer may take; entering may take longer with each line.
    :param lock_seconds: how long a write that lost a race is repeated before Airflow retries it.
    :param web_url: where people open Odoo, where that is not the connection's own address.
    :param verify_tls: ``false`` takes any certificate, and says so in each log.
    :param ca_file: certificates (PEM) of the authorities to trust, in the place of this machine's.
    :param allow_http: sends the key in the clear to a host that is not this machine.
    :param sandbox: whether this Odoo is for trying out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database: str | None = Field(default=None, min_length=1)
    journal: str | None = Field(default=None, min_length=1)
    po_backed: Literal["gl", "match"] = "gl"
    po_line_by: Literal["position", "sequence"] = "position"
    timeout_seconds: float = Field(default=60, gt=0, le=600)
    lock_seconds: float = Field(default=60, ge=0, le=600)
    web_url: str | None = None
    verify_tls: bool = True
    ca_file: CaFile | None = None
    allow_http: bool = False
    sandbox: bool = False

    @field_validator("web_url")
    @classmethod
    def _web_url_is_a_url(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("write the whole address: https://odoo.example.com")
        return value.rstrip("/") if value else value


class OdooSettings(BaseModel):
    """One Odoo database and how to call it.

    :param base_url: scheme, host and port.
    :param login: of the user whose key it is; only Odoo 17 and 18 ask for it.
    :param key: an API key of that user.
    """

    model_config = ConfigDict(frozen=True)

    base_url: str
    database: str
    login: str | None
    key: SecretStr
    extra: OdooExtra

    @property
    def server(self) -> Server:
        """How this Odoo is reached."""
        extra = self.extra
        return Server(
            name="Odoo",
            metric="odoo",
            channel=Channel(self.base_url, verify_tls=extra.verify_tls, ca_file=extra.ca_file),
            timeout_seconds=extra.timeout_seconds,
            busy_seconds=extra.lock_seconds,
        )


def read_settings(connection: AirflowConnection) -> OdooSettings:
    """Validate a connection.

    :param connection: as Airflow answers it, from the UI, a JSON or a URI.
    :raises ConfigurationError: naming the key that is missing, unknown or unusable.
    """
    try:
        extra = validated(
            OdooExtra, with_texts(extra_of(connection.extra, '{"timeout_seconds": 60}'), (OdooExtra,))
        )
        settings = OdooSettings(
            base_url=address_of(connection.host, connection.port, scheme_in(connection.schema), *_ADDRESS),
            database=_database(connection, extra),
            login=(connection.login or "").strip() or None,
            key=SecretStr(_key(connection)),
            extra=extra,
        )
        check_channel(settings.base_url, allow_http=extra.allow_http)
    except ValueError as fault:
        problem = str(fault)
    else:
        return settings
    raise ConfigurationError(f"Connection {connection.conn_id}: {problem.rstrip('.')}.")


def _key(connection: AirflowConnection) -> str:
    key = (connection.password or "").strip()
    if not key:
        raise ValueError("password is missing: an API key of Odoo's user")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("password holds characters that no API key of Odoo has")
    return key


def _database(connection: AirflowConnection, extra: OdooExtra) -> str:
    schema = (connection.schema or "").strip()
    named = "" if schema.lower() in ("http", "https") else schema
    if named and extra.database and named != extra.database:
        raise ValueError(f"schema says database {named} and extra says {extra.database}")
    database = named or extra.database
    if not database:
        raise ValueError("schema is missing: the name of Odoo's database (or database in extra)")
    if not database.isascii() or not database.isprintable():
        raise ValueError("the name of Odoo's database holds characters that no database has")
    return database
