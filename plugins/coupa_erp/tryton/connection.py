"""What an Airflow connection of type ``tryton`` says, validated: every error names its key."""

from __future__ import annotations

from typing import Literal, Protocol
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from coupa_erp.channel import CaFile, Channel, check_channel
from coupa_erp.erp_http.address import address_of, scheme_in
from coupa_erp.erp_http.calls import Server
from coupa_erp.form import extra_of, validated, with_texts
from include.errors import ConfigurationError

#: What the host should be, and an example.
_ADDRESS = ("Tryton's address", "https://tryton.example.com")


class AirflowConnection(Protocol):
    """The fields of Airflow's connection that are read here."""

    conn_id: str
    host: str | None
    port: int | None
    schema: str | None
    password: str | None
    extra: str | None


class TrytonExtra(BaseModel):
    """The connection's extra.

    :param database: Tryton's database, where ``schema`` does not say it (a connection written as a URI may
        use ``schema`` for http or https).
    :param timeout_seconds: how long one answer may take; entering and posting may take longer with each line.
    :param lock_seconds: how long a post waits for Tryton's lock on its numbers before Airflow retries it.
    :param language: the language of Tryton's refusals. The codes of refusals are told from English sentences;
        with another language they all read ``ERP_REFUSED``.
    :param web_url: where people open Tryton's web client, ``https://tryton.example.com``; without it there
        are no links to documents.
    :param po_backed: ``gl`` books a line with a purchase order to its account, ``match`` against the order.
    :param po_line_by: whether Coupa's number of an order line is the line's ``position`` in Tryton's order,
        or Tryton's ``sequence`` of it.
    :param verify_tls: ``false`` takes any certificate, and says so in each log.
    :param ca_file: certificates (PEM) of the authorities to trust, in the place of this machine's.
    :param allow_http: sends the key in the clear to a host that is not this machine.
    :param sandbox: whether this Tryton is for trying out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database: str | None = Field(default=None, min_length=1)
    timeout_seconds: float = Field(default=60, gt=0, le=600)
    lock_seconds: float = Field(default=60, ge=0, le=600)
    language: str = Field(default="en", pattern=r"^[a-z]{2}([-_][A-Za-z]{2,4})?$")
    web_url: str | None = None
    po_backed: Literal["gl", "match"] = "gl"
    po_line_by: Literal["position", "sequence"] = "position"
    verify_tls: bool = True
    ca_file: CaFile | None = None
    allow_http: bool = False
    sandbox: bool = False

    @field_validator("web_url")
    @classmethod
    def _web_url_is_a_url(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("write the whole address: https://tryton.example.com")
        return value.rstrip("/") if value else value


class TrytonSettings(BaseModel):
    """One Tryton database and how to call it.

    :param base_url: scheme, host and port.
    :param key: of a validated user application of type REST API.
    """

    model_config = ConfigDict(frozen=True)

    base_url: str
    database: str
    key: SecretStr
    extra: TrytonExtra

    @property
    def server(self) -> Server:
        """How this Tryton is reached."""
        extra = self.extra
        return Server(
            name="Tryton",
            metric="tryton",
            channel=Channel(self.base_url, verify_tls=extra.verify_tls, ca_file=extra.ca_file),
            timeout_seconds=extra.timeout_seconds,
            busy_seconds=extra.lock_seconds,
        )

    @property
    def models_url(self) -> str:
        """The address below which Tryton's models are."""
        return f"{self.base_url}/{quote(self.database, safe='')}/rest/model"


def read_settings(connection: AirflowConnection) -> TrytonSettings:
    """Validate a connection.

    :param connection: as Airflow answers it, from the UI, a JSON or a URI.
    :raises ConfigurationError: naming the key that is missing, unknown or unusable.
    """
    try:
        given = extra_of(connection.extra, '{"timeout_seconds": 60}')
        extra = validated(TrytonExtra, with_texts(given, (TrytonExtra,)))
        settings = TrytonSettings(
            base_url=address_of(connection.host, connection.port, scheme_in(connection.schema), *_ADDRESS),
            database=_database(connection, extra),
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
        raise ValueError("password is missing: the key of Tryton's user application of type REST API")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("password holds characters that no application key of Tryton has")
    return key


def _database(connection: AirflowConnection, extra: TrytonExtra) -> str:
    schema = (connection.schema or "").strip()
    named = "" if schema.lower() in ("http", "https") else schema
    if named and extra.database and named != extra.database:
        raise ValueError(f"schema says database {named} and extra says {extra.database}")
    database = named or extra.database
    if not database:
        raise ValueError("schema is missing: the name of Tryton's database (or database in extra)")
    return database
