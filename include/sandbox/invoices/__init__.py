"""Some sixty invoices of the sandbox, by theme, each with what it shows and what must become of it.

``load()`` gives Coupa's JSON for the sandbox server; ``CASES`` tells tests and the demo's table what to
expect.
"""

from __future__ import annotations

import copy

from include.sandbox.invoices import (
    charges,
    credit_notes,
    currencies,
    purchase_orders,
    refusals,
    statuses,
    suppliers,
    taxes,
)
from include.sandbox.invoices.case import Case, Document, Example

_EXAMPLES: list[Example] = [
    *purchase_orders.EXAMPLES,
    *taxes.EXAMPLES,
    *charges.EXAMPLES,
    *credit_notes.EXAMPLES,
    *currencies.EXAMPLES,
    *suppliers.EXAMPLES,
    *refusals.BY_MAPPING,
    *refusals.BY_ERP,
    *statuses.EXAMPLES,
]

#: What each invoice shows and must come to, by Coupa's id.
CASES: dict[int, Case] = {example.case.id: example.case for example in _EXAMPLES}


def load() -> list[Document]:
    """All invoices as Coupa's API would answer them, by id; a new copy each time."""
    return [copy.deepcopy(example.document) for example in sorted(_EXAMPLES, key=lambda e: e.case.id)]
