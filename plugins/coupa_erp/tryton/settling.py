"""What Tryton itself does with a purchase order, brought into line with the bills that the export enters.

Tryton keeps a draft ready for whatever of an order is not billed yet, and makes it anew whenever a bill of
the order is posted, cancelled or deleted; and a cancelled bill counts as billed until the order names it as
``recreated``. Left alone, the order would be billed twice: by the bill, and by the draft that waited for it.
So, in this order:

1. Our draft is there, and counts.
2. Tryton's waiting drafts of that order are deleted, as a person would who enters the bill by hand. Tryton
   makes one for the rest.
3. Ours is posted.

What is cancelled is named as recreated, as a person answers Tryton's question about it; then Tryton waits for
that quantity again. Whatever breaks off in between is made right by whoever works on the key next. A draft
that a person began to work on is never touched: it counts as billed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from coupa_erp.tryton.documents import INVOICE
from coupa_erp.tryton.matching import Match, exceeded
from coupa_erp.tryton.orders import PURCHASE, Order, OrderLine, Orders
from coupa_erp.tryton.posting import BeingEntered
from coupa_erp.tryton.transport import TrytonTransport
from include.errors import ConfigurationError, ErpRejection, TransientError
from include.models.bill import Bill

log = logging.getLogger(__name__)

_ROUNDS = 5
_WAITS, _SECONDS_TO_WAIT = 8, 0.25
#: Elsewhere Tryton refuses the button.
_PROCESSED = ("confirmed", "processing", "done")


class Settling:
    """Keeps orders right.

    :param transport: the database.
    :param orders: reads them.
    """

    def __init__(self, transport: TrytonTransport, orders: Orders) -> None:
        self._transport = transport
        self._orders = orders

    def check(self, bill: Bill, matches: Mapping[int, Match]) -> None:
        """Look at the orders once more.

        :raises ErpRejection: by now too much of a line is billed.
        """
        _check(bill, matches, self._orders.by_ids(_ids(matches)))

    def make_room(self, bill: Bill, matches: Mapping[int, Match], draft: int) -> None:
        """Check again, now that others see our draft, and take Tryton's away that it stands for.

        :raises ErpRejection: by now too much of a line is billed.
        :raises BeingEntered: it would be, were what another process is just entering posted, too.
        """
        self._wait_for_rivals(bill, matches, draft)
        self._until_settled(bill.key, _ids(matches), lambda orders: _check(bill, matches, orders))

    def _wait_for_rivals(self, bill: Bill, matches: Mapping[int, Match], draft: int) -> None:
        """Of drafts that together are too much, the oldest waits until the others are posted or gone."""
        for left in reversed(range(_WAITS)):
            lines = _lines_of(self._orders.by_ids(_ids(matches)))
            too_much = exceeded(bill, matches, lines, entering=True)
            if not too_much or exceeded(bill, matches, lines):
                return
            rivals = [
                own.bill or 0
                for line in lines.values()
                for own in line.billed
                if own.exported and own.key != bill.key and own.state in ("draft", "validated")
            ]
            if not left or min(rivals) < draft:
                raise BeingEntered(f"{too_much[0].message} Another of these bills is just being entered.")
            time.sleep(_SECONDS_TO_WAIT)

    def settle(self, key: str, matches: Mapping[int, Match]) -> None:
        """Have Tryton wait for exactly what is not billed, whatever became of the documents of a key."""
        self._until_settled(key, _ids(matches), lambda _: None)

    def _until_settled(self, key: str, ids: set[int], check: Callable[[list[Order]], None]) -> None:
        ids |= self._orders.ids_of_key(key)
        if not ids:
            return
        for _ in range(_ROUNDS):
            orders = self._orders.by_ids(ids)
            check(orders)
            unsettled = [order for order in orders if self._settle(order)]
            if not unsettled:
                return
        raise TransientError(
            f"Tryton keeps changing the drafts of purchase order {unsettled[0].number}; trying again later."
        )

    def _settle(self, order: Order) -> bool:
        """Bring one order into line; whether anything was to be done."""
        cancelled, superfluous = order.cancelled, order.superfluous
        if cancelled:
            values = {"invoices_recreated": [["add", sorted(cancelled)]]}
            self._transport.write(PURCHASE, order.id, values, company=order.company)
        if superfluous:
            with suppress(ErpRejection):  # somebody began to work on one: the next look says so
                self._clear(order, superfluous)
        elif (cancelled or order.forgotten) and order.state in _PROCESSED:
            self._process(order)
        return bool(cancelled or superfluous)

    def _process(self, order: Order) -> None:
        """Have Tryton wait at once; without the right to it Tryton does at the order's next event."""
        try:
            self._transport.press(PURCHASE, order.id, "process", company=order.company)
        except ConfigurationError as not_allowed:
            log.warning("Purchase order %s is not processed now: %s", order.number, not_allowed)

    def _clear(self, order: Order, drafts: set[int]) -> None:
        """Delete waiting drafts at once: after each alone Tryton would make another for what the rest lacks.

        Their lines go with one change of the order; what is left of them is empty, and no order's any more.
        """
        changes = [
            ["write", [line.id], {"invoice_lines": [["delete", waiting]]}]
            for line in order.lines
            if (waiting := [own.id for own in line.billed if own.bill in drafts])
        ]
        self._transport.write(PURCHASE, order.id, {"lines": changes}, company=order.company)
        for draft in drafts:
            self._transport.delete(INVOICE, draft, company=order.company)


def _ids(matches: Mapping[int, Match]) -> set[int]:
    return {match.order.id for match in matches.values()}


def _check(bill: Bill, matches: Mapping[int, Match], orders: Iterable[Order]) -> None:
    if refusals := exceeded(bill, matches, _lines_of(orders)):
        raise ErpRejection(*refusals)


def _lines_of(orders: Iterable[Order]) -> dict[int, OrderLine]:
    return {line.id: line for order in orders for line in order.lines}
