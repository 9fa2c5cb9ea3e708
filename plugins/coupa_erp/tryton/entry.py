"""A bill as the values of Tryton's ``account.invoice``, its lines and its manual taxes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from coupa_erp.tryton.references import References, Tax
from coupa_erp.tryton.remark import remark_of
from coupa_erp.tryton.wire import Row
from include.models.bill import Bill, BillLine, BillTax


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
        "lines": [["create", [_line(line, bill, found) for line in bill.lines]]],
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


def _line(line: BillLine, bill: Bill, found: References) -> Row:
    """One line: once its amount, with the sign in the quantity, so that nothing is multiplied or rounded."""
    amount = sign(bill) * line.amount
    values: dict[str, Any] = {
        "type": "line",
        "invoice_type": "in",
        "company": found.company,
        "currency": found.currency,
        "account": found.accounts[line.account].id,
        "description": _described(line),
        "quantity": -1 if amount < 0 else 1,
        "unit_price": abs(amount),
    }
    if line.dimensions:
        entries = [found.dimensions[axis, code] for axis, code in sorted(line.dimensions.items())]
        values["analytic_accounts"] = [
            ["create", [{"root": root, "account": account} for root, account in entries]]
        ]
    return values


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
