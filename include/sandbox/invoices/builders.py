"""Coupa's JSON for invoices, lines, taxes, splits and charges, from the few things that differ.

Amounts are decimal strings, written where the invoice is written; only what repeats them (the header's tax
amount, the amount due, dates that follow from the term) is computed here.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from include.sandbox.invoices.case import Document
from include.sandbox.invoices.world import (
    ACCOUNTANT,
    ACME,
    COMMODITIES,
    CURRENCIES,
    DE,
    PAYMENT_TERMS,
    REQUESTER,
    TAX_CODES,
    UOMS,
    US,
    Company,
    Supplier,
    account,
)

Part = dict[str, Any]
Booking = str | list[Part]


def tax(code: str, amount: str, taxable: str | None = None) -> Part:
    """One tax line.

    :param amount: what Coupa holds as the tax; ``0.00`` on some reverse charges.
    :param taxable: the amount that the tax is on; left out, it is the whole line.
    """
    known = TAX_CODES[code]
    line = {
        "type": "TaxLine",
        "code": code,
        "rate": known.percentage,
        "amount": amount,
        "tax-code": known.reference(code),
    }
    return line if taxable is None else {**line, "taxable-amount": taxable}


def withholding(code: str, amount: str, taxable: str) -> Part:
    """One withholding tax line: what the customer keeps from the supplier and pays to the state."""
    line = tax(code, amount, taxable)
    return {**line, "type": "WithholdingTaxLine", "withholding-amount": amount}


def split(code: str, amount: str | None = None, pct: str | None = None) -> Part:
    """One share of a line or a charge, by amount, by percentage or both."""
    return {"pct": pct, "amount": amount, "account": account(code)}


def _booked(booking: Booking | None) -> Part:
    """``account`` and ``account-allocations``: where one is, the other is empty."""
    if isinstance(booking, list):
        return {"account": None, "account-allocations": booking}
    return {"account": account(booking) if booking else None, "account-allocations": []}


def amount_line(
    description: str,
    total: str,
    booking: Booking,
    *,
    taxes: list[Part] | None = None,
    withheld: list[Part] | None = None,
    po: str | None = None,
    **others: Any,
) -> Part:
    """A line that is an amount: a fee, a service, a correction.

    :param booking: an account code, or the shares of a split.
    :param po: purchase order and its line, ``4711/1``.
    :param others: further keys of Coupa's line, with underscores.
    """
    order, _, order_line = (po or "").partition("/")
    booked = _booked(booking)
    leading = booked["account"] or (booked["account-allocations"][0]["account"])
    return {
        "type": "InvoiceAmountLine",
        "description": description,
        "quantity": None,
        "price": total,
        "total": total,
        "accounting-total": total,
        "uom": None,
        "po-number": order or None,
        "order-header-num": order or None,
        "order-line-id": int(order) * 10 + int(order_line) if po else None,
        "order-line-num": order_line or None,
        "source-part-num": None,
        "commodity": COMMODITIES.get(leading["segment-2"]),
        "tax-amount": str(_sum(taxes)),
        "tax-rate": None,
        "tax-lines": taxes or [],
        "withholding-tax-lines": withheld or [],
        **booked,
        "billing-note": None,
        "custom-fields": {},
        **_hyphenated(others),
    }


def quantity_line(
    description: str,
    quantity: str,
    price: str,
    total: str,
    booking: Booking,
    *,
    uom: str = "EA",
    part: str | None = None,
    **others: Any,
) -> Part:
    """A line of so many units at a price; everything else as :func:`amount_line`."""
    line = amount_line(description, total, booking, **others)
    units = {
        "type": "InvoiceQuantityLine",
        "quantity": quantity,
        "price": price,
        "uom": UOMS[uom],
        "source-part-num": part,
    }
    return {**line, **units}


def charge(kind: str, total: str, booking: Booking | None = None, *, taxes: list[Part] | None = None) -> Part:
    """A charge of the header.

    :param kind: ``Shipping``, ``Handling`` or ``Misc``.
    :param booking: an account code, the shares of a split, or nothing.
    """
    return {
        "type": f"Invoice{kind}Charge",
        "description": kind,
        "total": total,
        "pct": None,
        "tax-lines": taxes or [],
        **_booked(booking),
    }


def attachment(number: int, name: str) -> Part:
    """A file that hangs on the invoice."""
    return {"id": number, "type": "file", "file": f"/attachments/{number}/{name}", "intent": "Internal"}


def link(number: int, address: str) -> Part:
    """An address that hangs on the invoice."""
    return {"id": number, "type": "url", "url": address, "intent": "Internal"}


def note(number: int, text: str) -> Part:
    """A text that hangs on the invoice."""
    return {"id": number, "type": "text", "text": text, "intent": "Internal"}


def invoice(
    number_in_coupa: int,
    number: str,
    day: str,
    lines: list[Part],
    *,
    gross: str,
    supplier: Supplier = ACME,
    company: Company = US,
    currency: str | None = None,
    terms: str | None = "Net 30",
    charges: list[Part] | None = None,
    header_taxes: list[Part] | None = None,
    header_withheld: list[Part] | None = None,
    remit_to: str | None = None,
    fields: Part | None = None,
    **others: Any,
) -> Document:
    """A whole invoice, approved and waiting unless it says otherwise.

    :param number_in_coupa: Coupa's id.
    :param number: the supplier's invoice number.
    :param day: the invoice date.
    :param gross: the gross total, by hand.
    :param fields: custom fields of the header beside the export's own two.
    :param others: further keys of Coupa's header, with underscores; they win over what is computed.
    """
    date = datetime.date.fromisoformat(day)
    known_term = PAYMENT_TERMS[terms] if terms else None
    net_days = known_term["days-for-net-payment"] if known_term else 30
    parts = [*lines, *(charges or [])]
    level_taxes = [part_tax for part in parts for part_tax in part["tax-lines"]]
    withheld = [*(header_withheld or []), *(held for line in lines for held in line["withholding-tax-lines"])]
    document: Document = {
        "id": number_in_coupa,
        "created-at": _stamp(date, 1, "09:14:05"),
        "updated-at": _stamp(date, 4, "16:40:22"),
        "invoice-number": number,
        "invoice-date": company.midnight(date),
        "delivery-date": None,
        "status": "approved",
        "document-type": "Invoice",
        "is-credit-note": False,
        "original-invoice-number": None,
        "original-invoice-date": None,
        "credit-reason": None,
        "exported": False,
        "last-exported-at": None,
        "line-count": len(lines),
        "lock-version-key": 1 + number_in_coupa % 7,
        "line-level-taxation": not header_taxes,
        "gross-total": gross,
        "gross-total-less-discount": gross,
        "total-with-taxes": gross,
        "supplier-total": gross,
        "tax-amount": str(_sum([*level_taxes, *(header_taxes or [])])),
        "tax-rate": None,
        "tax-code": None,
        "handling-amount": "0.00",
        "misc-amount": "0.00",
        "shipping-amount": "0.00",
        "discount-amount": "0.00",
        "discount-percent": None,
        "amount-due": str(Decimal(gross) - _sum(withheld)),
        "net-due-date": company.midnight(date + datetime.timedelta(days=net_days)),
        "discount-due-date": None,
        "date-received": None,
        "paid": False,
        "payment-date": None,
        "payment-notes": None,
        "payments": [],
        "payment-method": "invoice",
        "payment-channel": "erp",
        "channel": "csp",
        "compliant": None,
        "canceled": False,
        "internal-note": None,
        "supplier-note": None,
        "comments": None,
        "currency": CURRENCIES[currency or ("EUR" if company is DE else "USD")],
        "payment-term": known_term,
        "supplier": supplier.reference(),
        "supplier-site": supplier.site(),
        "remit-to-address": supplier.remit_to(remit_to) if remit_to else None,
        "bill-to-address": company.bill_to,
        "ship-to-address": company.ship_to,
        "account-type": company.chart,
        "requested-by": REQUESTER,
        "created-by": {"id": REQUESTER["id"], "login": REQUESTER["login"]},
        "updated-by": ACCOUNTANT,
        "attachments": [],
        "image-scan": None,
        "image-scan-url": None,
        "clearance-document": None,
        "taggings": [],
        "current-integration-history-records": [],
        "approvals": [{"id": number_in_coupa, "approval-date": _stamp(date, 4, "16:40:22")}],
        "custom-fields": {"cf-erp-invoice-number": None, "cf-integration-status": None, **(fields or {})},
        "invoice-charges": charges or [],
        "tax-lines": header_taxes or [],
        "withholding-tax-lines": header_withheld or [],
        "invoice-lines": lines,
        **_hyphenated(others),
    }
    return _numbered(document)


def credit_note(
    number_in_coupa: int,
    number: str,
    day: str,
    lines: list[Part],
    *,
    original: str,
    gross: str,
    **others: Any,
) -> Document:
    """A credit note as Coupa has it: positive amounts, and the number of the invoice that it corrects."""
    marks = {"document_type": "Credit Note", "is_credit_note": True, "original_invoice_number": original}
    return invoice(number_in_coupa, number, day, lines, gross=gross, **{**marks, **others})


def _numbered(document: Document) -> Document:
    """Give every part the ids that Coupa would: the line's from the invoice, the tax line's from the line."""
    first = (document["id"] - 104200) * 100_000
    for number, line in enumerate(document["invoice-lines"], start=1):
        line.update({"id": first + number * 100, "line-num": number})
    for number, header_charge in enumerate(document["invoice-charges"], start=1):
        header_charge.update({"id": first + 90_000 + number * 100, "line-num": number})
    children = ("tax-lines", "withholding-tax-lines", "account-allocations")
    for part in [{**document, "id": first}, *document["invoice-lines"], *document["invoice-charges"]]:
        for number, child in enumerate([c for key in children for c in part.get(key, [])], start=1):
            child["id"] = part["id"] + number
    return document


def _sum(taxes: list[Part] | None) -> Decimal:
    return sum((Decimal(line["amount"] or "0") for line in taxes or []), Decimal("0.00"))


def _stamp(day: datetime.date, later: int, time: str) -> str:
    return f"{(day + datetime.timedelta(days=later)).isoformat()}T{time}-08:00"


def _hyphenated(keys: Part) -> Part:
    return {key.replace("_", "-"): value for key, value in keys.items()}
