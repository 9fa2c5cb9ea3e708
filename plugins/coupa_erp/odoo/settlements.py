"""What journal entries settle of a document, without Odoo: sums, shares and names.

Odoo calls a bill paid whose debt is gone, whatever took it. Told is what a person would call its payment::

    a payment, a line of the bank       what of it is money: no write-off and no discount in the same entry
    a credit note, another debt         whole: the debts of both sides settle each other
    an entry on income or expense       nothing: that is a write-off
    an exchange difference              nothing
    a payment that has no entry yet     what it brings to this bill; the bank's line that settles it then is
                                        the same payment
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from coupa_erp.odoo.names import amount
from coupa_erp.odoo.transport import Row
from include.payments.ports import ErpPayment

_DEBTS = ("liability_payable", "asset_receivable")
_MONEY = ("asset_cash", "liability_credit_card")


@dataclass(frozen=True)
class Settlement:
    """One matching of a document with another entry.

    :param move: the other entry's id.
    :param amount: in the document's currency.
    :param of_bank: whether the entry is a bank statement's line.
    """

    move: int
    name: str | None
    amount: Decimal
    date: datetime.date
    of_bank: bool = False


@dataclass(frozen=True)
class OnTheWay:
    """A payment that Odoo (from 18 on, with its accounting app) books only when the bank shows it.

    :param amount: what it brings to this document, in the document's currency.
    """

    payment: int
    name: str | None
    amount: Decimal
    date: datetime.date


def money_share(lines: Sequence[Row], side: int) -> Decimal:
    """What part of the debt that an entry takes is taken by money, or by another debt: 0 to 1.

    :param lines: all of the entry, with ``balance``, ``account_type`` and ``tax_line_id``.
    :param side: 1 where it takes debt on its debit side, as the payment of a bill does.
    """
    debt = sum((side * amount(line["balance"]) for line in lines if _takes(line, side)), Decimal(0))
    lost = sum((-side * amount(line["balance"]) for line in lines if _is_result(line)), Decimal(0))
    if debt <= 0 or lost <= 0:
        return Decimal(1)
    return max(Decimal(0), 1 - lost / debt)


def allotted(payment: Decimal, owed: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """What one payment brings to each of several bills: the first is filled first.

    :param owed: each bill with its total, as Odoo fills them: by the day when they are due.
    """
    left, shares = payment, {}
    for bill, total in owed:
        shares[bill] = min(left, total)
        left -= shares[bill]
    return shares


def told_payments(
    total: Decimal, settlements: Iterable[Settlement], coming: Iterable[OnTheWay]
) -> tuple[ErpPayment, ...]:
    """Each payment once: what several matchings take of one entry is one payment.

    A payment on the way keeps its name when the bank's line that brings it is matched with the bill.

    :param total: the document's.
    """
    sums: dict[int, Settlement] = {}
    for one in settlements:
        before = sums.get(one.move)
        sums[one.move] = (
            Settlement(
                one.move, one.name, before.amount + one.amount, max(before.date, one.date), one.of_bank
            )
            if before
            else one
        )
    bank = {move: one.amount for move, one in sums.items() if one.of_bank}
    left = total - sum((one.amount for one in sums.values() if not one.of_bank), Decimal(0))
    told = []
    for payment in sorted(coming, key=lambda one: (one.date, one.payment)):
        share = min(payment.amount, left)
        if share <= 0:
            continue
        left -= share
        told.append(_told(f"P{payment.payment}", share, payment.date, payment.name))
        for move in sorted(bank, key=lambda move: (bank[move] != share, move)):
            taken = min(share, bank[move])
            bank[move] -= taken
            share -= taken
    for move, one in sums.items():
        if rest := bank.get(move, one.amount):
            told.append(_told(f"M{move}", rest, one.date, one.name))
    return tuple(sorted(told, key=lambda one: (one.date, one.payment_id)))


def _told(name: str, paid: Decimal, date: datetime.date, reference: str | None) -> ErpPayment:
    return ErpPayment(payment_id=name, amount=paid, date=date, reference=reference)


def _takes(line: Row, side: int) -> bool:
    return line["account_type"] in _DEBTS and side * amount(line["balance"]) > 0


def _is_result(line: Row) -> bool:
    """Income, expense, or a tax: what a discount for early payment takes back of it."""
    kind = str(line["account_type"] or "")
    return kind.startswith(("income", "expense")) or bool(line["tax_line_id"])
