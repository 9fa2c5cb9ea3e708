"""What an Airflow connection of type ``erp_rest`` says, validated: every error names its key."""

from __future__ import annotations

import base64
from typing import ClassVar

import requests
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from coupa_erp.address import AirflowConnection, address_of
from coupa_erp.channel import Channel, check_channel
from coupa_erp.erp_http.connection import ErpExtra
from coupa_erp.form import extra_of, read_connection, validated, with_texts
from coupa_erp.po_backed import without_matching
from coupa_erp.rest.api import RestApi, read_api

#: What the host should be, and an example.
_ADDRESS = ("the API's address", "https://erp.example.com/api/v1")


class RestExtra(ErpExtra):
    """The connection's extra.

    :param api: path of the settings file on every machine of Airflow.
    :param web_url: where people open a document, with ``{id}``, ``{number}`` or both.
    """

    web_example: ClassVar[str] = "https://erp.example.com/bills/{id}"

    api: str = Field(min_length=1)


class RestSettings(BaseModel):
    """One API and how to call it.

    :param base_url: scheme, host, port and the path that all calls have in common.
    :param login: ``None`` sends the secret as a bearer token, else both as basic authentication.
    """

    model_config = ConfigDict(frozen=True)

    base_url: str
    login: str | None
    secret: SecretStr
    extra: RestExtra
    api: RestApi

    @property
    def channel(self) -> Channel:
        """How this API is reached."""
        return self.extra.channel(self.base_url)

    def authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the credential where the API looks for it."""
        secret = self.secret.get_secret_value()
        if self.login is None:
            request.headers["Authorization"] = f"Bearer {secret}"
        else:
            both = base64.b64encode(f"{self.login}:{secret}".encode()).decode()
            request.headers["Authorization"] = f"Basic {both}"
        return request


def read_settings(connection: AirflowConnection) -> RestSettings:
    """Validate a connection, and the settings file that it names.

    :param connection: as Airflow answers it, from the UI, a JSON or a URI.
    :raises ConfigurationError: naming the key that is missing, unknown or unusable.
    """
    return read_connection(connection.conn_id, lambda: _read(connection))


def _read(connection: AirflowConnection) -> RestSettings:
    given = without_matching(extra_of(connection.extra, '{"api": "/opt/erp.yaml"}'), "erp_rest")
    extra = validated(
        RestExtra,
        with_texts(given, (RestExtra,)),
        missing="{name} in extra is missing: the path of the API's settings file",
    )
    base_url = address_of(connection.host, connection.port, "", *_ADDRESS)
    check_channel(base_url, allow_http=extra.allow_http)
    return RestSettings(
        base_url=base_url,
        login=(connection.login or "").strip() or None,
        secret=SecretStr(_secret(connection)),
        extra=extra,
        api=read_api(extra.api),
    )


def _secret(connection: AirflowConnection) -> str:
    secret = (connection.password or "").strip()
    if not secret:
        raise ValueError("password is missing: the token, or the password of the login")
    if not secret.isprintable() or not (connection.login or secret.isascii()):
        raise ValueError("password holds characters that no header can carry")
    return secret
