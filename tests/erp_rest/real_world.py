"""A real API as the kit's tests want an ERP: by its settings file and its file of acts, or not at all."""

from __future__ import annotations

import base64
import datetime
import json
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import requests

from coupa_erp.rest.connection import read_settings
from coupa_erp.rest.hook import RestErpHook
from coupa_erp.rest.templates import at
from include.erp_port import ErpDocument
from include.errors import ConfigurationError, ExportError
from tests.erp_kit.real import NotForTests, RealWorld, Variables
from tests.erp_rest.acts import Desk, read_acts


class RealRestWorld(RealWorld):
    """A system for tests behind an API, named by ``COUPA_ERP_KIT_REST_…``.

    :param variables: these.
    """

    def __init__(self, variables: Variables) -> None:
        super().__init__(variables, "TOKEN", "API", "ACTS")
        whole = urlsplit(self.address)
        self._below = whole.path
        self.address = f"{whole.scheme}://{whole.netloc}"
        self._login, self.secret = variables.get("LOGIN") or None, variables.get("TOKEN")
        self._extra = {**variables.extra(), "api": variables.get("API"), "sandbox": True}
        try:
            settings = read_settings(self._connection(self.address, self.secret))
        except ConfigurationError as misfit:
            raise NotForTests(str(misfit)) from None
        self._api, self._acts = settings.api, read_acts(variables.get("ACTS"))
        self.traits = self._acts.traits
        self._desk = Desk(settings)
        self._numbers: dict[str, tuple[str, str]] = {}
        self._closed: list[dict[str, str]] = []
        self.cannot = self._lacking(variables)

    def _lacking(self, variables: Variables) -> dict[str, str]:
        acts, api, file = self._acts, self._api, variables.get("ACTS")
        sections = {
            "pay": acts.pay,
            "enter": acts.enter,
            "close_period": acts.close_period and acts.open_period,
            "attach_by_hand": acts.attach,
            "files": acts.contents,
        }
        names = {
            "close_period": "close_period and open_period",
            "attach_by_hand": "attach",
            "files": "contents",
        }
        cannot = {
            act: f"{file} has no section {names.get(act, act)}"
            for act, section in sections.items()
            if section is None
        }
        cannot["altering"] = "rules that change what is entered are made behind the API"
        if not variables.get("CLOSING_DAY"):
            cannot.setdefault("close_period", "COUPA_ERP_KIT_REST_CLOSING_DAY names no day to close")
        if api.files is None:
            cannot["files"] = f"{variables.get('API')} has no section files, so the hook attaches none"
        if api.open_day is None:
            cannot["first_open_day"] = f"{variables.get('API')} has no call open_day"
        return cannot

    def _connection(self, address: str, secret: str, **more: Any) -> SimpleNamespace:
        return SimpleNamespace(
            conn_id="erp_default", host=f"{address}{self._below}", port=None, login=self._login,
            password=secret, extra=json.dumps({**self._extra, **more}),
        )  # fmt: skip

    def open_hook(
        self, address: str | None = None, *, secret: str | None = None, impatient: bool = False
    ) -> RestErpHook:
        hook = RestErpHook()
        patience = {"timeout_seconds": self.patience} if impatient else {}
        made = self._connection(address or self.address, secret or self.secret, **patience)
        hook.get_connection = lambda _: made  # type: ignore[method-assign]
        return hook

    def check(self) -> None:
        self.check_by_hook()
        unused = self.bill().key
        try:
            there = self.open_hook().find_by_key(unused) or self.balances(unused)
        except (ExportError, requests.RequestException, AssertionError, ValueError) as fault:
            raise NotForTests(f"Nothing is booked at {self.address}{self._below}: {fault}") from None
        if there:
            raise NotForTests(
                f"What answers at {self.address}{self._below} knows a document of a key that was never used: "
                "nothing is booked there."
            )

    def __exit__(self, *_: object) -> None:
        for closed in self._closed:
            self._desk.write(self._acts.open_period, closed)
        super().__exit__()

    # -- an accountant ---------------------------------------------------------------------------------------

    def pay(self, document: ErpDocument, *, whole: bool) -> Decimal:
        amount = document.total if whole else (document.total / 2).quantize(Decimal("0.01"))
        self._desk.write(
            self._acts.pay, {**_named(document), "amount": format(amount, "f"), "day": self._day}
        )
        return amount

    def cancel(self, document: ErpDocument) -> None:
        rows = self._rows(document.key)
        self._cancel(next(row for row in rows if str(at(row, self._api.document.id)) == document.erp_id))

    def type_in(self, supplier: str, number: str) -> str:
        books = self.books
        values = {
            "company": books.company, "supplier": supplier, "number": number, "currency": books.currency,
            "account": books.accounts[0], "amount": "50.00", "day": self._day,
        }  # fmt: skip
        self._desk.write(self._acts.enter, values)
        (row,) = self._desk.rows(self._api.by_number, values)
        erp_id = str(at(row, self._api.document.id))
        self._numbers[erp_id] = supplier, number
        return erp_id

    def take_out(self, erp_id: str) -> None:
        supplier, number = self._numbers[erp_id]
        values = {"company": self.books.company, "supplier": supplier, "number": number}
        rows = self._desk.rows(self._api.by_number, values)
        self._cancel(next(row for row in rows if str(at(row, self._api.document.id)) == erp_id))

    def close_period(self, day: datetime.date) -> None:
        values = {"company": self.books.company, "day": day.isoformat()}
        self._desk.write(self._acts.close_period, values)
        self._closed.append(values)

    def attach_by_hand(self, document: ErpDocument, name: str, content: bytes) -> None:
        file = {"name": name, "content": base64.b64encode(content).decode()}
        self._desk.write(self._acts.attach, {**_named(document), **file})

    @property
    def _day(self) -> str:
        return self.books.open_day.isoformat()

    def _cancel(self, row: Any) -> None:
        paths = self._api.document
        values = {"id": at(row, paths.id), "key": at(row, paths.key), "erp_number": at(row, paths.number)}
        self._desk.write(
            self._api.cancel, {**values, "posting_date": None}, version=str(at(row, paths.version))
        )

    # -- an auditor ------------------------------------------------------------------------------------------

    def states(self, key: str) -> list[str]:
        paths = self._api.document
        return sorted(paths.states[at(row, paths.state)] for row in self._rows(key))

    def balances(self, key: str) -> dict[str, Decimal]:
        journal = self._acts.journal
        sums: dict[str, Decimal] = {}
        for row in self._desk.rows(journal, {"key": key}):
            account = str(at(row, journal.account))
            sums[account] = sums.get(account, Decimal(0)) + Decimal(str(at(row, journal.amount)))
        return {account: amount for account, amount in sums.items() if amount}

    def files(self, document: ErpDocument) -> list[tuple[str, bytes]]:
        contents = self._acts.contents
        rows = self._desk.rows(contents, _named(document))
        return [(at(row, contents.name), base64.b64decode(at(row, contents.content))) for row in rows]

    def _rows(self, key: str | None) -> list[Any]:
        rows = self._desk.rows(self._api.by_keys, {"keys": [key]})
        return [row for row in rows if at(row, self._api.document.key) == key]


def _named(document: ErpDocument) -> dict[str, Any]:
    return {"id": document.erp_id, "key": document.key, "erp_number": document.number}
