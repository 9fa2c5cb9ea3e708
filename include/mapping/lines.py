"""The lines of the invoice: what each posts, and what is inside or beside its total."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from include.mapping.accounts import code_split, code_whole
from include.mapping.amounts import ZERO
from include.mapping.case import Case, Posting, Source, Taxable
from include.mapping.part import Part
from include.mapping.taxes import TaxPart, line_taxes, read_withholding
from include.mapping.templates import fields_of
from include.mapping.text import clean, identifier
from include.models.invoice import CoupaInvoice, InvoiceLine


@dataclass(eq=False, kw_only=True)
class LinePart(Part):
    """A line as it goes into the bill.

    :param discount: its ``discount-amount``, which its total may or may not hold already.
    """

    discount: Decimal
    withheld: list[TaxPart] = field(default_factory=list)


def line_places(invoice: CoupaInvoice) -> list[str]:
    """``Line 1``, by Coupa's line numbers where they tell the lines apart, else by their order."""
    numbers = [line.line_num for line in invoice.invoice_lines]
    if None in numbers or len(set(numbers)) < len(numbers):
        return [f"Line {position}" for position in range(1, len(numbers) + 1)]
    return [f"Line {number}" for number in numbers]


def read_lines(case: Case) -> list[LinePart]:
    """Every line of the invoice; an invoice without any is refused."""
    if not case.invoice.invoice_lines and "invoice-lines" not in case.invoice.unreadable:
        case.refuse("LINES_MISSING", "The invoice has no lines: add its lines in Coupa.")
    places = line_places(case.invoice)
    return [
        _read_line(case, line, place) for line, place in zip(case.invoice.invoice_lines, places, strict=True)
    ]


def _read_line(case: Case, line: InvoiceLine, place: str) -> LinePart:
    sign = case.orientation.parts
    if line.total is None and "total" not in line.unreadable:
        case.refuse("AMOUNT_MISSING", "The line has no total: enter its amount in Coupa.", place)
    net = case.rounded((line.total or ZERO) * sign, place)
    postings = _post(case, line, net, place)
    part = LinePart(
        net=net, discount=case.rounded(abs(line.discount_amount or ZERO), place), postings=postings
    )
    taxable = Taxable(net, place, sign, postings)
    part.taxes = line_taxes(case, line, taxable)
    part.withheld = read_withholding(case, line.withholding_tax_lines, taxable)
    return part


def _post(case: Case, line: InvoiceLine, net: Decimal, place: str) -> list[Posting]:
    source = Source(place, clean(line.description) or place, fields_of(line.custom_fields))
    if line.account_allocations:
        postings = code_split(case, net, line.account_allocations, source)
    elif line.account is not None:
        postings = [code_whole(case, net, line.account, source)]
        if line.quantity is not None:
            postings[0].quantity = line.quantity * case.orientation.parts
            postings[0].unit = identifier(line.uom.code) or None if line.uom else None
    else:
        if net and not {"account", "account-allocations"} & set(line.unreadable):
            case.refuse("ACCOUNT_MISSING", "The line has no account: choose its account in Coupa.", place)
        return []
    order = identifier(line.po_number) or identifier(line.order_header_num) or None
    for posting in postings:
        posting.purchase_order = order
        posting.purchase_order_line = identifier(line.order_line_num) or None if order else None
    return postings
