"""A stand-in for NetSuite over HTTP: SuiteTalk REST records, SuiteQL, OAuth 2.0 with signed assertions.

It is not NetSuite. What it takes and how it answers comes from Oracle's published description of the records
(``definition.txt``) and its documentation of REST web services; what its books do, see ``ledger.py``.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import threading
from contextlib import suppress
from decimal import Decimal
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.netsuite import impact, suiteql
from tests.netsuite.ledger import CREDIT, PAYMENT, Absent, Ledger, Refused, Row

TOKEN = "/services/rest/auth/oauth2/v1/token"
RECORDS = "/services/rest/record/v1/"
QUERY = "/services/rest/query/v1/suiteql"
CLIENT, CERTIFICATE = "1f2e3d4c5b6a", "cert-7"


@cache
def key_pair() -> tuple[str, str]:
    """The private key of the certificate that this account knows, and its public one."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


class Said(Exception):
    """An answer as it is: status, body, type, headers."""


class StandIn(ThreadingHTTPServer):
    """The server, from ``with`` to its end."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, ledger: Ledger | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ledger = ledger or Ledger()
        self.tokens: set[str] = set()
        self.answer_to_put: tuple[int, bytes, str, dict[str, str]] | None = None

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


class _Handler(BaseHTTPRequestHandler):
    server: StandIn
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def log_message(self, *_: object) -> None: ...

    def _answer(self, verb: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self._serve(verb, body)
        except Said as said:
            self._send(*said.args)
        except Absent:
            self._fail(404, ("NONEXISTENT_ID", "The record instance does not exist.", ""))
        except Refused as refused:
            self._fail(400, *refused.details)

    def _serve(self, verb: str, body: bytes) -> None:
        parts = urlsplit(self.path)
        if verb == "POST" and parts.path == TOKEN:
            self._give_token(body)
            return
        if self.headers.get("Authorization", "").removeprefix("Bearer ") not in self.server.tokens:
            raise Said(401, *self._error(401, ("INVALID_LOGIN", "Invalid login attempt.", "")))
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        sent = self._json(body) if body else {}
        if verb == "POST" and parts.path == QUERY:
            self._query(sent, query)
            return
        made = re.fullmatch(RECORDS + r"(vendorBill|vendorPayment)", unquote(parts.path))
        if verb == "POST" and made:
            self._make(made[1], sent)
            return
        found = re.fullmatch(RECORDS + r"(vendorBill|vendorCredit)/([^/]+)", unquote(parts.path))
        if not found:
            raise Absent
        if verb == "GET":
            with self.server.ledger.lock:
                record = self._record(self.server.ledger.find(found[1], found[2]))
            self._send(200, json.dumps(record, default=_number).encode(), "application/json", {})
        elif verb in ("PUT", "PATCH"):
            self._write(verb, found[1], found[2], sent, query)
        elif verb == "DELETE":
            self.server.ledger.delete(found[1], found[2])
            self._send(204, b"", None, {})
        else:
            raise Said(405, *self._error(405, ("INVALID_METHOD", "This method is not allowed.", "")))

    def _write(self, verb: str, kind: str, record: str, sent: Row, query: dict[str, str]) -> None:
        if self.server.answer_to_put is not None:
            raise Said(*self.server.answer_to_put)
        if self.headers.get("Content-Type") != "application/json":
            raise Said(415, *self._error(415, ("INVALID_CONTENT", "Unsupported media type.", "")))
        if set(query) - {"replace"} or query.get("replace") == "":
            raise Refused(("INVALID_REQUEST_PARAM", f"Invalid query parameters {sorted(query)}.", ""))
        replace = set(query.get("replace", "").split(","))
        if verb == "PUT":
            if not record.startswith("eid:"):
                raise Refused(("INVALID_ID", "Upsert takes an external id.", ""))
            made = self.server.ledger.upsert(kind, record.removeprefix("eid:"), sent, replace)
        else:
            made = self.server.ledger.update(kind, record, sent, replace)
        self._send(204, b"", None, {"Location": f"{self.server.url}{RECORDS}{kind}/{made['id']}"})

    def _make(self, kind: str, sent: Row) -> None:
        """``POST``: a new record each time, as an accountant's."""
        ledger = self.server.ledger
        made = ledger.make_payment(sent) if kind == PAYMENT else ledger.create(kind, sent)
        self._send(204, b"", None, {"Location": f"{self.server.url}{RECORDS}{kind}/{made['id']}"})

    def _query(self, sent: Row, query: dict[str, str]) -> None:
        if self.headers.get("Prefer") != "transient":
            raise Refused(("INVALID_HEADER", "The required request header 'Prefer' is missing.", ""))
        ledger = self.server.ledger
        try:
            with ledger.lock:
                tables = ledger.tables()
                if "transactionaccountingline" in sent["q"]:
                    tables |= impact.tables(ledger)
            page = suiteql.run(sent["q"], tables, int(query["limit"]), int(query["offset"]))
        except sqlite3.Error as fault:
            raise Refused(("INVALID_PARAMETER", f"Invalid search query. {fault}", "q")) from None
        self._send(200, json.dumps(page).encode(), "application/json", {})

    def _record(self, record: Row) -> Row:
        ledger = self.server.ledger
        shown: Row = {"id": record["id"], "links": [], "transactionNumber": record["transactionNumber"]}
        shown |= {"total": ledger.total(record), "createdDate": f"{record['created']}T00:00:00Z"}
        for name in ("externalId", "tranId", "tranDate", "dueDate", "memo"):
            if record.get(name) is not None:
                shown[name] = record[name]
        for name in ("entity", "subsidiary", "currency", "account", "terms", "postingPeriod"):
            if record.get(name):
                shown[name] = {"id": record[name], "refName": "…", "links": []}
        shown["expense"] = {"items": [self._line(line) for line in record["expense"]], "hasMore": False}
        if record["kind"] == CREDIT:
            shown["apply"] = {"items": [{"doc": {"id": one["doc"]}, "apply": True, "amount": one["amount"]}
                                        for one in record["apply"]]}  # fmt: skip
        return shown

    def _line(self, line: Row) -> Row:
        references = ("account", "department", "class", "location", "taxCode")
        return {
            name: {"id": value, "links": []} if name in references else value
            for name, value in line.items()
            if value is not None
        }

    # -- who calls -------------------------------------------------------------------------------------------

    def _give_token(self, body: bytes) -> None:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        try:
            signed = form["client_assertion"]
            head = jwt.get_unverified_header(signed)
            # The address of the token service is the account's own, and no other is good.
            told = jwt.decode(signed, key_pair()[1], algorithms=["ES256"], options={"verify_aud": False})
            fits = (
                form["grant_type"] == "client_credentials"
                and form["client_assertion_type"].endswith(":jwt-bearer")
                and (head["typ"], head["kid"]) == ("JWT", CERTIFICATE)
                and told["iss"] == CLIENT
                and told["aud"] == f"{self.server.url}{TOKEN}"
                and told["exp"] - told["iat"] < 3600
                and "rest_webservices" in told["scope"]
            )
        except (jwt.PyJWTError, KeyError):
            fits = False
        if not fits:
            raise Said(400, b'{"error": "invalid_client"}', "application/json", {})
        token = secrets.token_urlsafe(24)
        self.server.tokens.add(token)
        given = {"access_token": token, "expires_in": "3600", "token_type": "bearer"}
        self._send(200, json.dumps(given).encode(), "application/json", {})

    # -- answers ---------------------------------------------------------------------------------------------

    def _json(self, body: bytes) -> Row:
        try:
            sent = json.loads(body, parse_float=Decimal)
        except ValueError:
            sent = None
        if not isinstance(sent, dict):
            raise Refused(("INVALID_CONTENT", "Invalid content in the request body.", ""))
        return sent

    def _error(self, status: int, *details: tuple[str, str, str]) -> tuple[bytes, str, dict[str, str]]:
        listed = [
            {"detail": f"Error while accessing a resource. {text}", "o:errorCode": code}
            | ({"o:errorPath": path} if path else {})
            for code, text, path in details
        ]
        body = {"type": "https://www.rfc-editor.org/rfc/rfc9110", "title": "Error", "status": status,
                "o:errorDetails": listed}  # fmt: skip
        return json.dumps(body).encode(), "application/vnd.oracle.resource+json; type=error", {}

    def _fail(self, status: int, *details: tuple[str, str, str]) -> None:
        self._send(status, *self._error(status, *details))

    def _send(self, status: int, body: bytes, kind: str | None, headers: dict[str, str]) -> None:
        with suppress(OSError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if kind:
                self.send_header("Content-Type", kind)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)


def _number(value: Any) -> Any:
    """An amount as NetSuite's JSON has it; the figures of these tests survive a double."""
    return float(value) if isinstance(value, Decimal) else str(value)
