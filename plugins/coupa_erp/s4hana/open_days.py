"""The days on which books may be open, where S/4HANA is to choose: its API does not tell periods.

So the day itself is tried, then the first day of each month after it; the first that S/4HANA takes is its
first open day, where its periods are calendar months.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

_MOST = 24


def days_to_try(first: datetime.date) -> Iterator[datetime.date]:
    """A day, then the first days of the months up to the present one.

    :param first: the day that would be best.
    """
    today = datetime.datetime.now(datetime.UTC).date()
    day = first
    for _ in range(_MOST):
        yield day
        day = (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
        if day > today:
            return
