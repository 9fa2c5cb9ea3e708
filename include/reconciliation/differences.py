"""What can differ between Coupa and the ERP, by kind, and a name for each single difference."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Literal

from pydantic import Field

from include.models.bill import Frozen

Kind = Literal[
    "live_twice",
    "void_but_live",
    "amounts_differ",
    "changed_in_erp",
    "orphan",
    "number_missing",
    "not_taken",
]

#: What an operator reads, the gravest first.
KINDS: dict[Kind, str] = {
    "live_twice": "live twice in the ERP under one key",
    "void_but_live": "voided or no longer approved in Coupa, but live in the ERP",
    "amounts_differ": "in the ERP with other content than Coupa shows",
    "changed_in_erp": "changed in the ERP since it was sent",
    "orphan": "exported, but in the ERP nowhere",
    "number_missing": "in the ERP without its number in Coupa",
    "not_taken": "approved and not taken by the export",
}


class Fact(Frozen):
    """One thing that is not the same on both sides.

    :param what: ``total``, ``account 6400``.
    """

    what: str
    coupa: str
    erp: str


class Difference(Frozen):
    """One invoice that is not the same on both sides.

    :param key: the business key.
    :param invoice_id: ``None`` where the key names no invoice of Coupa.
    :param erp_numbers: of its live documents.
    :param coupa_total: below zero for a credit; ``None`` where Coupa has none.
    :param erp_total: of all live documents; ``None`` where there is none.
    """

    kind: Kind
    key: str
    invoice_id: int | None
    invoice_number: str
    currency: str
    coupa_total: Decimal | None = None
    erp_total: Decimal | None = None
    erp_numbers: list[str] = Field(default_factory=list)
    facts: list[Fact]

    @property
    def code(self) -> str:
        """A name for exactly this difference: any further change makes another one."""
        content = [
            self.kind,
            self.key,
            self.erp_numbers,
            *([fact.what, fact.coupa, fact.erp] for fact in self.facts),
        ]
        return "D" + hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()[:11]

    def sentence(self, erp_name: str) -> str:
        """The difference in one line, for an operator.

        :param erp_name: what the accountant calls the ERP.
        """
        facts = "; ".join(f"{fact.what}: Coupa {fact.coupa}, {erp_name} {fact.erp}" for fact in self.facts)
        who = f"{self.invoice_number} (id {self.invoice_id})" if self.invoice_id else self.key
        if self.erp_numbers:
            who = f"{who}, {erp_name} {' and '.join(self.erp_numbers)},"
        return f"{who} is {KINDS[self.kind]}: {facts}"
