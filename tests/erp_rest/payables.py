"""A strict API as ``docs/rest.md`` asks for it, in front of the example's books.

Unlike Ledger it keeps a document that is cancelled and enters another one, answers in pages of two, spells
everything otherwise, and refuses whatever it does not expect: an unknown key, a number where a text should
be, a write without its Idempotency-Key.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import re
from typing import Any
from urllib.parse import urlencode

from tests.erp_kit.example.ledger import SECRET, Ledger, Refused

BASE = "/api/v2"
PAGE = 2
_HEADER = {"externalKey", "memo", "type", "entity", "vendor", "vendorRef"}
_HEADER |= {"docDate", "postDate", "currency", "terms"}
_FILE = {"externalKey", "name", "type", "content"}
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class Payables(Ledger):
    """The API.

    :ivar done: what was done for each Idempotency-Key.
    :ivar files: what hangs on each bill, by its id.
    """

    def __init__(self) -> None:
        super().__init__()
        self.done: dict[str, dict[str, Any]] = {}
        self.files: dict[str, list[dict[str, str]]] = {}

    def _answer(self, method: str, path: str, query: dict[str, list[str]], headers: Any, body: Any) -> Any:
        path = path.removeprefix(BASE)
        serve = self._serve_files if path.endswith("/files") else self._serve
        try:
            _require(headers.get("Authorization") == f"Bearer {SECRET}")
            return serve(method, path, query, headers, body)
        except Refused as refused:
            problems = [
                {"id": error["code"], "pointer": f"/{error['field']}", "text": error["message"]}
                for error in refused.body["errors"]
            ]
            refused.body = {"problems": problems}
            raise

    def _serve(self, method: str, path: str, query: dict[str, list[str]], headers: Any, body: Any) -> Any:
        if (method, path) == ("GET", "/ping"):
            return {"system": "Payables"}
        if method == "GET" and path.startswith("/calendar/"):
            day = datetime.date.fromisoformat(query["onOrAfter"][0])
            while not self.is_open(day):
                day += datetime.timedelta(days=1)
            return {"open": day.isoformat()}
        if (method, path) == ("GET", "/bills"):
            return self._page(query)
        once = headers.get("Idempotency-Key")
        if not once:
            raise Refused(400, ("idempotency", "", "A write needs an Idempotency-Key."))
        if (method, path) == ("POST", "/bills"):
            return self._create(once, body)
        matched = re.fullmatch(r"/bills/(B[0-9]+)(/cancellation)?", path)
        bill = next((one for one in self.bills if matched and one["id"] == matched[1]), None)
        if bill is None:
            raise Refused(404, ("nothing", "", f"Nothing at {method} {path}."))
        if headers.get("If-Match") != f'"{bill["version"]}"':
            raise Refused(412, ("version", "", "It does not stand as you think."))
        if matched and matched[2] and method == "POST" and set(body) == {"date"}:
            return _shown(self.reverse(bill, body["date"]))
        if method == "PUT" and matched and not matched[2]:
            return _shown(self.enter(bill["external_id"], _read(body), bill))
        raise Refused(400, ("shape", "", "That is no call of this API."))

    def _create(self, once: str, body: Any) -> Any:
        if once in self.done:
            return _shown(self.done[once])
        values = _read(body)
        bill = self.enter(body["header"]["externalKey"], values, None)
        self.done[once] = bill
        return _shown(bill)

    def _serve_files(
        self, method: str, path: str, query: dict[str, list[str]], headers: Any, body: Any
    ) -> Any:
        bill = path.split("/")[2]
        if method not in ("GET", "POST") or all(one["id"] != bill for one in self.bills):
            raise Refused(404, ("nothing", "", f"Nothing at {method} {path}."))
        if method == "GET":
            return self._listed(bill, query)
        once = headers.get("Idempotency-Key")
        if not once:
            raise Refused(400, ("idempotency", "", "A write needs an Idempotency-Key."))
        if set(body) != _FILE or not all(isinstance(value, str) and value for value in body.values()):
            raise Refused(400, ("shape", "", "That is no file of this API."))
        try:
            base64.b64decode(body["content"], validate=True)
        except binascii.Error:
            raise Refused(400, ("shape", "content", "Content is base64.")) from None
        if once not in self.done:
            self.done[once] = body
            self.files.setdefault(bill, []).append(body)
        return {"stored": True}

    def _listed(self, bill: str, query: dict[str, list[str]]) -> Any:
        start = int(query.pop("start", ["0"])[0])
        if query:
            raise Refused(400, ("shape", "", "That is no filter of this API."))
        found = self.files.get(bill, [])
        more = f"{BASE}/bills/{bill}/files?start={start + PAGE}" if len(found) > start + PAGE else None
        shown = [{"externalKey": one.get("externalKey"), "name": one["name"]} for one in found]
        return {"data": shown[start : start + PAGE], "next": more}

    def _page(self, query: dict[str, list[str]]) -> Any:
        names = {"externalKey": "external_id", "entity": "company", "vendor": "supplier"}
        names |= {"vendorRef": "reference", "keyPrefix": "prefix", "from": "from", "until": "until"}
        start = int(query.pop("start", ["0"])[0])
        if set(query) - set(names):
            raise Refused(400, ("shape", "", "That is no filter of this API."))
        found = self._search({names[name]: values for name, values in query.items()})
        following = urlencode([*((n, v) for n, vs in query.items() for v in vs), ("start", start + PAGE)])
        more = f"{BASE}/bills?{following}" if len(found) > start + PAGE else None
        return {"data": [_shown(bill) for bill in found[start : start + PAGE]], "next": more}


def _require(known: bool) -> None:
    if not known:
        raise Refused(401, ("unauthorized", "", "Who are you?"))


def _read(body: Any) -> dict[str, Any]:
    """The books' own spelling; anything unexpected is refused."""
    header, lines, taxes = body["header"], body["lines"], body["taxes"]
    shapes = [(body, {"header", "lines", "taxes"}), (header, _HEADER)]
    shapes += [(line, {"gl", "amt", "cc", "text"}) for line in lines]
    shapes += [(tax, {"code", "taxable", "amt"}) for tax in taxes]
    amounts = [line["amt"] for line in lines]
    amounts += [part for tax in taxes for part in (tax["taxable"], tax["amt"])]
    if any(set(part) != keys for part, keys in shapes) or header["type"] not in ("INV", "CRN"):
        raise Refused(400, ("shape", "", "That is no bill of this API."))
    if not all(isinstance(amount, str) and _AMOUNT.fullmatch(amount) for amount in amounts):
        raise Refused(400, ("shape", "", "Amounts are texts."))
    turn = _turned if header["type"] == "CRN" else str
    return {
        "kind": "credit" if header["type"] == "CRN" else "invoice",
        "company": header["entity"],
        "supplier": header["vendor"],
        "reference": header["vendorRef"],
        "document_date": header["docDate"],
        "posting_date": header["postDate"],
        "currency": header["currency"],
        "term": header["terms"],
        "note": header["memo"],
        "lines": [
            {"account": line["gl"], "amount": turn(line["amt"]), "center": line["cc"], "text": line["text"]}
            for line in lines
        ],
        "taxes": [
            {"code": tax["code"], "base": turn(tax["taxable"]), "amount": turn(tax["amt"])} for tax in taxes
        ],
    }


def _shown(bill: dict[str, Any]) -> dict[str, Any]:
    from tests.erp_kit.example.document import document_of

    document = document_of(bill)
    turn = _turned if bill["kind"] == "credit" else str
    states = {"posted": "OPEN", "paid": "PAID", "cancelled": "CANCELLED"}
    return {
        "id": bill["id"],
        "rev": bill["version"],
        "header": {
            "documentNo": bill["number"],
            "externalKey": bill["external_id"],
            "memo": bill.get("note"),
            "type": "CRN" if bill["kind"] == "credit" else "INV",
            "entity": bill["company"],
            "vendor": bill["supplier"],
            "vendorRef": bill["reference"],
            "docDate": bill["document_date"],
            "postDate": bill["posting_date"],
            "currency": bill["currency"],
        },
        "status": states[document.state],
        "totals": {"gross": turn(str(document.total)), "tax": turn(str(document.tax)), "paid": bill["paid"]},
        "lines": [{"gl": line["account"], "amt": turn(line["amount"])} for line in bill["lines"]],
        "taxes": [{"code": tax["code"], "amt": turn(tax["amount"])} for tax in bill["taxes"]],
    }


def _turned(amount: str) -> str:
    return amount[1:] if amount.startswith("-") else f"-{amount}"
