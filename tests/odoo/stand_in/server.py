"""The stand-in over HTTP: ``/web/version`` and ``/json/2``."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.odoo.stand_in import seed
from tests.odoo.stand_in.attachments import ATTACHMENT, Attachments
from tests.odoo.stand_in.cashing import Cashing
from tests.odoo.stand_in.importing import Importing
from tests.odoo.stand_in.moves import LINE, MOVE, Moves
from tests.odoo.stand_in.purchasing import ORDER, ORDER_LINE, PRODUCT, Purchasing
from tests.odoo.stand_in.tables import Failed, Row, found_in, ordered, shown

DATABASE, LOGIN, KEY, ADMINISTRATOR = "erp", "coupa", "a" * 40, "b" * 40
_USERS = {LOGIN: (5, KEY), "admin": (2, ADMINISTRATOR)}
_ACCESS, _NOT_FOUND = "odoo.exceptions.AccessError", "werkzeug.exceptions.NotFound"
_OF_MODELS = ("search_read", "fields_get", "load", "check_object_reference", "check_access_rights")
_BUTTONS = ("action_post", "button_draft", "button_cancel", "unlink", "write")


class StandIn:
    """One database, as its calls see it.

    :param purchase: whether the app Purchase is installed.
    """

    def __init__(self, version: int, *, purchase: bool = True) -> None:
        self.version = version
        self.tables = seed.tables(version)
        self.moves = Moves(self.tables, version)
        self.importing = Importing(self.moves, version, purchase=purchase)
        self.cashing = Cashing(self.moves)
        self.purchasing = Purchasing(self.moves, "product_uom_id" if version >= 19 else "product_uom")
        self.attachments = Attachments(self.moves)
        self.lock = threading.RLock()
        self._purchase = purchase
        self._messages: list[Row] = []

    def call(self, model: str, method: str, administrator: bool, body: Row) -> Any:
        """Answer one call, as one transaction."""
        if (model, method) == (MOVE, "load"):
            return self.importing.load(self.lock, **body)
        with self.lock:
            ids, context = body.pop("ids", []), body.pop("context", {})
            if not set(context.get("allowed_company_ids", [])) <= seed.COMPANIES.keys():
                raise Failed(403, _ACCESS, "Access to unauthorized or invalid companies.")
            answer: Any = True
            if method == "search_read":
                answer = self._search_read(model, administrator, **body)
            elif (model, method) == ("ir.model.data", "check_object_reference"):
                answer = self.importing.reference(**body)
            elif (model, method) == (LINE, "fields_get"):
                answer = self._line_fields(**body)
            elif method == ("has_access" if self.version >= 18 else "check_access_rights"):
                assert body["operation"] in ("read", "write", "create", "unlink")
            elif (told := self.cashing.answer(model, method, ids, context, body)) is not None:
                (answer,) = told
            elif self._purchase and model in (ORDER, ORDER_LINE, PRODUCT):
                answer = self.purchasing.call(model, method, ids, context, **body)
            elif (model, method) == ("res.company", "write") and administrator:
                (company,) = (row for row in self.tables[model] if row["id"] in ids)
                company[seed.LOCKS[self.version >= 18][0]] = body["vals"]["fiscalyear_lock_date"]
            elif model == ATTACHMENT:
                answer = self.attachments.call(method, ids, context, **body)
            elif model == MOVE:
                answer = self._on_moves(method, ids, context, **body)
            else:
                raise Failed(404, _NOT_FOUND, f"The method '{model}.{method}' does not exist")
            return answer

    def _on_moves(self, method: str, ids: list[int], context: Row, **body: Any) -> Any:
        if method == "get_metadata":
            return [{"id": one, "xmlids": self.importing.names_of(one)} for one in ids]
        if method == "message_post":
            self.moves.get(ids[0])
            told = {
                "id": len(self._messages) + 1,
                "model": MOVE,
                "res_id": ids[0],
                "body": f"<p>{body['body']}</p>",
            }
            self._messages.append(told)
            return [told["id"]]
        if method == "create":
            return [self._typed(values, context) for values in body["vals_list"]]
        if method not in _BUTTONS or len(ids) != 1:
            raise Failed(404, _NOT_FOUND, f"The method '{MOVE}.{method}' does not exist")
        answer = getattr(self.moves, method)(ids[0], *([body["vals"]] if method == "write" else []))
        if method == "unlink":
            self.importing.forget(ids[0])
        return answer

    def _typed(self, values: Row, context: Row) -> int:
        """A bill that a person types; of its lines nothing is tested."""
        company = context["allowed_company_ids"][0]
        head = {
            **values,
            "partner_id": [values["partner_id"], ""],
            "company_id": [company, ""],
            "journal_id": [7 * company, ""],
            "currency_id": [seed.USD, "USD"],
            "date": values["invoice_date"],
        }
        return self.moves.create(head, [])

    def _line_fields(self, *, allfields: list[str], attributes: list[str]) -> Row:
        price = self.moves.price_digits
        known: Row = {
            "quantity": {"type": "float", "digits": [16, seed.QUANTITY_DIGITS]},
            "price_unit": {"type": "float", **({} if price is None else {"digits": [16, price]})},
        }
        if self._purchase:
            known["purchase_line_id"] = {"type": "many2one"}
        assert attributes == ["type", "digits"]
        return {name: known[name] for name in allfields if name in known}

    def _search_read(
        self,
        model: str,
        administrator: bool,
        *,
        domain: list[Any],
        fields: list[str],
        order: str | None = None,
        limit: int | None = None,
    ) -> list[Row]:
        if model == "ir.model.data" and not administrator:
            raise Failed(403, _ACCESS, "You are not allowed to access 'Model Data' (ir.model.data) records.")
        rows = self._rows(model)
        known = (
            set().union(*rows) if rows else {"id", *fields, *(term[0] for term in domain if len(term) == 3)}
        )
        found = ordered(found_in(rows, model, known, domain), order)[:limit]
        return [shown(row, model, known, fields) for row in found]

    def _rows(self, model: str) -> list[Row]:
        computed: dict[str, Callable[[], list[Row]]] = {
            MOVE: lambda: [self.moves.shown_move(move) for move in self.moves.moves.values()],
            LINE: self._lines,
            "ir.model.data": self.importing.register,
            "mail.message": lambda: self._messages,
            ATTACHMENT: lambda: self.attachments.rows,
            **self.cashing.tables(),
            **(self.purchasing.tables() if self._purchase else {}),
        }
        if model not in computed and model not in self.tables:
            raise Failed(404, _NOT_FOUND, f"the model {model!r} does not exist")
        return computed[model]() if model in computed else self.tables[model]

    def _lines(self) -> list[Row]:
        kinds = {row["id"]: row["account_type"] for row in self.tables["account.account"]}
        for move in self.moves.moves.values():
            for line in self.moves.of(move["id"]):
                line["parent_state"], line["balance"] = move["state"], line["amount_currency"]
                line["move_type"], line["account_type"] = move["move_type"], kinds[line["account_id"][0]]
        hidden = set() if self._purchase else {"purchase_line_id"}
        return [
            {name: value for name, value in line.items() if name not in hidden}
            for line in self.moves.lines.values()
        ]


@contextmanager
def serving(version: int = 19, *, purchase: bool = True) -> Iterator[tuple[StandIn, str]]:
    """A stand-in and its address; before 19 it speaks ``/jsonrpc``."""
    odoo = StandIn(version, purchase=purchase)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two would wait for each other

        def do_GET(self) -> None:
            if self.path == "/web/version" and version >= 19:
                self._answer(
                    200, {"version_info": [version, 0, 0, "final", 0, ""], "version": f"{version}.0"}
                )
            else:
                self._answer(404, "Not Found", "text/html")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])), parse_float=Decimal)
            if version < 19 and self.path == "/jsonrpc":
                self._answer(200, _rpc(odoo, **body["params"]))
                return
            key = self.headers.get("Authorization", "").partition(" ")[2]  # Odoo takes bearer in any spelling
            parts = self.path.strip("/").split("/")
            if self.headers.get("X-Odoo-Database") != DATABASE or parts[:2] != ["json", "2"] or version < 19:
                self._answer(404, "No database is selected", "text/html")
            elif key not in (KEY, ADMINISTRATOR):
                self._answer(401, {"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"})
            else:
                self._answer(*_answered(odoo, parts[2], parts[3], key, body))

        def _answer(self, status: int, body: Any, kind: str = "application/json; charset=utf-8") -> None:
            text = body if kind == "text/html" else json.dumps(body, default=float)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield odoo, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _answered(odoo: StandIn, model: str, method: str, key: str, body: Row) -> tuple[int, Any]:
    """Status and body of a call."""
    try:
        return 200, odoo.call(model, method, key == ADMINISTRATOR, body)
    except Failed as failed:
        return failed.status, {"name": failed.name, "message": failed.message, "arguments": [], "debug": ""}
    except Exception as fault:  # noqa: BLE001 - told as Odoo tells its own
        return 500, {"name": f"builtins.{type(fault).__name__}", "message": repr(fault)}


def _rpc(odoo: StandIn, service: str, method: str, args: list[Any]) -> Row:
    """A call of ``/jsonrpc``: whatever becomes of it, 200."""
    told: Any = False
    if (service, method) == ("common", "version"):
        told = {"server_version_info": [odoo.version, 0, 0, "final", 0, ""]}
    elif (service, method) == ("common", "authenticate"):
        uid, key = _USERS.get(args[1], (0, ""))
        told = args[::2][:2] == [DATABASE, key] and uid
    elif args[0] != DATABASE or tuple(args[1:3]) not in _USERS.values():
        return _rpc_error({"name": "odoo.exceptions.AccessDenied", "message": "Access Denied"})
    else:
        _, _, key, model, method, positional, named = args
        if method == "create":
            if "vals_list" in named or len(positional) != 1:
                return _rpc_error({"name": "builtins.IndexError", "message": "tuple index out of range"})
            named, positional = {**named, "vals_list": positional[0]}, []
        elif method == "write" and len(positional) > 1:
            named = {**named, "vals": positional[1]}
        elif not positional and method not in _OF_MODELS:
            return _rpc_error({"name": "builtins.IndexError", "message": "tuple index out of range"})
        status, told = _answered(
            odoo, model, method, key, {**named, **({"ids": positional[0]} if positional else {})}
        )
        if status != 200:
            return _rpc_error(told)
    return {"jsonrpc": "2.0", "id": None, "result": told}


def _rpc_error(told: Row) -> Row:
    error = {"code": 200, "message": "Odoo Server Error", "data": told}
    return {"jsonrpc": "2.0", "id": None, "error": error}
