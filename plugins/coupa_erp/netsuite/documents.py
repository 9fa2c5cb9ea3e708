"""Vendor bills and credits as they stand in NetSuite.

SuiteQL finds them and tells what was paid; the record itself tells what lies in it. A document counts as
cancelled where a person voided it, or where what a void made (see :mod:`coupa_erp.netsuite.external_ids`) is
set off against all of it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from coupa_erp.netsuite.codes import Codes, supplier_condition
from coupa_erp.netsuite.connection import NetSuiteSettings
from coupa_erp.netsuite.external_ids import all_ids, beginning, generation_of, is_void, key_of, void_id
from coupa_erp.netsuite.reads import Reads
from coupa_erp.netsuite.wire import Row, any_of, day, quoted, read_amount
from include.erp_port import DocumentState, ErpDocument
from include.errors import TransientError
from include.models.bill import BillKind

BILL, CREDIT = "vendorBill", "vendorCredit"
KINDS: dict[str, str] = {"VendBill": BILL, "VendCred": CREDIT}
_COLUMNS = (
    "t.id, t.type, t.externalid, t.voided, t.foreigntotal, t.foreignamountpaid, t.foreignamountunpaid, "
    "t.foreignpaymentamountused, t.foreignpaymentamountunused"
)
_KEYS_IN_A_QUERY = 20
_CONTENT = re.compile(r"^Coupa ([0-9a-f]{32}) (\d{4}-\d{2}-\d{2})$")
_TAX_LINE = re.compile(r"^Tax (\S+)")


@dataclass(frozen=True)
class Found:
    """A document as a search tells it.

    :param kind: of record.
    :param unpaid: what is still to be paid, or to be used, of it.
    :param paid: what was.
    """

    id: str
    kind: str
    external_id: str | None
    total: Decimal
    paid: Decimal
    unpaid: Decimal
    cancelled: bool

    @property
    def generation(self) -> int:
        """Which document of its key it is."""
        return generation_of(self.external_id or "")


class Documents:
    """Finds and reads documents.

    :param reads: NetSuite.
    :param codes: turns ids into codes.
    """

    def __init__(self, reads: Reads, codes: Codes, settings: NetSuiteSettings) -> None:
        self._reads = reads
        self._codes = codes
        self._extra = settings.extra

    def of_key(self, key: str) -> list[Found]:
        """Every document of a key, the newest first."""
        return self.of_keys([key])

    def of_keys(self, keys: Iterable[str]) -> list[Found]:
        """Likewise of many keys."""
        wanted = sorted(set(keys))
        found = [
            row
            for start in range(0, len(wanted), _KEYS_IN_A_QUERY)
            for row in self._reads.query(
                f"SELECT {_COLUMNS} FROM transaction t WHERE "  # noqa: S608
                + any_of(
                    "t.externalid",
                    [each for key in wanted[start : start + _KEYS_IN_A_QUERY] for each in all_ids(key)],
                )
                + " ORDER BY t.id DESC"
            )
        ]
        return _without_voids(found, {str(row.get("externalid")) for row in found})

    def of_number(self, company: str, supplier: str, number: str) -> list[Found]:
        """Every document of a supplier with the supplier's number."""
        rows = list(
            self._reads.query(
                f"SELECT {_COLUMNS} FROM transaction t JOIN vendor v ON v.id = t.entity "  # noqa: S608
                "JOIN transactionline l ON l.transaction = t.id AND l.mainline = 'T' "
                "JOIN subsidiary s ON s.id = l.subsidiary "
                f"WHERE t.type IN ('VendBill', 'VendCred') AND t.tranid = {quoted(number)} "
                f"AND {supplier_condition(supplier, company)} ORDER BY t.id DESC"
            )
        )
        return self._with_voids(rows)

    def of_window(self, key_prefix: str, first: datetime.date, last: datetime.date) -> list[Found]:
        """Documents of our keys that are dated, were entered or were changed in a window."""
        begins, after = beginning(key_prefix), last + datetime.timedelta(days=1)
        within = " OR ".join(
            f"({column} >= {day(first)} AND {column} < {day(after)})"
            for column in ("t.trandate", "t.createddate", "t.lastmodifieddate")
        )
        rows = list(
            self._reads.query(
                f"SELECT {_COLUMNS} FROM transaction t WHERE t.type IN ('VendBill', 'VendCred') "  # noqa: S608
                f"AND SUBSTR(t.externalid, 1, {len(begins)}) = {quoted(begins)} AND ({within}) ORDER BY t.id"
            )
        )
        return self._with_voids(rows)

    def read(self, found: Found) -> ErpDocument | None:
        """The document with all its sums; ``None`` where it is gone."""
        record = self._reads.record(found.kind, found.id)
        return self.document(found, record) if record is not None else None

    def all_read(self, found: Iterable[Found]) -> Iterator[ErpDocument]:
        """Likewise of many."""
        for one in found:
            if (document := self.read(one)) is not None:
                yield document

    def document(self, found: Found, record: Row) -> ErpDocument:
        """The document of a record.

        :raises TransientError: it is no such record as NetSuite describes it.
        """
        try:
            return self._document(found, record)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise TransientError(
                f"NetSuite answered with a {found.kind} that cannot be read: a field is missing or is not "
                "what its description says."
            ) from None

    def content_text(self, fingerprint: str, posting_date: datetime.date) -> str:
        """What lies in the content field."""
        return f"Coupa {fingerprint} {posting_date.isoformat()}"

    def _with_voids(self, rows: list[Row]) -> list[Found]:
        own = [str(row["externalid"]) for row in rows if key_of(row.get("externalid"))]
        voids: set[str] = set()
        for start in range(0, len(own), 400):
            wanted = any_of("t.externalid", [void_id(one) for one in own[start : start + 400]])
            found = self._reads.query(f"SELECT t.externalid FROM transaction t WHERE {wanted}")  # noqa: S608
            voids |= {str(row["externalid"]) for row in found}
        return _without_voids(rows, voids)

    def _document(self, found: Found, record: Row) -> ErpDocument:
        lines, taxes = self._sums(record)
        told = _CONTENT.fullmatch(str(record.get(self._extra.content_field) or ""))
        key = key_of(found.external_id)
        date = datetime.date.fromisoformat(record["tranDate"])
        kind: BillKind = "credit_note" if found.kind == CREDIT else "invoice"
        number = str(record.get("transactionNumber") or found.id)
        total = abs(read_amount(record["total"]))
        return ErpDocument(
            erp_id=f"{found.kind}/{found.id}",
            number=number,
            key=key,
            fingerprint=told[1] if told and key else None,
            state=_state(found, total),
            kind=kind,
            company=self._codes.code("subsidiary", _id(record, "subsidiary")),
            supplier=self._codes.code("vendor", _id(record, "entity")),
            supplier_number=record.get("tranId"),
            invoice_date=date,
            posting_date=self._posting_date(record, told[2] if told else None, date),
            currency=self._codes.code("currency", _id(record, "currency")),
            total=total,
            tax=sum(taxes.values(), Decimal(0)),
            paid_amount=Decimal(0) if found.cancelled or not total else found.paid,
            account_sums=lines,
            line_sums=lines,
            tax_sums=taxes,
        )

    def _posting_date(self, record: Row, told: str | None, date: datetime.date) -> datetime.date:
        """The day that was asked for, if it lies in the period that the document is posted to."""
        if told is not None:
            asked = datetime.date.fromisoformat(told)
            if self._codes.period_id(asked) == _id(record, "postingPeriod"):
                return asked
        return date

    def _sums(self, record: Row) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
        lines: dict[str, Decimal] = {}
        taxes: dict[str, Decimal] = {}
        booked = self._extra.accounts_of_taxes
        items = sublist(record, "expense")
        self._codes.learn_codes("account", [_id(line, "account") for line in items])
        self._codes.learn_codes(
            "salestaxitem", [_id(line, "taxCode") for line in items if line.get("taxCode")]
        )
        for line in items:
            account, amount = (
                self._codes.code("account", _id(line, "account")),
                read_amount(line.get("amount")),
            )
            tax = _TAX_LINE.match(str(line.get("memo") or ""))
            if tax and booked.get(tax[1]) == account:
                taxes[tax[1]] = taxes.get(tax[1], Decimal(0)) + amount
            else:
                lines[account] = lines.get(account, Decimal(0)) + amount
            if line.get("tax1Amt"):
                code = self._codes.code("salestaxitem", _id(line, "taxCode"))
                taxes[code] = taxes.get(code, Decimal(0)) + read_amount(line["tax1Amt"])
        for line in sublist(record, "item"):  # somebody added it: it shows as a difference
            lines["items"] = lines.get("items", Decimal(0)) + read_amount(line.get("amount"))
        return _not_zero(lines), _not_zero(taxes)


def choose(found: Iterable[Found]) -> Found | None:
    """Which document of a key counts: the live one, the oldest of several; else the newest cancelled one."""
    newest_first = list(found)
    live = [one for one in newest_first if not one.cancelled]
    return live[-1] if live else next(iter(newest_first), None)


def sublist(record: Row, name: str) -> list[Row]:
    """The lines of a sublist."""
    items = (record.get(name) or {}).get("items") or []
    return [line for line in items if isinstance(line, dict)]


def _without_voids(rows: Iterable[Row], external_ids: set[str]) -> list[Found]:
    return [_found(row, external_ids) for row in rows if not is_void(str(row.get("externalid") or ""))]


def _found(row: Row, external_ids: set[str]) -> Found:
    try:
        credit = row["type"] == "VendCred"
        used, unused = "foreignpaymentamountused", "foreignpaymentamountunused"
        paid = abs(read_amount(row.get(used if credit else "foreignamountpaid")))
        unpaid = abs(read_amount(row.get(unused if credit else "foreignamountunpaid")))
        external = row.get("externalid")
        set_off = external is not None and void_id(external) in external_ids and not unpaid
        return Found(
            id=str(row["id"]),
            kind=KINDS[row["type"]],
            external_id=external,
            total=abs(read_amount(row.get("foreigntotal"))),
            paid=paid,
            unpaid=unpaid,
            cancelled=row.get("voided") == "T" or set_off,
        )
    except (KeyError, ValueError):
        raise TransientError("NetSuite answered with a transaction that cannot be read.") from None


def _state(found: Found, total: Decimal) -> DocumentState:
    if found.cancelled:
        return "cancelled"
    return "paid" if total and found.paid and not found.unpaid else "posted"


def _id(record: Row, name: str) -> str:
    """The internal id of a reference; empty where there is none."""
    reference = record.get(name)
    return str(reference["id"]) if isinstance(reference, dict) else ""


def _not_zero(sums: dict[str, Decimal]) -> dict[str, Decimal]:
    return {name: amount for name, amount in sums.items() if amount}
