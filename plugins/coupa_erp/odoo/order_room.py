"""How much of an order's line may still be billed, by Odoo's own count.

Odoo's *Control Policy* of a product says whether what was ordered counts, or what was received. Odoo only
shows it (*Waiting Bills*, *Fully Billed*), and takes a bill of any quantity; here more than that is refused:
Coupa approved the invoice by its own receipts, and where Odoo's differ a person must say which are right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from coupa_erp.odoo.content import Ordered
from coupa_erp.odoo.found import Found
from coupa_erp.odoo.names import amount
from coupa_erp.odoo.transport import OdooTransport
from include.errors import Refusal

ORDER_LINE = "purchase.order.line"
#: What is read of an order's line; its unit besides, whose field bears two names.
FIELDS = (
    "order_id", "sequence", "product_id", "price_unit", "discount", "product_qty", "qty_invoiced",
    "qty_to_invoice",
)  # fmt: skip
UNIT = "product_uom_id"
EXCEEDED = "PURCHASE_ORDER_EXCEEDED"


class OrderRoom:
    """Counts what others have billed.

    :param transport: the database.
    """

    def __init__(self, transport: OdooTransport) -> None:
        self._transport = transport

    def exceeded(
        self, ordered: Iterable[Ordered], places: Mapping[int, str], own: Found | None, company: int
    ) -> list[Refusal]:
        """A refusal for each order's line of which more would be billed than there is.

        :param ordered: what an invoice bills.
        :param places: where it says so, by the order line's id.
        :param own: its document, as far as there is one: what that bills counts once.
        """
        billing: dict[int, Decimal] = {}
        for one in ordered:
            billing[one.line] = billing.get(one.line, Decimal(0)) + one.quantity
        billing = {line: quantity for line, quantity in billing.items() if quantity > 0}
        rows = self._transport.search_names(
            ORDER_LINE, "id", billing, [], FIELDS, company=company, order="id"
        )
        counted = self._not_others(billing, own, company)
        refusals = []
        for row in rows:
            own_part = counted.get(row["id"], Decimal(0))
            room, billed = amount(row["qty_to_invoice"]) + own_part, amount(row["qty_invoiced"]) - own_part
            if billing[row["id"]] <= room:
                continue
            ordered_, allowed = amount(row["product_qty"]), room + billed
            what = "were ordered" if allowed == ordered_ else f"of {_shown(ordered_)} were received"
            refusals.append(
                Refusal(
                    EXCEEDED,
                    f"The invoice bills {_shown(billing[row['id']])} of a line of purchase order "
                    f"{row['order_id'][1]} in Odoo ({row['product_id'][1]}), of which {_shown(allowed)} "
                    f"{what} and {_shown(billed)} are billed: enter the receipt or correct the order in "
                    "Odoo, or correct the quantity in Coupa.",
                    places.get(row["id"], "Header"),
                )
            )
        return refusals

    def _not_others(self, lines: Iterable[int], own: Found | None, company: int) -> dict[int, Decimal]:
        """What Odoo counts as billed and this bill need not: its own, and drafts that came after it."""
        if own is None:
            return {}
        rows = self._transport.search_names(
            "account.move.line",
            "purchase_line_id",
            lines,
            ["|", ["move_id", "=", own.id], "&", ["parent_state", "=", "draft"], ["move_id", ">", own.id],
             ["parent_state", "!=", "cancel"]],
            ["purchase_line_id", "quantity", "move_type"],
            company=company,
        )  # fmt: skip
        sums: dict[int, Decimal] = {}
        for row in rows:
            line = row["purchase_line_id"][0]
            side = -1 if row["move_type"] == "in_refund" else 1
            sums[line] = sums.get(line, Decimal(0)) + side * amount(row["quantity"])
        return sums


def _shown(quantity: Decimal) -> str:
    return f"{quantity.normalize() + Decimal(0):f}"
