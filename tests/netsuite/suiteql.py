"""SuiteQL of the stand-in: SQLite runs the queries, over tables as NetSuite's Records Catalog has them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from typing import Any

TABLES = {
    "transaction": (
        "id INTEGER, type, externalid, tranid, transactionnumber, entity, voided, trandate, createddate, "
        "lastmodifieddate, foreigntotal, foreignamountpaid, foreignamountunpaid, foreignpaymentamountused, "
        "foreignpaymentamountunused, memo, custbody_coupa"
    ),
    "transactionline": "id INTEGER, transaction_, mainline, subsidiary, foreignamount",
    "transactionaccountingline": "transaction_, transactionline INTEGER, account, posting",
    "accountingperiod": "id, startdate, enddate, closed, aplocked, isposting, isadjust",
    "subsidiary": "id, name, isinactive",
    "vendor": "id, entityid, isinactive",
    "account": "id, acctnumber, isinactive",
    "currency": "id, symbol, isinactive",
    "term": "id, name, isinactive",
    "salestaxitem": "id, itemid, isinactive",
    "department": "id, name, isinactive",
    "classification": "id, name, isinactive",
    "location": "id, name, isinactive",
}


def run(query: str, tables: dict[str, Iterable[dict[str, Any]]], limit: int, offset: int) -> dict[str, Any]:
    """A page of a query's rows, without their nulls, every value a text.

    :raises sqlite3.Error: it is no query, or names what is not there.
    """
    if not re.match(r"\s*SELECT\s", query, re.I) or ";" in re.sub(r"'(?:[^']|'')*'", "", query):
        raise sqlite3.OperationalError("only one SELECT is allowed")
    books = sqlite3.connect(":memory:")
    try:
        for name, columns in TABLES.items():
            if name not in query:
                continue
            books.execute(f'CREATE TABLE "{name}" ({columns})')
            for row in tables.get(name, ()):
                marks = ", ".join("?" for _ in row)
                names = ", ".join(row)
                books.execute(f'INSERT INTO "{name}" ({names}) VALUES ({marks})', list(row.values()))  # noqa: S608
        # NetSuite writes dates as the user prefers; only TO_DATE and TO_CHAR have a form of their own.
        books.create_function("TO_DATE", 2, lambda text, _: text)
        books.create_function("TO_CHAR", 2, lambda text, _: text)
        said = re.sub(r"\bFROM transaction\b", 'FROM "transaction"', query)
        said = re.sub(r"\b(\w+)\.transaction\b", r"\1.transaction_", said)
        cursor = books.execute(said)
        columns = [column[0] for column in cursor.description]
        rows = [
            {name: str(value) for name, value in zip(columns, row, strict=True) if value is not None}
            for row in cursor.fetchall()
        ]
    finally:
        books.close()
    page = rows[offset : offset + limit]
    return {
        "links": [], "count": len(page), "hasMore": offset + limit < len(rows), "items": page,
        "offset": offset, "totalResults": len(rows),
    }  # fmt: skip
