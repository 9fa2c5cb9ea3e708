"""A buyer who orders and receives at Odoo's own screens."""

from __future__ import annotations

import itertools
from decimal import Decimal

from tests.odoo.world import OdooWorld

_ORDER, _LINE = "purchase.order", "purchase.order.line"
_count = itertools.count(1)


class Buyer:
    """Orders in the company of a world.

    :param world: an Odoo with the app Purchase.
    """

    def __init__(self, world: OdooWorld) -> None:
        self._world = world
        self._admin = world.admin

    def order(
        self,
        *lines: tuple[str, str],
        counts: str = "purchase",
        supplier: int = 0,
        company: str = "US01",
        currency: str = "USD",
        confirmed: bool = True,
        sequences: tuple[int, ...] = (),
    ) -> str:
        """Order quantities at prices; the order's name.

        :param counts: what may be billed: ``purchase``, what was ordered, or ``receive``.
        """
        context = {"allowed_company_ids": [self._company(company)]}
        code = self._world.books.suppliers[supplier]
        (partner,) = self._admin.search("res.partner", [["ref", "=", code]], "ref")
        (money,) = self._admin.search("res.currency", [["name", "=", currency]], "name")
        product = {"name": "Paper", "type": "consu", "purchase_method": counts}
        (paper,) = self._admin.call("product.product", "create", vals_list=[product], context=context)
        ordered = [
            {
                "product_id": paper, "name": "Paper", "product_qty": float(quantity),
                "price_unit": float(price), "sequence": sequences[place] if sequences else 10,
            }
            for place, (quantity, price) in enumerate(lines)
        ]  # fmt: skip
        section = {"display_type": "line_section", "name": "Paper and more", "sequence": 0, "product_qty": 0}
        name = f"{self._world.bill().number}-{next(_count)}"
        values = {
            "name": name, "partner_id": partner["id"], "currency_id": money["id"],
            "order_line": [[0, 0, line] for line in (section, *ordered)],
        }  # fmt: skip
        (record,) = self._admin.call(_ORDER, "create", vals_list=[values], context=context)
        if confirmed:
            self._admin.call(_ORDER, "button_confirm", ids=[record], context=context)
        return name

    def cancel(self, name: str) -> None:
        """Cancel an order."""
        (order,) = self._admin.search(_ORDER, [["name", "=", name]], "name")
        self._admin.call(_ORDER, "button_cancel", ids=[order["id"]])

    def receive(self, name: str, quantity: str, line: int = 0) -> None:
        """Receive so much of a line."""
        record = self._lines(name)[line]["id"]
        self._admin.call(_LINE, "write", ids=[record], vals={"qty_received": float(quantity)})

    def billed(self, name: str) -> list[Decimal]:
        """What Odoo counts as billed of each line of an order."""
        return [round(Decimal(row["qty_invoiced"]), 6).normalize() for row in self._lines(name)]

    def _lines(self, name: str) -> list[dict[str, object]]:
        (order,) = self._admin.search(_ORDER, [["name", "=", name]], "name")
        return self._admin.search(
            _LINE,
            [["order_id", "=", order["id"]], ["display_type", "=", False]],
            "qty_invoiced",
            order="sequence, id",
        )

    def _company(self, code: str) -> int:
        (contact,) = self._admin.search("res.partner", [["ref", "=", code]], "ref")
        (company,) = self._admin.search("res.company", [["partner_id", "=", contact["id"]]], "partner_id")
        return int(str(company["id"]))
