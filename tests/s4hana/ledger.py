"""The stand-in's books: what S/4HANA does with a supplier invoice, as far as its documentation says.

Numbers come from two buffers in turn, as several application servers hand them out: a later document may have
the smaller number. A reversal is a document of its own and bears the texts of what it reverses; one on
another posting date needs a reason that allows that. Parking checks the period, too.

Held against SAP's texts, as published, are the messages M8/255, M8/375, M8/504, M8/534, M8/535, F5/201,
M8_2/057, M8_2/115 and the sentence of M8/462. The numbers of the others are not verified, 000 stands for
none; the hook reads their sentences.
"""

from __future__ import annotations

import copy
import datetime
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.s4hana.definition import GL_ITEM, HEADER, ORDER_ITEM, PARTS, TAX
from tests.s4hana.odata import Row, Wrong, value_of

POSTED, DELETED, PARKED = "5", "2", "A"
#: SAP's reasons for a reversal, and whether another posting date than the document's is allowed with them.
REASONS = {"01": False, "02": True}
PAYABLE = "211000"
GL, ORDERED, TAXES = PARTS
#: Beside what the service's description calls mandatory, what its documentation does.
_REQUIRED = ("CompanyCode", "InvoicingParty", "DocumentCurrency", "SupplierInvoiceIDByInvcgParty")


class Refused(Exception):
    """A rule of the books refuses; several messages at once."""

    def __init__(self, *messages: tuple[str, str]) -> None:
        super().__init__(messages)
        self.messages = messages


class Absent(Exception):
    """There is no such document."""


class Stale(Exception):
    """The document is not the version that was named, or no version was named."""


@dataclass
class MasterData:
    """What stands in the books before the first document."""

    companies: set[str] = field(default_factory=lambda: {"US01", "DE01"})
    suppliers: set[str] = field(default_factory=lambda: {"17300001", "17300002"})
    accounts: set[str] = field(
        default_factory=lambda: {"400000", "410000", "420000", "175500", "499999", PAYABLE, "154000"}
    )
    cost_centers: set[str] = field(default_factory=lambda: {"CA100", "CA200"})
    taxes: dict[str, str] = field(default_factory=lambda: {"V1": "154000", "V2": "154000", "V0": "154000"})
    terms: set[str] = field(default_factory=lambda: {"0030", "0060"})
    currencies: dict[str, int] = field(default_factory=lambda: {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3})
    #: Order and item to the supplier and the quantity.
    orders: dict[tuple[str, str], tuple[str, Decimal]] = field(
        default_factory=lambda: {("4500000123", "00010"): ("17300001", Decimal(1000))}
    )
    closed: set[tuple[int, int]] = field(default_factory=set)


class Ledger:
    """One client's documents and journal.

    :param checks_doubles: as the flag of the supplier's master data has it.
    :param versions: whether documents have versions (ETags), which the description does not declare.
    """

    def __init__(
        self, *, checks_doubles: bool = False, capitals: bool = False, versions: bool = False
    ) -> None:
        self.master = MasterData()
        self.documents: dict[tuple[str, str], Row] = {}
        self.journal: list[Row] = []
        self.checks_doubles = checks_doubles
        self.capitals = capitals
        self.versions = versions
        self.alters: str | None = None
        self.lock = threading.RLock()
        self._numbers = itertools.chain.from_iterable(
            zip(itertools.count(5105600500), itertools.count(5105600001))
        )
        self._journal_numbers = itertools.count(5000000001)

    # -- what the service does -----------------------------------------------------------------------------

    def create(self, body: Row) -> Row:
        """Deep insert: parked with status A, posted with 5 or none."""
        document = dict.fromkeys(HEADER)
        for name, value in body.items():
            if name in PARTS:
                continue
            if name not in HEADER:
                raise Wrong(f"Property '{name}' is invalid")
            document[name] = value_of(HEADER[name], value)
        parts = {
            part: [_item(item, fields) for item in _list(body.get(part))] for part, fields in PARTS.items()
        }
        with self.lock:
            self._check(document, parts)
            status = document["SupplierInvoiceStatus"] or POSTED
            if status not in (PARKED, POSTED):
                raise Refused(("M8_2/057", f"Supplier invoice status {status} is not allowed."))
            self._check_period(document)
            number, year = str(next(self._numbers)), str(document["PostingDate"].year)
            document |= {
                "SupplierInvoice": number, "FiscalYear": year, "SupplierInvoiceStatus": PARKED,
                "CreationDate": datetime.datetime.now(datetime.UTC).date(), "IsReversal": False,
                "IsReversed": False, "ReverseDocument": "", "version": 1, **parts,
            }  # fmt: skip
            if self.capitals:
                reference = document["SupplierInvoiceIDByInvcgParty"]
                document["SupplierInvoiceIDByInvcgParty"] = reference and reference.upper()
            if status == POSTED:
                self._post(document)
            self.documents[number, year] = document
            return document

    def post(self, number: str, year: str) -> None:
        """The function import ``Post``."""
        with self.lock:
            document = self.find(number, year)
            if document["SupplierInvoiceStatus"] != PARKED:
                raise Refused(("M8/255", f"Document {number} has been posted"))
            before = copy.deepcopy(document)
            try:
                self._post(document)
            except Refused:
                self.documents[number, year] = before
                raise

    def cancel(self, number: str, year: str, reason: str, day: datetime.date) -> tuple[str, str]:
        """The function import ``Cancel``; number and year of the reversal."""
        with self.lock:
            document = self.find(number, year)
            if document["SupplierInvoiceStatus"] != POSTED or document["IsReversal"]:
                raise Refused(("M8_2/115", f"Document {number} cannot be reversed"))
            if document["IsReversed"]:
                raise Refused(("M8/314", f"Invoice document {number} {year} has already been reversed"))
            if reason not in REASONS:
                raise Refused(("M8/102", f"Reversal reason {reason} does not exist"))
            if day != document["PostingDate"] and not REASONS[reason]:
                raise Refused(("F5A/000", f"Reversal reason {reason} allows no alternative posting date"))
            if (day.year, day.month) in self.master.closed:
                raise Refused(("F5/201", f"Posting period {day.month:03d} {day.year} is not open"))
            owed = self.owed(document)
            if any(row["IsCleared"] for row in owed):
                raise Refused(("F5/308", f"Document {number} {year} contains items that are cleared"))
            reversal = copy.deepcopy(document)
            own = str(next(self._numbers)), str(day.year)
            reversal |= {
                "SupplierInvoice": own[0], "FiscalYear": own[1], "PostingDate": day, "IsReversal": True,
                "ReverseDocument": number, "ReverseDocumentFiscalYear": year, "version": 1,
                "reason": reason,
            }  # fmt: skip
            document |= {
                "IsReversed": True, "ReverseDocument": own[0], "ReverseDocumentFiscalYear": own[1],
                "version": document["version"] + 1,
            }  # fmt: skip
            self.documents[own] = reversal
            booked = [row for row in self.journal if row["OriginalReferenceDocument"] == f"{number}{year}"]
            turned = [
                {**row, "DebitCreditCode": "H" if row["DebitCreditCode"] == "S" else "S"} for row in booked
            ]
            self._book(reversal, turned)
            for row in owed + self.owed(reversal):
                row["IsCleared"] = True
            return own

    def delete(self, number: str, year: str, version: str | None) -> None:
        """Delete what was not posted; its number stays taken."""
        with self.lock:
            document = self.find(number, year)
            if version != (self.etag(document) if self.versions else None):
                raise Stale
            if document["SupplierInvoiceStatus"] != PARKED:
                raise Refused(("M8/255", f"Document {number} has been posted"))
            document |= {"SupplierInvoiceStatus": DELETED, "version": document["version"] + 1}

    def find(self, number: str, year: str) -> Row:
        """A document that was not deleted."""
        document = self.documents.get((number, year))
        if document is None or document["SupplierInvoiceStatus"] == DELETED:
            raise Absent
        return document

    @staticmethod
    def etag(document: Row) -> str:
        """Names a version of a document."""
        return f"W/\"'{document['SupplierInvoice']}-{document['version']}'\""

    def entries(self, fields: dict[str, Any]) -> list[Row]:
        """All that there is of an entity: documents, their order items, the journal."""
        if fields is HEADER:
            return list(self.documents.values())
        if fields is not ORDER_ITEM:
            return list(self.journal)
        return [
            {**item, "SupplierInvoice": number, "FiscalYear": year}
            for (number, year), document in self.documents.items()
            for item in document[ORDERED]
        ]

    # -- what accountants do -------------------------------------------------------------------------------

    def owed(self, document: Row) -> list[Row]:
        """The supplier's items of a document."""
        named = f"{document['SupplierInvoice']}{document['FiscalYear']}"
        return [
            row for row in self.journal
            if row["OriginalReferenceDocument"] == named and row["FinancialAccountType"] == "K"
        ]  # fmt: skip

    def pay(self, number: str, year: str, *, whole: bool) -> Decimal:
        """Pay an invoice, or half of it; the amount."""
        with self.lock:
            (owed,) = self.owed(self.find(number, year))
            total = abs(owed["AmountInTransactionCurrency"])
            amount = total if whole else (total / 2).quantize(Decimal("0.01"))
            payment = {
                **owed, "AccountingDocument": str(next(self._journal_numbers)),
                "DebitCreditCode": "S" if owed["DebitCreditCode"] == "H" else "H",
                "AmountInTransactionCurrency": -owed["AmountInTransactionCurrency"] * amount / total,
                "OriginalReferenceDocument": "1500000001", "ReferenceDocumentType": "BKPF",
                "IsCleared": whole,
                "InvoiceReference": owed["AccountingDocument"],
                "InvoiceReferenceFiscalYear": owed["FiscalYear"],
            }  # fmt: skip
            self.journal.append(payment)
            owed["IsCleared"] = whole
            return amount

    def balances(self, documents: list[Row]) -> dict[str, Decimal]:
        """Debit less credit by account of some documents; without zeros."""
        named = {f"{one['SupplierInvoice']}{one['FiscalYear']}" for one in documents}
        sums: dict[str, Decimal] = {}
        for row in self.journal:
            if row["OriginalReferenceDocument"] in named:
                amount = abs(row["AmountInTransactionCurrency"]) * (
                    1 if row["DebitCreditCode"] == "S" else -1
                )
                sums[row["GLAccount"]] = sums.get(row["GLAccount"], Decimal(0)) + amount
        return {account: amount for account, amount in sums.items() if amount}

    def billed(self, order: str, item: str) -> Decimal:
        """The quantity of an order's item that is posted and not reversed."""
        return sum(
            (
                (-1 if document["SupplierInvoiceIsCreditMemo"] else 1)
                * (part["QuantityInPurchaseOrderUnit"] or Decimal(0))
                for document in self.documents.values()
                if document["SupplierInvoiceStatus"] == POSTED
                and not (document["IsReversed"] or document["IsReversal"])
                for part in document[ORDERED]
                if (part["PurchaseOrder"], part["PurchaseOrderItem"]) == (order, item)
            ),
            Decimal(0),
        )

    @contextmanager
    def altering(self, what: str) -> Iterator[None]:
        """Enter documents otherwise than they were sent, as substitutions of customers do."""
        self.alters = what
        try:
            yield
        finally:
            self.alters = None

    # -- rules ---------------------------------------------------------------------------------------------

    def _check(self, document: Row, parts: dict[str, list[Row]]) -> None:
        said: list[tuple[str, str]] = []
        missing = list(_missing(document, parts))
        if missing:
            raise Refused(*missing)
        master = self.master
        known: tuple[tuple[str, Any, str], ...] = (
            ("CompanyCode", master.companies, "F5/165 Company code {} does not exist"),
            ("InvoicingParty", master.suppliers, "F5/104 Supplier {} is not defined in the company code"),
            ("DocumentCurrency", master.currencies, "E!/030 Currency {} does not exist"),
            ("PaymentTerms", master.terms, "F5/121 Terms of payment {} are not defined"),
        )
        for name, those, message in known:
            if document[name] and document[name] not in those:
                code, _, text = message.format(document[name]).partition(" ")
                said.append((code, text))
        if said:
            raise Refused(*said)
        decimals = master.currencies[document["DocumentCurrency"]]
        for amount in (document["InvoiceGrossAmount"], *_amounts(parts)):
            if amount < 0:
                said.append(("M8/530", "Enter only positive amounts"))
            elif amount != round(amount, decimals):
                said.append(
                    ("E!/031", f"Amount {amount} has too many decimals for {document['DocumentCurrency']}")
                )
        said += self._check_items(document, parts)
        if said:
            raise Refused(*dict.fromkeys(said))

    def _check_items(self, document: Row, parts: dict[str, list[Row]]) -> Iterator[tuple[str, str]]:
        master = self.master
        for item in [*parts[GL], *parts[ORDERED], *parts[TAXES]]:
            if item["DocumentCurrency"] != document["DocumentCurrency"]:
                yield "M8/099", "The currency of an item differs from the document's"
            if item["TaxCode"] and item["TaxCode"] not in master.taxes:
                yield "FS/201", f"Tax code {item['TaxCode']} does not exist"
        for item in parts[GL]:
            if item["GLAccount"] not in master.accounts:
                yield "F5/506", f"G/L account {item['GLAccount']} is not defined in company code"
            if item["CostCenter"] and item["CostCenter"] not in master.cost_centers:
                yield "KI/248", f"Cost center {item['CostCenter']} does not exist"
            if item["DebitCreditCode"] not in ("S", "H"):
                yield "M8/375", "Fill in mandatory field 'DebitCreditCode'"
        yield from self._check_orders(document["InvoicingParty"], parts[ORDERED])
        coded = {item["TaxCode"] for item in [*parts[GL], *parts[ORDERED]]}
        for item in parts[TAXES]:
            if item["TaxCode"] not in coded:
                yield "M8/444", f"No item bears tax code {item['TaxCode']} of the tax amounts"

    def _check_orders(self, supplier: str, items: list[Row]) -> Iterator[tuple[str, str]]:
        for item in items:
            order, number = item["PurchaseOrder"], item["PurchaseOrderItem"]
            if (order, number) not in self.master.orders:
                yield "M8/017", f"Item {number} of purchase order {order} does not exist"
            elif self.master.orders[order, number][0] != supplier:
                yield "M8/000", f"Purchase order {order} is not one of supplier {supplier}"

    def _check_quantities(self, document: Row) -> None:
        """As customizing has it where the message is an error: else SAP posts, and blocks the payment."""
        for item in document[ORDERED]:
            order, number = item["PurchaseOrder"], item["PurchaseOrderItem"]
            quantity = item["QuantityInPurchaseOrderUnit"] or Decimal(0)
            _, received = self.master.orders[order, number]
            if self.billed(order, number) + quantity > received:
                raise Refused(("M8/504", "Quantity invoiced greater than goods receipt quantity"))

    def _post(self, document: Row) -> None:
        self._check_period(document)
        if not document["SupplierInvoiceIsCreditMemo"]:
            self._check_quantities(document)
        if self.checks_doubles:
            self._check_doubles(document)
        side = -1 if document["SupplierInvoiceIsCreditMemo"] else 1
        rows = [
            *(_line("S", item["GLAccount"], item["DebitCreditCode"], item) for item in document[GL]),
            *(
                _line("S", "420000", "S" if side > 0 else "H", item) | {"TaxCode": item["TaxCode"]}
                for item in document[ORDERED]
            ),
            *(
                _line("S", self.master.taxes[item["TaxCode"]], "S" if side > 0 else "H", item, "TaxAmount")
                | {"AccountingDocumentItemType": "T"}
                for item in document[TAXES]
                if item["TaxAmount"]
            ),
        ]
        gross = document["InvoiceGrossAmount"]
        debits = sum(row["AmountInTransactionCurrency"] for row in rows)
        if debits != side * gross:
            raise Refused(("M8/534", f"Balance not zero: debits {debits} credits {side * gross}"))
        if self.alters == "amount":
            gross += 1
            rows[0]["AmountInTransactionCurrency"] += side
            document["InvoiceGrossAmount"] = gross
        elif self.alters == "account":
            rows[0]["GLAccount"] = "499999"
        elif self.alters == "date":
            document["DocumentDate"] += datetime.timedelta(days=1)
        owed = _line("K", PAYABLE, "H" if side > 0 else "S", {"amount": gross}, "amount")
        self._book(document, [*rows, owed])
        document |= {"SupplierInvoiceStatus": POSTED, "version": document["version"] + 1}

    def _book(self, document: Row, rows: list[Row]) -> None:
        number = str(next(self._journal_numbers))
        for at, row in enumerate(rows, 1):
            self.journal.append(
                {
                    **row, "CompanyCode": document["CompanyCode"], "FiscalYear": document["FiscalYear"],
                    "AccountingDocument": number, "AccountingDocumentItem": f"{at:03d}",
                    "OriginalReferenceDocument": f"{document['SupplierInvoice']}{document['FiscalYear']}",
                    "ReferenceDocumentType": "RMRP", "InvoiceReference": "", "InvoiceReferenceFiscalYear": "",
                    "TransactionCurrency": document["DocumentCurrency"], "IsCleared": False,
                }
            )  # fmt: skip

    def _check_period(self, document: Row) -> None:
        day = document["PostingDate"]
        if (day.year, day.month) in self.master.closed:
            allowed = "Allowed posting periods: 02 2099 / 01 2099 / 12 2098"
            said = f"{allowed} for company code {document['CompanyCode']} and date {day:%d/%m/%Y}."
            raise Refused(("M8/535", said))

    def _check_doubles(self, document: Row) -> None:
        same = ("CompanyCode", "InvoicingParty", "SupplierInvoiceIDByInvcgParty", "DocumentCurrency")
        for other in self.documents.values():
            alive = other["SupplierInvoiceStatus"] == POSTED and not (
                other["IsReversed"] or other["IsReversal"]
            )
            if alive and other is not document and all(other[name] == document[name] for name in same):
                number = other["SupplierInvoice"]
                said = f"Check if invoice already entered as logistics inv. doc. number {number}"
                raise Refused(("M8/462", f"{said} {other['FiscalYear']}"))


def _missing(document: Row, parts: dict[str, list[Row]]) -> Iterator[tuple[str, str]]:
    for name, field_ in HEADER.items():
        if (name in _REQUIRED or field_.mandatory) and document[name] in (None, ""):
            yield "M8/375", f"Fill in mandatory field '{name}'"
    for part, fields in PARTS.items():
        for at, item in enumerate(parts[part], 1):
            for name, field_ in fields.items():
                if field_.mandatory and item[name] in (None, ""):
                    said = f"Fill in mandatory field '{name}' (table parameter '{part}', row {at:06d})"
                    yield "M8/375", said


def _line(kind: str, account: str, side: str, item: Row, amount: str = "SupplierInvoiceItemAmount") -> Row:
    signed = item[amount] if side == "S" else -item[amount]
    return {
        "FinancialAccountType": kind, "GLAccount": account, "DebitCreditCode": side,
        "TaxCode": item.get("TaxCode") or "",
        "AmountInTransactionCurrency": signed, "AccountingDocumentItemType": "",
    }  # fmt: skip


def _amounts(parts: dict[str, list[Row]]) -> Iterator[Decimal]:
    for fields, name in ((GL, "SupplierInvoiceItemAmount"), (ORDERED, "SupplierInvoiceItemAmount"),
                         (TAXES, "TaxAmount"), (TAXES, "TaxBaseAmountInTransCrcy")):  # fmt: skip
        yield from (item[name] for item in parts[fields] if item[name] is not None)


def _list(value: Any) -> list[Row]:
    items = value.get("results") if isinstance(value, dict) else value
    return items or []


def _item(body: Row, fields: dict[str, Any]) -> Row:
    item: Row = dict.fromkeys(fields)
    for name, value in body.items():
        if name not in fields:
            raise Wrong(f"Property '{name}' is invalid")
        item[name] = value_of(fields[name], value)
    return item


assert {GL: GL_ITEM, ORDERED: ORDER_ITEM, TAXES: TAX} == PARTS
