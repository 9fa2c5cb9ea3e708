"""What a dry run says of each invoice, and the report at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Literal, get_args

from pydantic import Field

from include.export.listing import Label
from include.models.bill import Frozen
from include.models.outcome import (
    KIND_OF_ACTION,
    Action,
    InvoiceFacts,
    Message,
    Outcome,
    OutcomeKind,
    Trouble,
    TroubleKind,
    Verdict,
)

Would = Literal["create", "amend", "void", "nothing", "refuse", "pass over", "not known"]

_OF_ACTION: dict[Action, Would] = {
    "created": "create",
    "amended": "amend",
    "unchanged": "nothing",
    "voided": "void",
    "nothing_to_void": "nothing",
}
_OF_KIND: dict[OutcomeKind, Would] = {"rejected": "refuse", "skipped": "pass over"}
_KIND_OF_TROUBLE: dict[TroubleKind, OutcomeKind] = {
    "rejected": "rejected",
    "skipped": "skipped",
    "failed": "given_back",
    "outage": "given_back",
}


def foretold(verdict: Verdict) -> Outcome:
    """The outcome that a verdict of the rehearsing ports stands for; nothing is written.

    :param verdict: what would stand in the ERP.
    """
    return Outcome(
        kind=KIND_OF_ACTION[verdict.action],
        facts=verdict.facts,
        action=verdict.action,
        erp_number=verdict.erp_number,
        messages=[Message(code="CHANGED_IN_ERP", text=verdict.remark)] if verdict.remark else [],
    )


def foretold_trouble(facts: InvoiceFacts, trouble: Trouble) -> Outcome:
    """The outcome of an invoice whose rehearsal did not end well; nothing is written.

    :param facts: the invoice as far as it is known.
    :param trouble: why.
    """
    return Outcome(
        kind=_KIND_OF_TROUBLE[trouble.kind],
        facts=trouble.facts or facts,
        messages=trouble.messages,
        outage=trouble.kind == "outage",
    )


class Foretold(Frozen):
    """One invoice in the report.

    :param would: what a real run would do with it now.
    :param erp_number: the document that it would replace, cancel or leave as it is.
    :param messages: why it would be refused or passed over, or why that is not known.
    """

    invoice_id: int
    invoice_number: str
    would: Would
    erp_number: str | None = None
    currency: str | None = None
    total: Decimal | None = None
    messages: list[Message] = Field(default_factory=list)

    def sentence(self) -> str:
        """The invoice in one line, for the log."""
        document = f" {self.erp_number}" if self.erp_number else ""
        amount = f", {self.total} {self.currency}" if self.currency and self.total is not None else ""
        why = "".join(f" | {message.code}: {message.text}" for message in self.messages)
        return f"{self.invoice_number} (id {self.invoice_id}{amount}): {self.would}{document}{why}"


class DryRunReport(Frozen):
    """What a real run would do now; the XCom of a dry run's end.

    :param fetched: how many invoices the listing had.
    :param would: invoices by what would be done.
    :param totals: Coupa's gross totals of what would be created, amended or voided, by currency.
    :param failure: why the dry run failed, in one sentence; ``None`` where it told of any invoice.
    """

    dry_run: Literal[True] = True
    fetched: int
    would: dict[Would, int]
    totals: dict[str, dict[str, Decimal]] = Field(default_factory=dict)
    invoices: list[Foretold] = Field(default_factory=list)
    failure: str | None = None

    def lines(self) -> Iterator[str]:
        """The report, line by line."""
        counted = ", ".join(f"{number} {would}" for would, number in self.would.items() if number)
        yield f"Dry run, nothing was written: {self.fetched} invoices fetched: {counted or 'nothing to do'}."
        yield from (invoice.sentence() for invoice in self.invoices)


def report_of(
    fetched: list[Label] | None, outcomes: Iterable[Outcome], *, stopped_by: str | None = None
) -> DryRunReport:
    """Lay what was foretold beside the listing.

    :param fetched: the listing; ``None`` where it failed.
    :param outcomes: of the invoices that were looked at.
    :param stopped_by: an outage, or a hand, that stopped the run.
    """
    told = {outcome.facts.invoice_id: _told(outcome) for outcome in outcomes}
    invoices = [told.get(label.id) or _not_told(label) for label in fetched or []]
    counts = Counter(invoice.would for invoice in invoices)
    if stopped_by:
        failure: str | None = stopped_by
    elif fetched is None:
        failure = "The listing of invoices failed: nothing was looked at."
    elif fetched and counts["not known"] == len(fetched):
        failure = "Of no invoice could be told what would be done."
    else:
        failure = None
    return DryRunReport(
        fetched=len(invoices),
        would={would: counts[would] for would in get_args(Would)},
        totals=_totals(invoices),
        invoices=invoices,
        failure=failure,
    )


def _told(outcome: Outcome) -> Foretold:
    facts = outcome.facts
    would = _OF_ACTION[outcome.action] if outcome.action else _OF_KIND.get(outcome.kind, "not known")
    return Foretold(
        invoice_id=facts.invoice_id,
        invoice_number=facts.invoice_number,
        would=would,
        erp_number=outcome.erp_number,
        currency=facts.currency,
        total=facts.total,
        messages=outcome.messages,
    )


def _not_told(label: Label) -> Foretold:
    ended = Message(
        code="NOT_LOOKED_AT", text="Header: The dry run ended before it had looked at the invoice."
    )
    return Foretold(invoice_id=label.id, invoice_number=label.number, would="not known", messages=[ended])


def _totals(invoices: list[Foretold]) -> dict[str, dict[str, Decimal]]:
    totals: dict[str, dict[str, Decimal]] = {}
    for invoice in invoices:
        if invoice.would in ("create", "amend", "void") and invoice.currency and invoice.total is not None:
            by_currency = totals.setdefault(invoice.would, {})
            by_currency[invoice.currency] = by_currency.get(invoice.currency, Decimal(0)) + invoice.total
    return totals
