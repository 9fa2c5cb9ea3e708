"""The stand-in's GL impact: every line of a transaction with its account, as SuiteQL tells them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.netsuite.ledger import CREDIT, PAYABLE, Ledger, Row


def tables(ledger: Ledger) -> dict[str, list[Row]]:
    """``transactionline`` and ``transactionaccountingline``; what is voided has no impact any more."""
    lines: list[Row] = []
    booked: list[Row] = []
    for record in ledger.records.values():
        for number, (account, amount) in enumerate([] if record["voided"] else _impact(ledger, record)):
            of_line = {"transaction_": record["id"], "subsidiary": record["subsidiary"]}
            main = "T" if number == 0 else "F"
            lines.append({**of_line, "id": number, "mainline": main, "foreignamount": format(amount, "f")})
            booked.append(
                {
                    "transaction_": record["id"],
                    "transactionline": number,
                    "account": account,
                    "posting": "T",
                }
            )
    return {"transactionline": lines, "transactionaccountingline": booked}


def _impact(ledger: Ledger, record: Row) -> Iterator[tuple[str, Decimal]]:
    """Account and debit less credit; what is owed comes first, the main line."""
    ids = {code: key for key, code in ledger.lists.account.items()}
    side = -1 if record["kind"] == CREDIT else 1
    yield ids[PAYABLE], -side * ledger.total(record)
    for line in record["expense"]:
        yield line["account"], side * line["amount"]
        if line["tax1Amt"]:
            code = ledger.lists.salestaxitem[line["taxCode"]]
            yield ids[ledger.lists.tax_accounts[code]], side * line["tax1Amt"]
