"""The other totals that Coupa shows must tell the same story as the gross total."""

from __future__ import annotations

from decimal import Decimal

from include.mapping.amounts import ZERO
from include.mapping.case import Case
from include.mapping.money_fields import unknown_money
from include.mapping.taxes import reverse_charge_of
from include.mapping.totals import Figures, Reading


def check_other_totals(case: Case, figures: Figures, reading: Reading) -> None:
    """Refuse a stated total that no way of summing comes to: something else changes what is owed.

    :param reading: the way to understand the figures that comes to the gross total.
    """
    invoice = case.invoice
    shifted = reverse_charge_of(reading.taxes.taxes)
    discounts = {ZERO, figures.discount, figures.line_discount, figures.discount + figures.line_discount}
    own = {figures.gross, reading.parts, reading.owed}
    whole = {total + sign * discount for total in own for discount in discounts for sign in (1, -1)}
    whole |= {total + shifted for total in whole} | {total - shifted for total in whole}
    _check(
        case,
        "total-with-taxes",
        invoice.total_with_taxes,
        whole | {total + figures.withheld for total in own} | {total + figures.advance for total in own},
        figures.gross,
    )
    _known_only(case, "customer-accounting-tax", invoice.customer_accounting_tax, shifted)
    _known_only(case, "withholding-tax-override", invoice.withholding_tax_override, figures.withheld)
    _known_only(
        case, "advance-payment-received-amount", invoice.advance_payment_received_amount, figures.advance
    )


def _known_only(case: Case, name: str, stated: Decimal | None, known: Decimal) -> None:
    """Refuse an amount that is not the repetition of one that the bill has."""
    if stated and name not in case.mapping.ignored_money_fields and not case.close(abs(stated), abs(known)):
        case.refuse("MONEY_FIELD_UNKNOWN", unknown_money(name, stated))


def _check(case: Case, name: str, stated: Decimal | None, possible: set[Decimal], ours: Decimal) -> None:
    if stated is None or name in case.mapping.ignored_money_fields:
        return
    if any(case.close(abs(stated), abs(total)) for total in possible):
        return
    case.refuse(
        "TOTALS_DIFFER",
        f"The field {name} is {case.money(stated)}, but the invoice's other amounts make it "
        f"{case.money(ours)}: correct the amounts in Coupa so that they agree, or enter the invoice by hand.",
    )
