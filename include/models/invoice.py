"""A Coupa invoice as its API answers it, with every amount a Decimal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from include.models.records import hyphenated


class FromCoupa(BaseModel):
    """Read by Coupa's hyphenated names; keys that we do not name are kept, because one may hold money."""

    model_config = ConfigDict(alias_generator=hyphenated, populate_by_name=True, extra="allow", frozen=True)


class Coded(FromCoupa):
    """A reference with a code: currency, payment term, unit, supplier site."""

    id: int | None = None
    code: str | None = None


class InvoiceLabel(FromCoupa):
    """What a listing asks for: an id and a few labels, never the content."""

    id: int
    invoice_number: str | None = None
    status: str | None = None
    exported: bool | None = None
    updated_at: str | None = None


class CoupaInvoice(InvoiceLabel):
    """The invoice itself, as the answer to mark-exported shows it."""

    document_type: str | None = None
    currency: Coded | None = None
    gross_total: Decimal | None = None
    custom_fields: dict[str, Any] = Field(default_factory=dict)
