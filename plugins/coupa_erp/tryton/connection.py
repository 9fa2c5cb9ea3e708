"""What an Airflow connection of type ``tryton`` says, validated: every error names its key."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from coupa_erp.address import AirflowConnection, address_of, scheme_in
from coupa_erp.channel import check_channel
from coupa_erp.erp_http.calls import Server
from coupa_erp.erp_http.connection import DatabaseExtra, key_in
from coupa_erp.form import extra_of, read_connection, validated, with_texts
from coupa_erp.po_backed import MatchesOrders

#: What the host should be, and an example.
_ADDRESS = ("Tryton's address", "https://tryton.example.com")


class TrytonExtra(DatabaseExtra, MatchesOrders):
    """The connection's extra.

    :param language: the language of Tryton's refusals. The codes of refusals are told from English sentences;
        with another language they all read ``ERP_REFUSED``.
    :param web_url: where people open Tryton's web client, ``https://tryton.example.com``; without it there
        are no links to documents.
    """

    web_example: ClassVar[str] = "https://tryton.example.com"

    language: str = Field(default="en", pattern=r"^[a-z]{2}([-_][A-Za-z]{2,4})?$")


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
        return self.extra.server("Tryton", self.base_url)

    @property
    def models_url(self) -> str:
        """The address below which Tryton's models are."""
        return f"{self.base_url}/{quote(self.database, safe='')}/rest/model"


def read_settings(connection: AirflowConnection) -> TrytonSettings:
    """Validate a connection.

    :param connection: as Airflow answers it, from the UI, a JSON or a URI.
    :raises ConfigurationError: naming the key that is missing, unknown or unusable.
    """
    return read_connection(connection.conn_id, lambda: _read(connection))


def _read(connection: AirflowConnection) -> TrytonSettings:
    given = extra_of(connection.extra, '{"timeout_seconds": 60}')
    extra = validated(TrytonExtra, with_texts(given, (TrytonExtra,)))
    settings = TrytonSettings(
        base_url=address_of(connection.host, connection.port, scheme_in(connection.schema), *_ADDRESS),
        database=extra.database_beside(connection.schema, "Tryton"),
        key=key_in(
            connection.password,
            "the key of Tryton's user application of type REST API",
            "application key of Tryton",
        ),
        extra=extra,
    )
    check_channel(settings.base_url, allow_http=extra.allow_http)
    return settings
