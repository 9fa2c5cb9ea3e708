"""The stand-in for NetSuite as the kit's tests want an ERP."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from include.erp_port import ErpDocument
from tests.erp_kit.world import Altered
from tests.netsuite.books import BOOKS
from tests.netsuite.hooks import NetSuiteHooks, spelled
from tests.netsuite.ledger import BILL, Ledger, Row
from tests.netsuite.stand_in import CERTIFICATE, CLIENT, StandIn, key_pair


class NetSuiteWorld(NetSuiteHooks):
    """The stand-in, from ``with`` to its end."""

    books = BOOKS
    login = CLIENT

    def __init__(self, ledger: Ledger | None = None, **extra: Any) -> None:
        self.server = StandIn(ledger)
        self.ledger = self.server.ledger
        self.ledger.closed.add("202601")
        self.address = self.server.url
        self.secret = key_pair()[0]
        self.extra = {
            "certificate_id": CERTIFICATE, "sandbox": True, "tax_accounts": "WHT10=2150", **extra,
        }  # fmt: skip

    def __enter__(self) -> NetSuiteWorld:
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()

    def pay(self, document: ErpDocument, *, whole: bool) -> Decimal:
        return self.ledger.pay(_id(document), whole=whole)

    def cancel(self, document: ErpDocument) -> None:
        self.ledger.records[_id(document)]["voided"] = True

    def enter(self, supplier: str, number: str) -> str:
        vendors = {code: key for key, code in self.ledger.lists.vendor.items()}
        record = self.ledger.create(
            BILL,
            {
                "entity": {"id": vendors[supplier]}, "subsidiary": {"id": "1"}, "currency": {"id": "1"},
                "tranId": number, "tranDate": "2026-03-05", "postingPeriod": {"id": "202603"},
                "expense": {"items": [{"account": {"id": "101"}, "amount": Decimal(50)}]},
            },
        )  # fmt: skip
        return f"{BILL}/{record['id']}"

    def remove(self, erp_id: str) -> None:
        del self.ledger.records[erp_id.partition("/")[2]]

    def edit_draft(self, document: ErpDocument) -> None:
        raise AssertionError("NetSuite keeps no drafts of this export")

    def close_period(self, day: datetime.date) -> None:
        self.ledger.closed.add(f"{day.year}{day.month:02d}")

    @contextmanager
    def altering(self, what: Altered) -> Iterator[None]:
        with self.ledger.altering(what):
            yield

    def states(self, key: str) -> list[str]:
        of_key = self._of(key)
        names = {record["externalId"] for record in of_key}
        return sorted(
            _state(record, self.ledger, names) for record in of_key if not record["externalId"].endswith("_v")
        )

    def balances(self, key: str) -> dict[str, Decimal]:
        return self.ledger.balances(self._of(key))

    def _of(self, key: str) -> list[Row]:
        pattern = re.compile(re.escape(spelled(key)) + r"(_g\d+)?(_v)?")
        with self.ledger.lock:
            records = list(self.ledger.records.values())
            return [one for one in records if one["externalId"] and pattern.fullmatch(one["externalId"])]


def _id(document: ErpDocument) -> str:
    return document.erp_id.partition("/")[2]


def _state(record: Row, ledger: Ledger, names: set[str]) -> str:
    total, paid = ledger.total(record), ledger.paid(record)
    if record["voided"] or (f"{record['externalId']}_v" in names and paid == total):
        return "cancelled"
    return "paid" if total and paid == total else "posted"
