"""Payments of an invoice, as an update of the invoice brings them."""

from __future__ import annotations

import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from include.sandbox.calls import Json, invalid
from include.sandbox.schema import attribute
from include.sandbox.state import CoupaState

DEFINITION = "Payment"
PAYMENTS = "payments"


def taken_payments(state: CoupaState, invoice: Json, sent: Any) -> list[Json]:
    """What an update makes of ``payments``: one with an id is changed, one without is added.

    What Coupa does with those that an update does not name is not documented; here they stay.

    :raises Refused: an id that is not this invoice's, no amount, no date, an attribute that Coupa has not.
    """
    if not isinstance(sent, list) or not all(isinstance(one, dict) for one in sent):
        raise invalid(payments="must be a list of objects")
    known = {payment["id"] for payment in invoice.get(PAYMENTS) or []}
    free = _next_id(state)
    taken: list[Json] = []
    for payment in sent:
        values = _values(payment)
        if "id" in payment:
            if payment["id"] not in known:
                raise invalid(payments=f"there is no payment {payment['id']} on this invoice")
            taken.append({"id": payment["id"], **values})
            continue
        for name in ("amount-paid", "payment-date"):
            if values.get(name) in (None, ""):
                raise invalid(payments=f"{name} can't be blank")
        taken.append({"id": free, **values, **state.stamps()})
        free += 1
    return taken


def _values(payment: Json) -> Json:
    values: Json = {}
    for name, value in payment.items():
        plain = name.replace("_", "-")
        found = attribute(DEFINITION, plain)
        if found is None:
            raise invalid(payments=f"unknown attribute '{name}' for {DEFINITION}")
        if found.read_only or value is None:
            continue
        values[plain] = _READ.get(plain, _text)(plain, value)
    return values


def _amount(name: str, value: Any) -> str:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise invalid(payments=f"{name} is not a number")
    # The column holds four places.
    return format(amount.quantize(Decimal("0.0001")), "f")


def _date(name: str, value: Any) -> str:
    try:
        return datetime.datetime.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise invalid(payments=f"{name} is not a date") from None


def _text(name: str, value: Any) -> str:
    if len(str(value)) > 255:
        raise invalid(payments=f"{name} is too long (maximum is 255 characters)")
    return str(value)


_READ = {"amount-paid": _amount, "payment-date": _date}


def _next_id(state: CoupaState) -> int:
    ids = [payment["id"] for row in state.invoices for payment in row.get(PAYMENTS) or []]
    return max(ids, default=7000) + 1
