"""``load`` and the external ids: the one place where Odoo enters a key at most once."""

from __future__ import annotations

import json
import threading
import time
from decimal import Decimal
from typing import Any

from tests.odoo.stand_in.moves import MOVE, Moves
from tests.odoo.stand_in.tables import Failed, Row

_HEAD = {
    "id", "move_type", "company_id/.id", "journal_id/.id", "partner_id/.id", "currency_id/.id", "ref",
    "invoice_date", "date", "invoice_date_due", "invoice_payment_term_id/.id", "invoice_origin", "narration",
    "invoice_currency_rate", "reversed_entry_id/.id",
}  # fmt: skip
_LINE = {
    f"invoice_line_ids/{name}"
    for name in ("name", "account_id/.id", "quantity", "price_unit", "tax_ids/.id", "analytic_distribution")
}
_ORDERED = ("purchase_line_id", "product_id", "product_uom_id")
_ORDERED_LINE = {f"invoice_line_ids/{name}/.id" for name in _ORDERED}
_ACCOUNT = "Invoice lines/Account"


class Importing:
    """The register of external ids, and the import that fills it.

    :param moves: the bills.
    :param version: Odoo's; before 19 *Purchase* notes a bill of an order only for who has a mail address.
    :param purchase: whether the app Purchase is installed.
    """

    def __init__(self, moves: Moves, version: int, *, purchase: bool) -> None:
        self._moves = moves
        self._notes_need_a_sender = version < 19
        self._line = _LINE | (_ORDERED_LINE if purchase else set())
        self._names: dict[str, int] = {}
        self._under_way: set[str] = set()

    def load(
        self, lock: threading.RLock, fields: list[str], data: list[list[str]], context: Row | None = None
    ) -> Row:
        """Import one document; of two at once under one name one is told that it lost."""
        for name in fields:
            if name not in _HEAD | self._line:
                raise Failed(500, "builtins.ValueError", f"Invalid field name {name!r}")
        assert all(isinstance(cell, str) for row in data for cell in row), "an import is texts"
        first = dict(zip(fields, data[0], strict=True))
        name = first["id"]
        assert "." in name
        assert " " not in name
        told = context or {}
        assert (told.get("mode"), told.get("noupdate")) == ("update", True), "it would change what is there"
        with lock:
            if name in self._names:
                return {"ids": [self._names[name]], "messages": [], "nextrow": 0}
            if name in self._under_way:
                return _refused("could not serialize access due to concurrent update\n")
            self._under_way.add(name)
        try:
            time.sleep(0.003)  # long enough for others to come
            with lock:
                return self._enter(name, first, [dict(zip(fields, row, strict=True)) for row in data])
        finally:
            with lock:
                self._under_way.discard(name)

    def reference(self, module: str, xml_id: str) -> list[Any]:
        """The record of an external id."""
        name = f"{module}.{xml_id}"
        if name not in self._names:
            raise Failed(500, "builtins.ValueError", f"External ID not found in the system: {name}")
        return [MOVE, self._names[name]]

    def names_of(self, record: int) -> list[Row]:
        """The external ids of a record, the oldest first."""
        return [{"xmlid": name, "noupdate": True} for name, one in self._names.items() if one == record]

    def forget(self, record: int) -> None:
        """Odoo removes external ids with their record."""
        self._names = {name: one for name, one in self._names.items() if one != record}

    def register(self) -> list[Row]:
        """The rows of ``ir.model.data``."""
        return [
            {"id": place, "module": name.partition(".")[0], "name": name.partition(".")[2], "res_id": record}
            for place, (name, record) in enumerate(self._names.items())
        ]

    def _enter(self, name: str, first: Row, rows: list[Row]) -> Row:
        (user,) = self._moves.tables["res.users"]
        ordered = any(row.get("invoice_line_ids/purchase_line_id/.id") for row in rows)
        if ordered and self._notes_need_a_sender and not user["email"]:
            return _refused("Unable to send message, please configure the sender's email address.")
        known = {row["id"] for row in self._moves.tables["account.account"]}
        lines = []
        for row in rows:
            line = {key.partition("/")[2]: value for key, value in row.items() if key in self._line}
            account = int(line["account_id/.id"])
            if account not in known:
                return _refused(f"No matching record found for database id '{account}' in field '{_ACCOUNT}'")
            lines.append({
                "name": line["name"], "account_id": account, "quantity": line["quantity"],
                "price_unit": Decimal(line["price_unit"]),
                "tax_ids": [int(tax) for tax in line["tax_ids/.id"].split(",") if tax],
                "analytic_distribution": json.loads(line["analytic_distribution"] or "false"),
                **{name: line.get(f"{name}/.id") for name in _ORDERED},
            })  # fmt: skip
        head: Row = {}
        for key, value in first.items():
            if key in _HEAD - {"id"}:
                field = key.partition("/")[0]
                head[field] = self._moves.linked(field, value) if key.endswith("/.id") else value or False
        self._names[name] = record = self._moves.create(head, lines)
        return {"ids": [record], "messages": [], "nextrow": 0}


def _refused(message: str) -> Row:
    """200, and nothing entered."""
    return {
        "ids": False,
        "messages": [{"type": "error", "record": 0, "rows": {"from": 0, "to": 0}, "message": message}],
        "nextrow": 0,
    }
