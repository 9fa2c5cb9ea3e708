"""A bill as Ledger's JSON, and Ledger's JSON as the port's document."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from include.erp_port import ErpDocument
from include.errors import ConfigurationError, Refusal
from include.models.bill import Bill

ELSEWHERE = "What answers is not Ledger: check the connection's host."


def values_of(bill: Bill, day: datetime.date) -> dict[str, Any]:
    return {
        "kind": "credit" if bill.kind == "credit_note" else "invoice",
        "company": bill.company,
        "supplier": bill.supplier,
        "reference": bill.number,
        "document_date": bill.invoice_date.isoformat(),
        "posting_date": day.isoformat(),
        "currency": bill.currency,
        "term": bill.payment_term,
        "note": bill.fingerprint,
        "lines": [
            {
                "account": line.account,
                "amount": format(line.amount, "f"),
                "center": line.dimensions.get("cost_center"),
                "text": line.description,
            }
            for line in bill.lines
        ],
        "taxes": [
            {"code": tax.code, "base": format(tax.base, "f"), "amount": format(tax.amount, "f")}
            for tax in bill.taxes
        ],
    }


def document_of(row: Any) -> ErpDocument:
    try:
        return _read(row)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise ConfigurationError(ELSEWHERE) from None


def _read(row: dict[str, Any]) -> ErpDocument:
    lines = _sums((line["account"], Decimal(line["amount"])) for line in row["lines"])
    taxes = _sums((tax["code"], Decimal(tax["amount"])) for tax in row["taxes"])
    tax = sum(taxes.values(), Decimal(0))
    total = sum(lines.values(), Decimal(0)) + tax
    paid = Decimal(row["paid"])
    state = "cancelled" if row["state"] == "reversed" else "paid" if paid and paid == total else "posted"
    return ErpDocument.model_validate(
        {
            "erp_id": row["id"],
            "number": row["number"],
            "key": row["external_id"],
            "fingerprint": row.get("note"),
            "state": state,
            "kind": "credit_note" if row["kind"] == "credit" else "invoice",
            "company": row["company"],
            "supplier": row["supplier"],
            "supplier_number": row["reference"],
            "invoice_date": row["document_date"],
            "posting_date": row["posting_date"],
            "currency": row["currency"],
            "total": total,
            "tax": tax,
            "paid_amount": paid,
            "line_sums": lines,
            "tax_sums": taxes,
        }
    )


def differences(bill: Bill, day: datetime.date, made: ErpDocument) -> list[Refusal]:
    """Every figure of the document that is not the bill's."""
    lines = _sums((line.account, line.amount) for line in bill.lines)
    taxes = _sums((tax.code, tax.amount) for tax in bill.taxes)
    pairs: list[tuple[str, object, object]] = [
        ("company", bill.company, made.company),
        ("supplier", bill.supplier, made.supplier),
        ("supplier's number", bill.number, made.supplier_number),
        ("document date", bill.invoice_date, made.invoice_date),
        ("posting date", day, made.posting_date),
        ("currency", bill.currency, made.currency),
        ("total", bill.total, made.total),
        ("tax", bill.tax, made.tax),
        ("kind", bill.kind, made.kind),
        *(
            (f"amount on {name}", wanted.get(name, Decimal(0)), found.get(name, Decimal(0)))
            for wanted, found in ((lines, made.line_sums), (taxes, made.tax_sums))
            for name in sorted({*wanted, *found})
        ),
    ]
    return [
        Refusal(
            "READ_BACK_DIFFERS",
            f"Ledger made {made.number} with {what} {found} where Coupa has {wanted}; it was reversed.",
        )
        for what, wanted, found in pairs
        if wanted != found
    ]


def _sums(parts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for name, amount in parts:
        sums[name] = sums.get(name, Decimal(0)) + amount
    return {name: amount for name, amount in sums.items() if amount}
