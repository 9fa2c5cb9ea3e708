"""The invoices of a bench: clean ones of every kind that the sandbox has, as many as wanted."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from include.soak.samples import every_sample

Json = dict[str, Any]

#: Bodies of everyday invoices, in bytes, spread evenly; and the few that have very many lines.
_LEAST, _MOST = 5_000, 20_000
_LONG_LINES, _ONE_LONG_IN = 500, 200
_NEXT_LINES = 1_000_000_000

#: What of an invoice's head grows with its lines, where it says anything.
_AMOUNTS = (
    "gross-total",
    "gross-total-less-discount",
    "total-with-taxes",
    "supplier-total",
    "tax-amount",
    "amount-due",
)
#: With one of these a head has amounts beside its lines, and does not grow with them alone.
_BESIDE = (
    "handling-amount",
    "misc-amount",
    "shipping-amount",
    "discount-amount",
    "discount-percent",
    "amount-of-advance-payment",
    "tax-lines",
    "withholding-tax-lines",
    "tcs-tax-lines",
    "invoice-charges",
)


def clean_invoices(count: int) -> list[Json]:
    """Invoices that are posted at the first attempt, and none that a run would pass over.

    :param count: how many.
    """
    return list(islice(_clean(), count))


def everyday_invoices(count: int) -> list[Json]:
    """Clean invoices with bodies of 5 to 20 KB, one in two hundred of them with 500 lines.

    :param count: how many.
    """
    able = islice(filter(_grows_with_lines, _clean()), count)
    return [_with_lines(document, _times(document, number)) for number, document in enumerate(able)]


def _clean() -> Iterator[Json]:
    return (sample.document for sample in every_sample() if sample.case.outcome == "posted")


def _times(document: Json, number: int) -> int:
    """How often each line must stand there for the size that is this one's turn."""
    turn = number % _ONE_LONG_IN
    if turn == _ONE_LONG_IN - 1:
        return -(-_LONG_LINES // len(document["invoice-lines"]))
    wanted = _LEAST + (_MOST - _LEAST) * turn // _ONE_LONG_IN
    lines, whole = len(json.dumps(document["invoice-lines"])), len(json.dumps(document))
    return 1 + max(0, -(-(wanted - whole) // lines))


def _grows_with_lines(document: Json) -> bool:
    def is_empty(name: str) -> bool:
        value = document.get(name)
        return not value or (isinstance(value, str) and not Decimal(value))

    net = sum(Decimal(line["total"]) for line in document["invoice-lines"])
    # A cent that does not add up, which is posted as a rounding difference, would become many.
    adds_up = net + Decimal(document["tax-amount"] or 0) == Decimal(document["gross-total"])
    return adds_up and all(map(is_empty, _BESIDE))


def _with_lines(document: Json, times: int) -> Json:
    """The invoice with each of its lines so many times, and the totals that follow."""
    grown = copy.deepcopy(document)
    lines = grown["invoice-lines"]
    grown["invoice-lines"] = [
        {**copy.deepcopy(line), "id": line["id"] + turn * _NEXT_LINES, "line-num": turn * len(lines) + place}
        for turn in range(times)
        for place, line in enumerate(lines, start=1)
    ]
    grown["line-count"] = len(grown["invoice-lines"])
    for name in _AMOUNTS:
        if grown.get(name) is not None:
            grown[name] = str(Decimal(grown[name]) * times)
    return grown
