"""Which figures of Coupa are part of its total and which repeat others: the total decides, to the cent.

Coupa shows many amounts twice (a shipping charge and the header's shipping amount, taxes on lines and their
sum) and some that are no part of the total (a discount offered for early payment, a reverse charge). No flag
tells them apart in every instance. ``gross-total`` is what was approved, so it is the authority: of all the
ways to understand the figures the first that comes to it exactly is the right one, then the one that is
nearest within the rounding tolerance. None: the invoice is refused with both figures.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from decimal import Decimal

from include.mapping.amounts import ZERO
from include.mapping.case import Case
from include.mapping.charges import ChargePart, HeaderCharge
from include.mapping.lines import LinePart
from include.mapping.part import Part
from include.mapping.tax_reading import TaxReading
from include.mapping.taxes import TaxPart, reverse_charge_of, total_of


@dataclass(frozen=True)
class Figures:
    """Everything that may be part of the total.

    :param gross: positive or zero, as oriented.
    :param withheld_taxes: what is kept back from the supplier, positive.
    :param advance: what was paid before, positive.
    """

    gross: Decimal
    lines: list[LinePart]
    charges: list[ChargePart]
    header_charges: list[HeaderCharge]
    taxes: list[TaxReading]
    discount: Decimal
    withheld_taxes: list[TaxPart]
    advance: Decimal

    @property
    def withheld(self) -> Decimal:
        """What is kept back together."""
        return sum((tax.amount for tax in self.withheld_taxes), ZERO)

    @property
    def line_discount(self) -> Decimal:
        """The discounts of the lines together."""
        return sum((line.discount for line in self.lines), ZERO)

    @property
    def parts(self) -> list[Part]:
        """Lines and charges."""
        return [*self.lines, *self.charges]

    @property
    def net(self) -> Decimal:
        """Lines and charges, without the header's amounts."""
        return sum((part.net for part in self.parts), ZERO)


@dataclass(frozen=True)
class Reading:
    """One way to understand the figures.

    :param parts: what they come to, to be compared with the gross total.
    :param owed: what the supplier is owed: the gross total less what it holds that is not the supplier's.
    """

    taxes: TaxReading
    header_charges: tuple[HeaderCharge, ...]
    discount: bool
    line_discounts: bool
    reverse_charge_inside: bool
    withholding_inside: bool
    advance_inside: bool
    parts: Decimal = ZERO
    owed: Decimal = ZERO


def read_totals(case: Case, figures: Figures) -> Reading | None:
    """The way to understand the figures that comes to the gross total; ``None`` once refused."""
    ways = [_summed(figures, way) for way in _ways(figures)]
    exact = next((way for way in ways if way.parts == figures.gross and way.taxes.refusal is None), None)
    nearest = exact or min(
        ways, key=lambda way: (way.taxes.refusal is not None, abs(figures.gross - way.parts))
    )
    if not case.close(nearest.parts, figures.gross):
        with_refusal = next((way for way in ways if case.close(way.parts, figures.gross)), None)
        if with_refusal is not None and with_refusal.taxes.refusal is not None:
            refusal = with_refusal.taxes.refusal
            case.refuse(refusal.code, refusal.message, refusal.place)
            return None
        likely = ways[0]
        case.refuse("SUMS_DIFFER", _sums_differ(case, figures, likely))
        return None
    if nearest.taxes.refusal is not None:
        case.refuse(nearest.taxes.refusal.code, nearest.taxes.refusal.message, nearest.taxes.refusal.place)
        return None
    return nearest


def _ways(figures: Figures) -> list[Reading]:
    """All of them, the likeliest first."""
    counted = [((False, True) if charge.repeats else (True,), charge) for charge in figures.header_charges]
    charges = [
        tuple(charge for use, (_, charge) in zip(uses, counted, strict=True) if use)
        for uses in itertools.product(*(options for options, _ in counted))
    ]
    discounts = [(False, False)]
    if figures.discount:
        discounts.append((True, False))
    if figures.line_discount:
        discounts.append((False, True))
    if figures.discount and figures.line_discount:
        discounts.append((True, True))
    return [
        Reading(taxes, used, *discount, *inside)
        for inside in itertools.product((False, True), _maybe(figures.withheld), _maybe(figures.advance))
        for discount in discounts
        for used in charges
        for taxes in figures.taxes
        if not inside[0] or reverse_charge_of(taxes.taxes)
    ]


def _maybe(amount: Decimal) -> tuple[bool, ...]:
    return (False, True) if amount else (False,)


def _summed(figures: Figures, way: Reading) -> Reading:
    shifted = reverse_charge_of(way.taxes.taxes) if way.reverse_charge_inside else ZERO
    parts = figures.net + total_of(way.taxes.taxes) + sum((charge.net for charge in way.header_charges), ZERO)
    parts -= figures.discount if way.discount else ZERO
    parts -= figures.line_discount if way.line_discounts else ZERO
    parts += shifted
    parts -= figures.withheld if way.withholding_inside else ZERO
    parts -= figures.advance if way.advance_inside else ZERO
    owed = figures.gross - shifted
    owed -= ZERO if way.withholding_inside else figures.withheld
    owed -= ZERO if way.advance_inside else figures.advance
    return replace(way, parts=parts, owed=owed)


def _sums_differ(case: Case, figures: Figures, way: Reading) -> str:
    asked = [f"{charge.field} {case.money(charge.net)}" for charge in figures.header_charges]
    if figures.discount:
        asked.append(f"discount-amount {case.money(figures.discount)}")
    beside = f" (with or without {', '.join(asked)})" if asked else ""
    return (
        f"Lines, charges and taxes add up to {case.money(way.parts)}, but the gross total is "
        f"{case.money(figures.gross)}{beside}: correct the amounts in Coupa so that they agree."
    )
