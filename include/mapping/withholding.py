"""Tax kept back from the supplier: once, though Coupa may show it on the lines and on the header."""

from __future__ import annotations

from decimal import Decimal

from include.mapping.amounts import ZERO
from include.mapping.case import Case, Taxable
from include.mapping.lines import LinePart
from include.mapping.taxes import TaxPart, read_withholding


def withheld_of(case: Case, lines: list[LinePart], on_lines: Taxable, others: list[TaxPart]) -> list[TaxPart]:
    """What is kept back, each part positive once the whole is; Coupa shows it with either sign.

    :param on_lines: all lines, what the header's withholding is on where it does not say so.
    :param others: withholdings that stand among the ordinary tax lines.
    """
    header = _kept_back(read_withholding(case, case.invoice.withholding_tax_lines, on_lines))
    by_line = _kept_back([tax for line in lines for tax in line.withheld])
    repeated = header and by_line and case.close(_sum(header), _sum(by_line))
    return [*([] if repeated else header), *by_line, *_kept_back(others)]


def _kept_back(taxes: list[TaxPart]) -> list[TaxPart]:
    if _sum(taxes) < 0:
        for tax in taxes:
            tax.amount = -tax.amount
    return taxes


def _sum(taxes: list[TaxPart]) -> Decimal:
    return sum((tax.amount for tax in taxes), ZERO)
