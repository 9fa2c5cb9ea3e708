"""Fields whose value is not what it should be: refused by name, where the books depend on them."""

from __future__ import annotations

from collections.abc import Iterator

from include.mapping.case import Case
from include.mapping.lines import line_places
from include.mapping.text import clean
from include.models.invoice import Account, Allocation, InvoiceCharge, InvoiceLine, TaxLine
from include.models.reading import FromCoupa

_NOT_FOR_THE_BOOKS = frozenset(
    {
        "id",
        "exported",
        "updated-at",
        "status",
        "paid",
        "line-num",
        "description",
        "quantity",
        "uom",
        "po-number",
        "order-header-num",
    }
)


def refuse_unreadable(case: Case) -> None:
    """Refuse each field that could not be read, with the place and what stands there."""
    places = line_places(case.invoice)
    for model, place in _models(case, places):
        for name, value in model.unreadable.items():
            if name not in _NOT_FOR_THE_BOOKS:
                case.refuse(
                    "INVOICE_UNREADABLE",
                    f"The field {name} cannot be read (there is {_shown(value)}): correct it in Coupa.",
                    place,
                )


def _shown(value: object) -> str:
    """What stands there, for somebody who looks at the invoice in Coupa."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "yes", False: "no"}[value]
    text = clean(str(value), 60)
    is_shape = text == "an object" or text.startswith("a list of ")
    return f"{text} where one value belongs" if is_shape else f'"{text}"'


def _models(case: Case, places: list[str]) -> Iterator[tuple[FromCoupa, str]]:
    invoice = case.invoice
    yield from _with_objects(invoice, "Header")
    for taxes in (invoice.tax_lines, invoice.tcs_tax_lines, invoice.withholding_tax_lines):
        yield from _all(taxes, "Header")
    for line, place in zip(invoice.invoice_lines, places, strict=True):
        yield from _coded(line, place)
        yield from _all(line.withholding_tax_lines, place)
    for number, charge in enumerate(invoice.invoice_charges, start=1):
        yield from _coded(charge, f"Charge {number}")


def _coded(model: InvoiceLine | InvoiceCharge, place: str) -> Iterator[tuple[FromCoupa, str]]:
    yield from _with_objects(model, place)
    yield from _all(model.tax_lines, place)
    for number, allocation in enumerate(model.account_allocations, start=1):
        yield from _with_objects(allocation, f"{place}, allocation {number}")


def _all(models: list[TaxLine], place: str) -> Iterator[tuple[FromCoupa, str]]:
    for model in models:
        yield from _with_objects(model, place)


def _with_objects(model: FromCoupa, place: str) -> Iterator[tuple[FromCoupa, str]]:
    yield model, place
    for name in type(model).model_fields:
        inner = getattr(model, name)
        if isinstance(inner, FromCoupa) and not isinstance(inner, Allocation | TaxLine):
            yield inner, place
            if isinstance(inner, Account) and inner.account_type is not None:
                yield inner.account_type, place
