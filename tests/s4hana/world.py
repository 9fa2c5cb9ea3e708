"""The stand-in for S/4HANA as the kit's tests want an ERP."""

from __future__ import annotations

import base64
import datetime
import hashlib
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from coupa_erp.s4hana.connection import read_settings
from coupa_erp.s4hana.hook import S4HanaHook
from include.attachments.ports import ErpFile
from include.erp_port import ErpDocument
from tests.erp_kit.order_world import OrderTraits, OrderWorld
from tests.erp_kit.world import Altered, Books, TaxCode, Traits, World
from tests.s4hana.ledger import PARKED, PAYABLE, POSTED, Ledger
from tests.s4hana.odata import Row
from tests.s4hana.stand_in import PASSWORD, USER, StandIn

TODAY = datetime.datetime.now(datetime.UTC).date()


class S4HanaWorld(World):
    """The stand-in, from ``with`` to its end."""

    books = Books(
        company="US01",
        suppliers=("17300001", "17300002"),
        currency="USD",
        accounts=("400000", "410000", "420000"),
        payable=PAYABLE,
        tax=TaxCode("V1", "154000"),
        deducted=TaxCode("W1", "175500"),
        dimension=("cost_center", "CA100"),
        payment_term="0030",
        currencies={"JPY": 0, "KWD": 3},
        open_day=datetime.date(2026, 3, 5),
        closed_day=datetime.date(2026, 1, 15),
        first_open_day=datetime.date(2026, 2, 1),
        closing_day=datetime.date(2025, 11, 10),
    )
    traits = Traits(
        amends="re_enters",
        drafts=True,
        foresees=frozenset({"PAYMENT_TERM_UNKNOWN", "TAX_UNKNOWN"}),
    )
    secret = PASSWORD

    def __init__(self, ledger: Ledger | None = None, **extra: Any) -> None:
        self.server = StandIn(ledger)
        self.ledger = self.server.ledger
        self.ledger.master.closed.add((2026, 1))
        self.address = self.server.url
        self._extra = {"sandbox": True, "sap_client": "100", "deducted_taxes": "W1=175500", **extra}

    def __enter__(self) -> S4HanaWorld:
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()

    def open_hook(
        self, address: str | None = None, *, secret: str | None = None, impatient: bool = False, **extra: Any
    ) -> S4HanaHook:
        hook = S4HanaHook(erp_conn_id="erp_default")
        patience = {"timeout_seconds": 1, "busy_seconds": 0.5} if impatient else {}
        hook.__dict__["settings"] = read_settings(
            SimpleNamespace(
                conn_id="erp_default",
                host=address or self.address,
                port=None,
                schema=None,
                login=USER,
                password=secret or PASSWORD,
                extra={**self._extra, **patience, **extra},
            )
        )
        return hook

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

    def file_name(self, file: ErpFile) -> str:
        """With the key in it, in characters that a header carries."""
        stem, ending = re.fullmatch(r"(.*?)((?:\.[^.]*)?)", file.name).groups()  # type: ignore[union-attr]
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", stem)
        return f"{plain}_coupa-{file.key}{ending}"

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
