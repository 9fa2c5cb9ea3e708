"""As many invoices as wanted: the sandbox's sixty, again and again under other ids and numbers."""

from __future__ import annotations

import copy
import dataclasses
import datetime
from collections.abc import Iterator
from typing import Any

from include.sandbox.invoices import CASES, load
from include.sandbox.invoices.case import Case

Json = dict[str, Any]

#: Between an invoice and its next copy; the sixty lie within a hundred ids.
_NEXT_COPY = 1000
_NEXT_PARTS = 10_000_000
_PARTS = (
    "invoice-lines",
    "invoice-charges",
    "tax-lines",
    "withholding-tax-lines",
    "tcs-tax-lines",
    "account-allocations",
)


@dataclasses.dataclass(frozen=True)
class Sample:
    """One invoice of the soak and what must become of it if nobody touches it.

    :param case: of its id.
    :param document: as Coupa shows it before the first run.
    """

    case: Case
    document: Json

    @property
    def waits(self) -> bool:
        """Whether a run must take it."""
        return self.case.outcome != "not taken"


def samples(waiting: int, created: tuple[datetime.datetime, datetime.datetime] | None = None) -> list[Sample]:
    """Invoices until so many of them wait for the export; those that no run may take come beside them.

    :param waiting: how many.
    :param created: spreads their ``created-at`` evenly over this time, by which a backfill chooses; as they
        are when left out.
    """
    found: list[Sample] = []
    missing = waiting
    for sample in every_sample():
        if missing == 0:
            break
        found.append(sample)
        missing -= sample.waits
    if created is not None:
        begin, end = created
        for number, sample in enumerate(found):
            moment = begin + (end - begin) * number / len(found)
            sample.document["created-at"] = moment.replace(microsecond=0).isoformat()
    return found


def every_sample() -> Iterator[Sample]:
    """The sandbox's sixty, and their copies without end."""
    turn = 0
    while True:
        for document in load():
            yield _copied(CASES[document["id"]], document, turn)
        turn += 1


def _copied(case: Case, document: Json, turn: int) -> Sample:
    """The ``turn``-th copy; its supplier's number is another one, else the ERP rightly sees a double."""
    if turn == 0:
        return Sample(case, document)
    ending = f"-{turn}"
    made = copy.deepcopy(document)
    made["id"] += turn * _NEXT_COPY
    made["invoice-number"] += ending
    if made.get("original-invoice-number"):
        made["original-invoice-number"] += ending
    _renumber_parts(made, turn * _NEXT_PARTS)
    return Sample(dataclasses.replace(case, id=made["id"], number=made["invoice-number"]), made)


def _renumber_parts(part: Json, by: int) -> None:
    for name in _PARTS:
        for child in part.get(name) or []:
            if "id" in child:
                child["id"] += by
            _renumber_parts(child, by)
