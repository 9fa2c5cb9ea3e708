"""The example's world: Ledger, with the kit's hands in its books."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from include.erp_port import ErpDocument, ErpPort
from tests.erp_kit.example import ledger
from tests.erp_kit.example.books import BOOKS
from tests.erp_kit.example.hook import LedgerHook
from tests.erp_kit.world import Altered, Traits, World


class LedgerWorld(World):
    """One Ledger and hooks to it.

    :param hook: the class of the hooks; the kit's own tests give broken ones.
    """

    books = BOOKS
    traits = Traits(amends="in_place", drafts=False)
    secret = ledger.SECRET
    patience = 0.5

    def __init__(self, erp: ledger.Ledger, hook: type[LedgerHook] = LedgerHook) -> None:
        self.erp, self._hook = erp, hook
        self.address = erp.url

    def open_hook(
        self, address: str | None = None, *, secret: str | None = None, impatient: bool = False
    ) -> ErpPort:
        hook = self._hook()
        connection = SimpleNamespace(
            host=address or self.address,
            password=secret or self.secret,
            extra=json.dumps({"sandbox": True, "timeout_seconds": self.patience if impatient else 20}),
        )
        hook.get_connection = lambda _: connection  # type: ignore[method-assign, assignment, return-value]
        return hook

    def pay(self, document: ErpDocument, *, whole: bool) -> Decimal:
        amount = document.total if whole else document.total / 2
        self.erp.pay(self._bill(document), amount)
        return amount

    def cancel(self, document: ErpDocument) -> None:
        self.erp.reverse(self._bill(document), None)

    def enter(self, supplier: str, number: str) -> str:
        day = self.books.open_day.isoformat()
        body: dict[str, Any] = {
            "kind": "invoice", "company": "UK01", "supplier": supplier, "reference": number,
            "document_date": day, "posting_date": day, "currency": "GBP", "term": None,
            "lines": [{"account": ledger.ACCOUNTS[0], "amount": "118.00"}], "taxes": [],
        }  # fmt: skip
        return str(self.erp.enter(None, body, None)["id"])

    def remove(self, erp_id: str) -> None:
        self.erp.reverse(next(bill for bill in self.erp.bills if bill["id"] == erp_id), None)

    def edit_draft(self, document: ErpDocument) -> None:
        raise AssertionError("Ledger keeps no drafts")

    def close_period(self, day: datetime.date) -> None:
        self.erp.closed_months.add(f"{day:%Y-%m}")

    @contextmanager
    def altering(self, what: Altered) -> Iterator[None]:
        self.erp.altering = what
        try:
            yield
        finally:
            self.erp.altering = None

    def states(self, key: str) -> list[str]:
        names = {"booked": "posted", "reversed": "cancelled"}
        return sorted(names[bill["state"]] for bill in self.erp.bills if bill["external_id"] == key)

    def balances(self, key: str) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = {}
        for external_id, account, amount in self.erp.entries:
            if external_id == key:
                sums[account] = sums.get(account, Decimal(0)) + amount
        return {account: amount for account, amount in sums.items() if amount}

    def _bill(self, document: ErpDocument) -> dict[str, Any]:
        return next(bill for bill in self.erp.bills if bill["id"] == document.erp_id)
