"""Tryton as the kit's world: its accountant, its administrator, and PostgreSQL behind its back."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from coupa_erp.tryton.hook import TrytonHook
from coupa_erp.tryton.transport import TrytonTransport
from include.erp_port import ErpDocument
from include.soak.desk import Accountant
from tests.erp_kit.refusal_tests import UNKNOWN
from tests.erp_kit.world import Altered, Books, TaxCode, Traits, World
from tests.tryton.ledger import Ledger

#: As a module of a customer's would: what comes in is changed before it is stored.
_ALTERED = {
    "amount": ("account_invoice_line", "NEW.unit_price := NEW.unit_price + 1"),
    "account": (
        "account_invoice_line",
        """NEW.account := (select other.id from account_account other join account_account own
            on own.company = other.company where own.id = NEW.account and other.code = '6700')""",
    ),
    "date": ("account_invoice", "NEW.invoice_date := NEW.invoice_date + 1"),
}
_TRIGGER = """
    create function alter_{what}() returns trigger as $$ begin
        if exists (select from altering where what = '{what}') then {change}; end if; return NEW;
    end $$ language plpgsql;
    create trigger alter_{what} before insert on {table} for each row execute function alter_{what}()
"""
_STATES = {"validated": "draft"}


class TrytonWorld(World):
    """A database of a real Tryton.

    :param ledger: its books.
    :param open_hook: makes hooks.
    :param accountant: at Tryton's client.
    :param administrator: the transport of Tryton's administrator.
    """

    books = Books(
        company="US01",
        suppliers=("V000311", "V000316"),
        currency="USD",
        accounts=("6500", "6800", "6600"),
        payable="2100",
        tax=TaxCode("V18", "1410"),
        deducted=TaxCode("WHT10", "2420"),
        dimension=("cost_center", "CA100"),
        payment_term="Net 30",
        currencies={"JPY": 0, "KWD": 3},
        open_day=datetime.date(2026, 3, 5),
        closed_day=datetime.date(2026, 1, 15),
        first_open_day=datetime.date(2026, 2, 1),
        closing_day=datetime.date(2026, 5, 12),
    )
    traits = Traits(
        amends="re_enters",
        drafts=True,
        foresees=frozenset({"PERIOD_CLOSED", *(f"{what}_UNKNOWN" for what in UNKNOWN)}),
    )
    #: A create writes the draft, the claim, the posting, and releases the claim; an amendment the draft, the
    #: claim, a validation that is refused as similar, the next one, the old one's cancellation, the posting.
    moments = {  # noqa: RUF012
        "create": (1, 2, 3),
        "create overtaken": (1, 2, 3, 4),
        "amend": (1, 2, 4, 5, 6),
        "amend discarded": (1, 4),
        "amend overtaken": (2, 4, 5, 6),
    }

    def __init__(
        self,
        ledger: Ledger,
        open_hook: Callable[..., TrytonHook],
        accountant: Accountant,
        administrator: TrytonTransport,
    ) -> None:
        self.ledger, self._open, self._accountant, self._administrator = (
            ledger,
            open_hook,
            accountant,
            administrator,
        )
        self._rules_are_there = False
        self.address = ledger.server.url
        self.secret = ledger.server.export_key
        (self._company,) = administrator.search(
            "company.company", [["party.code", "=", "US01"]], ["currency"]
        )

    def open_hook(
        self, address: str | None = None, *, secret: str | None = None, impatient: bool = False
    ) -> TrytonHook:
        patience = {"timeout_seconds": 2, "lock_seconds": 0.05} if impatient else {}
        return self._open(key=secret, address=address, **patience)

    def writes(self, method: str, path: str) -> bool:
        """A question, and a warning passed by its name, change no document."""
        return method != "GET" and not path.endswith(("/get_access", "/get_preferences", "/skip"))

    def pay(self, document: ErpDocument, *, whole: bool) -> Decimal:
        return Decimal(self._does("pay", key=document.key, share="1" if whole else "0.5"))

    def cancel(self, document: ErpDocument) -> None:
        self.remove(document.erp_id)

    def enter(self, supplier: str, number: str) -> str:
        search = self._administrator.search
        company = self._company["id"]
        (party,) = search("party.party", [["code", "=", supplier]], ["addresses.id"])
        (payable,) = search(
            "account.account", [["code", "=", "2100"], ["company", "=", company]], ["id"], company=company
        )
        (journal,) = search("account.journal", [["type", "=", "expense"]], ["id"])
        values = {
            "type": "in",
            "company": company,
            "party": party["id"],
            "invoice_address": party["addresses"][0]["id"],
            "account": payable["id"],
            "currency": self._company["currency"],
            "journal": journal["id"],
            "reference": number,
            "description": "typed by hand",
            "invoice_date": self.books.open_day,
        }
        return str(self._administrator.create("account.invoice", values, company=company))

    def remove(self, erp_id: str) -> None:
        self._administrator.press("account.invoice", int(erp_id), "cancel", company=self._company["id"])

    def edit_draft(self, document: ErpDocument) -> None:
        self._administrator._send("PUT", f"account.invoice/{document.erp_id}", body={"payment_term": None})

    def close_period(self, day: datetime.date) -> None:
        self._does("close_period", company="US01", day=day.isoformat())

    @contextmanager
    def altering(self, what: Altered) -> Iterator[None]:
        with self.ledger.server.postgres.session(self.ledger.database) as cursor:
            if not self._rules_are_there:
                cursor.execute("create table altering (what text); grant select on altering to public")
                for name, (table, change) in _ALTERED.items():
                    cursor.execute(_TRIGGER.format(what=name, table=table, change=change))
                self._rules_are_there = True
            cursor.execute("insert into altering values (%s)", (what,))
            try:
                yield
            finally:
                cursor.execute("delete from altering")

    def attach_by_hand(self, document: ErpDocument, name: str, content: bytes) -> None:
        data = {"__class__": "bytes", "base64": base64.b64encode(content).decode()}
        values = {
            "resource": f"account.invoice,{document.erp_id}",
            "type": "data",
            "name": name,
            "data": data,
        }
        self._administrator.create("ir.attachment", values)

    def files(self, document: ErpDocument) -> list[tuple[str, bytes]]:
        rows = self._administrator.search(
            "ir.attachment",
            [["resource", "=", f"account.invoice,{document.erp_id}"]],
            ["name", "data"],
        )
        return [(row["name"], base64.b64decode(row["data"]["base64"])) for row in rows]

    def states(self, key: str) -> list[str]:
        return sorted(_STATES.get(state, state) for state in self.ledger.states(key))

    def balances(self, key: str) -> dict[str, Decimal]:
        return self.ledger.postings_in_currency(key) or self.ledger.postings(key)

    def leftovers(self, key: str) -> list[str]:
        return [f"a claim for draft {draft}" for (draft,) in self.ledger.claims(key)]

    def _does(self, what: str, **details: str) -> str:
        done, said = self._accountant.does(what, **details)
        assert done, said
        return said
