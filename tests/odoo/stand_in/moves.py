"""Journal entries: what Odoo computes of a bill, and what its buttons do."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.odoo.stand_in import seed
from tests.odoo.stand_in.matching import Matching
from tests.odoo.stand_in.tables import Row, missing, user_error

MOVE, LINE = "account.move", "account.move.line"
_READONLY = {"invoice_line_ids", "line_ids", "invoice_date", "date", "partner_id", "currency_id",
             "invoice_payment_term_id"}  # fmt: skip
_TERM_DAYS = 30
_ORDERED = ("purchase_line_id", "product_id", "product_uom_id")


class Moves:
    """Bills, their journal items, and their payments.

    :param tables: the other models.
    :param version: Odoo's; before 19 prices are rounded, and a draft loses its payments.
    """

    def __init__(self, tables: dict[str, list[Row]], version: int) -> None:
        self.tables = tables
        self.price_digits = None if version >= 19 else 2
        self._drafts_keep_payments = version >= 19
        self.moves: dict[int, Row] = {}
        self.lines: dict[int, Row] = {}
        self.altering: Callable[[Row, list[Row]], None] | None = None
        self.matching = Matching(self)
        self._ids = itertools.count(1)
        self._numbers: dict[str, int] = {}

    def create(self, head: Row, lines: list[Row]) -> int:
        """A draft."""
        move = self._blank(head)
        record = move["id"]
        self._enter(move, lines)
        if self.altering:
            self.altering(move, self.of(record))
        return int(record)

    def enter_entry(
        self,
        journal: str,
        day: str,
        company: Row,
        currency: Row,
        lines: list[tuple[Any, Decimal]],
        **more: Any,
    ) -> Row:
        """A posted entry that is no bill; accounts by their code or id."""
        head = {"move_type": "entry", "date": day, "company_id": company, "currency_id": currency,
                "journal_id": [0, journal], "partner_id": False, **more}  # fmt: skip
        move = self._blank(head)
        for account, booked in lines:
            known = self._account(move, account) if isinstance(account, str) else account
            self._item(move, "product", known, booked)
        prefix = f"{journal}/{day[:4]}/"
        self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
        move.update(state="posted", name=f"{prefix}{self._numbers[prefix]:05}")
        return move

    def _blank(self, head: Row) -> Row:
        record = next(self._ids)
        now = _now()
        move = {
            "id": record, "name": False, "state": "draft", "move_type": "in_invoice", "posted_before": False,
            "ref": False, "invoice_origin": False, "narration": False, "invoice_date": False, "date": False,
            "invoice_date_due": False, "invoice_payment_term_id": False, "payment_state": "not_paid",
            "amount_total": Decimal(0), "amount_tax": Decimal(0), "amount_residual": Decimal(0),
            "reversed_entry_id": False, "invoice_currency_rate": Decimal(1), "statement_line_id": False,
            "origin_payment_id": False, "create_date": now, "write_date": now, **head,
        }  # fmt: skip
        self.moves[record] = move
        return move

    def touch(self, move: Row) -> None:
        """Odoo dates every write, also of what it computes."""
        move["write_date"] = _now()

    def of(self, record: int) -> list[Row]:
        """The journal items of a document."""
        return [line for line in self.lines.values() if line["move_id"][0] == record]

    def get(self, record: int) -> Row:
        """A document that must be there."""
        if record not in self.moves:
            raise missing(MOVE, record)
        return self.moves[record]

    def write(self, record: int, values: Row) -> bool:
        """Change a draft."""
        move = self.get(record)
        if move["state"] == "posted" and (fixed := _READONLY & values.keys()):
            raise user_error(
                f"You cannot modify the following readonly fields on a posted move: {', '.join(fixed)}"
            )
        values = dict(values)
        entered, touched = values.pop("invoice_line_ids", None), values.pop("line_ids", [])
        for name, value in values.items():
            move[name] = self.linked(name, value) if name.endswith("_id") else value
        if entered is not None:
            assert entered[0] == [5, 0, 0], "lines are replaced as a whole"
            self.matching.undo(self.matching.of(self.of(record)))
            for line in self.of(record):
                del self.lines[line["id"]]
            self._enter(move, [{**line, "tax_ids": line["tax_ids"][0][2]} for _, _, line in entered[1:]])
        for command, line, change in touched:
            assert command == 1, "only amounts of taxes are written"
            if line not in self.lines:
                raise missing(LINE, line)
            self.lines[line].update({name: Decimal(str(value)) for name, value in change.items()})
        self._total(move)
        return True

    def action_post(self, record: int) -> bool:
        """Number a draft and post it; a locked day is moved without a word."""
        move = self.get(record)
        if move["state"] != "draft":
            raise user_error(f"The entry {move['name']} (id {record}) must be in draft.")
        if move["amount_total"] < 0:
            raise user_error("You cannot validate an invoice with a negative total amount.")
        if moved := self._moved(move):
            move["date"] = moved
        month = move["date"][:7].replace("-", "/")
        prefix = f"{'BILL' if move['move_type'] == 'in_invoice' else 'RBILL'}/{month}/"
        if not (move["name"] or "").startswith(prefix):
            self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
            move["name"] = f"{prefix}{self._numbers[prefix]:04}"
        move.update(state="posted", posted_before=True)
        self.matching.settle(move)
        if move["reversed_entry_id"]:
            self._reconcile(move, self.get(move["reversed_entry_id"][0]))
        return False

    def button_draft(self, record: int) -> None:
        """Back to draft; the taxes are computed anew without a word, payments stay (before 19 they go)."""
        move = self.get(record)
        if move["state"] not in ("cancel", "posted"):
            raise user_error("Only posted/cancelled journal entries can be reset to draft.")
        if move["state"] == "posted" and move["date"] <= self._lock(move):
            day = datetime.date.fromisoformat(self._lock(move)).strftime("%m/%d/%Y")
            raise user_error(
                f"You cannot add/modify entries prior to and inclusive of: Global Lock Date ({day})."
            )
        if not self._drafts_keep_payments:
            self.matching.undo(self.matching.of(self.of(record)))
        move["state"] = "draft"
        self._compute_taxes(move)
        self._total(move)

    def button_cancel(self, record: int) -> None:
        """Cancel, also what is paid: then the payment is undone without a word."""
        if self.get(record)["state"] == "posted":
            self.button_draft(record)
        move = self.get(record)
        if move["state"] != "draft":
            raise user_error("Only draft journal entries can be cancelled.")
        move["state"] = "cancel"
        self.matching.undo(self.matching.of(self.of(record)))
        self.matching.settle(move)

    def unlink(self, record: int) -> bool:
        """Delete a draft."""
        if self.get(record)["state"] == "posted":
            raise user_error("You can't delete a posted journal item.")
        for line in self.of(record):
            del self.lines[line["id"]]
        del self.moves[record]
        return True

    def pay(self, record: int, amount: Decimal) -> None:
        """Pay a bill in part or whole."""
        self.matching.pay([self.get(record)], amount, "2026-07-20")

    def shown_move(self, move: Row) -> Row:
        """With the fields that Odoo computes for whoever reads."""
        moved = self._moved(move)
        told = (
            f"The date is being set prior to: Global Lock Date ({self._lock(move)}). "
            f"The Journal Entry will be accounted on {moved} upon posting."
        )
        return {
            **move,
            "tax_lock_date_message": told if moved else False,
            "commercial_partner_id": move["partner_id"],
        }

    def linked(self, name: str, value: Any) -> Any:
        """A reference as Odoo shows it."""
        model = {"currency_id": "res.currency", "company_id": "res.company"}.get(name)
        names = {row["id"]: row.get("name", "") for row in self.tables[model]} if model else {}
        return [int(value), names.get(int(value), "")] if value else False

    def _enter(self, move: Row, lines: list[Row]) -> None:
        places = seed.CURRENCIES[move["currency_id"][0]][1]
        side = -1 if move["move_type"] == "in_refund" else 1
        for line in lines:
            quantity = _round(Decimal(str(line["quantity"])), seed.QUANTITY_DIGITS)
            price = Decimal(str(line["price_unit"]))
            if self.price_digits is not None:
                price = _round(price, self.price_digits)
            told = {name: line[name] for name in ("name", "tax_ids", "analytic_distribution")}
            told |= {name: [int(line[name]), ""] for name in _ORDERED if line.get(name)}
            booked = side * _round(price * quantity, places)
            self._item(
                move, "product", line["account_id"], booked, quantity=quantity, price_unit=price, **told
            )
        self._compute_taxes(move)
        self._item(move, "payment_term", self._account(move, seed.PAYABLE), Decimal(0))
        self._total(move)
        if move["invoice_payment_term_id"]:
            due = datetime.date.fromisoformat(move["invoice_date"]) + datetime.timedelta(days=_TERM_DAYS)
            move["invoice_date_due"] = due.isoformat()

    def _compute_taxes(self, move: Row) -> None:
        places = seed.CURRENCIES[move["currency_id"][0]][1]
        products = [line for line in self.of(move["id"]) if line["display_type"] == "product"]
        for tax in self.tables["account.tax"]:
            base = sum(
                (line["amount_currency"] for line in products if tax["id"] in line["tax_ids"]), Decimal(0)
            )
            booked = _round(base * tax["amount"] / 100, places)
            own = [
                line
                for line in self.of(move["id"])
                if line["tax_line_id"] and line["tax_line_id"][0] == tax["id"]
            ]
            for line in own:
                line["amount_currency"] = booked
            if booked and not own:
                part = tax["invoice_repartition_line_ids"][1]
                (account,) = (
                    row["account_id"][0]
                    for row in self.tables["account.tax.repartition.line"]
                    if row["id"] == part
                )
                self._item(
                    move, "tax", account, booked, name=tax["name"], tax_line_id=[tax["id"], tax["name"]]
                )
            for line in own if not booked else []:
                del self.lines[line["id"]]

    def _item(self, move: Row, kind: str, account: int, booked: Decimal, **more: Any) -> None:
        record = next(self._ids)
        self.lines[record] = {
            "id": record, "move_id": [move["id"], ""], "display_type": kind, "account_id": [account, ""],
            "amount_currency": booked, "name": False, "tax_line_id": False, "tax_ids": [],
            "analytic_distribution": False, "currency_id": move["currency_id"], "quantity": Decimal(0),
            "price_unit": Decimal(0), "purchase_line_id": False, "product_id": False, "product_uom_id": False,
            **more,
        }  # fmt: skip

    def _total(self, move: Row) -> None:
        items = self.of(move["id"])
        side = -1 if move["move_type"] == "in_refund" else 1
        whole = sum(
            (line["amount_currency"] for line in items if line["display_type"] != "payment_term"), Decimal(0)
        )
        taxes = sum((line["amount_currency"] for line in items if line["tax_line_id"]), Decimal(0))
        for line in items:
            line["parent_state"] = move["state"]
            if line["display_type"] == "payment_term":
                line["amount_currency"] = -whole
        move.update(amount_total=side * whole, amount_tax=side * taxes)
        self.matching.settle(move)

    def _reconcile(self, note: Row, bill: Row) -> None:
        if bill["state"] != "posted" or bill["payment_state"] != "not_paid":
            return
        self.matching.match_all([*self.matching.owed(note), *self.matching.owed(bill)])

    def _account(self, move: Row, code: str) -> int:
        company = move["company_id"][0]
        (account,) = (
            row["id"]
            for row in self.tables["account.account"]
            if row["code"] == code and company in (row.get("company_ids") or row["company_id"])
        )
        return int(account)

    def _lock(self, move: Row) -> str:
        (company,) = (row for row in self.tables["res.company"] if row["id"] == move["company_id"][0])
        lock = str(company.get("user_fiscalyear_lock_date") or company.get("fiscalyear_lock_date"))
        return lock if lock[0] == "2" else "0001-01-01"

    def _moved(self, move: Row) -> str | None:
        """Where a locked day goes: to the end of the first open month."""
        lock = self._lock(move)
        if not move["date"] or move["date"] > lock:
            return None
        first = datetime.date.fromisoformat(lock) + datetime.timedelta(days=1)
        following = (first.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
        return (following - datetime.timedelta(days=1)).isoformat()


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")


def _round(amount: Decimal, places: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
