"""The business settings of a Coupa connection, kept in its extra: validated, each named when wrong."""

from __future__ import annotations

import datetime
import json
import re
from typing import Annotated, Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

#: Query parameters that each listing sets itself: a selection that named one would widen or break it.
RESERVED = frozenset(
    {"id", "status", "exported", "created-at", "updated-at", "order-by", "dir", "limit", "offset"}
    | {"fields", "filter", "return-object"}
)


class CoupaScope(BaseModel):
    """Which invoices of which instance the export serves, and where it writes in Coupa.

    :param integration_code: the code of the integration made in Coupa's Setup.
    :param instance_key: a name for this Coupa instance; part of every business key, so it must never change,
        not even when the host does.
    :param go_live_from: nothing created earlier is taken, unless it is named in ``invoice_ids``.
    :param selection: further conditions on the listing in Coupa's query language,
        ``payment-channel=erp&account-type[name]=US Chart``.
    :param sandbox: whether this is a sandbox, where ``go_live_from`` may be left out.
    :param erp_number_field: the custom field of the header that takes the ERP's document number.
    :param status_field: the custom field of option 1's status.
    :param older_custom_fields: further custom fields of the header that Coupa shows at the top level under a
        name without ``cf-``, where the mapping uses them. What nobody named is not kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    integration_code: str = Field(min_length=1)
    instance_key: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._-]+$")
    go_live_from: datetime.date | None = None
    selection: str = ""
    sandbox: bool = False
    erp_number_field: str = Field(default="cf-erp-invoice-number", min_length=1)
    status_field: str = Field(default="cf-integration-status", min_length=1)
    older_custom_fields: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")], ...] = ()

    @field_validator("selection")
    @classmethod
    def _selection_is_a_query(cls, value: str) -> str:
        if value and not all("=" in condition for condition in value.split("&")):
            raise ValueError("write it as a query: payment-channel=erp&account-type[name]=US Chart")
        for name, _ in parse_qsl(value, keep_blank_values=True):
            if name.partition("[")[0].replace("_", "-") in RESERVED:
                raise ValueError(f"{name} is set by the export itself and cannot be part of the selection")
        return value

    @field_validator("older_custom_fields", mode="before")
    @classmethod
    def _names_in_a_text(cls, value: Any) -> Any:
        """A list of names; also one a line, or separated by commas, as a form or a URI has them."""
        if isinstance(value, str) and value.lstrip().startswith("["):
            try:
                value = json.loads(value)
            except json.JSONDecodeError:
                raise ValueError('write it as a list: ["project", "region"]') from None
        if isinstance(value, str):
            value = re.split(r"[\s,]+", value)
        return [name for name in value if name != ""] if isinstance(value, list) else value

    @model_validator(mode="after")
    def _production_needs_a_start(self) -> CoupaScope:
        if self.go_live_from is None and not self.sandbox:
            raise ValueError(
                "go_live_from is required: the day from which invoices are taken (2026-12-01). "
                "Only a connection marked as a sandbox may leave it out."
            )
        return self

    @property
    def selection_query(self) -> dict[str, str]:
        """The further conditions as query parameters."""
        return dict(parse_qsl(self.selection, keep_blank_values=True))

    @property
    def named_custom_fields(self) -> tuple[str, ...]:
        """Custom fields of the header that are found by name, wherever Coupa keeps them."""
        return (self.erp_number_field, self.status_field, *self.older_custom_fields)

    def key(self, invoice_id: int) -> str:
        """The business key of an invoice: the instance's name, the document type, the id.

        :param invoice_id: Coupa's id of the invoice.
        """
        return f"{self.instance_key}/InvoiceHeader/{invoice_id}"
