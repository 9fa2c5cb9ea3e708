"""Supplier invoices as they stand in S/4HANA.

A reversal is a supplier invoice of its own, which may carry the texts of what it reverses: it is told by
``IsReversal`` and is no document of ours.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from coupa_erp.s4hana.connection import S4HanaSettings
from coupa_erp.s4hana.keys import KnownKeys
from coupa_erp.s4hana.transport import INVOICES
from coupa_erp.s4hana.wire import (
    Row,
    any_of,
    date_literal,
    read_amount,
    read_date,
    text_literal,
    without_zeros,
)
from include.erp_port import DocumentState, ErpDocument
from include.errors import TransientError

ENTITY = "A_SupplierInvoice"
TAXES = "to_SupplierInvoiceTax"
GL_ITEMS, ORDER_ITEMS = "to_SupplierInvoiceItemGLAcct", "to_SuplrInvcItemPurOrdRef"
#: What is created with a document.
PARTS = (GL_ITEMS, ORDER_ITEMS, TAXES)
#: What :func:`Documents._read` reads, beside the two fields of the connection.
_FIELDS = (
    "SupplierInvoice",
    "FiscalYear",
    "CompanyCode",
    "DocumentDate",
    "PostingDate",
    "SupplierInvoiceIDByInvcgParty",
    "InvoicingParty",
    "DocumentCurrency",
    "InvoiceGrossAmount",
    "SupplierInvoiceStatus",
    "SupplierInvoiceIsCreditMemo",
    "ReverseDocument",
    "IsReversal",
    "IsReversed",
)
_KEYS_IN_A_FILTER = 20
_NEWEST_FIRST = "FiscalYear desc,SupplierInvoice desc"
#: SAP's status of an invoice document: 5 is posted, 2 deleted; A to E are parked, held and complete ones.
POSTED, DELETED, PARKED = "5", "2", "A"


class Reads(Protocol):
    """Whoever is given no more than these cannot write."""

    def rows(
        self, service: str, entity: str, filter_: str, *, select: str, order: str, expand: str = ""
    ) -> Iterator[Row]:
        """The entries that a filter names."""

    def one(self, service: str, entity: str, key: str, *, select: str, expand: str = "") -> Row | None:
        """One entry."""


@dataclass(frozen=True)
class Found:
    """A document with what the protocol needs beside the port's view of it.

    :param status: SAP's own.
    :param short_key: our key's short form, as the document carries it.
    :param etag: names this version of it, where S/4HANA gives one.
    """

    number: str
    year: str
    status: str
    short_key: str | None
    etag: str | None
    document: ErpDocument

    @property
    def id(self) -> tuple[str, str]:
        """Year and number: SAP counts anew each year."""
        return self.year, self.number

    @property
    def address(self) -> str:
        """The document's key in an address."""
        return f"SupplierInvoice={text_literal(self.number)},FiscalYear={text_literal(self.year)}"

    @property
    def arguments(self) -> dict[str, str]:
        """Likewise for a function import."""
        return {"SupplierInvoice": text_literal(self.number), "FiscalYear": text_literal(self.year)}

    @property
    def parked(self) -> bool:
        """Whether it is still to be posted."""
        return self.document.state == "draft"

    @property
    def posted(self) -> bool:
        """Whether it counts in the books."""
        return self.document.state in ("posted", "paid")


class Documents:
    """Finds documents; none of them says whether it was paid, which :mod:`coupa_erp.s4hana.books` does.

    :param reads: S/4HANA.
    :param keys: the keys that were asked for.
    """

    def __init__(self, reads: Reads, settings: S4HanaSettings, keys: KnownKeys) -> None:
        self._reads = reads
        self._extra = settings.extra
        self._keys = keys

    def of_key(self, key: str) -> list[Found]:
        """Every document of a key, in any state, the newest first."""
        return self._find(f"{self._extra.key_field} eq {text_literal(self._keys.learn(key))}")

    def of_keys(self, keys: Iterable[str]) -> list[Found]:
        """Likewise of many keys."""
        wanted = sorted({self._keys.learn(key) for key in keys})
        return [
            found
            for start in range(0, len(wanted), _KEYS_IN_A_FILTER)
            for found in self._find(any_of(self._extra.key_field, wanted[start : start + _KEYS_IN_A_FILTER]))
        ]

    def of_number(self, company: str, supplier: str, number: str) -> list[Found]:
        """Every document of a supplier with the supplier's number.

        S/4HANA's screens write it in capitals, so what a person typed may differ from Coupa's in that.
        """
        numbers = dict.fromkeys((number, number.upper()))
        return self._find(
            f"CompanyCode eq {text_literal(company)} and InvoicingParty eq {text_literal(supplier)} "
            f"and {any_of('SupplierInvoiceIDByInvcgParty', numbers)}"
        )

    def of_window(self, key_prefix: str, first: datetime.date, last: datetime.date) -> list[Found]:
        """Documents of our keys that are dated in a window or were created in it."""
        begins = text_literal(self._keys.learn_beginning(key_prefix))
        dated = " or ".join(
            f"({field} ge {date_literal(first)} and {field} le {date_literal(last)})"
            for field in ("DocumentDate", "CreationDate")
        )
        return self._find(f"startswith({self._extra.key_field},{begins}) and ({dated})")

    def by_id(self, found: Found) -> Found | None:
        """The document as it stands now; ``None`` where it is gone."""
        row = self._reads.one(INVOICES, ENTITY, found.address, select=self._select(), expand=TAXES)
        return self.read(row) if row else None

    def whole(self, found: Found) -> Row | None:
        """The document with all that was sent with it, as S/4HANA has it."""
        return self._reads.one(INVOICES, ENTITY, found.address, select="*", expand=",".join(PARTS))

    def read(self, row: Row) -> Found:
        """A document of an entry.

        :raises TransientError: it is no supplier invoice as the service describes it.
        """
        try:
            return self._read(row)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise TransientError(
                "S/4HANA answered with a supplier invoice that cannot be read: a field is missing or is not "
                "what its description says."
            ) from None

    def _find(self, filter_: str) -> list[Found]:
        rows = self._reads.rows(
            INVOICES, ENTITY, filter_, select=self._select(), expand=TAXES, order=_NEWEST_FIRST
        )
        return [self.read(row) for row in rows if not row.get("IsReversal")]

    def _select(self) -> str:
        own = (self._extra.key_field, self._extra.fingerprint_field)
        taxes = tuple(f"{TAXES}/{name}" for name in ("TaxCode", "TaxAmount"))
        return ",".join(dict.fromkeys((*_FIELDS, *own, *taxes)))

    def _read(self, row: Row) -> Found:
        short_key = row[self._extra.key_field] or None
        key = self._keys.whole(short_key)
        fingerprint = row[self._extra.fingerprint_field] or None
        taxes = (row.get(TAXES) or {}).get("results", [])
        number, year = str(row["SupplierInvoice"]), str(row["FiscalYear"])
        state = _state(row)
        return Found(
            number=number,
            year=year,
            status=str(row["SupplierInvoiceStatus"] or ""),
            short_key=short_key,
            etag=(row.get("__metadata") or {}).get("etag"),
            document=ErpDocument(
                erp_id=f"{number}/{year}",
                number=None if state == "draft" else f"{number}/{year}",
                key=key,
                fingerprint=fingerprint if key else None,
                state=state,
                kind="credit_note" if row["SupplierInvoiceIsCreditMemo"] else "invoice",
                company=row["CompanyCode"],
                supplier=without_zeros(row["InvoicingParty"]),
                supplier_number=row["SupplierInvoiceIDByInvcgParty"] or None,
                invoice_date=read_date(row["DocumentDate"]),
                posting_date=read_date(row["PostingDate"]),
                currency=row["DocumentCurrency"],
                total=read_amount(row["InvoiceGrossAmount"]),
                tax=sum((read_amount(tax["TaxAmount"]) for tax in taxes), Decimal(0)),
            ),
        )


def choose(found: Iterable[Found]) -> Found | None:
    """Which document of a key counts: the posted one, else a parked one, else the newest cancelled one."""
    newest_first = list(found)
    for counts in (
        [document for document in newest_first if document.posted],
        [document for document in newest_first if document.parked],
        newest_first,
    ):
        if counts:
            return counts[0]
    return None


def _state(row: Row) -> DocumentState:
    if row["IsReversed"] or row["ReverseDocument"] or row["SupplierInvoiceStatus"] == DELETED:
        return "cancelled"
    return "posted" if row["SupplierInvoiceStatus"] == POSTED else "draft"
