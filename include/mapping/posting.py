"""The bill's lines and taxes, once it is known which figures count."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from include.mapping.amounts import ZERO, rounded
from include.mapping.case import ASK, Case, Posting
from include.mapping.settings import TaxRule
from include.mapping.taxes import TaxPart
from include.mapping.totals import Figures, Reading
from include.models.bill import BillLine, BillTax

_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Posted:
    """Lines and taxes that come to the total, exactly."""

    lines: list[BillLine]
    taxes: list[BillTax]
    total: Decimal


def post(case: Case, figures: Figures, reading: Reading) -> Posted | None:
    """Lines and taxes; ``None`` once something is refused.

    :param reading: the way to understand the figures that comes to the gross total.
    """
    if reading.owed < 0:
        case.refuse(
            "OWED_NEGATIVE",
            f"Withholding and advances exceed the invoice, which leaves {case.money(reading.owed)}: correct "
            "them in Coupa, or enter the invoice by hand.",
        )
        return None
    taxes = [
        bill_tax for tax in (*reading.taxes.taxes, *figures.withheld_taxes) for bill_tax in _tax(case, tax)
    ]
    if reading.line_discounts:
        for line in figures.lines:
            _bear(case, -line.discount, line.postings, "Header")
    postings = [posting for part in figures.parts for posting in part.postings]
    postings += [charge.posting(case) for charge in reading.header_charges]
    if reading.discount:
        account = _configured(case, case.mapping.discount_account, "discount")
        postings.append(Posting(account, -figures.discount, "Discount", "Discount"))
    if figures.advance:
        account = _configured(case, case.mapping.advance_account, "advance payment")
        postings.append(Posting(account, -figures.advance, "Advance payment", "Advance payment"))
    if case.refusals:
        return None
    if not postings:
        case.refuse("ACCOUNT_MISSING", "No line of the invoice has an account: choose the accounts in Coupa.")
        return None
    difference = reading.owed - sum((posting.amount for posting in postings), ZERO)
    difference -= sum((tax.amount for tax in taxes), ZERO)
    if not case.close(difference, ZERO):
        case.refuse(
            "SUMS_DIFFER",
            f"What is coded to accounts and taxes differs by {case.money(difference)} from what is owed, "
            f"{case.money(reading.owed)}: correct the amounts in Coupa so that they agree.",
        )
        return None
    if difference:
        account = case.mapping.rounding.account
        postings.append(Posting(account, difference, "Rounding", "Rounding difference"))
    return Posted([_line(posting) for posting in postings], taxes, reading.owed)


def _tax(case: Case, tax: TaxPart) -> list[BillTax]:
    """What the treatment of a tax makes of it: taxes of the ERP, a cost on its line, or both."""
    for refusal in tax.refusals:
        case.refuse(refusal.code, refusal.message, refusal.place)
    rule = tax.rule
    if rule is None or tax.refusals:
        return []
    if rule.treatment == "non_deductible":
        _bear(case, tax.amount, tax.bearers, tax.place)
        return []
    if rule.treatment == "partly_deductible":
        deductible = rounded(tax.amount * (rule.deductible_percent or ZERO) / _HUNDRED, case.decimals)
        _bear(case, tax.amount - deductible, tax.bearers, tax.place)
        return [_bill_tax(rule.erp_code, tax, deductible)]
    if rule.treatment == "withholding":
        return [_bill_tax(rule.erp_code, tax, -tax.amount)]
    return [_bill_tax(rule.erp_code, tax, tax.amount), *_counter_entry(rule, tax)]


def _counter_entry(rule: TaxRule, tax: TaxPart) -> list[BillTax]:
    return [_bill_tax(rule.counter_code, tax, -tax.amount)] if rule.treatment == "reverse_charge" else []


def _bill_tax(code: str | None, tax: TaxPart, amount: Decimal) -> BillTax:
    return BillTax(code=code or "", base=tax.base, amount=amount, place=tax.place)


def _bear(case: Case, amount: Decimal, bearers: list[Posting], place: str) -> None:
    """Add a cost to the postings that bear it; nobody to bear it is a reason to refuse."""
    if amount and not bearers:
        case.refuse(
            "ACCOUNT_MISSING",
            f"{case.money(amount)} of tax or discount belong to a line without an account: choose its "
            "account in Coupa.",
            place,
        )
    case.spread(amount, bearers)


def _configured(case: Case, account: str | None, what: str) -> str:
    if account is None:
        case.refuse(
            "ACCOUNT_UNMAPPED",
            f"The invoice has a {what}, for which the mapping names no account: {ASK}.",
        )
    return account or ""


def _line(posting: Posting) -> BillLine:
    return BillLine(
        account=posting.account,
        amount=posting.amount,
        description=posting.description,
        place=posting.place,
        dimensions=posting.dimensions,
        quantity=posting.quantity,
        unit=posting.unit,
        purchase_order=posting.purchase_order,
        purchase_order_line=posting.purchase_order_line,
    )
