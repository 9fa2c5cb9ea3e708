"""What settled our bills in Tryton: payments, credits, write-offs."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from coupa_erp.tryton.documents import INVOICE
from coupa_erp.tryton.listing import beginning_with
from coupa_erp.tryton.postings import MOVE_LINE
from coupa_erp.tryton.reads import Domain, TrytonReads
from coupa_erp.tryton.wire import Row
from include.payments.ports import DocumentPayments, ErpPayment

#: Their ids travel in an address.
_PAGE = 50

_DOCUMENT = (
    "number",
    "state",
    "description",
    "currency.code",
    "company.currency.code",
    "account",
    "move",
    "total_amount",
    "payment_lines",
)
_LINE = (
    "move.number",
    "move.date",
    "account",
    "debit",
    "credit",
    "amount_second_currency",
    "second_currency.code",
    "reconciliation.date",
    "reconciliation.delegate_to",
)


class Payments:
    """Reads payments.

    Tryton links a payment to a bill where it was entered on the bill. What settles a bill otherwise (a bank
    statement, a credit note, a payment of several bills) is only a reconciliation of the bill's payable line:
    it is told as one settlement, by what the payments on the bill leave of that line.

    :param transport: the database.
    """

    def __init__(self, transport: TrytonReads) -> None:
        self._transport = transport

    def of_window(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[DocumentPayments]:
        """Documents of our keys that were entered or written in a window, by key, with all their payments.

        Tryton writes a bill whenever a payment is added to it, reconciled with it or taken from it.

        :param key_prefix: what the keys begin with.
        :param last: the last day, included.
        """
        keys = sorted(self._keys(key_prefix, first, last))
        for start in range(0, len(keys), _PAGE):
            yield from self._of_keys(keys[start : start + _PAGE])

    def _keys(self, key_prefix: str, first: datetime.date, last: datetime.date) -> set[str]:
        since, until = (f"{day.isoformat()}T00:00:00" for day in (first, last + datetime.timedelta(days=1)))
        keys: set[str] = set()
        after = 0
        while True:
            rows = self._transport.search(
                INVOICE,
                [
                    ["type", "=", "in"],
                    ["state", "in", ["posted", "paid", "cancelled"]],
                    ["description", "like", beginning_with(key_prefix)],
                    ["id", ">", after],
                    [
                        "OR",
                        [["create_date", ">=", since], ["create_date", "<", until]],
                        [["write_date", ">=", since], ["write_date", "<", until]],
                    ],
                ],
                ["description"],
                order=[("id", "ASC")],
                limit=_PAGE,
            )
            # ``like`` is as the database collates; what begins otherwise is none of ours.
            keys |= {row["description"] for row in rows if row["description"].startswith(key_prefix)}
            if len(rows) < _PAGE:
                return keys
            after = rows[-1]["id"]

    def _of_keys(self, keys: Iterable[str]) -> Iterator[DocumentPayments]:
        """The cancelled document of a key may lie in the window, and the one that replaced it not."""
        domain: Domain = [["type", "=", "in"], ["state", "in", ["posted", "paid", "cancelled"]]]
        rows = self._transport.search_names(INVOICE, "description", keys, domain, _DOCUMENT)
        counting: dict[str, Row] = {}
        for row in sorted(rows, key=lambda row: (row["state"] != "cancelled", row["id"])):
            counting[row["description"]] = row
        live = [row for row in counting.values() if row["state"] != "cancelled"]
        owed = self._lines([["move", "in", [row["move"] for row in live]]]) if live else []
        linked = [line for row in live for line in row["payment_lines"]]
        paying = {line["id"]: line for line in (self._lines([["id", "in", linked]]) if linked else [])}
        of_move: dict[int, list[Row]] = defaultdict(list)
        for line in owed:
            of_move[line["move"]["id"]].append(line)
        for key, row in sorted(counting.items()):
            own = [line for line in of_move[row["move"]] if line["account"] == row["account"]]
            on_bill = [paying[line] for line in row["payment_lines"] if line in paying]
            yield DocumentPayments(
                key=key,
                number=row["number"],
                currency=row["currency"]["code"],
                # Tryton calls a bill of zero paid at once, though no money moved.
                settled=row["state"] == "paid" and bool(row["total_amount"]),
                payments=tuple(_payments(row, own, on_bill)) if row["state"] != "cancelled" else (),
            )

    def _lines(self, domain: Domain) -> list[Row]:
        return self._transport.search(MOVE_LINE, domain, _LINE)


def _payments(document: Row, owed: list[Row], on_bill: list[Row]) -> Iterator[ErpPayment]:
    side = -1 if document["total_amount"] < 0 else 1
    linked: dict[int | None, Decimal] = defaultdict(Decimal)
    # One that is reconciled with something else was cancelled: Tryton takes it off the bill a little later.
    standing = {None, *(_reconciliation(line) for line in owed)}
    for line in on_bill:
        amount = _in_currency(line, document)
        if not amount or _reconciliation(line) not in standing:
            continue  # in another currency than the bill: told once the bill's own line is settled
        linked[_reconciliation(line)] += amount
        yield ErpPayment(
            payment_id=f"L{line['id']}",
            amount=side * amount,
            date=line["move"]["date"],
            reference=line["move"]["number"],
        )
    settled: dict[int, Decimal] = defaultdict(Decimal)
    dates: dict[int, datetime.date] = {}
    for line in owed:
        reconciliation = line["reconciliation"]
        # One that is delegated has only moved the debt to another line: the bill's state tells its end.
        if reconciliation and (not reconciliation["delegate_to"] or document["state"] == "paid"):
            settled[reconciliation["id"]] -= _in_currency(line, document) or Decimal(0)
            dates[reconciliation["id"]] = reconciliation["date"]
    for reconciliation_id, amount in settled.items():
        if rest := amount - linked[reconciliation_id]:
            yield ErpPayment(
                payment_id=f"R{reconciliation_id}", amount=side * rest, date=dates[reconciliation_id]
            )


def _reconciliation(line: Row) -> int | None:
    return line["reconciliation"]["id"] if line["reconciliation"] else None


def _in_currency(line: Row, document: Row) -> Decimal | None:
    """What a line takes off a bill, in the bill's currency; ``None`` where it is in another one."""
    second: Any = line["second_currency"]
    code, currency = (second["code"] if second else None), document["currency"]["code"]
    if code == currency:
        return Decimal(line["amount_second_currency"])
    if code is None and document["company"]["currency"]["code"] == currency:
        return Decimal(line["debit"] - line["credit"])
    return None
