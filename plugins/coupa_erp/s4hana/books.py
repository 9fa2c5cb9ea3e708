"""What the accounting document of a supplier invoice holds: sums by account, and what was paid of it.

Read from the service *Operational Journal Entry Item* (``API_OPLACCTGDOCITEMCUBE_SRV``), where an invoice's
items name it by ``OriginalReferenceDocument``, its number and year in one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from coupa_erp.s4hana.connection import S4HanaSettings
from coupa_erp.s4hana.documents import Documents, Found, Reads
from coupa_erp.s4hana.transport import BOOKS
from coupa_erp.s4hana.wire import Row, any_of, read_amount, text_literal, without_zeros
from include.erp_port import ErpDocument
from include.errors import TransientError

ENTITY = "A_OperationalAcctgDocItemCube"
_SELECT = ",".join(
    (
        "CompanyCode",
        "FiscalYear",
        "AccountingDocument",
        "AccountingDocumentItem",
        "OriginalReferenceDocument",
        "FinancialAccountType",
        "AccountingDocumentItemType",
        "GLAccount",
        "TaxCode",
        "DebitCreditCode",
        "AmountInTransactionCurrency",
        "IsCleared",
        "InvoiceReference",
        "InvoiceReferenceFiscalYear",
    )
)
_ORDER = "CompanyCode,FiscalYear,AccountingDocument,AccountingDocumentItem"
#: The reference procedure of logistics' invoices.
_OF_INVOICES = "ReferenceDocumentType eq 'RMRP'"
_DOCUMENTS_IN_A_FILTER = 20
_SUPPLIER, _TAX = "K", "T"


class Books:
    """Adds sums and payments to documents.

    :param reads: S/4HANA.
    :param documents: finds documents.
    """

    def __init__(self, reads: Reads, documents: Documents, settings: S4HanaSettings) -> None:
        self._reads = reads
        self._documents = documents
        self._deducted = {
            without_zeros(account): code for code, account in settings.extra.accounts_of_deducted.items()
        }

    def seen(self, found: Found) -> ErpDocument:
        """The document with what was paid of it and all its sums.

        A reversal clears it, too: what looks paid is looked at once more, for it may be cancelled by now.
        """
        (document,) = self.all_seen([found])
        if document.touched_by_payment:
            stands = self._documents.by_id(found)
            if stands is not None and not stands.posted:
                (document,) = self.all_seen([stands])
        return document

    def all_seen(self, found: Iterable[Found]) -> Iterator[ErpDocument]:
        """Likewise of many: twenty in two calls."""
        documents = list(found)
        for start in range(0, len(documents), _DOCUMENTS_IN_A_FILTER):
            page = documents[start : start + _DOCUMENTS_IN_A_FILTER]
            items = self._items([one for one in page if one.document.state != "draft"])
            payments = self._payments([row for one in page if one.posted for row in items[_reference(one)]])
            for one in page:
                try:
                    yield _with_books(one, items[_reference(one)], payments, self._deducted)
                except (KeyError, TypeError, ValueError):
                    raise TransientError(
                        "S/4HANA answered with a journal item that cannot be read."
                    ) from None

    def _items(self, found: list[Found]) -> dict[str, list[Row]]:
        by_reference: dict[str, list[Row]] = defaultdict(list)
        if found:
            named = any_of("OriginalReferenceDocument", [_reference(one) for one in found])
            for row in self._reads.rows(
                BOOKS, ENTITY, f"{_OF_INVOICES} and {named}", select=_SELECT, order=_ORDER
            ):
                by_reference[str(row.get("OriginalReferenceDocument") or "").strip()].append(row)
        return by_reference

    def _payments(self, items: list[Row]) -> list[Row]:
        """The suppliers' items of other documents that name one of these as what they pay in part."""
        named = {
            (row["CompanyCode"], row["AccountingDocument"], row["FiscalYear"])
            for row in items
            if row["FinancialAccountType"] == _SUPPLIER
        }
        if not named:
            return []
        wanted = " or ".join(
            f"(CompanyCode eq {text_literal(company)} and InvoiceReference eq {text_literal(document)} "
            f"and InvoiceReferenceFiscalYear eq {text_literal(year)})"
            for company, document, year in sorted(named)
        )
        filter_ = f"FinancialAccountType eq '{_SUPPLIER}' and ({wanted})"
        rows = self._reads.rows(BOOKS, ENTITY, filter_, select=_SELECT, order=_ORDER)
        return [row for row in rows if _document(row) not in named]


def _with_books(
    found: Found, items: list[Row], payments: list[Row], deducted: Mapping[str, str]
) -> ErpDocument:
    document = found.document
    side = -1 if document.kind == "credit_note" else 1
    accounts: dict[str, Decimal] = defaultdict(Decimal)
    lines: dict[str, Decimal] = defaultdict(Decimal)
    taxes: dict[str, Decimal] = defaultdict(Decimal)
    cleared, supplier_items = Decimal(0), []
    for row in items:
        amount = side * _amount(row)
        if row["FinancialAccountType"] == _SUPPLIER:
            supplier_items.append(row)
            cleared += -amount if row["IsCleared"] else Decimal(0)
            continue
        account = without_zeros(row["GLAccount"])
        accounts[account] += amount
        if row["AccountingDocumentItemType"] == _TAX:
            taxes[row["TaxCode"] or ""] += amount
        elif account in deducted:
            taxes[deducted[account]] += amount
        else:
            lines[account] += amount
    named = {_document(row) for row in supplier_items}
    in_part = sum(
        (side * _amount(row) for row in payments if _invoice_of(row) in named and not row["IsCleared"]),
        Decimal(0),
    )
    update: dict[str, object] = {
        "account_sums": _not_zero(accounts),
        "line_sums": _not_zero(lines),
        "tax_sums": _not_zero(taxes),
    }
    if items:
        update["tax"] = sum(taxes.values(), Decimal(0))
    if found.posted:
        whole = bool(supplier_items) and all(row["IsCleared"] for row in supplier_items) and document.total
        update |= {"paid_amount": cleared + in_part, "state": "paid" if whole else "posted"}
    return document.model_copy(update=update)


def _amount(row: Row) -> Decimal:
    """Debit positive. The sign of the service's own amounts differs by release, its indicator does not."""
    amount = abs(read_amount(row["AmountInTransactionCurrency"]))
    return amount if row["DebitCreditCode"] == "S" else -amount


def _reference(found: Found) -> str:
    return f"{found.number}{found.year}"


def _document(row: Row) -> tuple[str, str, str]:
    return row["CompanyCode"], row["AccountingDocument"], row["FiscalYear"]


def _invoice_of(row: Row) -> tuple[str, str, str]:
    return row["CompanyCode"], row["InvoiceReference"], row["InvoiceReferenceFiscalYear"]


def _not_zero(sums: dict[str, Decimal]) -> dict[str, Decimal]:
    return {name: amount for name, amount in sums.items() if amount}
