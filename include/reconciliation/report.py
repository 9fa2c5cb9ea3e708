"""What a reconciliation found: whole for the log, bounded for an XCom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from include.models.bill import Frozen
from include.reconciliation.acknowledged import Acknowledgement, entry_for
from include.reconciliation.differences import KINDS, Difference, Kind
from include.reconciliation.window import Window

#: ``mended`` was put right by this run itself; all but ``unexplained`` leave the run green.
Standing = Literal[
    "unexplained", "mended", "under_open_error", "acknowledged", "waiting", "carried_elsewhere"
]

STANDINGS: dict[Standing, str] = {
    "unexplained": "unexplained",
    "mended": "mended by this run",
    "under_open_error": "known: under open error",
    "acknowledged": "acknowledged",
    "waiting": "waiting for the export's next run",
    "carried_elsewhere": "known: exported by another system before, with its number",
}

#: So many unexplained differences go into the XCom, and so many characters of each.
MOST_IN_XCOM = 20
LONGEST_IN_XCOM = 500

Totals = dict[str, Decimal]


class Finding(Frozen):
    """A difference and what is known about it.

    :param because: an error's message, an acknowledgement's reason, what was done.
    """

    difference: Difference
    standing: Standing
    because: str = ""


class Counted(Frozen):
    """How many, and how much on both sides by currency; credits count below zero."""

    count: int
    coupa: Totals
    erp: Totals


class Report(Frozen):
    """The outcome.

    :param looked_at: how many invoices stand on either side of the window.
    :param agreeing: those without a difference.
    :param in_flight: those that a live run of the export holds just now; they are left out.
    :param removable: acknowledgements whose difference is gone.
    """

    erp_name: str
    window: Window
    looked_at: int
    agreeing: int
    in_flight: int
    coupa_totals: Totals
    erp_totals: Totals
    findings: list[Finding] = Field(default_factory=list)
    removable: list[Acknowledgement] = Field(default_factory=list)

    def of(self, standing: Standing) -> list[Finding]:
        """The findings of one standing, the gravest kind first, then by key."""
        order = list(KINDS)
        found = [finding for finding in self.findings if finding.standing == standing]
        return sorted(found, key=lambda one: (order.index(one.difference.kind), one.difference.key))

    @property
    def failure(self) -> str | None:
        """Why the run is red, in one sentence; ``None`` where everything is explained."""
        unexplained = self.of("unexplained")
        if not unexplained:
            return None
        kinds = Counter(finding.difference.kind for finding in unexplained)
        told = "; ".join(f"{count} {KINDS[kind]}" for kind, count in kinds.items())
        return f"Coupa and {self.erp_name} differ without an explanation: {told}."

    def summary(self) -> dict[str, Any]:
        """Counts, totals and the first unexplained differences; small, whatever was found."""
        return {
            "window": self.window.model_dump(mode="json"),
            "looked_at": self.looked_at,
            "agreeing": self.agreeing,
            "in_flight": self.in_flight,
            "coupa_totals": _spelled(self.coupa_totals),
            "erp_totals": _spelled(self.erp_totals),
            "differences": {
                standing: {
                    kind: counted.model_dump(mode="json") for kind, counted in self._counted(standing).items()
                }
                for standing in STANDINGS
                if self.of(standing)
            },
            "first_unexplained": [
                self._told(finding)[:LONGEST_IN_XCOM] for finding in self.of("unexplained")[:MOST_IN_XCOM]
            ],
            "to_acknowledge": [
                entry_for(finding.difference)
                for finding in self.of("unexplained")[:MOST_IN_XCOM]
                if finding.difference.invoice_id
            ],
            "removable_acknowledgements": len(self.removable),
            "failure": self.failure,
        }

    def unexplained_lines(self) -> Iterator[str]:
        """What must stand first in the log: each unexplained difference, and how to acknowledge it."""
        for finding in self.of("unexplained"):
            yield self._told(finding)
        for finding in self.of("unexplained"):
            if finding.difference.invoice_id:
                yield f"To acknowledge it, with a reason:\n{entry_for(finding.difference)}"

    def lines(self) -> Iterator[str]:
        """The rest of the report."""
        yield (
            f"{self.window.first} to {self.window.last}: {self.looked_at} invoices on either side, "
            f"{self.agreeing} agree, {self.in_flight} left out because a run of the export holds them."
        )
        for currency in sorted({*self.coupa_totals, *self.erp_totals}):
            coupa, erp = (side.get(currency, Decimal(0)) for side in (self.coupa_totals, self.erp_totals))
            yield f"{currency}: Coupa {coupa}, {self.erp_name} {erp}, difference {erp - coupa}."
        for standing, words in STANDINGS.items():
            for kind, counted in self._counted(standing).items():
                yield (
                    f"{counted.count} {KINDS[kind]}, {words}: Coupa {_list(counted.coupa)}, "
                    f"{self.erp_name} {_list(counted.erp)}."
                )
        for standing, words in STANDINGS.items():
            if standing != "unexplained":
                yield from (f"{words}: {self._told(one)}" for one in self.of(standing))
        for entry in self.removable:
            yield (
                f"The acknowledgement of invoice {entry.invoice} ({entry.kind}, {entry.difference}) can be "
                "removed: that difference is gone."
            )

    def _told(self, finding: Finding) -> str:
        sentence = finding.difference.sentence(self.erp_name)
        return f"{sentence}. {finding.because}" if finding.because else f"{sentence}."

    def _counted(self, standing: Standing) -> dict[Kind, Counted]:
        by_kind: dict[Kind, list[Difference]] = {}
        for finding in self.of(standing):
            by_kind.setdefault(finding.difference.kind, []).append(finding.difference)
        return {
            kind: Counted(
                count=len(differences),
                coupa=totals((one.currency, one.coupa_total) for one in differences),
                erp=totals((one.currency, one.erp_total) for one in differences),
            )
            for kind, differences in by_kind.items()
        }


def totals(amounts: Iterable[tuple[str, Decimal | None]]) -> Totals:
    """The sum by currency.

    :param amounts: each with its currency; ``None`` counts as nothing.
    """
    sums: Totals = {}
    for currency, amount in amounts:
        if amount is not None:
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    return dict(sorted(sums.items()))


def _spelled(sums: Totals) -> dict[str, str]:
    return {currency: str(amount) for currency, amount in sums.items()}


def _list(sums: Totals) -> str:
    return ", ".join(f"{amount} {currency}" for currency, amount in sums.items()) or "nothing"
