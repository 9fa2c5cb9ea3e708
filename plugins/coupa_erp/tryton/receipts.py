"""What was received of a line of Tryton's purchase orders, and the bills that it stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from coupa_erp.tryton.wire import Row


@dataclass(frozen=True)
class Receipt:
    """A stock move of an order line that may stand on a bill.

    :param quantity: how much of it is billed once; ``None``: it stands on every bill of its line.
    :param linked: the bills that it stands on and that count, by what their description says, each with how
        much it bills.
    """

    move: int
    quantity: Decimal | None
    linked: tuple[tuple[str | None, Decimal], ...]

    def waits_for(self, key: str) -> bool:
        """Whether a bill of a key is for it: what the key has in Tryton already is about to give way."""
        if self.quantity is None:
            return True
        return sum(quantity for own, quantity in self.linked if own != key) < self.quantity


def received(row: Row) -> Decimal:
    """What came from the supplier less what went back, in the line's unit."""
    came = Decimal(0)
    for move in row["moves"]:
        source, target = move["from_location"]["type"], move["to_location"]["type"]
        if move["state"] == "done" and source != target and "supplier" in (source, target):
            came += in_unit(move, row["unit"]) * (1 if source == "supplier" else -1)
    return came


def receipts(row: Row, method: str, waiting: Callable[[Row], bool]) -> Iterator[Receipt]:
    """The stock moves that Tryton itself would put on a bill.

    :param row: the order's line.
    :param method: the order's invoice method.
    :param waiting: tells the drafts that Tryton itself keeps ready.
    """
    for move in row["moves"]:
        linked = [
            (line["invoice"]["description"], in_unit(line, move["unit"]))
            for line in row["invoice_lines"]
            if move["id"] in line["stock_moves"]
            and line["invoice"]
            and line["invoice"]["state"] != "cancelled"
            and not waiting(line["invoice"])
        ]
        if method != "fulfillment":
            yield Receipt(move["id"], None, ())
        elif move["state"] == "done":
            yield Receipt(move["id"], decimal(move["quantity"]), tuple(linked))


def in_unit(row: Row, unit: Row | None) -> Decimal:
    """A row's quantity in another unit of the same kind."""
    quantity, own = decimal(row["quantity"]), row["unit"]
    if not own or not unit or own["id"] == unit["id"]:
        return quantity
    return round(quantity * decimal(own["factor"]) / decimal(unit["factor"]), int(unit["digits"]))


def decimal(number: Any) -> Decimal:
    """One of Tryton's numbers; nothing is zero."""
    return Decimal(str(number or 0))
