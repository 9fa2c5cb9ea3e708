"""A real S/4HANA as the kit's tests want an ERP: by its own services, or not at all.

What these do not do, and what only an administrator may, the world says it cannot.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import requests

from coupa_erp.s4hana.connection import S4HanaExtra, read_settings
from include.erp_port import ErpDocument
from include.errors import ConfigurationError
from include.models.bill import Bill
from tests.erp_kit.order_world import OrderTraits, OrderWorld
from tests.erp_kit.real import NotForTests, RealWorld, Variables
from tests.s4hana.hooks import S4HanaHooks
from tests.s4hana.service import (
    BOOKS,
    FILES,
    INVOICES,
    ORDERS,
    Row,
    S4HanaService,
    date_of,
    text,
    without_zeros,
)

_DELETED, _POSTED = "2", "5"
_FIELDS = (
    "SupplierInvoice,FiscalYear,SupplierInvoiceStatus,SupplierInvoiceIsCreditMemo,InvoiceGrossAmount,"
    "ReverseDocument,ReverseDocumentFiscalYear,IsReversal,IsReversed"
)
_ENTRIES = "CompanyCode,FiscalYear,AccountingDocument,AccountingDocumentItem"
_SUMS = (
    "OriginalReferenceDocument,FinancialAccountType,GLAccount,DebitCreditCode,AmountInTransactionCurrency,"
    f"IsCleared,{_ENTRIES}"
)
_FILE_KEYS = (
    *("DocumentInfoRecordDocType", "DocumentInfoRecordDocNumber", "DocumentInfoRecordDocVersion"),
    *("DocumentInfoRecordDocPart", "LogicalDocument", "ArchiveDocumentID", "LinkedSAPObjectKey"),
    "BusinessObjectTypeName",
)
#: What the buyer needs told, and nobody else.
ORDER_VARIABLES = ("PURCHASING_ORGANIZATION", "PURCHASING_GROUP", "PLANT", "MATERIAL_GROUP")
#: What CLIENT says of S/4HANA Cloud, whose address is one client's.
_CLOUD = "none"


class RealS4HanaWorld(RealWorld, S4HanaHooks):
    """A client of an S/4HANA, named by ``COUPA_ERP_KIT_S4HANA_…``.

    :param variables: these.
    :param names: further ones that have to be there.
    :param extra: further settings of the hook's connection.
    """

    cannot: Mapping[str, str] = {
        "pay": "S/4HANA pays by its payment run, which is none of the services that the kit calls",
        "edit_draft": "the service changes no parked invoice; SAP's own app does",
        "close_period": "posting periods are closed by S/4HANA's administrator",
        "altering": "rules that change what is entered are made by S/4HANA's administrator",
    }

    def __init__(self, variables: Variables, *names: str, **extra: object) -> None:
        super().__init__(variables, "CLIENT", "LOGIN", "PASSWORD", *names)
        client = variables.get("CLIENT")
        client = "" if client == _CLOUD else client
        self.login, self.secret = variables.get("LOGIN"), variables.get("PASSWORD")
        deducted = self.books.deducted
        self.extra = {
            **variables.extra(),
            **({"sap_client": client} if client else {}),
            "sandbox": True,
            "deducted_taxes": f"{deducted.code}={deducted.account}",
            **extra,
        }
        self.settings = self._read_settings()
        if self.settings.oauth_url:  # login and password are a client's, and no user's
            variables.demand("AUDITOR_LOGIN", "AUDITOR_PASSWORD")
        login = variables.get("AUDITOR_LOGIN") or self.login
        password = variables.get("AUDITOR_PASSWORD") or self.secret
        self.service = S4HanaService(self.address, client, login, password, self.settings.ca_file)

    def _read_settings(self) -> S4HanaExtra:
        connection = SimpleNamespace(
            conn_id="of the kit", host=self.address, port=None, schema=None, login=self.login,
            password=self.secret, extra=self.extra,
        )  # fmt: skip
        try:
            return read_settings(connection).extra
        except ConfigurationError as misfit:
            raise NotForTests(str(misfit)) from None

    def check(self) -> None:
        for name, entity in ((INVOICES, "A_SupplierInvoice"), (BOOKS, "A_OperationalAcctgDocItemCube")):
            try:
                described = self.service.description(name)
            except requests.RequestException as fault:
                why = type(fault).__name__
                raise NotForTests(f"Nobody answers at {self.address} ({why}): nothing is booked.") from None
            if f' Name="{entity}' not in described:
                raise NotForTests(
                    f"What answers at {self.address} does not describe S/4HANA's service {name}: nothing is "
                    "booked there. Check URL, CLIENT, LOGIN and PASSWORD."
                )
        self.check_by_hook()
        if ' Name="AttachmentContent' not in self.service.description(FILES):
            self.cannot = {**self.cannot, "files": f"{FILES} is not active, or not for this user"}

    def bill(self, *lines: Any, **fields: Any) -> Bill:
        """As any world's, with its number in capitals: S/4HANA may write it so."""
        bill = super().bill(*lines, **fields)
        return bill.model_copy(update={"number": bill.number.upper()})

    # -- an accountant ---------------------------------------------------------------------------------------

    def cancel(self, document: ErpDocument) -> None:
        self.take_out(document.erp_id)

    def type_in(self, supplier: str, number: str) -> str:
        told = self.settings
        code = {"TaxCode": told.untaxed_code} if told.untaxed_code else {}
        country = {"TaxCountry": told.tax_country} if code and told.tax_country else {}
        item: Row = {
            "SupplierInvoiceItem": "0001", "CompanyCode": self.books.company,
            "GLAccount": self.books.accounts[0], "DebitCreditCode": "S",
            "DocumentCurrency": self.books.currency, "SupplierInvoiceItemAmount": "50.00", **code, **country,
        }  # fmt: skip
        if self.books.dimension[0] == "cost_center":
            item["CostCenter"] = self.books.dimension[1]
        made = self.service.create(
            INVOICES,
            "A_SupplierInvoice",
            {
                "CompanyCode": self.books.company, "InvoicingParty": supplier,
                "SupplierInvoiceIDByInvcgParty": number, "DocumentDate": date_of(self.books.open_day),
                "PostingDate": date_of(self.books.open_day), "DocumentCurrency": self.books.currency,
                "InvoiceGrossAmount": "50.00", "to_SupplierInvoiceItemGLAcct": [item],
            },
        )  # fmt: skip
        return f"{made['SupplierInvoice']}/{made['FiscalYear']}"

    def take_out(self, erp_id: str) -> None:
        number, _, year = erp_id.partition("/")
        self.service.call(
            INVOICES,
            "Cancel",
            SupplierInvoice=text(number),
            FiscalYear=text(year),
            ReversalReason=text(self.settings.reversal_reason),
            PostingDate=f"datetime'{self.books.open_day.isoformat()}T00:00:00'",
        )

    def attach_by_hand(self, document: ErpDocument, name: str, content: bytes) -> None:
        headers = {
            "Slug": name, "BusinessObjectTypeName": "BUS2081",
            "LinkedSAPObjectKey": document.erp_id.replace("/", ""), "Content-Type": "application/pdf",
        }  # fmt: skip
        self.service.upload(FILES, "AttachmentContentSet", content, headers)

    # -- an auditor ------------------------------------------------------------------------------------------

    def states(self, key: str) -> list[str]:
        rows = [row for row in self._of(key) if not row["IsReversal"]]
        items = self._journal(rows)
        return sorted(_state(row, items) for row in rows)

    def balances(self, key: str) -> dict[str, Decimal]:
        rows = self._of(key)
        sums: dict[str, Decimal] = {}
        for item in self._journal([*rows, *_reversals_of(rows)]):
            side = 1 if item["DebitCreditCode"] == "S" else -1
            account = without_zeros(item["GLAccount"])
            amount = side * abs(Decimal(str(item["AmountInTransactionCurrency"]).strip()))
            sums[account] = sums.get(account, Decimal(0)) + amount
        return {account: amount for account, amount in sums.items() if amount}

    def files(self, document: ErpDocument) -> list[tuple[str, bytes]]:
        linked = document.erp_id.replace("/", "")
        rows = self.service.ask(
            FILES, "GetAllOriginals", BusinessObjectTypeName="BUS2081", LinkedSAPObjectKey=linked
        )
        return [
            (row["FileName"], self.service.content(FILES, "AttachmentContentSet", _key(row))) for row in rows
        ]

    def _of(self, key: str) -> list[Row]:
        """Every invoice with the key in its field; a reversal may bear it, too."""
        before, _, last = key.rpartition("/")
        digest = base64.b32encode(hashlib.sha256(before.encode()).digest()).decode()[:8]
        named = f"{self.settings.key_field} eq {text(f'CE{digest}-{last}')}"
        return self.service.rows(
            INVOICES, "A_SupplierInvoice", named, select=_FIELDS, order="FiscalYear,SupplierInvoice"
        )

    def _journal(self, rows: list[Row]) -> list[Row]:
        return self.service.rows_of_any(
            BOOKS,
            "A_OperationalAcctgDocItemCube",
            [f"OriginalReferenceDocument eq {text(_reference(row))}" for row in rows],
            "ReferenceDocumentType eq 'RMRP' and {}",
            select=_SUMS,
            order=_ENTRIES,
        )


class RealS4HanaOrderWorld(RealS4HanaWorld, OrderWorld):
    """One whose hooks match lines with purchase orders, which its buyer enters for the first cost center."""

    order_traits = OrderTraits(numbers=("10", "20"), foresees=False)

    def __init__(self, variables: Variables) -> None:
        super().__init__(variables, *ORDER_VARIABLES, po_backed="match")
        self._header = {
            "PurchaseOrderType": variables.get("ORDER_TYPE") or "NB",
            "PurchasingOrganization": variables.get("PURCHASING_ORGANIZATION"),
            "PurchasingGroup": variables.get("PURCHASING_GROUP"),
            "CompanyCode": self.books.company,
            "DocumentCurrency": self.books.currency,
        }
        self._item = {"Plant": variables.get("PLANT"), "MaterialGroup": variables.get("MATERIAL_GROUP")}

    def purchase_order(self, *quantities: str, supplier: str | None = None) -> str:
        items = [
            {
                **self._item, "PurchaseOrderItem": f"{place}0", "PurchaseOrderItemText": "Paper",
                "OrderQuantity": quantity, "PurchaseOrderQuantityUnit": "EA", "NetPriceAmount": "10.00",
                "DocumentCurrency": self.books.currency, "TaxCode": self.books.tax.code,
                "AccountAssignmentCategory": "K", "GoodsReceiptIsExpected": False,
                "InvoiceIsExpected": True, "InvoiceIsGoodsReceiptBased": False,
                "to_AccountAssignment": [
                    {"AccountAssignmentNumber": "1", "CostCenter": self.books.dimension[1],
                     "GLAccount": self.books.accounts[2]}
                ],
            }
            for place, quantity in enumerate(quantities, 1)
        ]  # fmt: skip
        made = self.service.create(
            ORDERS,
            "A_PurchaseOrder",
            {**self._header, "Supplier": supplier or self.books.suppliers[0], "to_PurchaseOrderItem": items},
        )
        return str(made["PurchaseOrder"])

    def billed(self, order: str, line: str) -> Decimal:
        items = self.service.rows(
            INVOICES,
            "A_SuplrInvcItemPurOrdRef",
            f"PurchaseOrder eq {text(order)} and PurchaseOrderItem eq {text(line.zfill(5))}",
            select="SupplierInvoice,FiscalYear,SupplierInvoiceItem,QuantityInPurchaseOrderUnit",
            order="FiscalYear,SupplierInvoice,SupplierInvoiceItem",
        )
        named = sorted({(item["SupplierInvoice"], item["FiscalYear"]) for item in items})
        invoices = self.service.rows_of_any(
            INVOICES,
            "A_SupplierInvoice",
            [f"(SupplierInvoice eq {text(number)} and FiscalYear eq {text(year)})" for number, year in named],
            "{}",
            select=_FIELDS,
            order="FiscalYear,SupplierInvoice",
        )
        sides = {
            _reference(row): -1 if row["SupplierInvoiceIsCreditMemo"] else 1
            for row in invoices
            if row["SupplierInvoiceStatus"] == _POSTED and not (_undone(row) or row["IsReversal"])
        }
        quantities = [
            sides.get(_reference(item), 0) * Decimal(item["QuantityInPurchaseOrderUnit"] or 0)
            for item in items
        ]
        return sum(quantities, Decimal(0))


def _reference(row: Row) -> str:
    """An invoice as the journal names it: its number and its year, without anything between them."""
    return f"{row['SupplierInvoice']}{row['FiscalYear']}"


def _reversals_of(rows: list[Row]) -> list[Row]:
    """Those that the invoices name, and that need not bear the key."""
    known = {_reference(row) for row in rows}
    named = [
        {"SupplierInvoice": row["ReverseDocument"], "FiscalYear": row["ReverseDocumentFiscalYear"]}
        for row in rows
        if row["ReverseDocument"]
    ]
    return [row for row in named if _reference(row) not in known]


def _undone(row: Row) -> bool:
    return bool(row["IsReversed"] or row["ReverseDocument"])


def _state(row: Row, items: list[Row]) -> str:
    if row["SupplierInvoiceStatus"] == _DELETED or _undone(row):
        return "cancelled"
    if row["SupplierInvoiceStatus"] != _POSTED:
        return "draft"
    own = [item for item in items if item["OriginalReferenceDocument"].strip() == _reference(row)]
    owed = [item for item in own if item["FinancialAccountType"] == "K"]
    total = Decimal(row["InvoiceGrossAmount"])
    return "paid" if total and owed and all(item["IsCleared"] for item in owed) else "posted"


def _key(row: Row) -> str:
    return ",".join(f"{name}='{row[name]}'" for name in _FILE_KEYS)
