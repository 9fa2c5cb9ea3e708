"""A bill as the values of Tryton's ``account.invoice``, its lines and its manual taxes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from coupa_erp.tryton.matching import Match
from coupa_erp.tryton.references import References, Tax
from coupa_erp.tryton.remark import remark_of
from coupa_erp.tryton.wire import Row
from include.models.bill import Bill, BillLine, BillTax

#: Those of Tryton's prices, unless ``price_decimal`` of its configuration says otherwise.
_PRICE_DECIMALS = 4


def invoice_values(bill: Bill, found: References) -> Row:
    """What creates the draft, in one call with all that belongs to it.

    The supplier's number stays in ``reference``, where Tryton's check for similar bills and the remittance
    advice expect it; the business key is the ``description``.

    :param bill: the bill.
    :param found: the records that it names.
    """
    values: Row = {
        "type": "in",
        "company": found.company,
        "party": found.party,
        "invoice_address": found.address,
        "account": found.payable,
        "currency": found.currency,
        "journal": found.journal,
        "payment_term": found.payment_term,
        "reference": bill.number,
        "description": bill.key,
        "comment": remark_of(bill),
        "invoice_date": bill.invoice_date,
        "accounting_date": found.posting_date,
        "lines": [
            ["create", [row for place in range(len(bill.lines)) for row in _lines(place, bill, found)]]
        ],
        "taxes": [["create", [_tax(tax, bill, found.taxes[tax.code]) for tax in bill.taxes]]],
    }
    if bill.payment_term is None and bill.due_date is not None:
        # Without a term Tryton makes the whole amount due on this day.
        values["payment_term_date"] = bill.due_date
    return values


def tax_account(tax: BillTax, bill: Bill, known: Tax) -> Row:
    """Tryton's own account of a tax: by the sign of the base, as its form chooses it."""
    account = known.invoice_account if sign(bill) * tax.base >= 0 else known.credit_note_account
    if account is None:  # the look-up has refused that
        raise ValueError(f"tax {tax.code} has no account")
    return account


def sign(bill: Bill) -> int:
    """Tryton's sign of a bill's amounts: a credit note is a negative invoice."""
    return -1 if bill.kind == "credit_note" else 1


def _lines(place: int, bill: Bill, found: References) -> Iterator[Row]:
    """A line as Tryton's; what a price with its decimals leaves over of the amount is another one."""
    line, match = bill.lines[place], found.matches.get(place)
    rest = sign(bill) * line.amount
    if match is not None:
        ordered, booked = _against(match, rest, bill.key)
        yield {**_line(line, found), **ordered}
        rest -= booked
    if match is None or rest:
        # Once its amount, with the sign in the quantity, so that nothing is multiplied or rounded.
        yield {**_line(line, found), "quantity": -1 if rest < 0 else 1, "unit_price": abs(rest)}


def _line(line: BillLine, found: References) -> Row:
    values: dict[str, Any] = {
        "type": "line",
        "invoice_type": "in",
        "company": found.company,
        "currency": found.currency,
        "account": found.accounts[line.account].id,
        "description": _described(line),
    }
    if line.dimensions:
        entries = [found.dimensions[axis, code] for axis, code in sorted(line.dimensions.items())]
        values["analytic_accounts"] = [
            ["create", [{"root": root, "account": account} for root, account in entries]]
        ]
    return values


def _against(match: Match, amount: Decimal, key: str) -> tuple[Row, Decimal]:
    """What books a line against its order line, and what Tryton makes of quantity and price.

    :param amount: signed as Tryton's bill has it.
    """
    ordered = match.line
    price = round(amount / match.quantity, _PRICE_DECIMALS)
    values: Row = {
        "origin": f"purchase.line,{ordered.id}",
        "quantity": float(match.quantity),
        "unit": ordered.unit,
        "product": ordered.product,
        "unit_price": price,
    }
    receipts = [receipt.move for receipt in ordered.receipts if receipt.waits_for(key)]
    if match.whole and ordered.product and receipts and match.quantity * ordered.direction > 0:
        # Tryton values what was received by the price of its bill.
        values["stock_moves"] = [["add", receipts]]
    coin = Decimal(1).scaleb(-match.order.digits)
    return values, (match.quantity * price).quantize(coin, ROUND_HALF_EVEN)


def _described(line: BillLine) -> str:
    """The line's text; what Tryton would compute with (quantity, unit) is told there."""
    measured = f"{format(line.quantity, 'f')} {line.unit or ''}".strip() if line.quantity is not None else ""
    told = [part for part in (measured, line.purchase_order) if part]
    return f"{line.description} ({', '.join(told)})" if told else line.description


def _tax(tax: BillTax, bill: Bill, known: Tax) -> Row:
    base: Decimal = sign(bill) * tax.base
    amount: Decimal = sign(bill) * tax.amount
    return {
        "manual": True,
        "tax": known.id,
        "description": known.code,
        "account": tax_account(tax, bill, known)["id"],
        "base": base,
        "amount": amount,
    }
