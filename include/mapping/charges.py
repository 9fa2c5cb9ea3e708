"""Shipping, handling and miscellaneous: charges with their own accounts, and the header's amounts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from include.mapping.accounts import code_split, code_whole
from include.mapping.amounts import ZERO
from include.mapping.case import ASK, Case, Posting, Source, Taxable
from include.mapping.part import Part
from include.mapping.taxes import tax_lines
from include.mapping.templates import fields_of
from include.mapping.text import clean
from include.models.invoice import InvoiceCharge

ChargeType = Literal["shipping", "handling", "misc"]
_TITLES: dict[ChargeType, str] = {"shipping": "Shipping", "handling": "Handling", "misc": "Miscellaneous"}


@dataclass(eq=False, kw_only=True)
class ChargePart(Part):
    """A charge as it goes into the bill."""

    type: ChargeType | None


@dataclass(eq=False)
class HeaderCharge:
    """An amount of the header such as ``shipping-amount``, which may repeat the charges of its type.

    :param repeats: whether the charges of the type come to the same, so that the totals must tell.
    """

    type: ChargeType
    net: Decimal
    repeats: bool

    @property
    def field(self) -> str:
        """Coupa's name of it."""
        return f"{self.type}-amount"

    def posting(self, case: Case) -> Posting:
        """What it posts, on the account that the settings give its type."""
        place = _TITLES[self.type]
        return Posting(_default_account(case, self.type, place), self.net, place, place)


def read_charges(case: Case) -> list[ChargePart]:
    """The invoice's charges; one of zero leaves no trace."""
    parts = []
    for number, charge in enumerate(case.invoice.invoice_charges, start=1):
        place = f"Charge {number}"
        total = charge.total or ZERO
        if charge.total is None and charge.pct and "total" not in charge.unreadable:
            case.refuse("AMOUNT_MISSING", "The charge has no total: enter its amount in Coupa.", place)
        net = case.rounded(total * case.orientation.parts, place)
        if not net and not any(tax.amount for tax in charge.tax_lines):
            continue
        part = ChargePart(type=_type(charge), net=net, postings=_post(case, charge, net, place))
        part.taxes = tax_lines(
            case, charge.tax_lines, Taxable(net, place, case.orientation.parts, part.postings)
        )
        parts.append(part)
    return parts


def read_header_charges(case: Case, charges: list[ChargePart]) -> list[HeaderCharge]:
    """The header's amounts that are not zero.

    :param charges: the invoice's charges, whose sum such an amount often repeats, with or without tax.
    """
    invoice = case.invoice
    found = []
    types: list[tuple[ChargeType, Decimal | None]] = [
        ("shipping", invoice.shipping_amount),
        ("handling", invoice.handling_amount),
        ("misc", invoice.misc_amount),
    ]
    for kind, stated in types:
        if not stated:
            continue
        place = _TITLES[kind]
        net = case.rounded(stated * case.orientation.header, place)
        same = [charge for charge in charges if charge.type == kind]
        bare = sum((charge.net for charge in same), ZERO)
        taxed = bare + sum((tax.amount for charge in same for tax in charge.taxes if tax.is_ordinary), ZERO)
        repeats = bool(same) and (case.close(net, bare) or case.close(net, taxed))
        found.append(HeaderCharge(kind, net, repeats))
    return found


def _post(case: Case, charge: InvoiceCharge, net: Decimal, place: str) -> list[Posting]:
    kind = _type(charge)
    description = clean(charge.description) or (_TITLES[kind] if kind else place)
    source = Source(place, description, fields_of({}))
    if charge.account_allocations:
        return code_split(case, net, charge.account_allocations, source)
    if charge.account is not None:
        return [code_whole(case, net, charge.account, source)]
    return [Posting(_default_account(case, kind, place), net, place, description)]


def _type(charge: InvoiceCharge) -> ChargeType | None:
    named = (charge.type or "").lower()
    return next((kind for kind in _TITLES if kind in named), None)


def _default_account(case: Case, kind: ChargeType | None, place: str) -> str:
    account: str = (getattr(case.mapping.charge_accounts, kind) or "") if kind else ""
    if not account:
        named = f"{_TITLES[kind]} charges" if kind else "Charges of this type"
        case.refuse(
            "CHARGE_ACCOUNT_MISSING",
            f"{named} have no account in the mapping: choose an account for the charge in Coupa, or {ASK}.",
            place,
        )
    return account
