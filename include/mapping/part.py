"""What lines and charges have in common on their way into the bill."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from include.mapping.case import Posting
from include.mapping.taxes import TaxPart


@dataclass(eq=False, kw_only=True)
class Part:
    """A line or charge.

    :param net: its total without tax, rounded.
    """

    net: Decimal
    postings: list[Posting]
    taxes: list[TaxPart] = field(default_factory=list)
