"""What is matched with what: payments, bank lines, credit notes, and what Odoo makes of a bill by it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.odoo.stand_in import seed
from tests.odoo.stand_in.tables import Row, user_error

if TYPE_CHECKING:
    from tests.odoo.stand_in.moves import Moves

_PAID_BY = {"in_invoice": "in_refund", "in_refund": "entry"}


class Matching:
    """The partial reconciliations, and the entries of payments and banks.

    :param moves: the documents.
    """

    def __init__(self, moves: Moves) -> None:
        self._moves = moves
        self.partials: dict[int, Row] = {}
        self.payments: dict[int, Row] = {}
        self.bank_lines: dict[int, Row] = {}
        self._ids = itertools.count(1)

    def match(self, one: Row, other: Row) -> None:
        """Match two journal items of opposite sides, as far as both are open."""
        debit, credit = (one, other) if one["amount_currency"] > 0 else (other, one)
        amount = min(self.open(debit), self.open(credit))
        if amount <= 0 or debit["amount_currency"] < 0 or credit["amount_currency"] > 0:
            return
        self._add(debit, credit, amount)
        bill, payment = self._moves.get(credit["move_id"][0]), self._moves.get(debit["move_id"][0])
        if bill["currency_id"] != self._own_currency(bill) and bill["date"] < payment["date"]:
            self._exchange(bill, credit, next(reversed(self.partials.values())))

    def match_all(self, lines: list[Row]) -> None:
        """The first open item of one side with the first of the other, and so on."""
        for debit in (line for line in lines if line["amount_currency"] > 0):
            for credit in (line for line in lines if line["amount_currency"] < 0):
                self.match(debit, credit)

    def undo(self, partials: Iterable[int]) -> None:
        """Take matchings away; an exchange difference goes with its own."""
        gone = [self.partials[one] for one in partials if one in self.partials]
        for partial in gone:
            del self.partials[partial["id"]]
            if partial["exchange_move_id"]:
                exchange = partial["exchange_move_id"][0]
                self.undo(self.of(self._moves.of(exchange)))
                self._moves.moves[exchange]["state"] = "cancel"
        for partial in gone:
            for line in (partial["debit_move_id"][0], partial["credit_move_id"][0]):
                self.settle(self._moves.get(self._moves.lines[line]["move_id"][0]))

    def of(self, lines: Iterable[Row]) -> list[int]:
        """The matchings of some journal items."""
        ids = {line["id"] for line in lines}
        return [
            one["id"]
            for one in self.partials.values()
            if {one["debit_move_id"][0], one["credit_move_id"][0]} & ids
        ]

    def owed(self, bill: Row) -> list[Row]:
        """The side of a document that is owed."""
        return [line for line in self._moves.of(bill["id"]) if line["display_type"] == "payment_term"]

    def open(self, line: Row) -> Decimal:
        """What of a journal item is not matched yet."""
        taken = sum(
            (
                one["debit_amount_currency"]
                for one in self.partials.values()
                if line["id"] in (one["debit_move_id"][0], one["credit_move_id"][0])
            ),
            Decimal(0),
        )
        return Decimal(abs(line["amount_currency"]) - taken)

    def settle(self, move: Row) -> None:
        """What Odoo says of a document's payment."""
        if move["move_type"] == "entry":
            return
        self._moves.touch(move)
        owed = self.owed(move)
        others = [self._other(partial, owed) for partial in self.of(owed)]
        move["amount_residual"] = sum((self.open(line) for line in owed), Decimal(0))
        if others and move["amount_residual"]:
            move["payment_state"] = "partial"
        elif others and not any(other["origin_payment_id"] or other["statement_line_id"] for other in others):
            kinds = {other["move_type"] for other in others}
            reverses = _PAID_BY[move["move_type"]]
            move["payment_state"] = (
                "reversed" if reverses in kinds and kinds <= {reverses, "entry"} else "paid"
            )
        else:
            paid = others or (move["state"] == "posted" and not move["amount_total"])
            move["payment_state"] = "paid" if paid else "not_paid"

    def pay(self, bills: list[Row], amount: Decimal, day: str, *, write_off: int | None = None) -> Row:
        """Pay some bills by one payment, what is missing being written off to an account."""
        side = 1 if bills[0]["move_type"] == "in_invoice" else -1
        if any(bill["state"] != "posted" for bill in bills):
            raise user_error("You can only register payment for posted journal entries.")
        owed = [line for bill in bills for line in self.owed(bill)]
        whole = sum((self.open(line) for line in owed), Decimal(0)) if write_off else amount
        company, currency = bills[0]["company_id"], bills[0]["currency_id"]
        payment = {"id": next(self._ids), "state": "paid", "amount": amount, "date": day, "invoice_ids": []}
        entry = self._moves.enter_entry("PBNK1", day, company, currency, [
            (seed.PAYABLE, side * whole), (seed.OUTSTANDING, -side * amount),
            *([(write_off, -side * (whole - amount))] if write_off and whole != amount else []),
        ], origin_payment_id=[payment["id"], ""])  # fmt: skip
        self.payments[payment["id"]] = {
            **payment, "name": entry["name"], "move_id": [entry["id"], entry["name"]],
            "currency_id": currency, "invoice_ids": [bill["id"] for bill in bills],
        }  # fmt: skip
        paying = self._moves.of(entry["id"])[0]
        for line in owed:
            self.match(paying, line)
        return self.payments[payment["id"]]

    def cancel_payment(self, payment: int) -> None:
        """Cancel its entry, which takes it off the bills."""
        row = self.payments[payment]
        row["state"] = "canceled"
        entry = self._moves.get(row["move_id"][0])
        self.undo(self.of(self._moves.of(entry["id"])))
        entry["state"] = "cancel"

    def bank_line(self, amount: Decimal, day: str, company: Row, currency: Row) -> int:
        """A line of a bank statement, whose other side waits on the suspense account."""
        record = next(self._ids)
        entry = self._moves.enter_entry(
            "BNK1", day, company, currency, [(seed.BANK, amount), (seed.SUSPENSE, -amount)],
            statement_line_id=[record, ""],
        )  # fmt: skip
        self.bank_lines[record] = {"id": record, "move_id": [entry["id"], entry["name"]], "amount": amount}
        return record

    def _exchange(self, bill: Row, owed: Row, partial: Row) -> None:
        """The difference of two days' rates, matched with the bill's debt in the company's own currency."""
        entry = self._moves.enter_entry(
            "EXCH", bill["date"], bill["company_id"], bill["currency_id"],
            [(seed.PAYABLE, Decimal(0)), ("6400", Decimal(0))],
        )  # fmt: skip
        partial["exchange_move_id"] = [entry["id"], entry["name"]]
        self._add(self._moves.of(entry["id"])[0], owed, Decimal(0))

    def _add(self, debit: Row, credit: Row, amount: Decimal) -> None:
        record = next(self._ids)
        days = [self._moves.get(line["move_id"][0])["date"] for line in (debit, credit)]
        self.partials[record] = {
            "id": record, "debit_move_id": [debit["id"], ""], "credit_move_id": [credit["id"], ""],
            "debit_amount_currency": amount, "credit_amount_currency": amount, "exchange_move_id": False,
            "max_date": max(days),
        }  # fmt: skip
        for line in (debit, credit):
            self.settle(self._moves.get(line["move_id"][0]))

    def _other(self, partial: int, owed: list[Row]) -> Row:
        sides = [self.partials[partial][f"{side}_move_id"][0] for side in ("debit", "credit")]
        ours = {line["id"] for line in owed}
        other = next(line for line in sides if line not in ours)
        return self._moves.get(self._moves.lines[other]["move_id"][0])

    def _own_currency(self, move: Row) -> Any:
        (company,) = (one for one in self._moves.tables["res.company"] if one["id"] == move["company_id"][0])
        return company["currency_id"]
