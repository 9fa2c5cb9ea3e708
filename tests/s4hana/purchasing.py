"""The stand-in's purchase orders, as far as a buyer of the kit makes any: entered whole, never changed."""

from __future__ import annotations

import itertools
from decimal import Decimal

from tests.s4hana.definition import ORDER, ORDER_LINE, ORDER_PARTS
from tests.s4hana.ledger import Ledger, Refused
from tests.s4hana.odata import Row, Wrong, value_of

_REQUIRED = (
    *("CompanyCode", "PurchaseOrderType", "Supplier"),
    *("PurchasingOrganization", "PurchasingGroup", "DocumentCurrency"),
)
_REQUIRED_IN_ITEMS = (
    *("PurchaseOrderItem", "Plant", "MaterialGroup", "OrderQuantity"),
    *("NetPriceAmount", "AccountAssignmentCategory"),
)
_ITEMS, _ASSIGNED = ORDER_PARTS


class Purchasing:
    """Orders of one S/4HANA.

    :param ledger: holds suppliers and, for its invoices, the quantities.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._numbers = itertools.count(4500000700)

    def create(self, body: Row) -> Row:
        """Deep insert of an order with its items and their account assignment."""
        header = _read({name: value for name, value in body.items() if name != _ITEMS}, ORDER)
        items = [
            _read({name: value for name, value in item.items() if name != _ASSIGNED}, ORDER_LINE)
            for item in body.get(_ITEMS) or []
        ]
        for item in body.get(_ITEMS) or []:
            for assigned in item.get(_ASSIGNED) or []:
                _read(assigned, ORDER_PARTS[_ASSIGNED])
        missing = [name for name in _REQUIRED if not header[name]]
        missing += [name for item in items for name in _REQUIRED_IN_ITEMS if not item[name]]
        if missing or not items:
            raise Refused(*(("06/025", f"Enter {name}") for name in missing or ["an item"]))
        if header["Supplier"] not in self._ledger.master.suppliers:
            raise Refused(("06/321", f"Supplier {header['Supplier']} not defined"))
        number = str(next(self._numbers))
        with self._ledger.lock:
            for item in items:
                self._ledger.master.orders[number, item["PurchaseOrderItem"].zfill(5)] = (
                    header["Supplier"],
                    Decimal(item["OrderQuantity"]),
                )
        return {**header, "PurchaseOrder": number}


def _read(body: Row, fields: dict[str, object]) -> Row:
    row: Row = dict.fromkeys(fields)
    for name, value in body.items():
        if name not in fields:
            raise Wrong(f"Property '{name}' is invalid")
        row[name] = value_of(fields[name], value)  # type: ignore[arg-type]
    return row
