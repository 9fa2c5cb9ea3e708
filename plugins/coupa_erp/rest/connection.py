"""What an Airflow connection of type ``erp_rest`` says, validated: every error names its key."""

from __future__ import annotations

import base64
from typing import Protocol
from urllib.parse import urlsplit

import requests
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from coupa_erp.channel import CaFile, Channel, check_channel
from coupa_erp.erp_http.address import address_of
from coupa_erp.form import extra_of, validated, with_texts
from coupa_erp.po_backed import without_matching
from coupa_erp.rest.api import RestApi, read_api
from include.errors import ConfigurationError

#: What the host should be, and an example.
_ADDRESS = ("the API's address", "https://erp.example.com/api/v1")


class AirflowConnection(Protocol):
    """The fields of Airflow's connection that are read here."""

    conn_id: str
    host: str | None
    port: int | None
    login: str | None
    password: str | None
    extra: str | None


class RestExtra(BaseModel):
    """The connection's extra.

    :param api: path of the settings file on every machine of Airflow.
    :param timeout_seconds: how long one answer may take.
    :param web_url: where people open a document, with ``{id}``, ``{number}`` or both.
    :param verify_tls: ``false`` takes any certificate, and says so in each log.
    :param ca_file: certificates (PEM) of the authorities to trust, in the place of this machine's.
    :param allow_http: sends the secret in the clear to a host that is not this machine.
    :param sandbox: whether this ERP is for trying out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api: str = Field(min_length=1)
    timeout_seconds: float = Field(default=60, gt=0, le=600)
    web_url: str | None = None
    verify_tls: bool = True
    ca_file: CaFile | None = None
    allow_http: bool = False
    sandbox: bool = False

    @field_validator("web_url")
    @classmethod
    def _web_url_is_a_url(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("write the whole address: https://erp.example.com/bills/{id}")
        return value


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
        return Channel(self.base_url, verify_tls=self.extra.verify_tls, ca_file=self.extra.ca_file)

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
    try:
        given = without_matching(extra_of(connection.extra, '{"api": "/opt/erp.yaml"}'), "erp_rest")
        extra = validated(
            RestExtra,
            with_texts(given, (RestExtra,)),
            missing="{name} in extra is missing: the path of the API's settings file",
        )
        base_url = address_of(connection.host, connection.port, "", *_ADDRESS)
        check_channel(base_url, allow_http=extra.allow_http)
        secret = _secret(connection)
    except ValueError as fault:
        problem = str(fault)
    else:
        return RestSettings(
            base_url=base_url,
            login=(connection.login or "").strip() or None,
            secret=SecretStr(secret),
            extra=extra,
            api=read_api(extra.api),
        )
    raise ConfigurationError(f"Connection {connection.conn_id}: {problem.rstrip('.')}.")


def _secret(connection: AirflowConnection) -> str:
    secret = (connection.password or "").strip()
    if not secret:
        raise ValueError("password is missing: the token, or the password of the login")
    if not secret.isprintable() or not (connection.login or secret.isascii()):
        raise ValueError("password holds characters that no header can carry")
    return secret
