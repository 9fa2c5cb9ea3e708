"""A bill as the values of templates, and an answer as the port's document."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from coupa_erp.rest.api import RestApi
from coupa_erp.rest.templates import Values, at
from include.erp_port import ErpDocument
from include.errors import ConfigurationError, Refusal
from include.models.bill import Bill, BillKind


@dataclass(frozen=True)
class Found:
    """A document, and the version over which it may be changed."""

    version: str
    document: ErpDocument

    @property
    def values(self) -> Values:
        """What templates call it by."""
        document = self.document
        return {"id": document.erp_id, "key": document.key, "erp_number": document.number}


def values_of(bill: Bill, posting_date: datetime.date, api: RestApi) -> Values:
    """Everything of a bill that a template may name; amounts are texts.

    :param posting_date: the bill's, or the first open day.
    """
    side = _side(bill.kind, api)

    def money(amount: Decimal) -> str:
        return format(side * amount if amount else amount, "f")

    return {
        "key": bill.key,
        "fingerprint": bill.fingerprint,
        "kind": api.kinds[bill.kind],
        "company": bill.company,
        "supplier": bill.supplier,
        "supplier_name": bill.supplier_name,
        "number": bill.number,
        "invoice_date": bill.invoice_date.isoformat(),
        "posting_date": posting_date.isoformat(),
        "due_date": bill.due_date.isoformat() if bill.due_date else None,
        "currency": bill.currency,
        "payment_term": bill.payment_term,
        "remit_to": bill.remit_to,
        "original_number": bill.original_number,
        "total": money(bill.total),
        "tax": money(bill.tax),
        **{f"custom_fields.{name}": text for name, text in bill.custom_fields.items()},
        "lines": [
            {
                "account": line.account,
                "amount": money(line.amount),
                "description": line.description,
                "place": line.place,
                "quantity": None if line.quantity is None else format(line.quantity, "f"),
                "unit": line.unit,
                "purchase_order": line.purchase_order,
                "purchase_order_line": line.purchase_order_line,
                **{f"dimensions.{axis}": code for axis, code in line.dimensions.items()},
            }
            for line in bill.lines
        ],
        "taxes": [
            {"code": tax.code, "base": money(tax.base), "amount": money(tax.amount), "place": tax.place}
            for tax in bill.taxes
        ],
    }


def document_of(row: Any, api: RestApi) -> Found:
    """The document that an answer describes.

    :raises ConfigurationError: naming the setting under which the answer has nothing, or nothing fit.
    """
    paths, read = api.document, _Reader(row, api)
    kinds = {word: kind for kind, word in api.kinds.items()}
    kind = read.among("kind", paths.kind, kinds)
    side = _side(kind, api)
    lines = read.parts("lines", paths.lines, "line.account", paths.line.account, paths.line.amount)
    taxes = read.parts("taxes", paths.taxes, "tax_line.code", paths.tax_line.code, paths.tax_line.amount)
    values = {
        "erp_id": read.text("id", paths.id),
        "number": read.text("number", paths.number),
        "key": read.optional(paths.key),
        "fingerprint": read.optional(paths.fingerprint),
        "state": read.among("state", paths.state, paths.states),
        "kind": kind,
        "company": read.text("company", paths.company),
        "supplier": read.text("supplier", paths.supplier),
        "supplier_number": read.optional(paths.supplier_number),
        "invoice_date": read.text("invoice_date", paths.invoice_date),
        "posting_date": read.text("posting_date", paths.posting_date),
        "currency": read.text("currency", paths.currency),
        "total": side * read.money("total", paths.total),
        "tax": side * read.money("tax", paths.tax),
        "paid_amount": abs(read.money("paid", paths.paid)),
        "line_sums": _sums(lines, side),
        "tax_sums": _sums(taxes, side),
    }
    try:
        document = ErpDocument.model_validate(values)
    except ValidationError as unfit:
        (fault, *_) = unfit.errors(include_url=False, include_input=False)
        raise ConfigurationError(
            f"{api.name} answers no document as the settings describe it: {fault['loc'][0]}: {fault['msg']}."
        ) from None
    return Found(read.text("version", paths.version), document)


def differences(bill: Bill, posting_date: datetime.date, made: ErpDocument, name: str) -> list[Refusal]:
    """Every figure and date of the document that is not the bill's.

    :param name: the ERP's.
    """
    pairs: list[tuple[str, object, object]] = [
        ("company", bill.company, made.company),
        ("supplier", bill.supplier, made.supplier),
        ("supplier's number", bill.number, made.supplier_number),
        ("document date", bill.invoice_date, made.invoice_date),
        ("posting date", posting_date, made.posting_date),
        ("currency", bill.currency, made.currency),
        ("total", bill.total, made.total),
        ("tax", bill.tax, made.tax),
    ]
    if bill.total:
        pairs.append(("kind", bill.kind, made.kind))
    lines = _sums(((line.account, line.amount) for line in bill.lines), 1)
    taxes = _sums(((tax.code, tax.amount) for tax in bill.taxes), 1)
    for what, wanted, found in (("account", lines, made.line_sums), ("tax", taxes, made.tax_sums)):
        pairs += [
            (f"amount on {what} {code}", wanted.get(code, Decimal(0)), found.get(code, Decimal(0)))
            for code in sorted({*wanted, *found})
        ]
    return [
        Refusal(
            "READ_BACK_DIFFERS",
            f"{name} made {made.number} with {what} {found} where Coupa has {wanted}; it was cancelled "
            f"again. Ask {name}'s administrators what changes bills there.",
        )
        for what, wanted, found in pairs
        if wanted != found
    ]


class _Reader:
    """Reads one document; what is missing is named by its setting."""

    def __init__(self, row: Any, api: RestApi) -> None:
        self._row, self._name = row, api.name

    def optional(self, path: str) -> str | None:
        value = at(self._row, path)
        return str(value) if isinstance(value, str | int) and value != "" else None

    def text(self, setting: str, path: str, row: Any = None) -> str:
        value = at(self._row if row is None else row, path)
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or value == "":
            raise self._unfit(setting, path)
        return str(value)

    def money(self, setting: str, path: str, row: Any = None) -> Decimal:
        try:
            amount = Decimal(self.text(setting, path, row))
        except InvalidOperation:
            raise self._unfit(setting, path) from None
        if not amount.is_finite():
            raise self._unfit(setting, path)
        return amount

    def among(self, setting: str, path: str, words: Mapping[str, Any]) -> Any:
        word = self.text(setting, path)
        if word not in words:
            raise self._unfit(setting, path)
        return words[word]

    def parts(self, setting: str, path: str, named: str, name: str, amount: str) -> list[tuple[str, Decimal]]:
        """The lines or taxes: each one's account or code, and its amount."""
        rows = at(self._row, path)
        if not isinstance(rows, list):
            raise self._unfit(setting, path)
        return [
            (self.text(named, name, row), self.money(f"{named.partition('.')[0]}.amount", amount, row))
            for row in rows
        ]

    def _unfit(self, setting: str, path: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self._name} answers no document as the settings describe it: {setting} expects something else "
            f"at {path}."
        )


def _side(kind: BillKind, api: RestApi) -> int:
    return -1 if api.signed and kind == "credit_note" else 1


def _sums(parts: Iterable[tuple[str, Decimal]], side: int) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for name, amount in parts:
        sums[name] = sums.get(name, Decimal(0)) + side * amount
    return {name: amount for name, amount in sums.items() if amount}
