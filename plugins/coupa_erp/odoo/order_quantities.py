"""How much of an order's line a line of a bill bills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from coupa_erp.odoo.content import Ordered
from coupa_erp.odoo.names import LineFields, amount
from coupa_erp.odoo.order_room import UNIT
from coupa_erp.odoo.transport import Row
from include.models.bill import Bill


@dataclass(frozen=True)
class Matched:
    """What a line of a bill bills of an order.

    :param rest: what Odoo's rounding of prices leaves over of the line's amount.
    """

    ordered: Ordered
    rest: Decimal


def matched_lines(
    bill: Bill, rows: Mapping[int, Row], fields: LineFields, decimals: int
) -> dict[int, Matched]:
    """The quantity is Coupa's where it tells one, else what the amount comes to at the order's price.

    The second is summed up before it is rounded: the shares of a split line must come to the whole. A line
    that rounds to nothing bills nothing of the order.

    :param rows: the order's line of each line of the bill, by its place in the bill.
    :param decimals: of the bill's currency.
    """
    step = Decimal(1).scaleb(-fields.quantity_digits)
    bought: dict[int, Decimal] = {}
    matched = {}
    for place, row in rows.items():
        line = bill.lines[place]
        if line.quantity:
            quantity = abs(line.quantity).quantize(step, ROUND_HALF_UP).copy_sign(line.amount)
        else:
            before = bought.get(row["id"], Decimal(0))
            bought[row["id"]] = before + _at_price(line.amount, row)
            quantity = bought[row["id"]].quantize(step, ROUND_HALF_UP) - before.quantize(step, ROUND_HALF_UP)
        # With an amount of the other sign there is no price above zero.
        if not quantity or quantity * line.amount < 0:
            continue
        unit = row[UNIT]
        matched[place] = Matched(
            Ordered(row["id"], quantity, row["product_id"][0], unit[0] if unit else None),
            _rest(line.amount, quantity, fields.price_digits, decimals),
        )
    return matched


def _at_price(charged: Decimal, row: Row) -> Decimal:
    """The quantity that an amount buys at the order's price."""
    price = amount(row["price_unit"]) * (1 - amount(row["discount"]) / 100)
    return charged / price if price else Decimal(1).copy_sign(charged)


def _rest(charged: Decimal, quantity: Decimal, digits: int | None, decimals: int) -> Decimal:
    if digits is None:
        return Decimal(0)
    price = (charged / quantity).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return charged - (price * quantity).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
