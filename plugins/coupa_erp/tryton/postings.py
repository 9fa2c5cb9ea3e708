"""The lines of a posted move as sums: by account, and apart what is tax, by its code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from coupa_erp.tryton.wire import Row
from include.models.bill import BillKind

MOVE_LINE = "account.move.line"
POSTING_FIELDS = (
    "move",
    "account.code",
    "debit",
    "credit",
    "amount_second_currency",
    "second_currency.code",
    "tax_lines.type",
    "tax_lines.tax.description",
)


@dataclass(frozen=True)
class Postings:
    """Sums in the document's currency, signed as a bill's lines; what is zero is left out.

    :param accounts: by account, taxes included.
    :param lines: by account, without the taxes.
    :param taxes: by tax code.
    """

    accounts: dict[str, Decimal]
    lines: dict[str, Decimal]
    taxes: dict[str, Decimal]


def postings_of(rows: Iterable[Row], payable: int, kind: BillKind) -> Postings:
    """Add a move's lines up.

    The payable side is left out: it is the total. So is a line without the document's currency: that is
    Tryton's own rounding of the conversion, in the company's currency.

    :param rows: move lines with :data:`POSTING_FIELDS`.
    :param payable: the id of the document's payable account.
    :param kind: signs the sums.
    """
    lines_of_move = list(rows)
    foreign = any(row["second_currency"] for row in lines_of_move)
    side = -1 if kind == "credit_note" else 1
    accounts: dict[str, Decimal] = {}
    lines: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    for row in lines_of_move:
        if row["account"]["id"] == payable or (foreign and not row["second_currency"]):
            continue
        in_currency = row["amount_second_currency"] if foreign else row["debit"] - row["credit"]
        amount = side * (in_currency or Decimal(0))
        account, tax = row["account"]["code"], _tax_code(row)
        _add(accounts, account, amount)
        _add(lines if tax is None else taxes, account if tax is None else tax, amount)
    return Postings(
        *({name: sum_ for name, sum_ in sums.items() if sum_} for sums in (accounts, lines, taxes))
    )


def _tax_code(row: Row) -> str | None:
    """The code of the tax whose amount a line is; a line that is merely a tax's base is none."""
    for tax_line in row["tax_lines"] or []:
        if tax_line["type"] == "tax":
            return str(tax_line["tax"]["description"])
    return None


def _add(sums: dict[str, Decimal], name: str, amount: Decimal) -> None:
    sums[name] = sums.get(name, Decimal(0)) + amount
