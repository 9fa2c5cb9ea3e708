"""Purchase orders of Odoo that a bill's lines name.

Odoo itself refuses nothing here: it bills cancelled orders, another supplier's, and more than was received,
and shows the order as billed. So what cannot be meant is refused by name before anything is written, and what
is billed is looked at once more when the bill stands as a draft.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coupa_erp.odoo.content import Content
from coupa_erp.odoo.found import Found
from coupa_erp.odoo.names import Names
from coupa_erp.odoo.order_quantities import Matched, matched_lines
from coupa_erp.odoo.order_room import FIELDS, ORDER_LINE, UNIT, OrderRoom
from coupa_erp.odoo.transport import OdooTransport, Row
from include.errors import ConfigurationError, ErpRejection, Refusal
from include.models.bill import Bill, BillLine

_ORDER = "purchase.order"
UNUSABLE = "PURCHASE_ORDER"
_ORDER_FIELDS = ("name", "state", "company_id", "partner_id", "currency_id")
#: ``done`` is a locked order, before 19.
_CONFIRMED = ("purchase", "done")
#: From 19 on the unit's field bears another name.
_UNIT_BEFORE_19 = "product_uom"


@dataclass(frozen=True)
class Header:
    """What of a bill's header its orders must share, by Odoo's ids.

    :param partner: 0 where it is not known.
    :param currency: 0 where it is not known.
    :param decimals: of the currency.
    """

    company: int
    partner: int
    currency: int
    decimals: int


def refuse_without_purchase(transport: OdooTransport, names: Names) -> None:
    """:raises ConfigurationError: lines are to be matched, and Odoo has no purchase orders."""
    if transport.settings.extra.po_backed == "match" and not names.line_fields.orders:
        raise ConfigurationError(
            "po_backed of the Odoo connection is match, and the app Purchase is not installed in Odoo: "
            "install it there, or set po_backed to gl."
        )


class Orders:
    """Finds orders and their lines, where the connection says that lines are matched with them.

    :param transport: the database.
    :param names: tells what ids are called.
    """

    def __init__(self, transport: OdooTransport, names: Names) -> None:
        self._transport = transport
        self._names = names
        self._room = OrderRoom(transport)

    def of(self, bill: Bill, header: Header, own: Found | None) -> tuple[dict[int, Matched], list[Refusal]]:
        """What the lines of a bill are matched with, by their place in it, and what cannot be.

        :param own: the document of the bill's key, whose quantities are its own.
        :raises ConfigurationError: Odoo has no purchase orders.
        """
        extra = self._transport.settings.extra
        backed = {
            place: line
            for place, line in enumerate(bill.lines)
            if extra.po_backed == "match" and line.purchase_order is not None
        }
        if not backed:
            return {}, []
        refuse_without_purchase(self._transport, self._names)
        orders, refusals = self._orders(bill, backed.values(), header)
        rows = self._lines(orders.values())
        found: dict[int, Row] = {}
        for place, line in backed.items():
            order = orders.get(line.purchase_order or "")
            if order is None:
                continue
            row = self._line_of(line, [row for row in rows if row["order_id"][0] == order["id"]])
            if isinstance(row, Refusal):
                refusals.append(row)
            else:
                found[place] = row
        matched = matched_lines(bill, found, self._names.line_fields, header.decimals)
        if bill.kind == "invoice":
            named = {share.ordered.line: bill.lines[place].place for place, share in matched.items()}
            refusals += self._room.exceeded(
                [share.ordered for share in matched.values()], named, own, header.company
            )
        return matched, refusals

    def refuse_exceeded(self, wanted: Content, own: Found) -> None:
        """Look once more, now that the bill's own draft shows to others what it bills.

        Of two bills at once that bill one line the later draft sees the earlier one.

        :raises ErpRejection: by now others have billed too much of an order's line.
        """
        ordered = [line.ordered for line in wanted.lines if line.ordered is not None]
        if ordered and wanted.kind == "invoice":
            refusals = self._room.exceeded(ordered, {}, own, wanted.company)
            if refusals:
                raise ErpRejection(*refusals)

    def _orders(
        self, bill: Bill, lines: Iterable[BillLine], header: Header
    ) -> tuple[dict[str, Row], list[Refusal]]:
        """The orders by their name, without those that cannot serve the bill."""
        wanted: dict[str, str] = {}
        for line in lines:
            wanted.setdefault(line.purchase_order or "", line.place)
        rows = self._transport.search_names(
            _ORDER, "name", wanted, [], _ORDER_FIELDS, order="id", companies=list(self._names.companies)
        )
        suppliers = self._commercial(row["partner_id"][0] for row in rows)
        found: dict[str, Row] = {}
        refusals = []
        for name, place in wanted.items():
            named = [row for row in rows if row["name"] == name]
            own = [row for row in named if row["company_id"][0] == header.company]
            why = self._not_one(bill, name, named, own)
            if why is None:
                foreign = header.partner not in (0, suppliers.get(own[0]["partner_id"][0]))
                why = _unusable(bill, own[0], header, of_others=foreign)
            if why is None:
                found[name] = own[0]
            else:
                refusals.append(Refusal(UNUSABLE, why, place))
        return found, refusals

    def _not_one(self, bill: Bill, name: str, named: list[Row], own: list[Row]) -> str | None:
        if not named:
            return (
                f"Odoo has no purchase order {name}: enter it in Odoo under that number, or correct the "
                "order in Coupa."
            )
        if not own:
            code = self._names.companies.get(named[0]["company_id"][0], "")
            return (
                f"Purchase order {name} is one of company {code} in Odoo, and the invoice is for company "
                f"{bill.company}: correct the account's company in Coupa, or the order in Odoo."
            )
        if len(own) > 1:
            return (
                f"Odoo has {len(own)} purchase orders {name} in company {bill.company}: rename all but one "
                "of them."
            )
        return None

    def _commercial(self, partners: Iterable[int]) -> dict[int, int]:
        rows = self._transport.search_names(
            "res.partner", "id", partners, [], ["commercial_partner_id"], inactive=True
        )
        return {row["id"]: row["commercial_partner_id"][0] for row in rows}

    def _lines(self, orders: Iterable[Row]) -> list[Row]:
        """Lines of products, in the order in which Odoo shows them."""
        unit = UNIT if self._transport.version >= 19 else _UNIT_BEFORE_19
        rows = self._transport.search_names(
            ORDER_LINE,
            "order_id",
            (order["id"] for order in orders),
            [["display_type", "=", False], ["product_id", "!=", False]],
            (*FIELDS, unit),
            order="order_id, sequence, id",
            companies=list(self._names.companies),
        )
        return [{**row, UNIT: row[unit]} for row in rows]

    def _line_of(self, line: BillLine, rows: list[Row]) -> Row | Refusal:
        order, number = line.purchase_order, line.purchase_order_line
        if number is None:
            return Refusal(
                UNUSABLE,
                f"The line names purchase order {order} and no line of it, so Odoo cannot match it: choose "
                "the order line in Coupa.",
                line.place,
            )
        by_sequence = self._transport.settings.extra.po_line_by == "sequence"
        wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
        found = [
            row
            for position, row in enumerate(rows, 1)
            if wanted and wanted == (row["sequence"] if by_sequence else position)
        ]
        if len(found) == 1:
            return found[0]
        has = f"{len(found)} lines" if found else "no line"
        kind = "of sequence " if by_sequence else ""
        known = f"{len(rows)} line" if len(rows) == 1 else f"{len(rows)} lines"
        return Refusal(
            UNUSABLE,
            f"Purchase order {order} has {has} {kind}{number} in Odoo, where it has {known} of products: "
            "correct the order line in Coupa, or the order in Odoo.",
            line.place,
        )


def _unusable(bill: Bill, order: Row, header: Header, *, of_others: bool) -> str | None:
    name = order["name"]
    if order["state"] == "cancel":
        return (
            f"Purchase order {name} is cancelled in Odoo: reopen and confirm it there, or correct the order "
            "in Coupa."
        )
    if order["state"] not in _CONFIRMED:
        return f"Purchase order {name} is not confirmed in Odoo: confirm it there."
    if of_others:
        return (
            f"Purchase order {name} was placed with {order['partner_id'][1]} in Odoo, and the invoice is of "
            f"supplier {bill.supplier} ({bill.supplier_name}): correct the order or the supplier."
        )
    if header.currency not in (0, order["currency_id"][0]):
        return (
            f"Purchase order {name} is in {order['currency_id'][1]} in Odoo, and the invoice is in "
            f"{bill.currency}: correct the order in Odoo, or the currency in Coupa."
        )
    return None
