"""Ledger: a small ERP over HTTP, as the example's other side. Its books are in memory.

It is unlike Tryton where ERPs differ: a document is changed in place under a version, there are no drafts, a
reference holds 16 characters, and it changes or reverses what was paid without a word if it is asked to.

====== =============================== ======================================================================
GET    /status                         the name
GET    /periods?from=…                 the first open day from that day on
GET    /bills?…                        all of ``external_id`` (many), or of ``company``, ``supplier`` and
                                       ``reference``, or of ``prefix`` in ``from`` … ``until``
PUT    /bills/<external id>            one document an external id: ``If-None-Match: *`` enters it,
                                       ``If-Match: <version>`` changes it or enters it again once reversed;
                                       412 where that is not how it stands; ``If-Match: *`` asks nothing
POST   /bills                          enters one more, whatever stands there already
POST   /bills/<external id>/reversal   reverses it, with ``If-Match``; ``posting_date`` or today
====== =============================== ======================================================================

A refusal is 422 with all that is wrong: ``{"errors": [{"code", "field", "message"}]}``.
"""

from __future__ import annotations

import datetime
import itertools
import json
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

SECRET = "ledger-secret-of-the-tests"
ACCOUNTS = ("4100", "4200", "4300")
PAYABLE = "3300"
TAXES = {"S20": "1570", "H5": "3740"}
CURRENCIES = {"GBP": 2, "JPY": 0, "KWD": 3}
SUPPLIERS = ("S-100", "S-200")
CENTERS = ("NORTH", "SOUTH")
TERMS = ("30 days",)
LONGEST_REFERENCE = 16
BOOKS_OPEN_FROM = datetime.date(2026, 2, 1)


class Refused(Exception):
    """An answer other than 2xx."""

    def __init__(self, status: int, *errors: tuple[str, str, str]) -> None:
        self.status = status
        self.body = {
            "errors": [dict(zip(("code", "field", "message"), error, strict=True)) for error in errors]
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # eight workers come at once


class Ledger:
    """The books; a context that serves them.

    :ivar bills: every document.
    :ivar entries: every posting: external id, account, debit less credit.
    :ivar altering: what the ERP enters otherwise than it is told.
    """

    def __init__(self) -> None:
        self.bills: list[dict[str, Any]] = []
        self.entries: list[tuple[str | None, str, Decimal]] = []
        self.closed_months: set[str] = set()
        self.altering: str | None = None
        self._ids = itertools.count(1)
        self._lock = threading.RLock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Ledger:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def find(self, external_id: str) -> dict[str, Any] | None:
        return next((bill for bill in self.bills if bill["external_id"] == external_id), None)

    def enter(
        self, external_id: str | None, body: dict[str, Any], old: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Enter a document, or bring an old one to new content."""
        with self._lock:
            self._check(body)
            body = self._altered(body)
            if old is not None and old["state"] != "reversed":
                self._book(old, -1)
            number = old["number"] if old else f"2026-{len(self.bills) + 1:05}"
            bill = {
                **body, "id": old["id"] if old else f"B{next(self._ids)}", "number": number,
                "external_id": external_id, "version": (old["version"] if old else 0) + 1, "state": "booked",
                "paid": old["paid"] if old else "0", "changed": self.today().isoformat(),
            }  # fmt: skip
            if old is None:
                self.bills.append(bill)
            else:
                self.bills[self.bills.index(old)] = bill
            self._book(bill, 1)
            return bill

    def reverse(self, bill: dict[str, Any], posting_date: str | None) -> dict[str, Any]:
        with self._lock:
            if posting_date is not None and not self.is_open(datetime.date.fromisoformat(posting_date)):
                raise Refused(
                    422, ("period.closed", "posting_date", f"The period of {posting_date} is closed.")
                )
            if bill["state"] != "reversed":
                self._book(bill, -1)
                bill.update(state="reversed", version=bill["version"] + 1)
            return bill

    def pay(self, bill: dict[str, Any], amount: Decimal) -> None:
        with self._lock:
            bill["paid"] = str(Decimal(bill["paid"]) + amount)
            bill["version"] += 1

    def is_open(self, day: datetime.date) -> bool:
        return day >= BOOKS_OPEN_FROM and f"{day:%Y-%m}" not in self.closed_months

    @staticmethod
    def today() -> datetime.date:
        return datetime.datetime.now(datetime.UTC).date()

    def answer(self, method: str, path: str, query: dict[str, list[str]], headers: Any, body: Any) -> Any:
        with self._lock:
            return self._answer(method, path, query, headers, body)

    def _answer(self, method: str, path: str, query: dict[str, list[str]], headers: Any, body: Any) -> Any:
        if headers.get("Authorization") != f"Bearer {SECRET}":
            raise Refused(401, ("unauthorized", "", "Who are you?"))
        if path == "/status":
            return {"ledger": "1.0"}
        if path == "/periods":
            day = datetime.date.fromisoformat(query["from"][0])
            while not self.is_open(day):
                day += datetime.timedelta(days=1)
            return {"open": day.isoformat()}
        if path == "/bills":
            return self._search(query) if method == "GET" else self.enter(body.pop("external_id"), body, None)
        external_id, _, what = path.removeprefix("/bills/").partition("/")
        external_id = unquote(external_id)
        stands = self.find(external_id)
        expected = headers.get("If-Match")
        if expected is not None and (stands is None or expected not in ("*", str(stands["version"]))):
            raise Refused(412, ("version", "", "It does not stand as you think."))
        if what == "reversal" and stands is not None and expected:
            return self.reverse(stands, body.get("posting_date"))
        if method == "PUT" and (expected or headers.get("If-None-Match") == "*"):
            if not expected and stands is not None:
                raise Refused(412, ("version", "", "It is there already."))
            return self.enter(external_id, body, stands)
        raise Refused(404, ("nothing", "", f"Nothing at {method} {path}."))

    def _search(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        found = self.bills
        if wanted := query.get("external_id"):
            found = [bill for bill in found if bill["external_id"] in wanted]
        for name in ("company", "supplier", "reference"):
            if name in query:
                found = [bill for bill in found if bill[name] == query[name][0]]
        if "prefix" in query:
            first, last = query["from"][0], query["until"][0]
            found = [
                bill
                for bill in found
                if (bill["external_id"] or "").startswith(query["prefix"][0])
                and (first <= bill["document_date"] <= last or first <= bill["changed"] <= last)
            ]
        return sorted(found, key=lambda bill: -int(bill["id"][1:]))

    def _check(self, bill: dict[str, Any]) -> None:
        errors = []

        def known(what: str, field: str, value: Any, among: Any) -> None:
            if value is not None and value not in among:
                errors.append((f"{what}.unknown", field, f"There is no {what} {value}."))

        known("company", "company", bill["company"], ("UK01",))
        known("supplier", "supplier", bill["supplier"], SUPPLIERS)
        known("currency", "currency", bill["currency"], CURRENCIES)
        known("term", "term", bill["term"], TERMS)
        if len(bill["reference"]) > LONGEST_REFERENCE:
            errors.append(
                ("reference.long", "reference", f"A reference holds {LONGEST_REFERENCE} characters.")
            )
        if not self.is_open(datetime.date.fromisoformat(bill["posting_date"])):
            errors.append(
                ("period.closed", "posting_date", f"The period of {bill['posting_date']} is closed.")
            )
        for place, line in enumerate(bill["lines"]):
            known("account", f"lines/{place}", line["account"], ACCOUNTS)
            known("center", f"lines/{place}", line.get("center"), CENTERS)
        for place, tax in enumerate(bill["taxes"]):
            known("tax", f"taxes/{place}", tax["code"], TAXES)
        decimals = CURRENCIES.get(bill["currency"], 3)
        for field in ("lines", "taxes"):
            for place, part in enumerate(bill[field]):
                if -Decimal(part["amount"]).normalize().as_tuple().exponent > decimals:  # type: ignore[operator]
                    errors.append(
                        ("amount.decimals", f"{field}/{place}", f"{part['amount']} has more decimals.")
                    )
        if errors:
            raise Refused(422, *errors)

    def _altered(self, bill: dict[str, Any]) -> dict[str, Any]:
        first, *others = bill["lines"]
        if self.altering == "amount":
            first = {**first, "amount": str(Decimal(first["amount"]) + 1)}
        elif self.altering == "account":
            first = {**first, "account": next(code for code in ACCOUNTS if code != first["account"])}
        elif self.altering == "date":
            day = datetime.date.fromisoformat(bill["document_date"]) + datetime.timedelta(days=1)
            bill = {**bill, "document_date": day.isoformat()}
        return {**bill, "lines": [first, *others]}

    def _book(self, bill: dict[str, Any], side: int) -> None:
        side *= -1 if bill["kind"] == "credit" else 1
        parts = [(line["account"], Decimal(line["amount"])) for line in bill["lines"]]
        parts += [(TAXES[tax["code"]], Decimal(tax["amount"])) for tax in bill["taxes"]]
        parts.append((PAYABLE, -sum((amount for _, amount in parts), Decimal(0))))
        self.entries += [(bill["external_id"], account, side * amount) for account, amount in parts]


def _handler(ledger: Ledger) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def serve(self) -> None:
            parts = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                body = json.loads(content) if content else {}
                status, told = (
                    200,
                    ledger.answer(self.command, parts.path, parse_qs(parts.query), self.headers, body),
                )
            except Refused as refused:
                status, told = refused.status, refused.body
            answer = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_PUT = do_POST = serve  # noqa: N815 - as http.server calls them

        def log_message(self, *_: object) -> None:
            """Nothing: the tests read the books."""

    return Handler
