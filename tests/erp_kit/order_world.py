"""What a test can do at an ERP that matches lines with purchase orders, beside all the others."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from include.models.bill import Bill, BillLine
from tests.erp_kit.world import World


@dataclass(frozen=True)
class OrderTraits:
    """What this ERP does with orders in its own way.

    :param numbers: Coupa's numbers of the first two lines of an order there.
    :param foresees: whether a dry run tells what cannot be matched.
    :param told_as: the kit's code to the hook's, where the ERP's answer does not tell one cause from others.
    """

    numbers: tuple[str, str] = ("1", "2")
    foresees: bool = True
    told_as: Mapping[str, str] = field(default_factory=dict)


class OrderWorld(World):
    """A world whose hooks match: ``po_backed`` of its connection is ``match``.

    Its test package takes the tests over in a file of their own::

        # tests/acme/test_orders.py
        from tests.erp_kit.tests_of_orders import *
    """

    order_traits = OrderTraits()

    @abstractmethod
    def purchase_order(self, *quantities: str, supplier: str | None = None) -> str:
        """An order that may be billed, 10.00 a piece; its number.

        :param quantities: of its lines.
        :param supplier: the first one of :class:`~tests.erp_kit.world.Books` unless it is told.
        """

    @abstractmethod
    def billed(self, order: str, line: str) -> Decimal:
        """The quantity of an order's line that the ERP holds as billed.

        A world whose ERP keeps bills of its own ready for orders looks here whether they are for the rest.
        """

    def ordered(
        self, order: str, quantity: str | None, *, line: int = 0, amount: str | None = None, **more: object
    ) -> BillLine:
        """A line of an invoice that bills so much of an order, at its price unless an amount is told."""
        values: dict[str, object] = {
            "purchase_order": order,
            "purchase_order_line": self.order_traits.numbers[line],
            "quantity": quantity,
            "unit": "EA",
        }
        values = {"account": 2, "place": f"Line {line + 1}", **values, **more}
        return self.line(amount or str(10 * Decimal(quantity or 0)), **values)  # type: ignore[arg-type]

    def order_bill(self, *lines: BillLine, **fields: object) -> Bill:
        """A bill of such lines, taxed: some ERPs take no order item without a tax."""
        taxes = tuple(
            self.tax(str(line.amount), str(round(line.amount * Decimal("0.18"), 2)), place=line.place)
            for line in lines
        )
        return self.bill(*lines, **{"taxes": taxes, "against_orders": True, **fields})  # type: ignore[arg-type]

    def edited(self, original: Bill, *lines: BillLine, **fields: object) -> Bill:
        """The same invoice after an edit in Coupa that gave it these lines."""
        kept = original.model_dump(include={"key", "number", "kind"})
        return self.order_bill(*lines, **{**kept, **fields})
