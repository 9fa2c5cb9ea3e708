"""An accountant who pays, matches and takes back at Odoo's own screens."""

from __future__ import annotations

from decimal import Decimal

from include.erp_port import ErpDocument
from tests.odoo.world import OdooWorld

PAY_DAY, NEXT_DAY = "2026-07-20", "2026-07-21"
_MOVE, _LINE, _PAYMENT = "account.move", "account.move.line", "account.payment"


class Cashier:
    """Pays the documents of a world.

    :param world: an Odoo.
    """

    def __init__(self, world: OdooWorld) -> None:
        self._admin = world.admin
        self._world = world
        self._in = {"allowed_company_ids": [world.company["id"]]}

    def pay(
        self, *documents: ErpDocument, amount: str | None = None, day: str = PAY_DAY, **more: object
    ) -> int:
        """Pay documents by one payment, the whole of them without an amount; its id."""
        values = {"payment_date": day, **({} if amount is None else {"amount": float(amount)}), **more}
        if len(documents) > 1:
            values["group_payment"] = True
        context = {**self._in, "active_model": _MOVE, "active_ids": [int(one.erp_id) for one in documents]}
        wizard = self._call("account.payment.register", "create", vals_list=[values], context=context)
        self._call("account.payment.register", "action_create_payments", ids=wizard, context=context)
        (newest,) = self._admin.search(_PAYMENT, [], "name", order="id desc", limit=1)
        return int(str(newest["id"]))

    def pay_and_write_off(self, document: ErpDocument, amount: str) -> int:
        """Pay less, and be content with it."""
        handling = {"payment_difference_handling": "reconcile", "writeoff_account_id": self._cost()}
        return self.pay(document, amount=amount, **handling)

    def cancel(self, payment: int) -> None:
        """Cancel a payment."""
        self._call(_PAYMENT, "action_cancel", ids=[payment])

    def unmatch(self, document: ErpDocument) -> None:
        """Take off a document whatever it is matched with."""
        (line,) = self._owed(document)
        either = ["|", ["debit_move_id", "=", line], ["credit_move_id", "=", line]]
        for partial in self._search("account.partial.reconcile", either):
            self._call(_MOVE, "js_remove_outstanding_partial", ids=[int(document.erp_id)], partial_id=partial)

    def pay_from_bank(self, *documents: ErpDocument, amount: str, day: str = NEXT_DAY) -> None:
        """Match a line of the bank's statement with documents."""
        journal = self._bank()
        values = {"journal_id": journal, "date": day, "payment_ref": "TRANSFER", "amount": -float(amount)}
        (record,) = self._call("account.bank.statement.line", "create", vals_list=[values])
        (row,) = self._admin.search(
            "account.bank.statement.line", [["id", "=", record]], "move_id", context=self._in
        )
        lines = self._admin.search(
            _LINE, [["move_id", "=", row["move_id"][0]]], "account_type", context=self._in
        )
        (waiting,) = (line["id"] for line in lines if line["account_type"] != "asset_cash")
        owed = [line for document in documents for line in self._owed(document)]
        (payable,) = {
            line["account_id"][0]
            for line in self._admin.search(_LINE, [["id", "in", owed]], "account_id", context=self._in)
        }
        self._call(_LINE, "write", ids=[waiting], vals={"account_id": payable})
        self._call(_LINE, "reconcile", ids=[waiting, *owed])

    def net(self, bill: ErpDocument, credit: ErpDocument) -> None:
        """Set a bill off against a credit note."""
        self._call(_LINE, "reconcile", ids=[*self._owed(credit), *self._owed(bill)])

    def write_off(self, document: ErpDocument, amount: str) -> None:
        """Take the rest of a bill's debt off by an entry of its own."""
        (owed,) = self._admin.search(
            _LINE, [["id", "in", self._owed(document)]], "account_id", context=self._in
        )
        lines = [
            {
                "account_id": owed["account_id"][0],
                "debit": float(amount),
                "partner_id": self._partner(document),
            },
            {"account_id": self._cost(), "credit": float(amount)},
        ]
        values = {"move_type": "entry", "date": PAY_DAY, "line_ids": [[0, 0, line] for line in lines]}
        (entry,) = self._call(_MOVE, "create", vals_list=[values])
        self._call(_MOVE, "action_post", ids=[entry])
        debit, *_ = self._search(_LINE, [["move_id", "=", entry]])
        self._call(_LINE, "reconcile", ids=[debit, *self._owed(document)])

    def order_payment(self, document: ErpDocument, amount: Decimal) -> int:
        """A payment without an entry of its own, as Odoo's accounting app has them."""
        journal = self._bank()
        values = {
            "payment_type": "outbound", "partner_type": "supplier", "partner_id": self._partner(document),
            "amount": float(amount), "date": PAY_DAY, "journal_id": journal,
            "invoice_ids": [[6, 0, [int(document.erp_id)]]],
        }  # fmt: skip
        (payment,) = self._call(_PAYMENT, "create", vals_list=[values])
        self._call(_PAYMENT, "write", ids=[payment], vals={"outstanding_account_id": False})
        self._call(_PAYMENT, "action_post", ids=[payment])
        return int(payment)

    def _partner(self, document: ErpDocument) -> int:
        named = [["id", "=", int(document.erp_id)]]
        (bill,) = self._admin.search(_MOVE, named, "partner_id", context=self._in)
        return int(bill["partner_id"][0])

    def _cost(self) -> int:
        own = ["company_ids", "in", self._in["allowed_company_ids"]]
        if self._world.open_hook().transport.version < 18:
            own = ["company_id", "in", self._in["allowed_company_ids"]]
        (account,) = self._search("account.account", [["code", "=", "6405"], own])
        return account

    def _bank(self) -> int:
        own = ["company_id", "in", self._in["allowed_company_ids"]]
        journal, *_ = self._search("account.journal", [["type", "=", "bank"], own])
        return journal

    def _owed(self, document: ErpDocument) -> list[int]:
        return self._search(
            _LINE, [["move_id", "=", int(document.erp_id)], ["display_type", "=", "payment_term"]]
        )

    def _search(self, model: str, domain: list[object]) -> list[int]:
        return [row["id"] for row in self._admin.search(model, domain, "id", context=self._in, order="id")]

    def _call(self, model: str, method: str, **more: object) -> object:
        return self._admin.call(model, method, **{"context": self._in, **more})
