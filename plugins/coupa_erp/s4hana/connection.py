"""What an Airflow connection of type ``s4hana`` says, validated: every error names its key."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from coupa_erp.address import AirflowConnection, base_url_of
from coupa_erp.channel import CaFile, Channel, check_channel
from coupa_erp.erp_http.calls import Server
from coupa_erp.form import extra_of, validated, with_texts
from include.errors import ConfigurationError

_EXAMPLE = "https://my300000-api.s4hana.cloud.sap"
_FIELD = r"^[A-Za-z][A-Za-z0-9_]*$"


class S4HanaExtra(BaseModel):
    """The connection's extra.

    :param sap_client: the client (three digits) of a system of one's own; S/4HANA Cloud needs none.
    :param oauth_url: where tokens are given; with it login and password are an OAuth 2.0 client and its
        secret, without it the communication user's.
    :param sandbox: whether this S/4HANA is for trying out.
    :param key_field: the header's field for our key; a custom field (``YY1_…``) serves as well.
    :param fingerprint_field: the header's field for the fingerprint of what was last sent.
    :param reversal_reason: SAP's reason code of a reversal on the document's own posting date.
    :param reversal_reason_other_date: likewise of one on another date; SAP must allow an alternative posting
        date for it.
    :param document_type: SAP's document type; empty: its default.
    :param tax_country: the tax reporting country, where S/4HANA wants one on each item.
    :param untaxed_code: the tax code of items without tax; empty: they have none.
    :param deducted_taxes: tax codes whose amounts are taken off what is owed, each with the account that
        takes them: ``W1=175500, R1=175800``. Their amounts are booked there as G/L items.
    :param po_backed: ``gl`` books a line with a purchase order to its account, ``match`` against the order.
    :param web_url: SAP's launchpad, for links to documents.
    :param timeout_seconds: how long one answer may take.
    :param busy_seconds: how long a call waits while S/4HANA is busy or a lock is held.
    :param verify_tls: ``false`` takes any certificate, and says so in each log.
    :param ca_file: certificates (PEM) of the authorities to trust, in the place of this machine's.
    :param allow_http: sends the password in the clear to a host that is not this machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    sap_client: str | None = Field(default=None, pattern=r"^[0-9]{3}$")
    oauth_url: str | None = None
    sandbox: bool = False
    key_field: str = Field(default="DocumentHeaderText", pattern=_FIELD)
    fingerprint_field: str = Field(default="SupplierPostingLineItemText", pattern=_FIELD)
    reversal_reason: str = Field(default="01", pattern=r"^[0-9A-Z]{2}$")
    reversal_reason_other_date: str = Field(default="02", pattern=r"^[0-9A-Z]{2}$")
    document_type: str | None = Field(default=None, pattern=r"^[0-9A-Z]{1,2}$")
    tax_country: str | None = Field(default=None, pattern=r"^[A-Z]{2,3}$")
    untaxed_code: str | None = Field(default=None, pattern=r"^[0-9A-Z]{1,2}$")
    deducted_taxes: str = Field(default="", pattern=r"^(\s*[^=,\s]{1,40}\s*=\s*[^=,\s]{1,10}\s*(,|$))*$")
    po_backed: Literal["gl", "match"] = "gl"
    web_url: str | None = None
    timeout_seconds: float = Field(default=60, gt=0, le=600)
    busy_seconds: float = Field(default=60, ge=0, le=600)
    verify_tls: bool = True
    ca_file: CaFile | None = None
    allow_http: bool = False

    @field_validator("web_url", "oauth_url")
    @classmethod
    def _is_a_url(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("write the whole address: https://my300000.s4hana.cloud.sap")
        return value

    @property
    def accounts_of_deducted(self) -> dict[str, str]:
        """The account of each tax code that is taken off what is owed."""
        pairs = (pair.partition("=") for pair in self.deducted_taxes.split(",") if pair.strip())
        return {code.strip(): account.strip() for code, _, account in pairs}

    @model_validator(mode="after")
    def _two_fields(self) -> S4HanaExtra:
        if self.key_field == self.fingerprint_field:
            raise ValueError("key_field and fingerprint_field must be two fields")
        return self


class S4HanaSettings(BaseModel):
    """One S/4HANA and how to call it.

    :param base_url: scheme, host and port.
    """

    model_config = ConfigDict(frozen=True)

    base_url: str
    login: str
    password: SecretStr
    extra: S4HanaExtra

    @property
    def server(self) -> Server:
        """How this S/4HANA is reached."""
        extra = self.extra
        return Server(
            name="S/4HANA",
            metric="s4hana",
            channel=Channel(self.base_url, verify_tls=extra.verify_tls, ca_file=extra.ca_file),
            timeout_seconds=extra.timeout_seconds,
            busy_seconds=extra.busy_seconds,
        )

    def service_url(self, service: str) -> str:
        """The root of an OData service.

        :param service: ``API_SUPPLIERINVOICE_PROCESS_SRV``.
        """
        return f"{self.base_url}/sap/opu/odata/sap/{service}"


def read_settings(connection: AirflowConnection) -> S4HanaSettings:
    """Validate a connection.

    :param connection: as Airflow answers it, from the UI, a JSON or a URI.
    :raises ConfigurationError: naming the key that is missing, unknown or unusable.
    """
    try:
        given = extra_of(connection.extra, '{"sap_client": "100"}')
        extra = validated(S4HanaExtra, with_texts(given, (S4HanaExtra,)))
        settings = S4HanaSettings(
            base_url=base_url_of(connection, "S/4HANA's address", _EXAMPLE),
            login=_required(
                connection.login, "login is missing: the communication user, or the OAuth client"
            ),
            password=SecretStr(_required(connection.password, "password is missing: of the user or client")),
            extra=extra,
        )
        check_channel(settings.base_url, allow_http=extra.allow_http)
        if extra.oauth_url:
            check_channel(extra.oauth_url, allow_http=extra.allow_http)
    except ValueError as fault:
        problem = str(fault)
    else:
        return settings
    raise ConfigurationError(f"Connection {connection.conn_id}: {problem.rstrip('.')}.")


def _required(value: str | None, missing: str) -> str:
    if not value or not value.strip():
        raise ValueError(missing)
    return value.strip()
