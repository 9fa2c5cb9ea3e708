"""The taxes of a line, a charge or the header, as Coupa states them and by the treatment of their code."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from include.errors import Refusal
from include.mapping.amounts import ZERO, rounded
from include.mapping.case import ASK, Case, Posting, Taxable
from include.mapping.settings import TaxRule, Treatment
from include.mapping.text import identifier
from include.models.invoice import CoupaInvoice, InvoiceLine, TaxLine

_HUNDRED = Decimal(100)


@dataclass(eq=False)
class TaxPart:
    """One tax as the bill will have it; refused only where it is not a mere repetition of another.

    :param code: Coupa's.
    :param amount: oriented and rounded; of a reverse charge what is due, of a withholding what is kept back.
    :param bearers: the postings that take what cannot be deducted.
    :param kept_back: it stands among the withholding tax lines.
    """

    code: str
    rule: TaxRule | None
    amount: Decimal
    base: Decimal
    place: str
    bearers: list[Posting]
    kept_back: bool = False
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def treatment(self) -> Treatment:
        """Of a code that is not known: as an ordinary tax, so that the sums can still be checked."""
        if self.kept_back:
            return "withholding"
        return self.rule.treatment if self.rule else "recoverable"

    @property
    def is_ordinary(self) -> bool:
        """Whether the supplier is owed it."""
        return self.treatment not in ("reverse_charge", "withholding")


def total_of(taxes: list[TaxPart]) -> Decimal:
    """The sum of what the supplier is owed of these taxes."""
    return sum((tax.amount for tax in taxes if tax.is_ordinary), ZERO)


def reverse_charge_of(taxes: list[TaxPart]) -> Decimal:
    """The sum of the reverse charges among these taxes."""
    return sum((tax.amount for tax in taxes if tax.treatment == "reverse_charge"), ZERO)


def line_taxes(case: Case, line: InvoiceLine, taxable: Taxable) -> list[TaxPart]:
    """The taxes of a line, each once: its ``tax-amount`` repeats the tax lines where there are any."""
    if not line.tax_lines:
        part = stated_tax(case, line, taxable)
        return [part] if part else []
    stated = line.tax_amount
    if stated and len(line.tax_lines) == 1 and line.tax_lines[0].amount is None:
        return tax_lines(case, [line.tax_lines[0].model_copy(update={"amount": stated})], taxable)
    parts = tax_lines(case, line.tax_lines, taxable)
    if stated:
        figure, owed = stated * taxable.sign, total_of(parts)
        if not any(case.close(figure, together) for together in (owed, owed + reverse_charge_of(parts))):
            case.refuse(
                "TAX_DIFFERS",
                f"The tax amount is {case.money(figure)}, but its tax lines add up to {case.money(owed)}: "
                "correct the taxes in Coupa.",
                taxable.place,
            )
    return parts


def tax_lines(case: Case, lines: list[TaxLine], taxable: Taxable) -> list[TaxPart]:
    """The tax lines of a line, a charge or the header that there is something to post of."""
    return [part for line in lines if (part := read_tax(case, line, taxable))]


def stated_tax(case: Case, taxed: InvoiceLine | CoupaInvoice, taxable: Taxable) -> TaxPart | None:
    """A tax that stands in ``tax-amount``, ``tax-code`` and ``tax-rate``, without a tax line."""
    if not taxed.tax_amount and taxed.tax_code is None:
        return None
    line = TaxLine(amount=taxed.tax_amount, rate=taxed.tax_rate, tax_code=taxed.tax_code)
    return read_tax(case, line, taxable)


def read_tax(case: Case, line: TaxLine, taxable: Taxable) -> TaxPart | None:
    """One tax line; ``None`` where there is nothing to post.

    A reverse charge comes with an amount of zero, then it is computed from the rate, or with its amount.
    """
    place, sign = taxable.place, taxable.sign
    code, rule = find_rule(case, line)
    amount = case.rounded((line.amount or ZERO) * sign, place)
    base = case.rounded(line.taxable_amount * sign, place) if line.taxable_amount else taxable.net
    rate = line.rate if line.rate is not None else (line.tax_code.percentage if line.tax_code else None)
    if not amount and not rule and (not code or not rate or not base):
        return None
    part = TaxPart(code, rule, amount, base, place, taxable.bearers)
    if rule is None:
        part.refusals.append(_unknown(case, code, amount, place))
    elif rule.treatment == "reverse_charge":
        part.amount = _reverse_charge(case, part, rate)
    if not part.amount and not part.refusals and rate != ZERO:
        return (
            None  # nothing is due, and not for a rate of 0 %, which tax reports count: nothing for the books
        )
    return part


def find_rule(case: Case, line: TaxLine) -> tuple[str, TaxRule | None]:
    """Coupa's code of the tax and the rule for it; the settings may assume a code where Coupa has none."""
    named = [line.code, line.tax_code.code if line.tax_code else None]
    codes = [code for name in named if (code := identifier(name))]
    if not codes and case.mapping.taxes.without_code:
        codes = [case.mapping.taxes.without_code]
    for code in codes:
        if code in case.mapping.taxes.codes:
            return code, case.mapping.taxes.codes[code]
    return (codes[0] if codes else ""), None


def read_withholding(case: Case, lines: list[TaxLine], taxable: Taxable) -> list[TaxPart]:
    """What is kept back from the supplier, each positive once the whole is.

    :param lines: ``withholding-tax-lines``, whose amount is under ``amount`` or ``withholding-amount``.
    """
    parts, place, sign = [], taxable.place, taxable.sign
    for line in lines:
        amounts = {amount for amount in (line.amount, line.withholding_amount) if amount}
        if len(amounts) > 1:
            case.refuse(
                "WITHHOLDING_UNCLEAR",
                f"The withholding tax shows two amounts, {case.money(line.amount or ZERO)} and "
                f"{case.money(line.withholding_amount or ZERO)}: correct it in Coupa so that one is left.",
                place,
            )
        if not amounts:
            continue
        code, rule = find_rule(case, line)
        stated = line.taxable_amount or line.base
        base = case.rounded(stated * sign, place) if stated else taxable.net
        amount = case.rounded((line.withholding_amount or line.amount or ZERO) * sign, place)
        part = TaxPart(code, rule, amount, base, place, [], kept_back=True)
        if rule is None:
            part.refusals.append(_unknown(case, code, amount, place))
        elif rule.treatment != "withholding":
            part.refusals.append(
                Refusal(
                    "TAX_TREATMENT",
                    f"Tax code {code} withholds tax here, but the mapping treats it otherwise: {ASK} "
                    "as a withholding, or correct the tax code in Coupa.",
                    place,
                )
            )
        parts.append(part)
    return parts


def _reverse_charge(case: Case, part: TaxPart, rate: Decimal | None) -> Decimal:
    if part.amount:
        return abs(part.amount) if part.base >= 0 else -abs(part.amount)
    if rate is None:
        part.refusals.append(
            Refusal(
                "TAX_RATE_MISSING",
                f"The reverse charge {part.code} has neither an amount nor a rate: correct the tax in Coupa.",
                part.place,
            )
        )
    return rounded(part.base * (rate or ZERO) / _HUNDRED, case.decimals)


def _unknown(case: Case, code: str, amount: Decimal, place: str) -> Refusal:
    if not code:
        return Refusal(
            "TAX_CODE_MISSING",
            f"A tax of {case.money(amount)} has no tax code: choose its tax code in Coupa.",
            place,
        )
    return Refusal(
        "TAX_CODE_UNMAPPED",
        f"Tax code {code} is not known to the export: {ASK}, or correct the tax code in Coupa.",
        place,
    )
