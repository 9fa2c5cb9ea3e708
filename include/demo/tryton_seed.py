"""Fill an empty database with Tryton's modules and :mod:`include.demo.tryton_world`.

Runs in Tryton's environment, straight on its models, in one process: ::

    python -m include.demo.tryton_seed <trytond.conf> <database>

with the admin's password in the file that ``TRYTONPASSFILE`` names and the export's REST key in the file that
``EXPORT_KEY_FILE`` names. Everything after the modules' activation is one transaction.
"""

from __future__ import annotations

import datetime
import os
import sys
from argparse import Namespace
from decimal import Decimal
from pathlib import Path
from typing import Any

from include.demo import tryton_world as world

#: Tables that Tryton locks when it checks what it writes. Named from the start, or it begins anew for each.
_LOCKED_TABLES = ("account_fiscalyear", "account_period", "account_journal_period", "account_move")


def main(configuration: str, database: str) -> None:
    """Activate the modules, then fill the books.

    :param configuration: the path of ``trytond.conf``.
    :param database: an existing, empty database.
    """
    from trytond import config  # noqa: PLC0415 - trytond reads its configuration when it is imported

    config.update_etc([configuration])
    from trytond import admin  # noqa: PLC0415
    from trytond.pool import Pool  # noqa: PLC0415
    from trytond.transaction import Transaction, TransactionError  # noqa: PLC0415

    admin.run(_activation(database))
    export_key = Path(os.environ["EXPORT_KEY_FILE"]).read_text()
    locks: dict[str, Any] = {"_lock_tables": list(_LOCKED_TABLES)}
    while True:
        with Transaction().start(database, 0, **locks) as transaction:
            try:
                Seed(Pool(), transaction, export_key).run()
            except TransactionError as error:  # names a table that the next attempt locks from its start
                transaction.rollback()
                error.fix(locks)
            else:
                return


def _activation(database: str) -> Namespace:
    """The options of ``trytond-admin --update … --activate-dependencies --no-indexes``."""
    return Namespace(
        database_names=[database],
        update=list(world.MODULES),
        activatedeps=True,
        indexes=False,  # they serve large tables, and cost a tenth of the time
        update_modules_list=False,
        languages=[],
        login=world.ADMIN_LOGIN,
        administrator=True,
        active=True,
        email="",
        password=False,
        reset_password=False,
        hostname=None,
        test_email=None,
        export_translations=False,
        validate=None,
        validate_percentage=100,
    )


class Seed:
    """One pass over the world, inside one transaction.

    :param pool: trytond's registry of models.
    :param transaction: the running transaction.
    :param export_key: the REST key of the export's user.
    """

    def __init__(self, pool: Any, transaction: Any, export_key: str) -> None:
        self.pool = pool
        self.transaction = transaction
        self.export_key = export_key

    def run(self) -> None:
        """Create everything, shared things first."""
        currencies = self.currencies()
        self.payment_terms()
        companies = [self.company(company, currencies) for company in world.COMPANIES]
        self.suppliers()
        for company, described in zip(companies, world.COMPANIES, strict=True):
            with self.transaction.set_context(company=company.id):
                accounts = self.accounts(company)
                self.defaults(company, accounts)
                self.taxes(company, accounts)
                self.cost_centers(company)
                self.bank(company, accounts)
                self.fiscal_years(company, described.code)
        self.users(companies)

    def create(self, model: str, values: list[dict[str, Any]]) -> list[Any]:
        """Create records, as every client does: with Tryton's own checks."""
        return list(self.pool.get(model).create(values))

    def one(self, model: str, **values: Any) -> Any:
        """Create one record."""
        return self.create(model, [values])[0]

    def id_of(self, module: str, name: str) -> int:
        """The id of a record that a module brings along."""
        return int(self.pool.get("ir.model.data").get_id(module, name))

    def currencies(self) -> dict[str, int]:
        """The currencies with one rate each."""
        created = self.create(
            "currency.currency",
            [
                {
                    "code": currency.code,
                    "name": currency.name,
                    "digits": currency.digits,
                    "rounding": Decimal(1).scaleb(-currency.digits),
                    "rates": [("create", [{"date": world.RATES_FROM, "rate": currency.rate}])],
                }
                for currency in world.CURRENCIES
            ],
        )
        return {currency.code: currency.id for currency in created}

    def payment_terms(self) -> None:
        """Everything due after some days."""
        for name, days in world.PAYMENT_TERMS:
            deltas = [("create", [{"days": days}])]
            self.one(
                "account.invoice.payment_term",
                name=name,
                lines=[("create", [{"type": "remainder", "relativedeltas": deltas}])],
            )

    def company(self, company: world.Company, currencies: dict[str, int]) -> Any:
        """A company and its party."""
        party = self.one(
            "party.party",
            name=company.name,
            code=company.code,
            addresses=[("create", [{"street_unstructured": "1 Main Street"}])],
        )
        return self.one("company.company", party=party.id, currency=currencies[company.currency])

    def suppliers(self) -> None:
        """The suppliers, shared by the companies; their payable account is each company's default."""
        countries = self.pool.get("country.country")
        codes = {supplier.country for supplier in world.SUPPLIERS}
        known = {country.code: country.id for country in countries.search([("code", "in", list(codes))])}
        for code in sorted(codes - set(known)):
            known[code] = self.one("country.country", name=code, code=code).id
        self.create(
            "party.party",
            [
                {
                    "name": supplier.name,
                    "code": supplier.code,
                    "addresses": [
                        (
                            "create",
                            [{"city": supplier.city, "country": known[supplier.country], "invoice": True}],
                        )
                    ],
                }
                for supplier in world.SUPPLIERS
            ],
        )

    def accounts(self, company: Any) -> dict[str, int]:
        """The chart of accounts, below one root, with a type for each kind."""
        roots = {
            statement: self.one("account.account.type", name=name, statement=statement, company=company.id).id
            for statement, name in (("balance", "Balance sheet"), ("income", "Income statement"))
        }
        types = {
            kind: self.one(
                "account.account.type",
                name=described.name,
                statement=described.statement,
                parent=roots[described.statement],
                company=company.id,
                **dict.fromkeys(described.flags, True),
            ).id
            for kind, described in world.ACCOUNT_TYPES.items()
        }
        root = self.one("account.account", name="Chart of accounts", company=company.id).id
        personal = {"payable", "receivable"}
        created = self.create(
            "account.account",
            [
                {
                    "code": account.code,
                    "name": account.name,
                    "type": types[account.kind],
                    "parent": root,
                    "company": company.id,
                    "end_date": account.end_date,
                    "reconcile": account.kind in personal,
                    "party_required": account.kind in personal,
                }
                for account in world.ACCOUNTS
            ],
        )
        return {account.code: account.id for account in created}

    def defaults(self, company: Any, accounts: dict[str, int]) -> None:
        """A company's accounts for parties without their own, and for what its own currency cannot hold."""
        configuration = self.pool.get("account.configuration")(1)
        for setting, account in (
            ("default_account_payable", world.PAYABLE),
            ("default_account_receivable", world.RECEIVABLE),
            # Each line of a bill in another currency is converted and rounded by itself; the cent that is
            # left goes here, and without these accounts Tryton refuses to post.
            ("currency_exchange_debit_account", world.EXCHANGE),
            ("currency_exchange_credit_account", world.EXCHANGE),
        ):
            configuration.set_multivalue(setting, accounts[account], company=company.id)

    def taxes(self, company: Any, accounts: dict[str, int]) -> None:
        """The taxes; invoices and credit notes of one tax meet on one account."""
        self.create(
            "account.tax",
            [
                {
                    "name": f"{tax.code} ({tax.rate * 100:g} %)",
                    "description": tax.code,
                    "type": "percentage",
                    "rate": tax.rate,
                    "company": company.id,
                    "invoice_account": accounts[tax.account],
                    "credit_note_account": accounts[tax.account],
                }
                for tax in world.TAXES
            ],
        )

    def cost_centers(self, company: Any) -> None:
        """The analytic axis."""
        root = self.one(
            "analytic_account.account",
            name=world.COST_CENTER_AXIS,
            type="root",
            state="opened",
            company=company.id,
        ).id
        self.create(
            "analytic_account.account",
            [
                {
                    "name": code,
                    "code": code,
                    "type": "normal",
                    "state": "opened",
                    "root": root,
                    "parent": root,
                    "company": company.id,
                }
                for code in world.COST_CENTERS
            ],
        )

    def bank(self, company: Any, accounts: dict[str, int]) -> None:
        """What it takes to pay an invoice."""
        self.one(
            "account.invoice.payment.method",
            name="Bank transfer",
            company=company.id,
            journal=self.id_of("account", "journal_cash"),
            debit_account=accounts[world.BANK],
            credit_account=accounts[world.BANK],
        )

    def fiscal_years(self, company: Any, code: str) -> None:
        """Years with monthly periods, up to the next one, so that a server may run over New Year."""
        last = max(world.BOOKS_OPEN_FROM.year, datetime.date.today().year) + 1  # noqa: DTZ011 - the books' own day
        for year in range(world.FIRST_YEAR, last + 1):
            self.fiscal_year(company, code, year)
        periods = self.pool.get("account.period")
        periods.close(
            periods.search([("end_date", "<", world.BOOKS_OPEN_FROM), ("company", "=", company.id)])
        )

    def fiscal_year(self, company: Any, code: str, year: int) -> None:
        """A year; its sequences are its own, so that the companies' numbers do not wait for each other."""
        moves = self.sequence(company, "account", "sequence_type_account_move", f"MOVE-{code}-{year}-")
        bills, credit_notes, others = (
            self.sequence(company, "account_invoice", "sequence_type_account_invoice", prefix)
            for prefix in (f"BILL-{code}-{year}-", f"CRED-{code}-{year}-", f"OUT-{code}-{year}-")
        )
        fiscal_year = self.one(
            "account.fiscalyear",
            name=f"{code} {year}",
            start_date=datetime.date(year, 1, 1),
            end_date=datetime.date(year, 12, 31),
            company=company.id,
            move_sequence=moves,
            invoice_sequences=[
                (
                    "create",
                    [
                        {
                            "company": company.id,
                            "in_invoice_sequence": bills,
                            "in_credit_note_sequence": credit_notes,
                            "out_invoice_sequence": others,
                            "out_credit_note_sequence": others,
                        }
                    ],
                )
            ],
        )
        self.pool.get("account.fiscalyear").create_period([fiscal_year])

    def sequence(self, company: Any, module: str, sequence_type: str, prefix: str) -> int:
        """A gapless sequence, as Tryton requires of the books."""
        sequence = self.one(
            "ir.sequence.strict",
            name=prefix.rstrip("-"),
            prefix=prefix,
            padding=5,
            company=company.id,
            sequence_type=self.id_of(module, sequence_type),
        )
        return int(sequence.id)

    def users(self, companies: list[Any]) -> None:
        """The administrator sees both companies; the export's user has its key and few rights."""
        users = self.pool.get("res.user")
        everywhere = {
            "companies": [("add", [company.id for company in companies])],
            "company": companies[0].id,
            # "one" would hide the other companies from a REST client, whatever company its context names.
            "company_filter": "all",
        }
        (administrator,) = users.search([("login", "=", world.ADMIN_LOGIN)])
        groups = self.pool.get("res.group").search([])
        users.write([administrator], {**everywhere, "groups": [("add", [group.id for group in groups])]})
        own_group = self.export_group()
        export = self.one(
            "res.user",
            login=world.EXPORT_LOGIN,
            name="Coupa export",
            groups=[("add", [own_group, *(self.id_of(*group) for group in world.EXPORT_GROUPS)])],
            **everywhere,
        )
        self.one(
            "res.user.application",
            user=export.id,
            application="rest",
            key=self.export_key,
            state="validated",
        )

    def export_group(self) -> int:
        """What the export needs beyond Tryton's own group of accountants."""
        rights = ("read", "write", "create", "delete")
        access = [
            {"model": model, **{f"perm_{right}": right in granted for right in rights}}
            for model, granted in world.EXPORT_RIGHTS.items()
        ]
        group = self.one("res.group", name="Coupa export", model_access=[("create", access)])
        return int(group.id)


if __name__ == "__main__":
    main(*sys.argv[1:])
