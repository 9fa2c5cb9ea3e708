"""What the connections of ERPs have in common: the extra, a key as the password, a database as the schema."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from coupa_erp.channel import CaFile, Channel
from coupa_erp.erp_http.calls import Server


class ErpExtra(BaseModel):
    """What each ERP's extra may say.

    :param timeout_seconds: how long one answer may take.
    :param web_url: where people open the ERP, for links to documents.
    :param verify_tls: ``false`` takes any certificate, and says so in each log.
    :param ca_file: certificates (PEM) of the authorities to trust, in the place of this machine's.
    :param allow_http: sends the secret in the clear to a host that is not this machine.
    :param sandbox: whether this ERP is for trying out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    #: A ``web_url`` as it should be.
    web_example: ClassVar[str]

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
            raise ValueError(f"write the whole address: {cls.web_example}")
        return value

    def channel(self, base_url: str) -> Channel:
        """How the ERP is reached.

        :param base_url: its address.
        """
        return Channel(base_url, verify_tls=self.verify_tls, ca_file=self.ca_file)


class DatabaseExtra(ErpExtra):
    """The extra of an ERP that is called by a key to one of its databases.

    :param database: the ERP's database, where ``schema`` does not say it (a connection written as a URI may
        use ``schema`` for http or https).
    :param timeout_seconds: how long one answer may take; entering may take longer with each line.
    :param lock_seconds: how long a write that lost a race or a lock is repeated before Airflow retries it.
    """

    database: str | None = Field(default=None, min_length=1)
    lock_seconds: float = Field(default=60, ge=0, le=600)

    @field_validator("web_url")
    @classmethod
    def _without_a_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value else value

    def server(self, name: str, base_url: str) -> Server:
        """The other side.

        :param name: the ERP's.
        :param base_url: its address.
        """
        return Server(
            name=name,
            metric=name.lower(),
            channel=self.channel(base_url),
            timeout_seconds=self.timeout_seconds,
            busy_seconds=self.lock_seconds,
        )

    def database_beside(self, schema: str | None, erp: str) -> str:
        """The database that schema or extra names.

        :param schema: of the connection.
        :param erp: for the message.
        :raises ValueError: neither does, or each another one.
        """
        schema = (schema or "").strip()
        named = "" if schema.lower() in ("http", "https") else schema
        if named and self.database and named != self.database:
            raise ValueError(f"schema says database {named} and extra says {self.database}")
        database = named or self.database
        if not database:
            raise ValueError(f"schema is missing: the name of {erp}'s database (or database in extra)")
        return database


def key_in(password: str | None, what: str, kind: str) -> SecretStr:
    """The key that a connection has for a password.

    :param what: what it should be, said of one that is missing.
    :param kind: what it is called.
    :raises ValueError: it is missing, or no header can carry it.
    """
    key = (password or "").strip()
    if not key:
        raise ValueError(f"password is missing: {what}")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError(f"password holds characters that no {kind} has")
    return SecretStr(key)
