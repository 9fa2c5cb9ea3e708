"""Which tax code each line bears, for an ERP that wants it there: a bill has its taxes beside its lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from include.errors import Refusal
from include.models.bill import Bill, BillTax


@dataclass(frozen=True)
class LineTaxes:
    """The tax codes of a bill.

    :param codes: of each line, in the bill's order.
    :param sums: base and amount of each code.
    :param owners: for each tax of those sums, the lines that bear it.
    :param booked: what is booked as a line instead, each with the account that takes it.
    :param refusals: what the ERP's lines cannot say.
    """

    codes: list[str | None]
    sums: dict[str, tuple[Decimal, Decimal]]
    owners: list[tuple[BillTax, list[int]]]
    booked: list[tuple[BillTax, str]]
    refusals: list[Refusal]


def taxes_of_lines(bill: Bill, accounts: Mapping[str, str], *, erp: str, setting: str) -> LineTaxes:
    """A tax belongs to the lines of its place, that of the header to every line that has none of its own.

    :param bill: any.
    :param accounts: of the codes that are booked as lines.
    :param erp: for the messages.
    :param setting: of the connection, which names these accounts.
    """
    taxes = [tax for tax in bill.taxes if tax.code not in accounts]
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for tax in taxes:
        base, amount = sums.get(tax.code, (Decimal(0), Decimal(0)))
        sums[tax.code] = base + tax.base, amount + tax.amount
    # A discount may have a negative tax; what is negative on the whole document is taken off it.
    refusals = [_negative(tax, bill, erp, setting) for tax in taxes if sums[tax.code][1] < 0]
    places = [line.place.partition(",")[0] for line in bill.lines]
    own = [[at for at, place in enumerate(places) if place == tax.place.partition(",")[0]] for tax in taxes]
    found: list[list[str]] = [[] for _ in bill.lines]
    for tax, at_lines in zip(taxes, own, strict=True):
        for at in at_lines:
            if tax.code not in found[at]:
                found[at].append(tax.code)
    rest = list(dict.fromkeys(tax.code for tax, at_lines in zip(taxes, own, strict=True) if not at_lines))
    free = [at for at, codes in enumerate(found) if not codes]
    found = [codes or rest for codes in found]
    refusals += [
        Refusal(
            "TAX_CODES_ON_ONE_LINE",
            f"The line bears the tax codes {', '.join(codes)}; {erp} takes one for a line: split the line in "
            "Coupa, or map the taxes to one code.",
            line.place,
        )
        for line, codes in zip(bill.lines, found, strict=True)
        if len(codes) > 1
    ]
    return LineTaxes(
        codes=[next(iter(codes), None) for codes in found],
        sums=sums,
        owners=[(tax, at_lines or free) for tax, at_lines in zip(taxes, own, strict=True)],
        booked=[(tax, accounts[tax.code]) for tax in bill.taxes if tax.code in accounts],
        refusals=refusals,
    )


def _negative(tax: BillTax, bill: Bill, erp: str, setting: str) -> Refusal:
    return Refusal(
        "TAX_NEGATIVE",
        f"Tax {tax.code} is {tax.amount} {bill.currency}; {erp} takes no negative tax amount. Name the "
        f"account that takes it under {setting} of the connection, or let {erp} compute it.",
        tax.place,
    )
