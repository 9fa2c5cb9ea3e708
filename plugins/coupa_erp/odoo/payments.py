"""What settled our documents in Odoo; what of that counts as a payment: :mod:`coupa_erp.odoo.settlements`."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from coupa_erp.odoo.documents import MOVE, MOVE_LINE, OWED, Documents
from coupa_erp.odoo.found import Found, read_date
from coupa_erp.odoo.names import Names, amount
from coupa_erp.odoo.settlements import OnTheWay, Settlement, allotted, money_share, told_payments
from coupa_erp.odoo.transport import OdooTransport, Row
from include.payments.ports import DocumentPayments

_PARTIAL, _PAYMENT = "account.partial.reconcile", "account.payment"
_PARTIAL_FIELDS = (
    "debit_move_id", "credit_move_id", "debit_amount_currency", "credit_amount_currency", "exchange_move_id",
    "max_date",
)  # fmt: skip
_PAGE = 50
#: Odoo 18 made payments that have no journal entry.
_WITHOUT_ENTRY = 18


class Payments:
    """Reads payments.

    :param transport: the database.
    :param documents: finds documents.
    :param names: tells what ids are called.
    """

    def __init__(self, transport: OdooTransport, documents: Documents, names: Names) -> None:
        self._transport = transport
        self._documents = documents
        self._companies: dict[str, Any] = {"companies": list(names.companies)}

    def of_window(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[DocumentPayments]:
        """Documents of our keys that were entered or written in a window, by key, with all their payments.

        Odoo writes a bill whenever its residual amount changes: a payment matched with it, or taken off.

        :param key_prefix: what the keys begin with.
        :param last: the last day, included.
        """
        keys = sorted(self._documents.keys_moved(key_prefix, first, last))
        for start in range(0, len(keys), _PAGE):
            yield from self._of_keys(keys[start : start + _PAGE])

    def _of_keys(self, keys: list[str]) -> Iterator[DocumentPayments]:
        """By the document that counts for a key: one in draft is being amended, and tells nothing now."""
        counting: dict[str, Found] = {}
        for found in self._documents.of_keys(keys):
            if found.document.key is not None and not (found.unposted and not found.once_posted):
                counting.setdefault(found.document.key, found)
        counting = {key: found for key, found in counting.items() if not found.unposted}
        live = [found for found in counting.values() if found.document.live]
        settled = self._settlements(live)
        coming = self._coming(live)
        for key, found in sorted(counting.items()):
            row, document = found.row, found.document
            total, told = document.total, told_payments(document.total, settled[found.id], coming[found.id])
            # Not by Odoo's payment_state: it says in_payment of a bill that is paid in part, too.
            paid = not amount(row["amount_residual"]) or (
                bool(coming[found.id]) and sum(one.amount for one in told) >= total
            )
            yield DocumentPayments(
                key=key,
                number=document.number,
                currency=document.currency,
                # Odoo calls a bill of zero paid at once, though no money moved.
                settled=document.live and paid and bool(total),
                payments=told if document.live else (),
            )

    def _settlements(self, documents: list[Found]) -> dict[int, list[Settlement]]:
        """What is matched with the debt of each document."""
        owed = {
            line["id"]: line["move_id"][0]
            for line in self._transport.search_names(
                MOVE_LINE,
                "move_id",
                (found.id for found in documents),
                [["display_type", "=", OWED]],
                ["move_id"],
                **self._companies,
            )
        }
        partials = self._partials(owed)
        other_side = {
            row["id"]: row["move_id"][0]
            for row in self._transport.search_names(
                MOVE_LINE,
                "id",
                (_sides(partial, owed)[1] for partial in partials),
                [],
                ["move_id"],
                **self._companies,
            )
        }
        exchange = {partial["exchange_move_id"][0] for partial in partials if partial["exchange_move_id"]}
        entries = self._entries(set(other_side.values()) - exchange)
        decimals = self._decimals(documents)
        by_id = {found.id: found for found in documents}
        told: dict[int, list[Settlement]] = defaultdict(list)
        for partial in partials:
            own, other = _sides(partial, owed)
            found, entry = by_id[owed[own]], entries.get(other_side.get(other, 0))
            if entry is None:
                continue
            side = 1 if own == partial["credit_move_id"][0] else -1
            field = "credit_amount_currency" if side > 0 else "debit_amount_currency"
            whole = amount(partial[field])
            share = money_share(entry["lines"], side) if entry["move_type"] == "entry" else Decimal(1)
            step = Decimal(1).scaleb(-decimals[found.row["currency_id"][0]])
            paid = whole if share == 1 else (whole * share).quantize(step, ROUND_HALF_UP)
            if paid:
                dated = entry["date"] if entry["move_type"] == "entry" else partial["max_date"]
                told[found.id].append(
                    Settlement(
                        entry["id"],
                        entry["name"] if entry["name"] != "/" else None,
                        paid,
                        read_date(dated) or datetime.date.min,
                        of_bank=bool(entry["statement_line_id"]),
                    )
                )
        return told

    def _partials(self, owed: Iterable[int]) -> list[Row]:
        lines = sorted(owed)
        if not lines:
            return []
        either = ["|", ["debit_move_id", "in", lines], ["credit_move_id", "in", lines]]
        return self._transport.search(_PARTIAL, either, _PARTIAL_FIELDS, order="id", **self._companies)

    def _entries(self, moves: Iterable[int]) -> dict[int, Row]:
        """The entries on the other side, each with its lines."""
        fields = ["name", "date", "move_type", "statement_line_id"]
        rows = self._transport.search_names(MOVE, "id", moves, [], fields, **self._companies)
        lines: dict[int, list[Row]] = defaultdict(list)
        for line in self._transport.search_names(
            MOVE_LINE,
            "move_id",
            (row["id"] for row in rows if row["move_type"] == "entry"),
            [],
            ["move_id", "balance", "account_type", "tax_line_id"],
            **self._companies,
        ):
            lines[line["move_id"][0]].append(line)
        return {row["id"]: {**row, "lines": lines[row["id"]]} for row in rows}

    def _decimals(self, documents: list[Found]) -> dict[int, int]:
        currencies = (found.row["currency_id"][0] for found in documents)
        rows = self._transport.search_names(
            "res.currency", "id", currencies, [], ["decimal_places"], inactive=True
        )
        return {row["id"]: int(row["decimal_places"]) for row in rows}

    def _coming(self, documents: list[Found]) -> dict[int, list[OnTheWay]]:
        """Payments of these documents that have no journal entry, save those in another currency."""
        coming: dict[int, list[OnTheWay]] = defaultdict(list)
        if self._transport.version < _WITHOUT_ENTRY:
            return coming
        payments = self._transport.search_names(
            _PAYMENT,
            "invoice_ids",
            (found.id for found in documents),
            [["move_id", "=", False], ["state", "in", ["in_process", "paid"]]],
            ["name", "date", "amount", "currency_id", "invoice_ids"],
            **self._companies,
        )
        bills = self._transport.search_names(
            MOVE,
            "id",
            (bill for payment in payments for bill in payment["invoice_ids"]),
            [["state", "=", "posted"]],
            ["amount_total", "currency_id"],
            order="invoice_date_due, id",
            **self._companies,
        )
        ours = {found.id for found in documents}
        for payment in payments:
            owed = [
                (bill["id"], amount(bill["amount_total"]))
                for bill in bills
                if bill["id"] in payment["invoice_ids"]
                and bill["currency_id"][0] == payment["currency_id"][0]
            ]
            for bill, share in allotted(amount(payment["amount"]), owed).items():
                if bill in ours:
                    name, date = payment["name"] or None, read_date(payment["date"]) or datetime.date.min
                    coming[bill].append(OnTheWay(payment["id"], name, share, date))
        return coming


def _sides(partial: Row, owed: dict[int, int]) -> tuple[int, int]:
    """The document's line of a matching, and the other one."""
    debit, credit = partial["debit_move_id"][0], partial["credit_move_id"][0]
    return (debit, credit) if debit in owed else (credit, debit)
