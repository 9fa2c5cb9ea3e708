"""Step 8: count what became of the invoices, decide how the run ended, and end it in Coupa."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import get_args

from pydantic import Field

from include.export.listing import Label
from include.models.bill import Frozen
from include.models.outcome import NOT_ATTACHED, Outcome, OutcomeKind

#: What the XCom of a summary tells in full; the log tells all.
MOST_TOLD = 100
LONGEST_TOLD = 200
_UNSETTLED = ("rejected", "given_back", "stopped")


class Rejected(Frozen):
    """One refused invoice in the summary.

    :param coupa_url: where a person opens it.
    """

    invoice_id: int
    invoice_number: str
    coupa_url: str | None = None
    messages: list[str]

    def cut(self) -> Rejected:
        """The first messages, each to its first sentences."""
        return self.model_copy(update={"messages": [text[:LONGEST_TOLD] for text in self.messages[:3]]})


class RunSummary(Frozen):
    """What a run did, small enough for a log line and an XCom.

    :param fetched: how many invoices the listing had; the sum of ``counts``, checked.
    :param counts: invoices by outcome.
    :param totals: Coupa's gross totals of what was posted, unchanged or voided, by outcome and currency.
    :param stopped: what is tried no more by itself.
    :param not_attached: what is in the ERP without a scan or a file of it.
    :param left_out: how many invoices of each of these lists the log alone tells of.
    :param settled: Coupa's ids of the others: no earlier refusal of these stands any more.
    :param seconds_to_erp: from approval to the ERP, of each invoice newly posted whose approval is known.
    :param swept: how many invoices that earlier runs had left behind this one gave back before its listing.
    :param failure: why the run failed, in one sentence; ``None`` for a success.
    """

    fetched: int
    counts: dict[OutcomeKind, int]
    totals: dict[str, dict[str, Decimal]] = Field(default_factory=dict)
    rejections: list[Rejected] = Field(default_factory=list)
    given_back: list[Rejected] = Field(default_factory=list)
    stopped: list[Rejected] = Field(default_factory=list)
    not_attached: list[Rejected] = Field(default_factory=list)
    left_out: dict[str, int] = Field(default_factory=dict)
    settled: list[int] = Field(default_factory=list)
    seconds_to_erp: list[int] = Field(default_factory=list)
    swept: int = 0
    failure: str | None = None

    def sentence(self) -> str:
        """The summary in one line, for the log."""
        parts = [f"{count} {kind.replace('_', ' ')}" for kind, count in self.counts.items() if count]
        return f"{self.fetched} invoices fetched: " + (", ".join(parts) or "nothing to do") + "."

    def bounded(self) -> RunSummary:
        """The summary for an XCom: some 100 kB at the very most, whatever a run of 1,000 invoices met."""
        lists = {
            name: getattr(self, name) for name in ("rejections", "given_back", "stopped", "not_attached")
        }
        return self.model_copy(
            update={
                **{name: [one.cut() for one in told[:MOST_TOLD]] for name, told in lists.items()},
                "left_out": {
                    name: len(told) - MOST_TOLD for name, told in lists.items() if len(told) > MOST_TOLD
                },
            }
        )


def summarise(
    fetched: list[Label] | None,
    started: bool,
    outcomes: Iterable[Outcome],
    *,
    swept: int = 0,
    stopped_by: str | None = None,
    url_of: Callable[[int], str] | None = None,
) -> RunSummary:
    """Count the outcomes and decide how the run ended.

    A run fails when one of its own steps failed, when it met an outage, or when it had invoices and every one
    ended technically. Rejections never fail it.

    :param fetched: the listing; ``None`` where it failed.
    :param started: whether the run was started in Coupa.
    :param outcomes: one of each invoice.
    :param left_out: how many invoices of each of these lists the log alone tells of.
    :param swept: how many invoices were given back before the listing.
    :param stopped_by: an outage, or a hand, that stopped the run.
    :param url_of: the address of an invoice in Coupa, by its id.
    """
    listed = list(outcomes)
    counts = Counter(outcome.kind for outcome in listed)
    number = len(fetched or [])
    if stopped_by:
        failure: str | None = stopped_by
    elif fetched is None:
        failure = "The listing of invoices failed: nothing was exported."
    elif not started:
        failure = "The integration run could not be started in Coupa: nothing was exported."
    elif sum(counts.values()) != number:
        accounted = sum(counts.values())
        failure = f"The books of this run do not add up: {number} fetched, {accounted} accounted for."
    elif number and counts["given_back"] + counts["stopped"] == number:
        failure = "Every invoice of this run failed technically."
    else:
        failure = None
    return RunSummary(
        fetched=number,
        counts={kind: counts[kind] for kind in get_args(OutcomeKind)},
        totals=_totals(listed),
        rejections=_with_messages(listed, "rejected", url_of),
        given_back=_with_messages(listed, "given_back", url_of),
        stopped=_with_messages(listed, "stopped", url_of),
        not_attached=[
            _told(outcome, url_of, lacking)
            for outcome in listed
            if (lacking := [one.text for one in outcome.messages if one.code == NOT_ATTACHED])
        ],
        settled=[outcome.facts.invoice_id for outcome in listed if outcome.kind not in _UNSETTLED],
        seconds_to_erp=sorted(
            outcome.seconds_to_erp for outcome in listed if outcome.seconds_to_erp is not None
        ),
        swept=swept,
        failure=failure,
    )


def outage_of(outcomes: Iterable[Outcome]) -> str | None:
    """Why invoices came back because nobody was served, in one sentence; ``None`` where none did.

    :param outcomes: of the run.
    """
    came_back = [outcome for outcome in outcomes if outcome.outage]
    if not came_back:
        return None
    why = came_back[0].messages[0].text.removeprefix("Header: ")
    return f"{len(came_back)} invoices were given back or not claimed: {why}"


def _totals(outcomes: list[Outcome]) -> dict[str, dict[str, Decimal]]:
    totals: dict[str, dict[str, Decimal]] = {}
    for outcome in outcomes:
        facts = outcome.facts
        if outcome.kind in ("posted", "unchanged", "voided") and facts.currency and facts.total is not None:
            by_currency = totals.setdefault(outcome.kind, {})
            by_currency[facts.currency] = by_currency.get(facts.currency, Decimal(0)) + facts.total
    return totals


def _with_messages(
    outcomes: list[Outcome], kind: OutcomeKind, url_of: Callable[[int], str] | None
) -> list[Rejected]:
    return [
        _told(outcome, url_of, [message.text for message in outcome.messages])
        for outcome in outcomes
        if outcome.kind == kind
    ]


def _told(outcome: Outcome, url_of: Callable[[int], str] | None, messages: list[str]) -> Rejected:
    return Rejected(
        invoice_id=outcome.facts.invoice_id,
        coupa_url=url_of(outcome.facts.invoice_id) if url_of else None,
        invoice_number=outcome.facts.invoice_number,
        messages=messages,
    )
