"""A stand-in for S/4HANA over HTTP: OData V2, Basic or OAuth, CSRF, strict by the service's description.

It is not S/4HANA. What it takes and how it answers comes from SAP's published description of the services
(``definition.txt``); what its books do comes from SAP's documentation, see ``ledger.py``.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import threading
from contextlib import suppress
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.s4hana import definition
from tests.s4hana.attachments import Attachments
from tests.s4hana.ledger import Absent, Ledger, Refused, Stale
from tests.s4hana.odata import Row, Wrong, filter_of, literal, shown
from tests.s4hana.purchasing import Purchasing

ROOT = "/sap/opu/odata/sap/"
INVOICES, BOOKS = "API_SUPPLIERINVOICE_PROCESS_SRV", "API_OPLACCTGDOCITEMCUBE_SRV"
FILES, ORDERS = "API_CV_ATTACHMENT_SRV", "API_PURCHASEORDER_PROCESS_SRV"
USER, PASSWORD, CLIENT = "COUPA_EXPORT", "S4-very-secret-password", "100"
_ENTITIES = {
    (INVOICES, "A_SupplierInvoice"): definition.HEADER,
    (INVOICES, "A_SuplrInvcItemPurOrdRef"): definition.ORDER_ITEM,
    (BOOKS, "A_OperationalAcctgDocItemCube"): definition.JOURNAL,
}


class Said(Exception):
    """An answer as it is: status, body, type, headers."""


class StandIn(ThreadingHTTPServer):
    """The server, from ``with`` to its end."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, ledger: Ledger | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ledger = ledger or Ledger()
        self.attachments = Attachments(self.ledger)
        self.purchasing = Purchasing(self.ledger)
        self.sessions: dict[str, str] = {}
        self.tokens: set[str] = set()
        self.hidden_services: set[str] = set()
        self.without_functions: set[str] = set()
        self.answer_to_create: tuple[int, bytes, str, dict[str, str]] | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> StandIn:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def forget_sessions(self) -> None:
        """As after a restart: tokens that were given are no longer valid."""
        self.sessions.clear()


class _Handler(BaseHTTPRequestHandler):
    server: StandIn
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def log_message(self, *_: object) -> None: ...

    def _answer(self, verb: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self._serve(verb, body)
        except Said as said:
            self._send(*said.args)
        except Wrong as wrong:
            self._fail(400, "/IWBEP/CM_MGW_RT/021", str(wrong))
        except Absent:
            self._fail(404, "/IWBEP/CM_MGW_RT/020", "Resource not found for the given key")
        except Stale:
            self._fail(412, "/IWBEP/CM_MGW_RT/121", "The condition of If-Match is not met")
        except Refused as refused:
            self._refuse(refused)

    def _serve(self, verb: str, body: bytes) -> None:
        parts = urlsplit(self.path)
        if verb == "POST" and parts.path == "/oauth/token":
            self._give_token(body)
            return
        if not self._is_known():
            raise Said(401, b"<html>Logon failed</html>", "text/html", {"WWW-Authenticate": "Basic"})
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if query.pop("sap-client", CLIENT) != CLIENT:
            raise Said(401, b"<html>Client does not exist</html>", "text/html", {})
        service, _, path = unquote(parts.path).removeprefix(ROOT).partition("/")
        if service not in (INVOICES, BOOKS, FILES, ORDERS) or service in self.server.hidden_services:
            raise Absent
        if verb == "GET":
            self._read(service, path, query)
        elif self._has_csrf_token():
            if service == FILES:
                self._write_file(verb, path, body)
            elif (service, verb, path) == (ORDERS, "POST", "A_PurchaseOrder"):
                self._reply(self.server.purchasing.create(json.loads(body)), status=201)
            else:
                self._write(verb, path, query, body)
        else:
            raise Said(403, b"CSRF token validation failed", "text/html", {"x-csrf-token": "Required"})

    # -- reads -----------------------------------------------------------------------------------------------

    def _read(self, service: str, path: str, query: dict[str, str]) -> None:
        if path == "":
            return self._reply(
                {"EntitySets": [name for of, name in _ENTITIES if of == service]}, self._csrf()
            )
        if path == "$metadata":
            described = definition.metadata(service)
            for name in self.server.without_functions:
                described = described.replace(f'<FunctionImport Name="{name}"/>', "")
            return self._send(200, described.encode(), "application/xml")
        if service == FILES and (media := re.fullmatch(r"AttachmentContentSet\((.*)\)/\$value", path)):
            return self._send(200, *self.server.attachments.content(media[1]))
        if query.get("$format") != "json" and "json" not in self.headers.get("Accept", ""):
            raise Wrong("The stand-in answers JSON alone")
        if (service, path) == (FILES, "GetAllOriginals"):
            query.pop("$format")
            rows = self.server.attachments.originals(query)
            return self._reply(
                {"results": [{key: shown(value) for key, value in row.items()} for row in rows]}
            )
        found = re.fullmatch(r"(\w+)(?:\((.*)\))?", path)
        if not found or (service, found[1]) not in _ENTITIES:
            raise Wrong(f"Resource not found for segment '{path}'")
        fields = _ENTITIES[service, found[1]]
        with self.server.ledger.lock:
            if found[2] is not None and fields is definition.HEADER:
                document = self.server.ledger.find(*_key(found[2]))
                return self._reply(self._entry(document, fields, query))
            return self._reply({"results": self._rows(fields, query)})

    def _rows(self, fields: dict[str, definition.Field], query: dict[str, str]) -> list[Row]:
        unknown = set(query) - {"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$format"}
        if unknown:
            raise Wrong(f"Invalid system query option {sorted(unknown)[0]}")
        rows = self.server.ledger.entries(fields)
        fits = filter_of(query["$filter"], fields) if "$filter" in query else lambda _: True
        rows = [row for row in rows if fits(row)]
        for part in reversed([one for one in query.get("$orderby", "").split(",") if one]):
            name, _, way = part.partition(" ")
            if name not in fields:
                raise Wrong(f"Property '{name}' is invalid in $orderby")
            rows.sort(key=lambda row, name=name: row[name], reverse=way == "desc")
        skip = int(query.get("$skip", "0"))
        return [self._entry(row, fields, query) for row in rows[skip : skip + int(query.get("$top", "1000"))]]

    def _entry(self, row: Row, fields: dict[str, definition.Field], query: dict[str, str]) -> Row:
        expanded = [name for name in query.get("$expand", "").split(",") if name]
        selected = [name for name in query.get("$select", "").split(",") if name]
        for name in expanded:
            if fields is not definition.HEADER or name not in definition.PARTS:
                raise Wrong(f"Resource not found for segment '{name}' in $expand")
        for name in selected:
            head, _, inner = name.partition("/")
            if not (name in fields or (head in expanded and inner in definition.PARTS[head])):
                raise Wrong(f"Property '{name}' is invalid in $select")
        entry: Row = {name: shown(row.get(name)) for name in (selected or fields) if "/" not in name}
        if fields is definition.HEADER and self.server.ledger.versions:
            entry["__metadata"] = {"etag": self.server.ledger.etag(row)}
        if "ReverseDocumentFiscalYear" in entry and not entry["ReverseDocumentFiscalYear"]:
            entry["ReverseDocumentFiscalYear"] = "0000"
        for name in expanded:
            entry[name] = {"results": [_item(item) for item in row[name]]}
        return entry

    # -- writes ----------------------------------------------------------------------------------------------

    def _write(self, verb: str, path: str, query: dict[str, str], body: bytes) -> None:
        ledger = self.server.ledger
        found = re.fullmatch(r"A_SupplierInvoice\((.*)\)", path)
        if verb == "DELETE" and found:
            ledger.delete(*_key(found[1]), self.headers.get("If-Match"))
            return self._send(204, b"", None)
        if verb == "POST" and path == "A_SupplierInvoice":
            if self.server.answer_to_create is not None:
                raise Said(*self.server.answer_to_create)
            if self.headers.get("Content-Type") != "application/json":
                return self._send(415, b"Unsupported media type", "text/plain")
            try:
                sent = json.loads(body)
            except ValueError:
                raise Wrong("Malformed JSON") from None
            document = ledger.create(sent)
            return self._reply(self._entry(document, definition.HEADER, {}), status=201)
        if verb == "POST" and path in definition.FUNCTIONS:
            arguments = _arguments(path, query)
            if path == "Post":
                ledger.post(*arguments)
                return self._reply({"Post": {"Success": True}})
            number, year = ledger.cancel(*arguments)
            return self._reply({"Cancel": {"ReverseDocument": number, "FiscalYear": year, "Success": True}})
        raise Wrong(f"Resource not found for segment '{path}'")

    def _write_file(self, verb: str, path: str, body: bytes) -> None:
        found = re.fullmatch(r"AttachmentContentSet\((.*)\)", path)
        if verb == "DELETE" and found:
            self.server.attachments.delete(found[1])
            return self._send(204, b"", None)
        if verb == "POST" and path == "AttachmentContentSet":
            row = self.server.attachments.create(self.headers, body)
            return self._reply({key: shown(value) for key, value in row.items()}, status=201)
        raise Wrong(f"Resource not found for segment '{path}'")

    # -- who calls -------------------------------------------------------------------------------------------

    def _is_known(self) -> bool:
        kind, _, told = self.headers.get("Authorization", "").partition(" ")
        if kind == "Bearer":
            return told in self.server.tokens
        return kind == "Basic" and base64.b64decode(told).decode() == f"{USER}:{PASSWORD}"

    def _give_token(self, body: bytes) -> None:
        kind, _, told = self.headers.get("Authorization", "").partition(" ")
        form = parse_qs(body.decode())
        if kind != "Basic" or base64.b64decode(told).decode() != f"{USER}:{PASSWORD}":
            return self._send(401, b'{"error": "invalid_client"}', "application/json")
        if form.get("grant_type") != ["client_credentials"]:
            return self._send(400, b'{"error": "unsupported_grant_type"}', "application/json")
        token = secrets.token_urlsafe(24)
        self.server.tokens.add(token)
        told_ = {"access_token": token, "token_type": "bearer", "expires_in": 3600}
        return self._send(200, json.dumps(told_).encode(), "application/json")

    def _csrf(self) -> dict[str, str]:
        if self.headers.get("X-CSRF-Token", "").lower() != "fetch":
            return {}
        session, token = secrets.token_hex(8), secrets.token_urlsafe(16)
        self.server.sessions[session] = token
        return {"X-CSRF-Token": token, "Set-Cookie": f"SAP_SESSIONID_S4H_100={session}; path=/; HttpOnly"}

    def _has_csrf_token(self) -> bool:
        cookies = SimpleCookie(self.headers.get("Cookie", ""))
        session = cookies["SAP_SESSIONID_S4H_100"].value if "SAP_SESSIONID_S4H_100" in cookies else ""
        token = self.server.sessions.get(session)
        return token is not None and self.headers.get("X-CSRF-Token") == token

    # -- answers ---------------------------------------------------------------------------------------------

    def _refuse(self, refused: Refused) -> None:
        details = [
            {"ContentID": "", "code": code, "message": text, "propertyref": "", "severity": "error",
             "target": "", "transition": False}
            for code, text in refused.messages
        ]  # fmt: skip
        details.append({"code": "/IWBEP/CX_MGW_BUSI_EXCEPTION", "message": "An exception was raised",
                        "propertyref": "", "severity": "error", "target": ""})  # fmt: skip
        details.insert(0, {"code": "M8/082", "message": "Net amount differs slightly", "severity": "warning"})
        self._fail(400, *refused.messages[0], details=details)

    def _fail(self, status: int, code: str, text: str, *, details: list[Row] | None = None) -> None:
        error: Row = {
            "code": code,
            "message": {"lang": "en", "value": text},
            "innererror": {"transactionid": secrets.token_hex(16), "errordetails": details or []},
        }
        self._send(status, json.dumps({"error": error}).encode(), "application/json;charset=utf-8")

    def _reply(self, content: Row, headers: dict[str, str] | None = None, *, status: int = 200) -> None:
        self._send(status, json.dumps({"d": content}).encode(), "application/json;charset=utf-8", headers)

    def _send(
        self, status: int, body: bytes, kind: str | None, headers: dict[str, str] | None = None
    ) -> None:
        with suppress(OSError):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            if kind:
                self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


def _item(item: Row) -> Row:
    """As SAP shows an item: the digits of its number and of its order's are those of a number."""
    numbers = {"SupplierInvoiceItem", "PurchaseOrderItem"}
    return {
        name: value.lstrip("0") if name in numbers and value else shown(value) for name, value in item.items()
    }


def _key(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"SupplierInvoice='(\w{1,10})',FiscalYear='(\d{4})'", text)
    if not found:
        raise Wrong(f"Invalid key predicate ({text})")
    return found[1], found[2]


def _arguments(function: str, query: dict[str, str]) -> list[Any]:
    expected = definition.FUNCTIONS[function]
    if set(query) != set(expected):
        raise Wrong(f"Malformed call of {function}: it takes {', '.join(expected)}")
    values = []
    for name, length in expected.items():
        value = literal(query[name])
        if length and (not isinstance(value, str) or len(value) > length):
            raise Wrong(f"Invalid parametertype used at {name}")
        values.append(value)
    return values
