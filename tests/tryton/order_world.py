"""Tryton with its module ``purchase`` as the world of the kit's tests of purchase orders."""

from __future__ import annotations

import hashlib
import os
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

from include.demo.tryton_server import Tryton
from tests.erp_kit.order_world import OrderTraits, OrderWorld
from tests.tryton.world import TrytonWorld

_SCRIPT = Path(__file__).with_name("with_purchases.py")

#: What was billed of an order line, and what it is to be: for a cancelled bill Tryton must wait anew.
_LINES = """
    select line.id, line.quantity, purchase.id,
        coalesce(sum(billed.quantity) filter (where bill.state in ('posted', 'paid')), 0),
        coalesce(sum(billed.quantity) filter (where bill.state is distinct from 'cancelled'), 0)
    from purchase_purchase purchase
    join purchase_line line on line.purchase = purchase.id and line.type = 'line'
    left join account_invoice_line billed on billed.origin = 'purchase.line,' || line.id and not exists (
        select from "purchase_purchase-recreated-account_invoice" named
        where named.purchase = purchase.id and named.invoice = billed.invoice)
    left join account_invoice bill on bill.id = billed.invoice
    where purchase.number = %s
    group by line.id, purchase.id order by line.id
"""


#: Stock moves on bill lines that count, by the order line that each belongs to; and those on another's line.
_LINKED = """
    select own.id, coalesce(sum(move.quantity) filter (where move.origin = line.origin), 0),
        count(*) filter (where move.origin <> line.origin)
    from purchase_purchase purchase
    join purchase_line own on own.purchase = purchase.id and own.type = 'line'
    left join account_invoice_line line on line.origin = 'purchase.line,' || own.id and exists (
        select from account_invoice bill where bill.id = line.invoice and bill.state in ('posted', 'paid'))
    left join "account_invoice_line-stock_move" link on link.invoice_line = line.id
    left join stock_move move on move.id = link.stock_move
    where purchase.number = %s
    group by own.id order by own.id
"""


def template_with_purchases(server: Tryton) -> str:
    """The name of a template of the seeded books with the module, made unless it is there."""
    digest = hashlib.sha256(_SCRIPT.read_bytes()).hexdigest()[:8]
    template, unfinished = f"{server.template}_{digest}", f"{server.template}_purchases"
    if not server.postgres.database_exists(template):
        server.postgres.drop_database(unfinished)
        server.postgres.create_database(unfinished, owner="tryton", template=server.template)
        command = [
            str(server.python),
            str(_SCRIPT),
            str(server.run_dir / "secrets" / "trytond.conf"),
            unfinished,
        ]
        environment = {
            **os.environ,
            "TRYTONPASSFILE": str(server.run_dir / "secrets" / "tryton-admin-password"),
        }
        done = subprocess.run(  # noqa: S603 - our own script in Tryton's environment
            command, capture_output=True, text=True, timeout=300, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr[-2000:]
        server.postgres.freeze_as_template(unfinished, template)
    return template


class TrytonOrderWorld(TrytonWorld, OrderWorld):
    """A database of a real Tryton with purchase orders."""

    order_traits = OrderTraits()
    #: Where the waiting drafts are cleared of the order, and at the posting; an amendment where the old one
    #: is cancelled, or clearing has begun; a void before the order is told, and before it is processed.
    moments = {  # noqa: RUF012
        **TrytonWorld.moments,
        "create against an order": (3, 5),
        "amend to another order line": (7,),
        "amend to no order": (5,),
        "void of an order": (1, 2),
    }

    def purchase_order(self, *quantities: str, supplier: str | None = None, **more: Any) -> str:
        """Confirmed, and so processed: Tryton keeps a draft bill of all of it ready."""
        number = self.order_up_to("confirm", *quantities, supplier=supplier, **more)
        self.rest_is_awaited(number)
        return number

    def order_up_to(
        self,
        last: str | None,
        *quantities: str,
        supplier: str | None = None,
        company: str = "US01",
        currency: str = "USD",
        method: str = "order",
    ) -> str:
        """An order on which no more buttons were pressed than ``quote`` and ``confirm``, if that."""
        search = self._administrator.search
        (owner,) = search("company.company", [["party.code", "=", company]], ["id"])
        (party,) = search(
            "party.party", [["code", "=", supplier or self.books.suppliers[0]]], ["addresses.id"]
        )
        (money,) = search("currency.currency", [["code", "=", currency]], ["id"])
        (product,) = search("product.product", [["code", "=", "TONER"]], ["default_uom"])
        (warehouse,) = search("stock.location", [["type", "=", "warehouse"]], ["id"])
        line = {"type": "line", "product": product["id"], "unit": product["default_uom"]}
        values = {
            "company": owner["id"],
            "party": party["id"],
            "invoice_address": party["addresses"][0]["id"],
            "currency": money["id"],
            "warehouse": warehouse["id"],
            "invoice_method": method,
            "purchase_date": self.books.open_day,
            "lines": [
                [
                    "create",
                    [{**line, "quantity": float(one), "unit_price": Decimal(10)} for one in quantities],
                ]
            ],
        }
        id_ = self._administrator.create("purchase.purchase", values, company=owner["id"])
        for button in {None: [], "quote": ["quote"], "confirm": ["quote", "confirm"]}[last]:
            self._administrator.press("purchase.purchase", id_, button, company=owner["id"])
        (made,) = search("purchase.purchase", [["id", "=", id_]], ["number"])
        return str(made["number"])

    def billed(self, order: str, line: str) -> Decimal:
        self.rest_is_awaited(order)
        self.received_and_billed(order)
        return Decimal(str(self._lines(order)[int(line) - 1][3]))

    def received_and_billed(self, order: str) -> list[Decimal]:
        """For each line of an order, how much of its receipts stands on posted bills of it."""
        rows = self.ledger.rows(_LINKED, order)
        assert not any(strange for *_, strange in rows)
        return [Decimal(str(quantity)) for _, quantity, _ in rows]

    def rest_is_awaited(self, order: str) -> None:
        """Tryton holds bills of exactly what is ordered, its own drafts among them: nothing is owed twice."""
        method, state = self.ledger.rows(
            "select invoice_method, invoice_state from purchase_purchase where number = %s", order
        )[0]
        assert state != "exception"
        if method == "order":
            assert [row[4] for row in self._lines(order)] == [row[1] for row in self._lines(order)]

    def _lines(self, order: str) -> list[Any]:
        return list(self.ledger.rows(_LINES, order))

    def receive(self, order: str, quantity: str) -> None:
        """Book the receipt of a part of what is still to come."""
        moves = self._administrator.search(
            "stock.move",
            [["origin.purchase.number", "=", order, "purchase.line"], ["state", "=", "draft"]],
            ["id"],
        )
        company = self._company["id"]
        self._administrator.write(
            "stock.move", moves[0]["id"], {"quantity": float(quantity)}, company=company
        )
        self._administrator.press("stock.move", moves[0]["id"], "do", company=company)

    def drafts_of(self, order: str) -> list[int]:
        """Tryton's own drafts of an order."""
        return [
            id_
            for (id_,) in self.ledger.rows(
                """select distinct bill.id from account_invoice bill join account_invoice_line line
                on line.invoice = bill.id join purchase_line own on line.origin = 'purchase.line,' || own.id
                join purchase_purchase purchase on purchase.id = own.purchase
                where purchase.number = %s and bill.state = 'draft' and bill.description is null""",
                order,
            )
        ]

    def begin_to_enter(self, draft: int) -> None:
        """A person opens Tryton's draft and types the supplier's number."""
        self._administrator.write(
            "account.invoice", draft, {"reference": "TYPED"}, company=self._company["id"]
        )
