"""Which tax code each line bears: S/4HANA wants it on the item, a bill has its taxes beside its lines."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from coupa_erp.s4hana.connection import S4HanaSettings
from include.errors import Refusal
from include.models.bill import Bill, BillTax


@dataclass(frozen=True)
class ItemTaxes:
    """The tax codes of a bill.

    :param codes: of each line, in the bill's order.
    :param sums: base and amount of each code.
    :param deducted: what is taken off instead, each with the account that takes it.
    :param refusals: what S/4HANA's items cannot say.
    """

    codes: list[str | None]
    sums: dict[str, tuple[Decimal, Decimal]]
    deducted: list[tuple[BillTax, str]]
    refusals: list[Refusal]


def tax_codes(bill: Bill, settings: S4HanaSettings) -> ItemTaxes:
    """A tax belongs to the lines of its place, that of the header to every line that has none of its own.

    :param bill: any.
    """
    found: list[list[str]] = [[] for _ in bill.lines]
    refusals: list[Refusal] = []
    places = [line.place.partition(",")[0] for line in bill.lines]
    for_the_rest: list[str] = []
    accounts = settings.extra.accounts_of_deducted
    deducted = [(tax, accounts[tax.code]) for tax in bill.taxes if tax.code in accounts]
    taxes = [tax for tax in bill.taxes if tax.code not in accounts]
    for tax in taxes:
        if tax.amount < 0:
            refusals.append(
                Refusal(
                    "TAX_NEGATIVE",
                    f"Tax {tax.code} is {tax.amount} {bill.currency}; S/4HANA takes no negative tax amount. "
                    "Name the account that takes it under deducted_taxes of the connection, or let S/4HANA "
                    "compute the tax and map the code so.",
                    tax.place,
                )
            )
        owners = [at for at, place in enumerate(places) if place == tax.place.partition(",")[0]]
        for at in owners:
            if tax.code not in found[at]:
                found[at].append(tax.code)
        if not owners and tax.code not in for_the_rest:
            for_the_rest.append(tax.code)
    for at, codes in enumerate(found):
        own = codes or for_the_rest
        if len(own) > 1:
            refusals.append(
                Refusal(
                    "TAX_CODES_ON_ONE_LINE",
                    f"The line bears the tax codes {', '.join(own)}; S/4HANA takes one for an item: split "
                    "the line in Coupa, or map the taxes to one code.",
                    bill.lines[at].place,
                )
            )
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for tax in taxes:
        base, amount = sums.get(tax.code, (Decimal(0), Decimal(0)))
        sums[tax.code] = base + tax.base, amount + tax.amount
    codes_of_lines = [next(iter(codes or for_the_rest), None) for codes in found]
    return ItemTaxes(codes_of_lines, sums, deducted, refusals)
