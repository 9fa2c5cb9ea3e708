"""The stand-in for NetSuite as the kit's tests want an ERP."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from coupa_erp.netsuite.hook import NetSuiteHook
from include.erp_port import ErpDocument
from tests.erp_kit.world import Altered, Books, TaxCode, Traits, World
from tests.netsuite.ledger import BILL, PAYABLE, Ledger, Row
from tests.netsuite.stand_in import CERTIFICATE, CLIENT, QUERY, TOKEN, StandIn, key_pair


class NetSuiteWorld(World):
    """The stand-in, from ``with`` to its end."""

    books = Books(
        company="US01",
        suppliers=("V1001", "V1002"),
        currency="USD",
        accounts=("6500", "6800", "6600"),
        payable=PAYABLE,
        tax=TaxCode("V18", "1410"),
        deducted=TaxCode("WHT10", "2150"),
        dimension=("department", "Sales"),
        payment_term="Net 30",
        currencies={"JPY": 0, "KWD": 3},
        open_day=datetime.date(2026, 3, 5),
        closed_day=datetime.date(2026, 1, 15),
        first_open_day=datetime.date(2026, 2, 1),
        closing_day=datetime.date(2025, 11, 10),
    )
    traits = Traits(
        amends="in_place",
        drafts=False,
        foresees=frozenset(
            {
                *("COMPANY_UNKNOWN", "SUPPLIER_UNKNOWN", "CURRENCY_UNKNOWN", "PAYMENT_TERM_UNKNOWN"),
                *("ACCOUNT_UNKNOWN", "TAX_UNKNOWN", "DIMENSION_UNKNOWN", "PERIOD_CLOSED"),
            }
        ),
    )

    def __init__(self, ledger: Ledger | None = None, **extra: Any) -> None:
        self.server = StandIn(ledger)
        self.ledger = self.server.ledger
        self.ledger.closed.add("202601")
        self.address = self.server.url
        self.secret = key_pair()[0]
        self._extra = {
            "certificate_id": CERTIFICATE, "sandbox": True, "tax_accounts": "WHT10=2150", **extra,
        }  # fmt: skip

    def __enter__(self) -> NetSuiteWorld:
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()

    def open_hook(
        self, address: str | None = None, *, secret: str | None = None, impatient: bool = False, **extra: Any
    ) -> NetSuiteHook:
        patience = {"timeout_seconds": 1, "busy_seconds": 0.5} if impatient else {}
        connection = SimpleNamespace(
            conn_id="erp_default",
            host=address or self.address,
            port=None,
            schema=None,
            login=CLIENT,
            password=secret or self.secret,
            extra={**self._extra, **patience, **extra},
        )

        class Hook(NetSuiteHook):
            def get_connection(self, conn_id: str) -> Any:
                return connection

        return Hook(erp_conn_id="erp_default")

    def writes(self, method: str, path: str) -> bool:
        return method != "GET" and not path.startswith((QUERY, TOKEN))

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
        spelled = re.sub(
            r"[^a-z0-9-]", lambda sign: "".join(f"_{each:02x}" for each in sign[0].encode()), key
        )
        pattern = re.compile(re.escape(spelled) + r"(_g\d+)?(_v)?")
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
