"""The books that the demo and the tests post into: what stands in Tryton before the first invoice.

Plain tables without an import of their own: the seed, which runs in Tryton's environment, and the tests,
which run in Airflow's, both read them. Suppliers, accounts and tax codes are those of
``include/mapping.yaml``.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import NamedTuple


class Company(NamedTuple):
    """A legal entity: its party's code, name and currency."""

    code: str
    name: str
    currency: str


class Currency(NamedTuple):
    """A currency, its decimals, and what one US dollar costs in it from :data:`RATES_FROM` on."""

    code: str
    name: str
    digits: int
    rate: Decimal


class Account(NamedTuple):
    """A ledger account; ``kind`` names its type in :data:`ACCOUNT_TYPES`."""

    code: str
    name: str
    kind: str
    end_date: datetime.date | None = None


class AccountType(NamedTuple):
    """A line of the balance sheet or the income statement, with Tryton's flags."""

    name: str
    statement: str
    flags: tuple[str, ...] = ()


class Tax(NamedTuple):
    """A tax: its code (Tryton's description), rate and account."""

    code: str
    rate: Decimal
    account: str


class Supplier(NamedTuple):
    """A supplier: the party's code, its name, and where it is."""

    code: str
    name: str
    city: str
    country: str


COMPANIES = (
    Company("US01", "Northwind US Inc.", "USD"),
    Company("DE01", "Northwind DE GmbH", "EUR"),
)

RATES_FROM = datetime.date(2025, 1, 1)
#: Round rates, so that a ledger can be checked by hand: 1 EUR = 1.25 USD, 1 GBP = 1.25 EUR, 1 KWD = 2.50 EUR.
CURRENCIES = (
    Currency("USD", "US Dollar", 2, Decimal("1")),
    Currency("EUR", "Euro", 2, Decimal("0.8")),
    Currency("GBP", "Pound Sterling", 2, Decimal("0.64")),
    Currency("JPY", "Yen", 0, Decimal("160")),
    Currency("KWD", "Kuwaiti Dinar", 3, Decimal("0.32")),
)

#: Tryton takes only expense and debt accounts on a supplier invoice: hence ``debt`` on the prepayments.
ACCOUNT_TYPES = {
    "bank": AccountType("Cash and bank", "balance", ("assets",)),
    "receivable": AccountType("Trade receivables", "balance", ("assets", "receivable")),
    "prepayment": AccountType("Prepayments to suppliers", "balance", ("debt",)),
    "input_tax": AccountType("Input VAT", "balance", ("assets",)),
    "payable": AccountType("Trade payables", "balance", ("payable",)),
    "tax_due": AccountType("Taxes due", "balance"),
    "expense": AccountType("Operating expenses", "income", ("expense",)),
}

PAYABLE = "2100"
RECEIVABLE = "1200"
BANK = "1000"
EXCHANGE = "6895"
ACCOUNTS = (
    Account(BANK, "Bank", "bank"),
    Account(RECEIVABLE, "Accounts receivable", "receivable"),
    Account("1300", "Prepayments to suppliers", "prepayment"),
    Account("1410", "Input VAT", "input_tax"),
    Account(PAYABLE, "Accounts payable", "payable"),
    Account("2410", "VAT due (reverse charge)", "tax_due"),
    Account("2420", "Withholding tax payable", "tax_due"),
    Account("6400", "IT hardware", "expense"),
    Account("6500", "Services", "expense"),
    Account("6600", "Travel", "expense"),
    Account("6700", "Office supplies", "expense"),
    Account("6710", "Rent", "expense"),
    Account("6800", "Marketing", "expense"),
    Account("6850", "Freight", "expense"),
    Account("6860", "Handling", "expense"),
    Account("6870", "Other charges", "expense"),
    Account("6880", "Discounts received", "expense"),
    Account("6890", "Rounding differences", "expense"),
    # Lines in a foreign currency are converted one by one; the cent that is left goes here, nothing else.
    Account(EXCHANGE, "Exchange rounding", "expense"),
    Account("6950", "Old projects", "expense", datetime.date(2025, 12, 31)),
)

TAXES = (
    Tax("V18", Decimal("0.18"), "1410"),
    Tax("VST19", Decimal("0.19"), "1410"),
    Tax("VST7", Decimal("0.07"), "1410"),
    Tax("JCT10", Decimal("0.10"), "1410"),
    Tax("KWV5", Decimal("0.05"), "1410"),
    Tax("ND50", Decimal("0.19"), "1410"),
    Tax("RC19-IN", Decimal("0.19"), "1410"),
    Tax("RC19-OUT", Decimal("-0.19"), "2410"),
    Tax("WHT10", Decimal("-0.10"), "2420"),
)

COST_CENTER_AXIS = "Cost center"
COST_CENTERS = ("CA100", "CA200", "CA234")

SUPPLIERS = (
    Supplier("V000311", "Acme GmbH", "Hamburg", "DE"),
    Supplier("V000312", "Globex Corporation", "Springfield", "US"),
    Supplier("V000313", "Initech KK", "Tokyo", "JP"),
    Supplier("V000314", "Gulf Trading WLL", "Kuwait City", "KW"),
    Supplier("V000315", "Umbrella Freight", "Rotterdam", "NL"),
    Supplier("V000316", "ACME GmbH", "Wien", "AT"),
    Supplier("V000319", "Contoso Services", "Seattle", "US"),
    Supplier("V000320", "Soylent Catering", "New York", "US"),
)

#: Name and days after the invoice date.
PAYMENT_TERMS = (("Net 30", 30), ("Net 60", 60), ("Due on receipt", 0))

FIRST_YEAR = 2025
#: Every period that ends before this day is closed.
BOOKS_OPEN_FROM = datetime.date(2026, 2, 1)

ADMIN_LOGIN = "admin"
EXPORT_LOGIN = "export"
#: What the user behind the REST key may do: work on invoices, not on the chart or on periods; and beyond
#: that, pass one named warning (a bill entered again under its number) and reconcile a bill of nothing.
EXPORT_GROUPS = (("account", "group_account"),)
EXPORT_RIGHTS = {
    "res.user.warning": ("read", "write", "create", "delete"),
    "account.move.reconciliation": ("read", "create", "delete"),
}
MODULES = ("account_invoice", "analytic_invoice")
