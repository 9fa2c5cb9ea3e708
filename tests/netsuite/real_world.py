"""A real NetSuite account as the kit's tests want an ERP: by its own REST services, or not at all.

What these do not do, and what only an administrator may, the world says it cannot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import urlsplit

from coupa_erp.channel import is_loopback
from coupa_erp.netsuite.connection import NetSuiteSettings, read_settings
from include.erp_port import ErpDocument
from include.errors import ConfigurationError
from tests.erp_kit.real import NotForTests, RealWorld, Variables
from tests.netsuite.hooks import NetSuiteHooks, spelled
from tests.netsuite.service import NetSuiteService, Row

BILL, PAYMENT = "vendorBill", "vendorPayment"
#: How NetSuite calls accounts in which nobody's books are: 1234567-sb1, 1234567-rp, tstdrv1234567, td1234567.
_FOR_TESTS = re.compile(r".+-(sb\d*|rp\d*)|(tstdrv|td)\d+", re.IGNORECASE)
_AXES = {
    "department": "department",
    "cost_center": "department",
    "class": "classification",
    "location": "location",
}
_COLUMNS = (
    "t.id, t.type, t.externalid, t.voided, t.foreigntotal, t.foreignamountpaid, t.foreignamountunpaid, "
    "t.foreignpaymentamountused, t.foreignpaymentamountunused"
)


class RealNetSuiteWorld(RealWorld, NetSuiteHooks):
    """A sandbox account of NetSuite, named by ``COUPA_ERP_KIT_NETSUITE_…``.

    :param variables: these.
    """

    cannot: Mapping[str, str] = {
        "cancel": "NetSuite documents no void over REST; a person voids at its screens",
        "close_period": "posting periods are closed by NetSuite's administrator",
        "altering": "scripts that change what is entered are installed by NetSuite's administrator",
    }

    def __init__(self, variables: Variables) -> None:
        super().__init__(variables, "CLIENT_ID", "KEY", "CERTIFICATE_ID")
        host = urlsplit(self.address).hostname or ""
        if not (is_loopback(host) or _FOR_TESTS.fullmatch(host.partition(".")[0])):
            raise NotForTests(
                f"{host} is no sandbox, release preview or development account of NetSuite by its name "
                "(…-sb1, …-rp, tstdrv…, td…): nothing is booked there."
            )
        self.login = variables.get("CLIENT_ID")
        deducted = self.books.deducted
        self.extra = {
            **variables.extra(),
            "certificate_id": variables.get("CERTIFICATE_ID"),
            "sandbox": True,
            "tax_accounts": f"{deducted.code}={deducted.account}",
        }
        settings = self._read(variables.get("KEY"))
        self.secret = settings.private_key.get_secret_value()
        self._untaxed = settings.extra.untaxed_code
        own = self._read(variables.get("ACCOUNTANT_KEY") or self.secret)
        self.service = NetSuiteService(
            self.address,
            self.login,
            own.private_key.get_secret_value(),
            algorithm=own.algorithm,
            certificate=variables.get("ACCOUNTANT_CERTIFICATE_ID") or variables.get("CERTIFICATE_ID"),
            verify=settings.extra.ca_file,
        )
        self._bank = variables.get("BANK")
        if not self._bank:
            self.cannot = {**self.cannot, "pay": "COUPA_ERP_KIT_NETSUITE_BANK names no account to pay from"}
        self._ids: dict[tuple[str, str], str] = {}

    def _read(self, key: str) -> NetSuiteSettings:
        connection = SimpleNamespace(
            conn_id="of the kit", host=self.address, port=None, schema=None, login=self.login, password=key,
            extra=self.extra,
        )  # fmt: skip
        try:
            return read_settings(connection)
        except ConfigurationError as misfit:
            raise NotForTests(str(misfit)) from None

    def check(self) -> None:
        self.check_by_hook()
        books = self.books
        taxes = [books.tax.code, *([self._untaxed] if self._untaxed else [])]
        accounts = [*books.accounts, books.payable, books.tax.account, books.deducted.account]
        axis, code = books.dimension
        if axis not in _AXES:
            raise NotForTests(f"COUPA_ERP_KIT_NETSUITE_DIMENSION should be of one of {', '.join(_AXES)}.")
        missing = []
        for table, column, codes in (
            ("subsidiary", "name", [books.company]),
            ("vendor", "entityid", list(books.suppliers)),
            ("currency", "symbol", [books.currency, *books.currencies]),
            ("account", "acctnumber", [*accounts, *([self._bank] if self._bank else [])]),
            ("salestaxitem", "itemid", taxes),
            ("term", "name", [books.payment_term]),
            (_AXES[axis], "name", [code]),
        ):
            found = self.service.ids(table, column, codes)
            self._ids |= {(table, one): record for one, record in found.items()}
            missing += [f"{table} {one}" for one in codes if one not in found]
        if missing:
            raise NotForTests(
                f"NetSuite at {self.address} has no {', no '.join(missing)}: nothing is booked there."
            )

    # -- an accountant ---------------------------------------------------------------------------------------

    def pay(self, document: ErpDocument, *, whole: bool) -> Decimal:
        record = document.erp_id.partition("/")[2]
        (row,) = self.service.query(f"SELECT {_COLUMNS} FROM transaction t WHERE t.id = {int(record)}")  # noqa: S608
        due = _amount(row, "foreignamountunpaid")
        amount = due if whole else (due / 2).quantize(Decimal("0.01"))
        self.service.create(
            PAYMENT,
            {
                "entity": self._reference("vendor", document.supplier),
                "subsidiary": self._reference("subsidiary", document.company),
                "currency": self._reference("currency", document.currency),
                "account": self._reference("account", self._bank),
                "tranDate": self.books.open_day.isoformat(),
                "apply": {"items": [{"doc": {"id": record}, "apply": True, "amount": amount}]},
            },
        )
        return amount

    def type_in(self, supplier: str, number: str) -> str:
        axis, code = self.books.dimension
        table = _AXES[axis]
        line: Row = {
            "account": self._reference("account", self.books.accounts[0]),
            "amount": Decimal(50),
            "class" if table == "classification" else table: self._reference(table, code),
        }
        if self._untaxed:
            line["taxCode"] = self._reference("salestaxitem", self._untaxed)
        record = self.service.create(
            BILL,
            {
                "entity": self._reference("vendor", supplier),
                "subsidiary": self._reference("subsidiary", self.books.company),
                "currency": self._reference("currency", self.books.currency),
                "tranId": number,
                "tranDate": self.books.open_day.isoformat(),
                "expense": {"items": [line]},
            },
        )
        return f"{BILL}/{record}"

    def take_out(self, erp_id: str) -> None:
        self.service.delete(*erp_id.split("/"))

    def _reference(self, table: str, code: str) -> Row:
        return {"id": self._ids[table, code]}

    # -- an auditor ------------------------------------------------------------------------------------------

    def states(self, key: str) -> list[str]:
        rows = self._of(key)
        names = {row["externalid"].lower() for row in rows}
        return sorted(_state(row, names) for row in rows if not row["externalid"].endswith("_v"))

    def balances(self, key: str) -> dict[str, Decimal]:
        records = [str(int(row["id"])) for row in self._of(key)]
        if not records:
            return {}
        rows = self.service.query(
            "SELECT a.acctnumber, l.foreignamount FROM transaction t "  # noqa: S608
            "JOIN transactionline l ON l.transaction = t.id "
            "JOIN transactionaccountingline g ON g.transaction = l.transaction AND g.transactionline = l.id "
            "JOIN account a ON a.id = g.account "
            f"WHERE g.posting = 'T' AND t.id IN ({', '.join(records)}) ORDER BY t.id, l.id"
        )
        sums: dict[str, Decimal] = {}
        for row in rows:
            account = str(row["acctnumber"])
            sums[account] = sums.get(account, Decimal(0)) + _amount(row, "foreignamount")
        return {account: amount for account, amount in sums.items() if amount}

    def _of(self, key: str) -> list[Row]:
        """Every bill and credit of a key, and what voids made."""
        begins = spelled(key)
        rows = self.service.query(
            f"SELECT {_COLUMNS} FROM transaction t WHERE t.type IN ('VendBill', 'VendCred') "  # noqa: S608
            f"AND SUBSTR(t.externalid, 1, {len(begins)}) = '{begins}' ORDER BY t.id"
        )
        pattern = re.compile(re.escape(begins) + r"(_g\d+)?(_v)?")
        return [row for row in rows if pattern.fullmatch(row["externalid"].lower())]


def _amount(row: Row, column: str) -> Decimal:
    return Decimal(str(row.get(column) or 0))


def _state(row: Row, names: set[str]) -> str:
    credit = row["type"] == "VendCred"
    paid = abs(_amount(row, "foreignpaymentamountused" if credit else "foreignamountpaid"))
    unpaid = abs(_amount(row, "foreignpaymentamountunused" if credit else "foreignamountunpaid"))
    set_off = f"{row['externalid'].lower()}_v" in names and not unpaid
    if row["voided"] == "T" or set_off:
        return "cancelled"
    return "paid" if paid and not unpaid else "posted"
