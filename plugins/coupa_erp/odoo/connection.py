"""What an Airflow connection of type ``odoo`` says, validated: every error names its key."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from coupa_erp.address import AirflowConnection, address_of, scheme_in
from coupa_erp.channel import check_channel
from coupa_erp.erp_http.calls import Server
from coupa_erp.erp_http.connection import DatabaseExtra, key_in
from coupa_erp.form import extra_of, read_connection, validated, with_texts
from coupa_erp.po_backed import MatchesOrders

#: What the host should be, and an example.
_ADDRESS = ("Odoo's address", "https://odoo.example.com")


class OdooExtra(DatabaseExtra, MatchesOrders):
    """The connection's extra.

    :param journal: the code of the purchase journal; without it the first one of the company.
    :param web_url: where people open Odoo, where that is not the connection's own address.
    """

    web_example: ClassVar[str] = "https://odoo.example.com"

    journal: str | None = Field(default=None, min_length=1)


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
        return self.extra.server("Odoo", self.base_url)


def read_settings(connection: AirflowConnection) -> OdooSettings:
    """Validate a connection.

    :param connection: as Airflow answers it, from the UI, a JSON or a URI.
    :raises ConfigurationError: naming the key that is missing, unknown or unusable.
    """
    return read_connection(connection.conn_id, lambda: _read(connection))


def _read(connection: AirflowConnection) -> OdooSettings:
    given = extra_of(connection.extra, '{"timeout_seconds": 60}')
    extra = validated(OdooExtra, with_texts(given, (OdooExtra,)))
    settings = OdooSettings(
        base_url=address_of(connection.host, connection.port, scheme_in(connection.schema), *_ADDRESS),
        database=_database(extra.database_beside(connection.schema, "Odoo")),
        login=(connection.login or "").strip() or None,
        key=key_in(connection.password, "an API key of Odoo's user", "API key of Odoo"),
        extra=extra,
    )
    check_channel(settings.base_url, allow_http=extra.allow_http)
    return settings


def _database(name: str) -> str:
    """Its name goes into a header of each request."""
    if not name.isascii() or not name.isprintable():
        raise ValueError("the name of Odoo's database holds characters that no database has")
    return name
