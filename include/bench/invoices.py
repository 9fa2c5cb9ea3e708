"""The invoices of a bench: clean ones of every kind that the sandbox has, as many as wanted."""

from __future__ import annotations

from typing import Any

from include.soak.samples import samples

Json = dict[str, Any]


def clean_invoices(count: int) -> list[Json]:
    """Invoices that are posted at the first attempt, and none that a run would pass over.

    :param count: how many.
    """
    found: list[Json] = []
    asked = count
    while len(found) < count:
        asked += count
        found = [sample.document for sample in samples(asked) if sample.case.outcome == "posted"]
    return found[:count]
