"""A bill's lines and the lines of Tryton's purchase orders that they are booked against.

Tryton itself refuses nothing here: it bills another supplier's order, a cancelled one, and more than was
ordered. So all that is refused by name before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from coupa_erp.tryton.orders import BilledLine, Order, OrderLine, Orders
from include.errors import ErpRejection, Refusal
from include.models.bill import Bill, BillLine

UNUSABLE, EXCEEDED = "PURCHASE_ORDER", "PURCHASE_ORDER_EXCEEDED"
_NOT_YET = {"draft": "a draft", "quotation": "a quotation"}


@dataclass(frozen=True)
class Match:
    """What a line of a bill is booked against.

    :param quantity: how much of the order's line it bills, signed as Tryton's bill has it.
    :param whole: whether it is a whole line of Coupa's: its price is what one piece costs.
    """

    order: Order
    line: OrderLine
    quantity: Decimal
    whole: bool


class Matching:
    """Finds the order lines of bills.

    :param orders: reads them.
    :param by_sequence: whether Coupa's line number is Tryton's ``sequence``, in the place of the line's place
        in the order.
    """

    def __init__(self, orders: Orders, *, by_sequence: bool) -> None:
        self._orders = orders
        self._by_sequence = by_sequence

    def of(self, bill: Bill) -> tuple[dict[int, Match], list[Refusal]]:
        """The matches of a bill's lines, by their place in it, and why others cannot be matched.

        A line that changes a price alone has none, and neither has a further part of a line that is split
        over several accounts: the first part bears the quantity.
        """
        backed = {place: line for place, line in enumerate(bill.lines) if line.purchase_order is not None}
        if not backed:
            return {}, []
        found = self._orders.numbered({line.purchase_order or "" for line in backed.values()})
        matches: dict[int, Match] = {}
        refusals: list[Refusal] = []
        for parts in _whole_lines(backed):
            first = bill.lines[parts[0]]
            try:
                order = _order_of(first, bill, found)
                line = self._line_of(first, order)
                quantity = _quantity_of([bill.lines[part] for part in parts], line, order)
            except ErpRejection as refused:
                refusals += refused.refusals
                continue
            if quantity:
                side = -1 if bill.kind == "credit_note" else 1
                matches[parts[0]] = Match(order, line, side * quantity, whole=len(parts) == 1)
        fresh = {match.line.id: match.line for match in matches.values()}
        refusals += exceeded(bill, matches, fresh)
        return matches, list(dict.fromkeys(refusals))

    def _line_of(self, line: BillLine, order: Order) -> OrderLine:
        named = line.purchase_order_line
        if named is None:
            raise _refused(
                f"The line names purchase order {order.number} and no line of it, so Tryton cannot match it: "
                "choose the order line in Coupa.",
                line,
            )
        wanted = int(named) if named.isascii() and named.isdigit() and len(named) < 10 else 0
        numbers = [
            own.sequence if self._by_sequence else position for position, own in enumerate(order.lines, 1)
        ]
        found = [own for own, number in zip(order.lines, numbers, strict=True) if number == wanted]
        if len(found) != 1:
            raise _refused(
                f"Purchase order {order.number} has {'no' if not found else len(found)} "
                f"line{'s' if found else ''}{' of sequence' if self._by_sequence else ''} {named} in Tryton: "
                "correct the order line in Coupa, or the order in Tryton.",
                line,
            )
        return found[0]


def exceeded(
    bill: Bill, matches: Mapping[int, Match], lines: Mapping[int, OrderLine], *, entering: bool = False
) -> list[Refusal]:
    """What a bill would bill beyond what may be billed, or give back beyond what was billed.

    Tryton's own waiting drafts do not count, and neither does what the bill's key has in Tryton already.

    :param lines: the order lines as they stand now, by their id.
    :param entering: whether bills count that another export is just entering.
    """
    refusals = []
    for line in lines.values():
        places = [place for place, match in matches.items() if match.line.id == line.id]
        if not places:
            continue
        others = [
            own
            for own in line.billed
            if not (own.waiting or own.cancelled)
            and own.key != bill.key
            and (entering or not own.exported or own.state not in ("draft", "validated"))
        ]
        ours = line.direction * sum((matches[place].quantity for place in places), Decimal(0))
        billed = line.direction * sum((own.quantity for own in others), Decimal(0))
        limit = line.direction * line.limit
        first = bill.lines[places[0]]
        message = None
        if ours > 0 and billed + ours > limit:
            message = _too_much(first, ours, line, others, billed)
        elif ours < 0 and billed + ours < 0:
            message = (
                f"The credit gives back {_shown(-ours, line)} of a line of purchase order "
                f"{first.purchase_order}, of which Tryton has {_shown(billed, line)} billed: "
                "correct the order, its line or the quantity in Coupa."
            )
        if message:
            refusals.append(Refusal(EXCEEDED, message, first.place))
    return refusals


def _too_much(
    first: BillLine, ours: Decimal, line: OrderLine, others: Sequence[BilledLine], billed: Decimal
) -> str:
    names = sorted({own.name for own in others})
    by = f" ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})" if names else ""
    done, mend = (
        ("received", "enter the receipt in Tryton") if line.by_receipt else ("ordered", "the order in Tryton")
    )
    return (
        f"The invoice bills {_shown(ours, line)} of line {first.purchase_order_line} of purchase order "
        f"{first.purchase_order}, of which Tryton has {_shown(abs(line.limit), line)} {done} and "
        f"{_shown(billed, line)} billed{by}: correct the quantity in Coupa, or {mend}."
    )


def _whole_lines(backed: Mapping[int, BillLine]) -> Iterable[list[int]]:
    """The places of the parts of each line of Coupa's."""
    parts: dict[tuple[str, str | None, str | None], list[int]] = {}
    for place, line in backed.items():
        whole = line.place.partition(", allocation ")[0]
        parts.setdefault((whole, line.purchase_order, line.purchase_order_line), []).append(place)
    return parts.values()


def _order_of(line: BillLine, bill: Bill, found: Iterable[Order]) -> Order:
    number = line.purchase_order
    named = [order for order in found if order.number == number]
    own = [order for order in named if order.company_code == bill.company]
    if not named:
        raise _refused(
            f"Tryton has no purchase order {number}: correct the order in Coupa, or enter it in Tryton under "
            "that number.",
            line,
        )
    if not own:
        raise _refused(
            f"Purchase order {number} is one of company {named[0].company_code} in Tryton, and the invoice "
            f"is for company {bill.company}: correct the order, or the account's company, in Coupa.",
            line,
        )
    if len(own) > 1:
        raise _refused(
            f"Tryton has {len(own)} purchase orders {number} in company {bill.company}: change the number of "
            "all but one there.",
            line,
        )
    order = own[0]
    if bill.supplier not in order.suppliers:
        raise _refused(
            f"Purchase order {number} was placed with supplier {order.suppliers[0]} in Tryton, and the "
            f"invoice is of supplier {bill.supplier} ({bill.supplier_name}): correct the order or the "
            "supplier in Coupa.",
            line,
        )
    if order.currency != bill.currency:
        raise _refused(
            f"Purchase order {number} is in {order.currency} in Tryton, and the invoice in {bill.currency}: "
            "correct the currency in Coupa, or the order in Tryton.",
            line,
        )
    if order.state == "cancelled":
        raise _refused(
            f"Purchase order {number} is cancelled in Tryton: correct the order in Coupa, or reopen and "
            "confirm it in Tryton.",
            line,
        )
    if order.state in _NOT_YET:
        raise _refused(
            f"Purchase order {number} is {_NOT_YET[order.state]} in Tryton: confirm it there.", line
        )
    return order


def _quantity_of(parts: Sequence[BillLine], line: OrderLine, order: Order) -> Decimal | None:
    """How much of the order's line a line of Coupa's bills, signed as its amount; ``None``: nothing of it.

    Coupa's quantity, or what the amount buys at the order's price. Where quantity and amount point different
    ways the line changes a price.
    """
    first = parts[0]
    amount = sum((part.amount for part in parts), Decimal(0))
    quantity = first.quantity
    if quantity is not None:
        if quantity * amount < 0:
            return None
    elif not amount:
        return None
    elif line.price:
        quantity = amount / line.price
        rounded = round(quantity, line.digits)
        if abs(rounded - quantity) * abs(line.price) < Decimal("0.0005"):
            quantity = rounded
    if quantity is None:
        raise _refused(
            f"The line names purchase order {order.number} and no quantity, and the order has no price that "
            "would tell it: enter the quantity in Coupa.",
            first,
        )
    if quantity != round(quantity, line.digits):
        shown = f"{round(quantity, 6).normalize():f}"
        raise _refused(
            f"The line bills {shown} {line.unit_name} of purchase order {order.number}, which Tryton counts "
            f"with {line.digits} decimals: correct the quantity in Coupa, or the order's unit in Tryton.",
            first,
        )
    return quantity


def _refused(message: str, line: BillLine) -> ErpRejection:
    return ErpRejection(Refusal(UNUSABLE, message, line.place))


def _shown(quantity: Decimal, line: OrderLine) -> str:
    return f"{quantity.normalize() + Decimal(0):f} {line.unit_name}".strip()
