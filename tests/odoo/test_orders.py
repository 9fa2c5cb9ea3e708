"""The kit's tests of purchase orders, against the Odoo of the environment or the stand-in."""

from __future__ import annotations

from decimal import Decimal

import pytest

from coupa_erp.odoo.hook import OdooHook
from tests.erp_kit.order_world import OrderWorld
from tests.erp_kit.tests_of_orders import *  # noqa: F403
from tests.odoo.buyer import Buyer
from tests.odoo.conftest import odoo
from tests.odoo.world import OdooWorld, StandInWorld


class OdooOrderWorld(OdooWorld, OrderWorld):
    """One whose hooks match lines with purchase orders."""

    def open_hook(self, address: str | None = None, **settings: object) -> OdooHook:
        return super().open_hook(address, **{"po_backed": "match", **settings})

    def purchase_order(self, *quantities: str, supplier: str | None = None) -> str:
        placed = self.books.suppliers.index(supplier) if supplier else 0
        return Buyer(self).order(*((quantity, "10") for quantity in quantities), supplier=placed)

    def billed(self, order: str, line: str) -> Decimal:
        return Buyer(self).billed(order)[int(line) - 1]


class StandInOrderWorld(OdooOrderWorld, StandInWorld):
    """The same at the stand-in."""


@pytest.fixture(scope="module")
def world():
    with odoo(OdooOrderWorld, StandInOrderWorld) as world:
        yield world
