"""The stand-in for S/4HANA as the kit's tests want an ERP."""

from __future__ import annotations

import base64
import datetime
import hashlib
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from include.erp_port import ErpDocument
from tests.erp_kit.order_world import OrderTraits, OrderWorld
from tests.erp_kit.world import Altered
from tests.s4hana.books import BOOKS
from tests.s4hana.hooks import S4HanaHooks
from tests.s4hana.ledger import PARKED, POSTED, Ledger
from tests.s4hana.odata import Row
from tests.s4hana.stand_in import PASSWORD, USER, StandIn

TODAY = datetime.datetime.now(datetime.UTC).date()


class S4HanaWorld(S4HanaHooks):
    """The stand-in, from ``with`` to its end."""

    books = BOOKS
    login, secret = USER, PASSWORD

    def __init__(self, ledger: Ledger | None = None, **extra: Any) -> None:
        self.server = StandIn(ledger)
        self.ledger = self.server.ledger
        self.ledger.master.closed.add((2026, 1))
        self.address = self.server.url
        self.extra = {"sandbox": True, "sap_client": "100", "deducted_taxes": "W1=175500", **extra}

    def __enter__(self) -> S4HanaWorld:
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()

    def pay(self, document: ErpDocument, *, whole: bool) -> Decimal:
        return self.ledger.pay(*_id(document.erp_id), whole=whole)

    def cancel(self, document: ErpDocument) -> None:
        self.ledger.cancel(*_id(document.erp_id), "02", TODAY)

    def enter(self, supplier: str, number: str) -> str:
        document = self.ledger.create(
            {
                "CompanyCode": "US01", "InvoicingParty": supplier, "SupplierInvoiceIDByInvcgParty": number,
                "DocumentDate": "/Date(1772668800000)/", "PostingDate": "/Date(1772668800000)/",
                "DocumentCurrency": "USD", "InvoiceGrossAmount": "50.00", "DocumentHeaderText": "by hand",
                "to_SupplierInvoiceItemGLAcct": [
                    {"SupplierInvoiceItem": "0001", "GLAccount": "400000", "DebitCreditCode": "S",
                     "DocumentCurrency": "USD", "SupplierInvoiceItemAmount": "50.00"}
                ],
            }
        )  # fmt: skip
        return f"{document['SupplierInvoice']}/{document['FiscalYear']}"

    def remove(self, erp_id: str) -> None:
        self.ledger.cancel(*_id(erp_id), "02", TODAY)

    def edit_draft(self, document: ErpDocument) -> None:
        parked = self.ledger.find(*_id(document.erp_id))
        assert parked["SupplierInvoiceStatus"] == PARKED
        parked["to_SupplierInvoiceItemGLAcct"][0]["CostCenter"] = "CA200"
        parked["version"] += 1

    def close_period(self, day: datetime.date) -> None:
        self.ledger.master.closed.add((day.year, day.month))

    @contextmanager
    def altering(self, what: Altered) -> Iterator[None]:
        with self.ledger.altering(what):
            yield

    def attach_by_hand(self, document: ErpDocument, name: str, content: bytes) -> None:
        self.server.attachments.keep("".join(_id(document.erp_id)), name, "application/pdf", content)

    def files(self, document: ErpDocument) -> list[tuple[str, bytes]]:
        return self.server.attachments.of("".join(_id(document.erp_id)))

    def states(self, key: str) -> list[str]:
        return sorted(_state(row, self.ledger) for row in self._of(key) if not row["IsReversal"])

    def balances(self, key: str) -> dict[str, Decimal]:
        return self.ledger.balances(self._of(key))

    def _of(self, key: str) -> list[Row]:
        before, _, last = key.rpartition("/")
        digest = base64.b32encode(hashlib.sha256(before.encode()).digest()).decode()[:8]
        text = f"CE{digest}-{last}"
        with self.ledger.lock:
            return [row for row in self.ledger.documents.values() if row["DocumentHeaderText"] == text]


class S4HanaOrderWorld(S4HanaWorld, OrderWorld):
    """One whose hooks match lines with purchase orders."""

    order_traits = OrderTraits(numbers=("10", "20"), foresees=False)

    def __init__(self) -> None:
        super().__init__(po_backed="match")
        self._numbers = itertools.count(4500000200)

    def purchase_order(self, *quantities: str, supplier: str | None = None) -> str:
        number = str(next(self._numbers))
        for place, quantity in enumerate(quantities, 1):
            placed = supplier or self.books.suppliers[0], Decimal(quantity)
            self.ledger.master.orders[number, f"{place}0".zfill(5)] = placed
        return number

    def billed(self, order: str, line: str) -> Decimal:
        return self.ledger.billed(order, line.zfill(5))


def _id(erp_id: str) -> tuple[str, str]:
    number, _, year = erp_id.partition("/")
    return number, year


def _state(row: Row, ledger: Ledger) -> str:
    if row["IsReversed"] or row["SupplierInvoiceStatus"] not in (PARKED, POSTED):
        return "cancelled"
    if row["SupplierInvoiceStatus"] == PARKED:
        return "draft"
    owed = ledger.owed(row)
    return "paid" if row["InvoiceGrossAmount"] and all(one["IsCleared"] for one in owed) else "posted"
