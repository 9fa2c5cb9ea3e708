"""Purchase orders: what was ordered, received and, by the bills' lines, billed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.odoo.stand_in.moves import Moves
from tests.odoo.stand_in.tables import Row, user_error

ORDER, ORDER_LINE, PRODUCT = "purchase.order", "purchase.order.line", "product.product"
_UNITS = 1


class Purchasing:
    """The app Purchase.

    :param moves: the bills.
    :param unit_field: of an order's line, which Odoo renamed.
    """

    def __init__(self, moves: Moves, unit_field: str) -> None:
        self._moves = moves
        self._unit = unit_field
        self._orders: list[Row] = []
        self._lines: list[Row] = []
        self._products: list[Row] = []

    def call(self, model: str, method: str, ids: list[int], context: Row, **body: Any) -> Any:
        """A call of a buyer's."""
        if method == "create":
            make = {ORDER: self._order, PRODUCT: self._product}[model]
            return [make(values, context) for values in body["vals_list"]]
        if model == ORDER:
            states = {"button_confirm": "purchase", "button_cancel": "cancel", "button_draft": "draft"}
            for order in self._orders:
                if order["id"] in ids:
                    order["state"] = states[method]
            return True
        assert (model, method) == (ORDER_LINE, "write")
        for line in self._lines:
            if line["id"] in ids:
                line.update({name: Decimal(str(value)) for name, value in body["vals"].items()})
        return True

    def tables(self) -> dict[str, Callable[[], list[Row]]]:
        """The rows of each model, with what Odoo computes."""
        return {
            ORDER: lambda: self._orders,
            PRODUCT: lambda: self._products,
            ORDER_LINE: lambda: [self._counted(line) for line in self._lines],
        }

    def _order(self, values: Row, context: Row) -> int:
        record, company = len(self._orders) + 1, context["allowed_company_ids"][0]
        (supplier,) = (row for row in self._moves.tables["res.partner"] if row["id"] == values["partner_id"])
        currency = self._moves.linked("currency_id", values["currency_id"])
        self._orders.append({
            "id": record, "name": values["name"], "state": "draft",
            "company_id": self._moves.linked("company_id", company),
            "partner_id": [supplier["id"], f"Supplier {supplier['ref']}"], "currency_id": currency,
        })  # fmt: skip
        for _, _, line in values["order_line"]:
            section = line.get("display_type", False)
            if not section and not line.get("product_id"):
                raise user_error("Missing required fields on accountable purchase order line.")
            self._lines.append({
                "id": len(self._lines) + 1, "order_id": [record, values["name"]],
                "sequence": line.get("sequence", 10), "display_type": section,
                "product_id": section is False and [line["product_id"], f"Product {line['product_id']}"],
                "product_qty": Decimal(str(line.get("product_qty", 0))), "qty_received": Decimal(0),
                "price_unit": Decimal(str(line.get("price_unit", 0))),
                "discount": Decimal(str(line.get("discount", 0))),
                self._unit: section is False and [_UNITS, "Units"],
            })  # fmt: skip
        return record

    def _product(self, values: Row, context: Row) -> int:
        record = len(self._products) + 1
        self._products.append({"id": record, "purchase_method": values["purchase_method"]})
        return record

    def _counted(self, line: Row) -> Row:
        """Whatever is no cancelled bill counts, drafts too; a credit note takes back."""
        billed = Decimal(0)
        for item in self._moves.lines.values():
            if item["purchase_line_id"] and item["purchase_line_id"][0] == line["id"]:
                move = self._moves.get(item["move_id"][0])
                side = {"in_invoice": 1, "in_refund": -1}[move["move_type"]]
                billed += side * item["quantity"] * (move["state"] != "cancel")
        (order,) = (one for one in self._orders if one["id"] == line["order_id"][0])
        room = Decimal(0)
        if order["state"] == "purchase" and line["product_id"]:
            (product,) = (one for one in self._products if one["id"] == line["product_id"][0])
            counts = "product_qty" if product["purchase_method"] == "purchase" else "qty_received"
            room = line[counts] - billed
        return {**line, "qty_invoiced": billed, "qty_to_invoice": room}
