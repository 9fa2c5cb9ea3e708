"""Odoo's records that a bill names, and what Odoo would make of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from coupa_erp.odoo.content import Content, ContentLine
from coupa_erp.odoo.order_quantities import Matched
from coupa_erp.odoo.remark import remark_of
from include.models.bill import Bill, BillLine, BillTax

_WHOLE = Decimal(100)


@dataclass(frozen=True)
class References:
    """Every record of Odoo that a bill names.

    :param accounts: by code.
    :param taxes: by name.
    :param dimensions: by axis and code.
    :param matched: what lines of the bill, by their place in it, bill of purchase orders.
    """

    company: int
    partner: int
    currency: int
    journal: int
    payment_term: int | None
    posting_date: datetime.date
    accounts: dict[str, int]
    taxes: dict[str, int]
    dimensions: dict[tuple[str, str], int]
    matched: dict[int, Matched]

    def content_of(self, bill: Bill) -> Content:
        """The bill in Odoo's ids."""
        amounts: dict[int, Decimal] = {}
        based: dict[int, set[int]] = {}
        for tax in bill.taxes:
            record = self.taxes[tax.code]
            amounts[record] = amounts.get(record, Decimal(0)) + tax.amount
            for place in _base_of(tax, bill):
                based.setdefault(place, set()).add(record)
        taxes = {tax: amount for tax, amount in amounts.items() if amount}
        return Content(
            kind=bill.kind,
            company=self.company,
            journal=self.journal,
            partner=self.partner,
            currency=self.currency,
            ref=bill.number,
            invoice_date=bill.invoice_date,
            posting_date=self.posting_date,
            due_date=bill.due_date if bill.payment_term is None else None,
            term=self.payment_term,
            origin=bill.key,
            narration=remark_of(bill, taxes),
            lines=tuple(
                posting
                for place, line in enumerate(bill.lines)
                for posting in self._postings(line, frozenset(based.get(place, ())), self.matched.get(place))
            ),
            taxes=taxes,
        )

    def _postings(
        self, line: BillLine, taxes: frozenset[int], matched: Matched | None
    ) -> Iterator[ContentLine]:
        """A line, and a second one for what Odoo's rounding of its price would lose."""
        accounts = frozenset(self.dimensions[axis, code] for axis, code in line.dimensions.items())
        whole = ContentLine(
            name=" ".join(line.description.split()) or line.place,
            account=self.accounts[line.account],
            amount=line.amount,
            taxes=taxes,
            analytic=frozenset({(accounts, _WHOLE)}) if accounts else frozenset(),
        )
        if matched is None:
            yield whole
            return
        yield replace(whole, amount=line.amount - matched.rest, ordered=matched.ordered)
        if matched.rest:
            yield replace(whole, name=f"{whole.name} (rounding)", amount=matched.rest)


def _base_of(tax: BillTax, bill: Bill) -> list[int]:
    """The lines that a tax is on: those of its place, or all where only all come to its base."""
    every = list(range(len(bill.lines)))
    own = [
        place
        for place, line in enumerate(bill.lines)
        if line.place == tax.place or line.place.startswith(f"{tax.place},")
    ]
    if not own or (_sum(bill, own) != tax.base and _sum(bill, every) == tax.base):
        return every
    return own


def _sum(bill: Bill, places: list[int]) -> Decimal:
    return sum((bill.lines[place].amount for place in places), Decimal(0))
