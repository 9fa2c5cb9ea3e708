"""Codes to NetSuite's internal ids and back: the mapping speaks of numbers and names, a record of ids.

What is not found is told all at once, each with its place, before anything is written.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from coupa_erp.netsuite.reads import Reads
from coupa_erp.netsuite.wire import any_of, day, quoted
from include.errors import ConfigurationError, ErpRejection, Refusal
from include.models.bill import Bill

#: The mapping's axes: the field of a line, the table of SuiteQL.
AXES = {
    "department": ("department", "department"),
    "cost_center": ("department", "department"),
    "class": ("class", "classification"),
    "location": ("location", "location"),
}
#: Table of SuiteQL to the column that people call a record by.
_CALLED = {
    "subsidiary": "name",
    "vendor": "entityid",
    "account": "acctnumber",
    "currency": "symbol",
    "term": "name",
    "salestaxitem": "itemid",
    "department": "name",
    "classification": "name",
    "location": "name",
}
_IDS_IN_A_QUERY = 200


@dataclass(frozen=True)
class Period:
    """A posting period."""

    id: str
    first: datetime.date
    last: datetime.date
    closed: bool


@dataclass(frozen=True)
class References:
    """The internal ids of all that a bill names.

    :param ids: by table and code.
    :param posting_date: the day that NetSuite chose, or the bill's.
    """

    ids: dict[tuple[str, str], str]
    period: Period
    posting_date: datetime.date

    def __getitem__(self, named: tuple[str, str]) -> str:
        """The id of a code of a table."""
        return self.ids[named]


class Codes:
    """Finds ids and codes, and keeps what it found for the hook's life.

    :param reads: NetSuite.
    """

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._ids: dict[tuple[str, str], str] = {}
        self._codes: dict[tuple[str, str], str] = {}
        self._periods_of_days: dict[datetime.date, str] = {}

    def of(self, bill: Bill, taxes: Iterable[tuple[str, str]], further: list[tuple[str, str]]) -> References:
        """The ids of all that a bill names.

        :param taxes: the tax codes of NetSuite that the bill names, each with its place.
        :param further: tables and codes that the connection names.
        :raises ErpRejection: naming each code that NetSuite does not have.
        """
        wanted = [*_named(bill), *(("TAX", "salestaxitem", code, place) for code, place in taxes)]
        self._learn([(table, code) for _, table, code, _ in wanted] + further)
        refusals = [
            Refusal(
                f"{what}_UNKNOWN",
                f"NetSuite has no active {_spoken(what, table)} {code}: correct it in Coupa or in the "
                "export's mapping, or create it in NetSuite.",
                place,
            )
            for what, table, code, place in wanted
            if (table, code) not in self._ids
        ]
        if refusals:
            raise ErpRejection(*dict.fromkeys(refusals))
        missing = [code for table, code in further if (table, code) not in self._ids]
        if missing:
            raise ConfigurationError(
                f"NetSuite has no account or tax code {', '.join(missing)}, which the extra names."
            )
        if bill.posting_date is None:
            period = self.first_open(bill.invoice_date)
            return References(self._ids, period, max(period.first, bill.invoice_date))
        return References(self._ids, self.open_period(bill.posting_date), bill.posting_date)

    def code(self, table: str, record: str) -> str:
        """What people call a record; its id, marked, where NetSuite does not tell."""
        if (table, record) not in self._codes:
            self.learn_codes(table, [record])
        return self._codes.get((table, record), f"#{record}")

    def learn_codes(self, table: str, records: Iterable[str]) -> None:
        """Ask for many at once what :meth:`code` will be asked for."""
        wanted = sorted({record for record in records if record and (table, record) not in self._codes})
        for start in range(0, len(wanted), _IDS_IN_A_QUERY):
            ids = any_of("id", wanted[start : start + _IDS_IN_A_QUERY])
            column = _CALLED[table]
            for row in self._reads.query(f"SELECT id, {column} AS code FROM {table} WHERE {ids}"):  # noqa: S608
                self._codes[table, str(row["id"])] = str(row.get("code") or "")

    def period_id(self, date: datetime.date) -> str | None:
        """The id of the posting period of a day; what is open changes, an id does not."""
        if date not in self._periods_of_days:
            period = self.period_of(date)
            if period is None:
                return None
            self._periods_of_days[date] = period.id
        return self._periods_of_days[date]

    def period_of(self, date: datetime.date) -> Period | None:
        """The posting period of a day, open or closed."""
        found = list(self._periods(f"startdate <= {day(date)} AND enddate >= {day(date)}"))
        return found[0] if found else None

    def open_period(self, date: datetime.date) -> Period:
        """Likewise.

        :raises ErpRejection: it is closed, or there is none.
        """
        period = self.period_of(date)
        if period is None or period.closed:
            raise ErpRejection(
                Refusal(
                    "PERIOD_CLOSED",
                    f"NetSuite's posting period of {date} is {'closed' if period else 'missing'}: open it in "
                    "NetSuite, or change the date in Coupa so that it falls into an open one.",
                )
            )
        return period

    def first_open(self, date: datetime.date) -> Period:
        """The first open period that does not end before a day.

        :raises ErpRejection: there is none.
        """
        found = [period for period in self._periods(f"enddate >= {day(date)}") if not period.closed]
        if not found:
            raise ErpRejection(
                Refusal("PERIOD_CLOSED", f"NetSuite has no open posting period on or after {date}: open one.")
            )
        return found[0]

    def _periods(self, condition: str) -> Iterable[Period]:
        rows = self._reads.query(
            "SELECT id, TO_CHAR(startdate, 'YYYY-MM-DD') AS first, TO_CHAR(enddate, 'YYYY-MM-DD') AS last, "  # noqa: S608
            "closed, aplocked FROM accountingperiod WHERE isposting = 'T' AND isadjust = 'F' "
            f"AND {condition} ORDER BY startdate"
        )
        for row in rows:
            yield Period(
                str(row["id"]),
                datetime.date.fromisoformat(row["first"]),
                datetime.date.fromisoformat(row["last"]),
                "T" in (row.get("closed"), row.get("aplocked")),
            )

    def _learn(self, wanted: list[tuple[str, str]]) -> None:
        by_table: dict[str, list[str]] = {}
        for table, code in dict.fromkeys(wanted):
            if (table, code) not in self._ids:
                by_table.setdefault(table, []).append(code)
        for table, codes in by_table.items():
            column = _CALLED[table]
            rows = self._reads.query(
                f"SELECT id, {column} AS code FROM {table} WHERE isinactive = 'F' AND {any_of(column, codes)}"  # noqa: S608
            )
            for row in rows:
                if row.get("code") in codes:
                    self._ids[table, row["code"]] = str(row["id"])
                    self._codes[table, str(row["id"])] = row["code"]


def _named(bill: Bill) -> Iterable[tuple[str, str, str, str]]:
    """What it is called in a refusal, the table, the code, and the place."""
    yield "COMPANY", "subsidiary", bill.company, "Header"
    yield "SUPPLIER", "vendor", bill.supplier, "Header"
    yield "CURRENCY", "currency", bill.currency, "Header"
    if bill.payment_term:
        yield "PAYMENT_TERM", "term", bill.payment_term, "Header"
    for line in bill.lines:
        yield "ACCOUNT", "account", line.account, line.place
        for axis, code in line.dimensions.items():
            if axis in AXES:
                yield "DIMENSION", AXES[axis][1], code, line.place


def _spoken(what: str, table: str) -> str:
    return table if what == "DIMENSION" else what.lower().replace("_", " ")


def supplier_condition(supplier: str, company: str) -> str:
    """A condition on a vendor ``v`` and a subsidiary ``s``."""
    return f"v.entityid = {quoted(supplier)} AND s.name = {quoted(company)}"
