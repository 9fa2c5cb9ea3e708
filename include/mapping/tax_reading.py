"""Which of an invoice's taxes count: each once, though Coupa may show it on line, charge and header."""

from __future__ import annotations

from dataclasses import dataclass

from include.errors import Refusal
from include.mapping.amounts import ZERO
from include.mapping.case import Case
from include.mapping.taxes import TaxPart, reverse_charge_of, total_of


@dataclass(frozen=True)
class TaxReading:
    """One way to understand the taxes; the invoice's total decides between several.

    :param refusal: why the invoice cannot be accepted, should this be the way.
    """

    taxes: list[TaxPart]
    refusal: Refusal | None = None


def tax_readings(
    case: Case, detail: list[TaxPart], header: list[TaxPart], collected: list[TaxPart], stated: TaxPart | None
) -> list[TaxReading]:
    """The ways to understand the taxes, the likeliest first.

    :param detail: of lines and charges.
    :param header: of the header's tax lines.
    :param collected: collected at source (``tcs-tax-lines``), always beside the others.
    :param stated: the header's ``tax-amount`` read as a tax of its own. Where taxes are given at line level
        Coupa does not use it (Swagger), and answers mostly show the sum there.
    """
    if header and detail:
        ways = _header_lines_and_detail(case, detail, header)
    elif header or (detail and (stated is None or not stated.amount)):
        ways = [TaxReading(header or detail)]
    elif stated is None:
        ways = [TaxReading(detail)]
    elif not any(tax.amount for tax in detail):
        return [TaxReading([*detail, stated, *collected])]
    else:
        return _stated_and_detail(case, detail, collected, stated)
    return [
        TaxReading([*way.taxes, *collected], _differing(case, way.taxes, collected, stated)) for way in ways
    ]


def _header_lines_and_detail(case: Case, detail: list[TaxPart], header: list[TaxPart]) -> list[TaxReading]:
    both = TaxReading([*detail, *header])
    if not _same(case, header, detail):
        return [both]
    finer = TaxReading(detail) if _coded(detail) else TaxReading(header)
    return [finer, both]


def _stated_and_detail(
    case: Case, detail: list[TaxPart], collected: list[TaxPart], stated: TaxPart
) -> list[TaxReading]:
    own = TaxReading([*detail, stated, *collected])
    differing = _differing(case, detail, collected, stated)
    if differing is None:
        repeated = detail if _coded(detail) else [stated]
        return [TaxReading([*repeated, *collected]), own]
    if case.invoice.line_level_taxation is False:
        return [own, TaxReading([stated, *collected]), TaxReading([*detail, *collected], differing)]
    return [own, TaxReading([*detail, *collected], differing)]


def _differing(
    case: Case, taxes: list[TaxPart], collected: list[TaxPart], stated: TaxPart | None
) -> Refusal | None:
    """The refusal where the header's tax amount is not the sum of the taxes, in any way of summing them."""
    if stated is None or not stated.amount:
        return None
    figure, owed, shifted = abs(stated.amount), total_of(taxes), reverse_charge_of(taxes)
    sums = [owed, owed + shifted, owed + total_of(collected), owed + shifted + total_of(collected)]
    if any(case.close(figure, abs(possible)) for possible in sums):
        return None
    return Refusal(
        "TAX_DIFFERS",
        f"The tax amount of the header is {case.money(figure)}, but the taxes add up to {case.money(owed)}: "
        "correct the taxes in Coupa.",
    )


def _same(case: Case, one: list[TaxPart], other: list[TaxPart]) -> bool:
    return case.close(total_of(one), total_of(other)) and case.close(
        reverse_charge_of(one), reverse_charge_of(other)
    )


def _coded(taxes: list[TaxPart]) -> bool:
    return all(tax.code for tax in taxes if tax.amount != ZERO)
