"""The calls of an accountant who pays, matches and takes back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.odoo.stand_in import seed
from tests.odoo.stand_in.matching import Matching
from tests.odoo.stand_in.moves import MOVE, Moves
from tests.odoo.stand_in.tables import Row

PARTIAL, PAYMENT = "account.partial.reconcile", "account.payment"
BANK_LINE = "account.bank.statement.line"


class Cashing:
    """Payments, bank lines and matchings, as an administrator calls them.

    :param moves: the documents.
    """

    def __init__(self, moves: Moves) -> None:
        self._moves = moves
        self._matching: Matching = moves.matching
        self._asked: list[Row] = []

    def tables(self) -> dict[str, Callable[[], list[Row]]]:
        """The rows of each model."""
        kept = self._matching
        return {
            PARTIAL: lambda: list(kept.partials.values()),
            PAYMENT: lambda: list(kept.payments.values()),
            BANK_LINE: lambda: list(kept.bank_lines.values()),
        }

    def answer(self, model: str, method: str, ids: list[int], context: Row, body: Row) -> list[Any] | None:
        """The answer to a call in a list; ``None`` where the call is none of these."""
        if model == MOVE and method == "create" and body["vals_list"][0]["move_type"] == "entry":
            return [[self._typed(values, context) for values in body["vals_list"]]]
        if model == MOVE and method == "action_post" and self._moves.get(ids[0])["move_type"] == "entry":
            return [False]
        called = getattr(self, f"_{model}_{method}".replace(".", "_"), None)
        return None if called is None else [called(ids, context, **body)]

    def _typed(self, values: Row, context: Row) -> int:
        company = context["allowed_company_ids"][0]
        lines = [
            (line["account_id"], Decimal(str(line.get("debit", 0))) - Decimal(str(line.get("credit", 0))))
            for _, _, line in values["line_ids"]
        ]
        entry = self._moves.enter_entry("MISC", values["date"], *self._whose(company), lines)
        return int(entry["id"])

    def _account_payment_register_create(
        self, ids: list[int], context: Row, vals_list: list[Row]
    ) -> list[int]:
        (values,) = vals_list
        self._asked.append({**values, "bills": context["active_ids"]})
        return [len(self._asked)]

    def _account_payment_register_action_create_payments(self, ids: list[int], context: Row) -> Row:
        asked = self._asked[ids[0] - 1]
        bills = [self._moves.get(bill) for bill in asked["bills"]]
        written_off = asked.get("payment_difference_handling") == "reconcile"
        amount = asked.get("amount", sum(bill["amount_residual"] for bill in bills))
        self._matching.pay(
            bills,
            Decimal(str(amount)),
            asked["payment_date"],
            write_off=asked["writeoff_account_id"] if written_off else None,
        )
        return {}

    def _account_payment_action_cancel(self, ids: list[int], context: Row) -> None:
        self._matching.cancel_payment(ids[0])

    def _account_payment_create(self, ids: list[int], context: Row, vals_list: list[Row]) -> list[int]:
        (values,) = vals_list
        bills = values["invoice_ids"][0][2]
        record = len(self._matching.payments) + 1000
        self._matching.payments[record] = {
            "id": record, "name": f"PAY{record}", "state": "draft", "date": values["date"],
            "amount": Decimal(str(values["amount"])), "move_id": False, "invoice_ids": bills,
            "currency_id": self._moves.get(bills[0])["currency_id"],
        }  # fmt: skip
        return [record]

    def _account_payment_write(self, ids: list[int], context: Row, vals: Row) -> bool:
        assert vals == {"outstanding_account_id": False}
        return True

    def _account_payment_action_post(self, ids: list[int], context: Row) -> None:
        payment = self._matching.payments[ids[0]]
        payment["state"] = "in_process"
        for bill in payment["invoice_ids"]:
            self._moves.touch(self._moves.get(bill))

    def _account_bank_statement_line_create(
        self, ids: list[int], context: Row, vals_list: list[Row]
    ) -> list[int]:
        (values,) = vals_list
        whose = self._whose(context["allowed_company_ids"][0])
        return [self._matching.bank_line(Decimal(str(values["amount"])), values["date"], *whose)]

    def _account_move_line_write(self, ids: list[int], context: Row, vals: Row) -> bool:
        for line in ids:
            self._moves.lines[line]["account_id"] = [vals["account_id"], ""]
        return True

    def _account_move_line_reconcile(self, ids: list[int], context: Row) -> None:
        self._matching.match_all([self._moves.lines[line] for line in ids])

    def _account_move_js_remove_outstanding_partial(
        self, ids: list[int], context: Row, partial_id: int
    ) -> bool:
        self._matching.undo([partial_id])
        return True

    def _whose(self, company: int) -> tuple[Row, Row]:
        currency = seed.COMPANIES[company][2]
        return self._moves.linked("company_id", company), self._moves.linked("currency_id", currency)
