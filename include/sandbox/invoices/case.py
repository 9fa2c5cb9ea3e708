"""An invoice of the sandbox together with what it shows and what must become of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Document = dict[str, Any]
Outcome = Literal["posted", "rejected", "voided", "not taken"]


@dataclass(frozen=True)
class Case:
    """One line about an invoice, for the demo's table and for tests.

    :param shows: what the invoice is an example of.
    :param outcome: what the first run makes of it. ``voided`` here means: voided before the ERP had it, so
        nothing is created and nothing fails. ``not taken``: its status or export mark keeps it out.
    :param refused_by: ``mapping`` before anything is written, or ``erp`` for the ERP's own rules.
    :param code: the response code of the refusal in Coupa.
    """

    id: int
    number: str
    shows: str
    outcome: Outcome
    refused_by: Literal["mapping", "erp"] | None = None
    code: str | None = None


@dataclass(frozen=True)
class Example:
    """A case and its Coupa invoice."""

    case: Case
    document: Document


def posted(shows: str, document: Document) -> Example:
    """The ERP must hold it, posted, with every amount of it."""
    return Example(Case(document["id"], document["invoice-number"], shows, "posted"), document)


def refused_by_mapping(code: str, shows: str, document: Document) -> Example:
    """The mapping must refuse it by name, before the ERP sees any of it."""
    case = Case(document["id"], document["invoice-number"], shows, "rejected", "mapping", code)
    return Example(case, document)


def refused_by_erp(code: str, shows: str, document: Document) -> Example:
    """The ERP must refuse it by its own rules."""
    case = Case(document["id"], document["invoice-number"], shows, "rejected", "erp", code)
    return Example(case, document)


def voided(shows: str, document: Document) -> Example:
    """It must succeed without leaving anything in the ERP."""
    return Example(Case(document["id"], document["invoice-number"], shows, "voided"), document)


def not_taken(shows: str, document: Document) -> Example:
    """No run may touch it."""
    return Example(Case(document["id"], document["invoice-number"], shows, "not taken"), document)
