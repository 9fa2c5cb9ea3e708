"""What an Airflow connection of type ``netsuite`` says, validated: every error names its key."""

from __future__ import annotations

import re
import textwrap
from typing import Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from coupa_erp.address import AirflowConnection, base_url_of
from coupa_erp.channel import CaFile, Channel, check_channel
from coupa_erp.erp_http.calls import Server
from coupa_erp.form import extra_of, validated, with_texts
from coupa_erp.po_backed import without_matching
from include.errors import ConfigurationError

#: Oracle's conditions for a certificate.
_RSA_BITS = (3072, 4096)
_EXAMPLE = "https://1234567.suitetalk.api.netsuite.com"
_ACCOUNTS = r"^(\s*[^=,\s]{1,40}\s*=\s*[^=,\s]{1,40}\s*(,|$))*$"


class NetSuiteExtra(BaseModel):
    """The connection's extra.

    :param certificate_id: of the mapping of the application, the role and the certificate in NetSuite.
    :param sandbox: whether this account is for trying out.
    :param content_field: the header's field for the fingerprint of what was last sent: ``memo`` or a custom
        body field (``custbody_…``).
    :param voids: ``credit`` sets a voided bill off against a vendor credit, a voided credit against a bill;
        ``refuse`` leaves voids to people.
    :param tax_accounts: tax codes that are booked as lines on accounts of their own: ``WHT=2150, VAT=1410``.
        Needed for what is taken off what is owed, and where the account has no tax codes on purchases.
    :param untaxed_code: the tax code of lines without tax, where NetSuite demands one.
    :param payable_account: number of the account of what is owed; empty: NetSuite's default.
    :param approval_status: NetSuite's id of the approval status of new bills; empty: NetSuite's default.
    :param web_url: where people open NetSuite, for links to documents.
    :param timeout_seconds: how long one answer may take.
    :param busy_seconds: how long a call is repeated while NetSuite is busy.
    :param verify_tls: ``false`` takes any certificate, and says so in each log.
    :param ca_file: certificates (PEM) of the authorities to trust, in the place of this machine's.
    :param allow_http: sends the token in the clear to a host that is not this machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    certificate_id: str = Field(min_length=1)
    sandbox: bool = False
    content_field: str = Field(default="memo", pattern=r"^(memo|custbody[a-z0-9_]+)$")
    voids: Literal["credit", "refuse"] = "credit"
    tax_accounts: str = Field(default="", pattern=_ACCOUNTS)
    untaxed_code: str | None = None
    payable_account: str | None = None
    approval_status: str | None = Field(default=None, pattern=r"^[0-9]{1,3}$")
    web_url: str | None = None
    timeout_seconds: float = Field(default=60, gt=0, le=600)
    busy_seconds: float = Field(default=60, ge=0, le=600)
    verify_tls: bool = True
    ca_file: CaFile | None = None
    allow_http: bool = False

    @field_validator("web_url")
    @classmethod
    def _web_url_is_a_url(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("write the whole address: https://1234567.app.netsuite.com")
        return value.rstrip("/") if value else value

    @property
    def accounts_of_taxes(self) -> dict[str, str]:
        """The account of each tax code that is booked as a line."""
        pairs = (pair.partition("=") for pair in self.tax_accounts.split(",") if pair.strip())
        return {code.strip(): account.strip() for code, _, account in pairs}


class NetSuiteSettings(BaseModel):
    """One NetSuite account and how to call it.

    :param client_id: of the integration record.
    :param private_key: PEM, of the certificate that is mapped there.
    :param algorithm: how its signatures are made.
    """

    model_config = ConfigDict(frozen=True)

    base_url: str
    client_id: str
    private_key: SecretStr
    algorithm: Literal["PS256", "ES256", "ES384", "ES512"]
    extra: NetSuiteExtra

    @property
    def server(self) -> Server:
        """How this account is reached."""
        extra = self.extra
        return Server(
            name="NetSuite",
            metric="netsuite",
            channel=Channel(self.base_url, verify_tls=extra.verify_tls, ca_file=extra.ca_file),
            timeout_seconds=extra.timeout_seconds,
            busy_seconds=extra.busy_seconds,
        )


def read_settings(connection: AirflowConnection) -> NetSuiteSettings:
    """Validate a connection.

    :param connection: as Airflow answers it, from the UI, a JSON or a URI.
    :raises ConfigurationError: naming the key that is missing, unknown or unusable.
    """
    try:
        given = without_matching(extra_of(connection.extra, '{"certificate_id": "…"}'), "netsuite")
        extra = validated(NetSuiteExtra, with_texts(given, (NetSuiteExtra,)))
        client_id = _required(connection.login)
        key, algorithm = _private_key(connection.password)
        settings = NetSuiteSettings(
            base_url=base_url_of(connection, "NetSuite's address", _EXAMPLE),
            client_id=client_id,
            private_key=SecretStr(key),
            algorithm=algorithm,
            extra=extra,
        )
        check_channel(settings.base_url, allow_http=extra.allow_http)
    except ValueError as fault:
        problem = str(fault)
    else:
        return settings
    raise ConfigurationError(f"Connection {connection.conn_id}: {problem.rstrip('.')}.")


def _required(client_id: str | None) -> str:
    if not client_id or not client_id.strip():
        raise ValueError("login is missing: the client id of the integration record")
    return client_id.strip()


def _private_key(password: str | None) -> tuple[str, Literal["PS256", "ES256", "ES384", "ES512"]]:
    """The key as PEM with its lines, however a form, a JSON or a URI kept them, and its algorithm."""
    text = (password or "").replace("\\n", "\n").strip()
    found = re.fullmatch(r"(-----BEGIN [A-Z ]+-----)([A-Za-z0-9+/=\s]+)(-----END [A-Z ]+-----)", text)
    if found is None:
        raise ValueError("password should be the private key (PEM) of the certificate that NetSuite knows")
    lines = textwrap.wrap("".join(found[2].split()), 64)
    pem = "\n".join([found[1], *lines, found[3], ""])
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise ValueError(
            "password holds a private key that cannot be read, or one with a passphrase"
        ) from None
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size not in _RSA_BITS:
            raise ValueError(
                f"password holds an RSA key of {key.key_size} bits; NetSuite takes 3072 or 4096, or a key of "
                "the curves P-256, P-384, P-521"
            )
        return pem, "PS256"
    if isinstance(key, ec.EllipticCurvePrivateKey):
        curves: dict[int, Literal["ES256", "ES384", "ES512"]] = {256: "ES256", 384: "ES384", 521: "ES512"}
        if key.curve.key_size in curves:
            return pem, curves[key.curve.key_size]
    raise ValueError("password holds a private key that is neither RSA nor of the curves P-256, P-384, P-521")
