"""Odoo as the kit's world: its accountant and administrator, and its books behind the hook's back."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import quote

import psycopg2

from coupa_erp.odoo.connection import read_settings
from coupa_erp.odoo.hook import OdooHook
from include.erp_port import ErpDocument
from include.soak.messages import Message
from tests.erp_kit.refusal_tests import UNKNOWN
from tests.erp_kit.world import Altered, Books, TaxCode, Traits, World
from tests.odoo.client import OdooClient, called_by
from tests.odoo.stand_in.server import ADMINISTRATOR, DATABASE, KEY, StandIn

#: As a module of a customer's would: what comes in is changed before it is stored; of the kit's bill of
#: 118.00 an entry that balances, for Odoo checks that.
_ALTERED = {
    "amount": (
        "account_move_line",
        """if NEW.display_type = 'product' then NEW.balance := NEW.price_unit + 1;
           NEW.amount_currency := NEW.price_unit + 1; end if;
           if NEW.display_type = 'payment_term' then NEW.balance := -119;
           NEW.amount_currency := -119; end if;""",
    ),
    "account": (
        "account_move_line",
        "if NEW.display_type = 'product' then NEW.account_id := {other_account}; end if;",
    ),
    "date": ("account_move", "NEW.invoice_date := NEW.date + 1;"),
}
_TRIGGER = """
    create function altered() returns trigger as $$ begin {change} return NEW; end $$ language plpgsql;
    create trigger altered before insert or update on {table} for each row execute function altered()
"""
_READS = (
    "search_read",
    "fields_get",
    "get_metadata",
    "check_object_reference",
    "has_access",
    "check_access_rights",
    "common/authenticate",
    "common/version",
)


def connection_to(address: str, database: str, key: str, **extra: object) -> SimpleNamespace:
    """A connection as Airflow answers it."""
    return SimpleNamespace(
        conn_id="erp_default", host=address, port=None, schema=database, login="coupa", password=key,
        extra=json.dumps({"sandbox": True, **extra}),
    )  # fmt: skip


def open_hook(connection: SimpleNamespace) -> OdooHook:
    """A hook as a task has it."""
    hook = OdooHook(erp_conn_id="erp_default")
    hook.__dict__["settings"] = read_settings(connection)
    return hook


class OdooWorld(World):
    """A company of an Odoo, as ``docs/odoo.md`` sets it up.

    :param address: of Odoo.
    :param secret: an API key of the export's user.
    :param administrator: an API key of a user who may do everything.
    :param dsn: of Odoo's database, to change what it stores; without it nothing is altered.
    """

    traits = Traits(
        amends="in_place",
        drafts=True,
        foresees=frozenset({"PERIOD_CLOSED", *(f"{what}_UNKNOWN" for what in UNKNOWN)}),
    )
    fixed_books = Books(
        company="US01",
        suppliers=("V000311", "V000316"),
        currency="USD",
        accounts=("6400", "6405", "6410"),
        payable="211000",
        tax=TaxCode("V18", "1400"),
        deducted=TaxCode("WHT10", "2400"),
        dimension=("cost_center", "CA100"),
        payment_term="Net 30",
        currencies={"JPY": 0, "KWD": 3},
        open_day=datetime.date(2026, 6, 5),
        closed_day=datetime.date(2026, 1, 15),
        first_open_day=datetime.date(2026, 2, 1),
        closing_day=datetime.date(2026, 2, 12),
    )

    def __init__(self, address: str, database: str, secret: str, administrator: str, dsn: str) -> None:
        self.address, self.database, self.secret, self.dsn = address, database, secret, dsn
        self.cannot = {} if dsn else {"altering": "COUPA_ERP_KIT_ODOO_DSN names no database to alter"}
        self.admin = OdooClient(address, database, administrator)
        (self.company,) = (
            row
            for row in self.admin.search("res.company", [], "partner_id", "currency_id")
            if self.admin.search("res.partner", [["id", "=", row["partner_id"][0]]], "ref")[0]["ref"]
            == "US01"
        )
        self._in = {"context": {"allowed_company_ids": [self.company["id"]]}}
        self.reopen()

    @property
    def books(self) -> Books:  # type: ignore[override]
        """The lock date goes one way, so the first open day goes with it."""
        return replace(self.fixed_books, first_open_day=self._locked + datetime.timedelta(days=1))

    def open_hook(
        self,
        address: str | None = None,
        *,
        secret: str | None = None,
        impatient: bool = False,
        **extra: object,
    ) -> OdooHook:
        patience = {"timeout_seconds": 2, "lock_seconds": 0.05} if impatient else {}
        settings = {**patience, **extra}
        return open_hook(
            connection_to(address or self.address, self.database, secret or self.secret, **settings)
        )

    def writes(self, method: str, path: str) -> bool:
        return method != "GET" and not path.endswith(_READS)

    def path_of(self, request: Message) -> str:
        return called_by(request)

    def pay(self, document: ErpDocument, *, whole: bool) -> Decimal:
        record = int(document.erp_id)
        amount = document.total if whole else document.total / 2
        context = {**self._in["context"], "active_model": "account.move", "active_ids": [record]}
        values = {"payment_date": "2026-07-20", "amount": float(amount)}
        wizard = self.admin.call("account.payment.register", "create", vals_list=[values], context=context)
        self.admin.call("account.payment.register", "action_create_payments", ids=wizard, context=context)
        return amount

    def cancel(self, document: ErpDocument) -> None:
        self.admin.call("account.move", "button_cancel", ids=[int(document.erp_id)], **self._in)

    def enter(self, supplier: str, number: str) -> str:
        (partner,) = self.admin.search("res.partner", [["ref", "=", supplier]], "ref")
        values = {
            "move_type": "in_invoice",
            "partner_id": partner["id"],
            "ref": number,
            "invoice_date": self.books.open_day.isoformat(),
        }
        (record,) = self.admin.call("account.move", "create", vals_list=[values], **self._in)
        return str(record)

    def remove(self, erp_id: str) -> None:
        self.admin.call("account.move", "button_cancel", ids=[int(erp_id)], **self._in)

    def edit_draft(self, document: ErpDocument) -> None:
        self.rewrite(document, invoice_payment_term_id=False)

    def rewrite(self, document: ErpDocument, **values: object) -> None:
        """Change fields of a document as a person with all rights."""
        self.admin.call("account.move", "write", ids=[int(document.erp_id)], vals=values, **self._in)

    def reversals(self, document: ErpDocument) -> list[dict[str, object]]:
        """The entries that reverse a document."""
        return self.admin.search(
            "account.move",
            [["reversed_entry_id", "=", int(document.erp_id)]],
            "state", "date", "invoice_date", **self._in,
        )  # fmt: skip

    def close_period(self, day: datetime.date) -> None:
        following = (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
        self._lock(max(self._locked, following - datetime.timedelta(days=1)))

    @contextmanager
    def altering(self, what: Altered) -> Iterator[None]:
        other = self.books.accounts[1]
        (account,) = self.admin.search("account.account", [["code", "=", other]], "code", **self._in)
        table, change = _ALTERED[what]
        change = change.format(other_account=account["id"])
        database = psycopg2.connect(self.dsn)
        database.autocommit = True
        try:
            with database.cursor() as cursor:
                cursor.execute(_TRIGGER.format(table=table, change=change))
            yield
        finally:
            with database.cursor() as cursor:
                cursor.execute("drop function altered cascade")
            database.close()

    def attach_by_hand(self, document: ErpDocument, name: str, content: bytes) -> None:
        values = {
            "res_model": "account.move",
            "res_id": int(document.erp_id),
            "name": name,
            "datas": base64.b64encode(content).decode(),
        }
        self.admin.call("ir.attachment", "create", vals_list=[values], **self._in)

    def files(self, document: ErpDocument) -> list[tuple[str, bytes]]:
        rows = self.admin.search(
            "ir.attachment",
            [["res_model", "=", "account.move"], ["res_id", "=", int(document.erp_id)]],
            "name",
            "datas",
        )
        return [(row["name"], base64.b64decode(str(row["datas"]))) for row in rows]

    def states(self, key: str) -> list[str]:
        rows = self._documents(key)
        notes = self.admin.search(
            "account.move",
            [["reversed_entry_id", "in", [row["id"] for row in rows]], ["state", "=", "posted"]],
            "reversed_entry_id",
        )
        undone = {note["reversed_entry_id"][0] for note in notes}
        return sorted(_state(row, reversed_=row["id"] in undone) for row in rows)

    def due_date(self, document: ErpDocument) -> object:
        """When a document is due."""
        domain = [["id", "=", int(document.erp_id)]]
        return self.admin.search("account.move", domain, "invoice_date_due", **self._in)[0][
            "invoice_date_due"
        ]

    def balances(self, key: str) -> dict[str, Decimal]:
        return self._balances(key, "amount_currency")

    def own_balances(self, key: str) -> dict[str, Decimal]:
        """The same in the company's currency."""
        return self._balances(key, "balance")

    def _balances(self, key: str, field: str) -> dict[str, Decimal]:
        records = [row["id"] for row in self._documents(key)]
        notes = self.admin.search("account.move", [["reversed_entry_id", "in", records]], "id")
        whole = [*records, *(row["id"] for row in notes)]
        lines = self.admin.search(
            "account.move.line",
            [["move_id", "in", whole], ["parent_state", "=", "posted"]],
            "account_id", field, **self._in,
        )  # fmt: skip
        codes = {
            row["id"]: row["code"]
            for row in self.admin.search(
                "account.account",
                [["id", "in", [line["account_id"][0] for line in lines]]],
                "code",
                **self._in,
            )
        }
        sums: dict[str, Decimal] = {}
        for line in lines:
            code = codes[line["account_id"][0]]
            sums[code] = sums.get(code, Decimal(0)) + round(Decimal(line[field]), 6)
        return {code: amount for code, amount in sums.items() if amount}

    def _documents(self, key: str) -> list[Mapping[str, object]]:
        """By the register of external ids, which the administrator may read."""
        start = quote(key, safe="").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        named = self.admin.search(
            "ir.model.data",
            [["module", "=", "coupa_export"], ["name", "=like", f"{start}!%"]],
            "name",
            "res_id",
        )
        records = [row["res_id"] for row in named if row["name"].count("!") == 1]
        return self.admin.search(
            "account.move", [["id", "in", records]], "state", "payment_state", **self._in
        )

    def reopen(self) -> None:
        """Open what tests closed."""
        self._lock(datetime.date(2026, 1, 31))

    def _lock(self, day: datetime.date) -> None:
        self._locked = day
        values = {"fiscalyear_lock_date": day.isoformat()}
        self.admin.call("res.company", "write", ids=[self.company["id"]], vals=values)


class StandInWorld(OdooWorld):
    """The stand-in, which is altered from within.

    :param odoo: the stand-in.
    """

    def __init__(self, odoo: StandIn, address: str) -> None:
        super().__init__(address, DATABASE, KEY, ADMINISTRATOR, dsn="altered from within")
        self._odoo = odoo

    @contextmanager
    def altering(self, what: Altered) -> Iterator[None]:
        def alter(move: dict[str, object], lines: list[dict[str, object]]) -> None:
            product = next(line for line in lines if line["display_type"] == "product")
            if what == "amount":
                product["amount_currency"] += 1
            elif what == "account":
                product["account_id"] = [102, ""]
            else:
                move["invoice_date"] = "2026-06-06"

        self._odoo.moves.altering = alter
        try:
            yield
        finally:
            self._odoo.moves.altering = None


def _state(row: Mapping[str, object], *, reversed_: bool) -> str:
    if row["state"] == "cancel" or (row["state"] == "posted" and reversed_):
        return "cancelled"
    if row["state"] == "posted" and row["payment_state"] in ("paid", "in_payment"):
        return "paid"
    return str(row["state"])
