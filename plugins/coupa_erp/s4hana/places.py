"""Where a refusal of S/4HANA belongs: SAP names a code, the accountant looks for a line."""

from __future__ import annotations

import re
from dataclasses import replace

from coupa_erp.s4hana.answers import DOUBLE, PERIOD_CLOSED
from coupa_erp.s4hana.wire import without_zeros
from include.errors import ErpRejection, Refusal
from include.models.bill import Bill

_OF_THE_WHOLE = {
    *(DOUBLE, PERIOD_CLOSED, "NOT_BALANCED", "SUPPLIER_UNKNOWN", "SUPPLIER_BLOCKED", "COMPANY_UNKNOWN"),
    *("CURRENCY_UNKNOWN", "PAYMENT_TERM_UNKNOWN"),
}


_OF_AN_ORDER = {"PURCHASE_ORDER", "PURCHASE_ORDER_EXCEEDED"}


def with_places(refused: ErpRejection, bill: Bill) -> ErpRejection:
    """The same refusals, each with the first line that bears a code which its message names.

    SAP does not name the order in all that it says of one: where the bill has one line with an order, it is
    that; else the orders are told.

    :param bill: what was refused.
    """
    return ErpRejection(*(_placed(refusal, bill) for refusal in refused.refusals))


def _placed(refusal: Refusal, bill: Bill) -> Refusal:
    if refusal.code in _OF_THE_WHOLE or refusal.place != "Header":
        return refusal
    named = {without_zeros(word) for word in re.findall(r"[\w/-]+", refusal.message)}
    for line in bill.lines:
        codes = (line.account, line.purchase_order, *line.dimensions.values())
        if any(code and without_zeros(code) in named for code in codes):
            return replace(refusal, place=line.place)
    ordered = [line for line in bill.lines if line.purchase_order]
    if refusal.code not in _OF_AN_ORDER or not ordered:
        return refusal
    orders = ", ".join(
        dict.fromkeys(f"{line.purchase_order} line {line.purchase_order_line}" for line in ordered)
    )
    place = ordered[0].place if len(ordered) == 1 else refusal.place
    return replace(refusal, message=f"{refusal.message} It is about purchase order {orders}.", place=place)
