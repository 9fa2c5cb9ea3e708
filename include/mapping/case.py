"""One invoice on its way into a bill: what all the rules share, and the refusals that they collect."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from include.errors import Refusal
from include.mapping.amounts import ZERO, apportion, rounded, spelled
from include.mapping.settings import Mapping
from include.mapping.sign import Orientation
from include.mapping.templates import FieldReader
from include.mapping.text import clean
from include.models.invoice import CoupaInvoice

#: So many reasons are told one by one; nobody reads more, and Coupa takes only so much in one record.
MOST_REFUSALS = 50
_LONGEST_MESSAGE = 1000

#: What an accountant can do about a gap in the settings file.
ASK = "ask the operators of the export to add it to the mapping"


@dataclass(eq=False)
class Posting:
    """A bill line in the making.

    :param net: the share of the Coupa line, by which costs are spread.
    :param amount: ``net`` with the costs that were added to it.
    """

    account: str
    net: Decimal
    place: str
    description: str
    dimensions: dict[str, str] = field(default_factory=dict)
    quantity: Decimal | None = None
    unit: str | None = None
    purchase_order: str | None = None
    purchase_order_line: str | None = None
    amount: Decimal = ZERO

    def __post_init__(self) -> None:
        self.amount = self.net


@dataclass(frozen=True, eq=False)
class Source:
    """The line or charge that is being coded.

    :param fields: its custom fields, for templates.
    """

    place: str
    description: str
    fields: FieldReader

    def allocation(self, number: int) -> Source:
        """One of its allocations."""
        return replace(self, place=f"{self.place}, allocation {number}")


@dataclass(frozen=True, eq=False)
class Taxable:
    """What taxes are on.

    :param sign: the factor that makes an ordinary amount positive.
    :param bearers: the postings that take what cannot be deducted.
    """

    net: Decimal
    place: str
    sign: int
    bearers: list[Posting]


@dataclass
class Case:
    """The invoice, the settings, and what was found out so far.

    :param currency: the ERP's code.
    :param decimals: the currency's places.
    :param untold: how many reasons there were beyond :data:`MOST_REFUSALS`.
    :param companies: legal entities met, each with the places where it was met.
    """

    invoice: CoupaInvoice
    mapping: Mapping
    orientation: Orientation
    currency: str
    decimals: int
    refusals: list[Refusal] = field(default_factory=list)
    untold: int = 0
    companies: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, code: str, message: str, place: str = "Header") -> None:
        """Note a reason; the invoice is rejected at the end, with all of them, or the first fifty.

        :param message: what it quotes of the invoice is made harmless here.
        """
        refusal = Refusal(code, clean(message, _LONGEST_MESSAGE), place)
        if refusal in self.refusals:
            return
        if len(self.refusals) < MOST_REFUSALS:
            self.refusals.append(refusal)
        else:
            self.untold += 1

    def money(self, amount: Decimal) -> str:
        """The amount for a message, with its currency."""
        return f"{spelled(amount, self.decimals)} {self.currency}".strip()

    def close(self, one: Decimal, other: Decimal) -> bool:
        """Whether two figures are the same but for rounding."""
        return abs(one - other) <= self.mapping.rounding.tolerance

    def rounded(self, amount: Decimal, place: str) -> Decimal:
        """The amount in coins of the currency, refused where that would change more than the tolerance."""
        result = rounded(amount, self.decimals)
        if not self.close(result, amount):
            self.refuse(
                "AMOUNT_TOO_PRECISE",
                f"The amount {self.money(amount)} is finer than the currency, which has {self.decimals} "
                "decimals: correct the amount or the currency in Coupa.",
                place,
            )
        return result

    def spread(self, amount: Decimal, postings: list[Posting]) -> None:
        """Add an amount to postings, in proportion to what they carry, exactly."""
        ties = [(posting.account, sorted(posting.dimensions.items()), posting.net) for posting in postings]
        shares = apportion(amount, [posting.net for posting in postings], self.decimals, ties)
        for posting, share in zip(postings, shares, strict=True):
            posting.amount += share
