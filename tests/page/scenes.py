"""A likely month: mostly posted, a few refusals with one cause, an outage, an hour without invoices."""

from __future__ import annotations

import datetime
import random
from typing import Any

from tests.page.world import World, invoice

REASONS = [
    "Header: The period 2026-10 of company US is closed for posting. Open it, or correct the invoice date.",
    "Header: Tryton has no supplier with the code SUP-4711. Create it, or correct the supplier in Coupa.",
    "Line 1: Cost center CA234 is closed for invoicing.",
    "Header: Coupa's parts come to 1180.00 USD and its total to 1180.03 USD. Correct the invoice in Coupa.",
]


def a_month(world: World, now: datetime.datetime, *, runs: int = 720) -> None:
    """Fill the world with hourly runs up to an hour ago.

    :param world: takes them.
    :param now: the present.
    :param runs: how many.
    """
    chance = random.Random(7)  # noqa: S311 - the same month each time
    number = 104_000
    for hour in range(runs, 0, -1):
        at = now - datetime.timedelta(hours=hour)
        busy = 6 <= at.hour <= 18 and at.weekday() < 5
        outcomes: list[dict[str, Any]] = []
        for _ in range(chance.randint(0, 9) if busy else chance.choice([0, 0, 1])):
            number += 1
            outcomes.append(_one(number, chance))
        seconds = sorted(int(chance.lognormvariate(8.3, 1.1)) for one in outcomes if one["kind"] == "posted")
        if hour % 97 == 5:
            back = ["Header: Tryton does not answer (connection refused)."]
            outcomes = [
                invoice(one["facts"]["invoice_id"], "given_back", messages=back)
                for one in outcomes or [invoice(1)]
            ]
            gone = f"{len(outcomes)} invoices were given back or not claimed: Tryton does not answer."
            world.add_run(at, outcomes, state="failed", failure=gone)
        else:
            world.add_run(at, outcomes, seconds=seconds)


def _one(number: int, chance: random.Random) -> dict[str, Any]:
    currency = chance.choices(["USD", "EUR", "GBP", "JPY"], [60, 30, 8, 2])[0]
    total = f"{chance.lognormvariate(7, 1.2):.0f}" + (
        "" if currency == "JPY" else f".{chance.randint(0, 99):02d}"
    )
    kind = chance.choices(["posted", "unchanged", "voided", "rejected", "skipped"], [88, 3, 3, 5, 1])[0]
    messages = [chance.choices(REASONS, [50, 25, 15, 10])[0]] if kind == "rejected" else []
    return invoice(number, kind, currency=currency, total=total, messages=messages)
