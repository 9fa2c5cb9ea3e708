"""What an Airflow connection of type ``coupa`` says, validated: every error names its key."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from coupa_erp.address import AirflowConnection, base_url_of
from coupa_erp.channel import CaFile, Channel, check_channel
from coupa_erp.form import extra_of, read_connection, with_texts
from include.monitoring import SCOPES
from include.options import read_options
from include.scope import CoupaScope

#: What the calls of the article's option 3 need, and so whatever the others do.
OAUTH_SCOPE = SCOPES["runs"]

#: What the host should be, and an example.
_ADDRESS = ("the instance's URL", "https://example.coupahost.com")


class CallSettings(BaseModel):
    """How Coupa is called: the part of the connection's extra that is no business.

    :param scope: OAuth2 scopes, separated by spaces; by default those of the monitoring level.
    :param api_filter: the name of an API filter made in Coupa's Setup, which then says what an invoice's
        answer carries; without one the hook names the fields itself.
    :param create_method: the verb that creates records; ``auto`` is POST, and PUT where Coupa answers 404
        or 405.
    :param timeout_seconds: how long one answer may take.
    :param verify_tls: ``false`` takes any certificate, and says so in each log.
    :param ca_file: certificates (PEM) of the authorities to trust, in the place of this machine's.
    :param allow_http: sends secret and token in the clear to a host that is not this machine.
    :param requests_per_second: a budget shared by all processes of this machine and user; 0 switches it off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    scope: str = Field(default_factory=lambda: SCOPES[read_options().monitoring], min_length=1)
    api_filter: str = ""
    create_method: Annotated[
        Literal["auto", "POST", "PUT"],
        BeforeValidator(
            lambda value: {"auto": "auto", "post": "POST", "put": "PUT"}.get(str(value).lower(), value)
        ),
    ] = "auto"
    timeout_seconds: float = Field(default=30, gt=0, le=600)
    verify_tls: bool = True
    ca_file: CaFile | None = None
    allow_http: bool = False
    requests_per_second: float = Field(default=20, ge=0, le=1000)


class CoupaSettings(BaseModel):
    """One Coupa instance and how to call it.

    :param base_url: scheme, host and port, nothing behind them.
    :param client_id: of the OAuth2 client made in Coupa's Setup.
    :param business: which invoices the export serves, and where it writes.
    """

    model_config = ConfigDict(frozen=True)

    base_url: str
    client_id: str
    client_secret: SecretStr
    calls: CallSettings
    business: CoupaScope

    @property
    def channel(self) -> Channel:
        """How the instance is reached."""
        return Channel(self.base_url, verify_tls=self.calls.verify_tls, ca_file=self.calls.ca_file)


def read_settings(connection: AirflowConnection) -> CoupaSettings:
    """Validate a connection.

    :param connection: as Airflow answers it, from the UI, a JSON or a URI.
    :raises ConfigurationError: naming every key that is missing, unknown or unusable.
    """
    return read_connection(connection.conn_id, lambda: _read(connection))


def _read(connection: AirflowConnection) -> CoupaSettings:
    base_url = _base_url(connection)
    client_id, secret = _client(connection)
    extra = extra_of(connection.extra, '{"integration_code": "INVOICES_TO_ERP"}')
    calls, scope = _validated(with_texts(extra, (CallSettings, CoupaScope)))
    check_channel(base_url, allow_http=calls.allow_http)
    return CoupaSettings(
        base_url=base_url, client_id=client_id, client_secret=secret, calls=calls, business=scope
    )


def _client(connection: AirflowConnection) -> tuple[str, SecretStr]:
    missing = [name for name in ("login", "password") if not getattr(connection, name)]
    if missing:
        raise ValueError(f"{' and '.join(missing)} missing: the OAuth2 client's id and its secret")
    return str(connection.login), SecretStr(str(connection.password))


def _validated(extra: dict[str, Any]) -> tuple[CallSettings, CoupaScope]:
    """Both parts of the extra, with the faults of both in one sentence."""
    business = {name: extra[name] for name in CoupaScope.model_fields if name in extra}
    calls = {name: value for name, value in extra.items() if name not in business}
    faults: list[str] = []
    read: list[Any] = []
    for model, values in ((CallSettings, calls), (CoupaScope, business)):
        try:
            read.append(model.model_validate(values))
        except ValidationError as unusable:
            faults += [_told(fault) for fault in unusable.errors(include_input=False, include_url=False)]
    if faults:
        raise ValueError("; ".join(faults))
    return read[0], read[1]


def _told(fault: Any) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "missing":
        return f"{name} is missing in extra"
    if fault["type"] == "extra_forbidden":
        known = sorted({*CallSettings.model_fields, *CoupaScope.model_fields})
        return f"{name} in extra is not known; known are {', '.join(known)}"
    said = str(fault["msg"]).removeprefix("Value error, ")
    return f"{name} in extra: {said}" if name else said


def _base_url(connection: AirflowConnection) -> str:
    """Nothing stands behind host and port."""
    address = base_url_of(connection, *_ADDRESS)
    if urlsplit(address).path:
        raise ValueError("host should be {} alone, such as {}".format(*_ADDRESS))
    return address
