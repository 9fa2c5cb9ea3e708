"""The sixty invoices of the sandbox as Coupa answers them to the hook, and the way that an answer takes."""

from __future__ import annotations

import datetime
import functools
import json
from collections.abc import Iterator
from typing import Any

from coupa_erp.coupa import fields
from coupa_erp.coupa.answers import json_of, one
from coupa_erp.coupa.reading import read_invoice
from include.mapping.bill import map_invoice
from include.models.bill import Bill
from include.models.invoice import CoupaInvoice
from include.sandbox.fields import render, selection_of
from include.sandbox.invoices import load
from tests.include.mapping.documents import MAPPING, TODAY, Json

Path = tuple[Any, ...]

CALL = "PUT /api/invoices/1"


class _Asking:
    """A call that asks for the fields that the hook asks for."""

    @staticmethod
    def parameter(name: str) -> str | None:
        return fields.INVOICE if name == "fields" else None


@functools.cache
def _answers() -> dict[int, str]:
    asked: Any = _Asking()
    settings: Any = None
    selection = selection_of(asked, "InvoiceHeader", settings)
    return {
        invoice["id"]: json.dumps(render(invoice, "InvoiceHeader", selection), default=str)
        for invoice in load()
    }


def ids() -> list[int]:
    """The ids of all sixty."""
    return sorted(_answers())


def answer(invoice_id: int) -> Json:
    """A new copy of what Coupa answers for one of them."""
    found: Json = json.loads(_answers()[invoice_id])
    return found


def received(body: bytes) -> CoupaInvoice:
    """What the hook makes of an answer, after it has gone from one task to the next."""
    invoice = read_invoice(one(json_of(body, CALL), CALL), CALL)
    wire = json.dumps(invoice.model_dump(mode="json", by_alias=True, exclude_none=True), allow_nan=False)
    assert "\\u0000" not in wire, "PostgreSQL refuses it"
    json.loads(wire, parse_float=no_float)
    travelled = CoupaInvoice.model_validate(json.loads(wire))
    wire.encode()
    assert json.dumps(json.loads(wire), ensure_ascii=False).encode(), "no half of a surrogate pair"
    assert travelled == invoice
    return travelled


def bill_of(document: Json, today: datetime.date = TODAY) -> Bill:
    """The bill of an answer, by the whole way from bytes."""
    return map_invoice(received(json.dumps(document).encode()), MAPPING, "k/InvoiceHeader/1", today)


def no_float(spelled: str) -> Any:
    raise AssertionError(f"{spelled} travels as a float")


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place of a document, but the id."""
    if path and path != ("id",):
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, (*path, key))


def without(document: Json, path: Path) -> Json:
    """The document without what stands at a place."""
    target: Any = document
    for step in path[:-1]:
        target = target[step]
    del target[path[-1]]
    return document
