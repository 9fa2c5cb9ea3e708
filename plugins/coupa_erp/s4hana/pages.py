"""Reading a list that others change meanwhile, page by page, so that nothing is left out or told twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from coupa_erp.s4hana.wire import Row
from include.errors import TransientError

PAGE = 100
#: So many entries of a page are asked for again with the next one.
_OVERLAP = 10
_LISTINGS = 5


def listed(page: Callable[[int], tuple[list[Row], bool]], order: str, name: str) -> Iterator[Row]:
    """Every entry once.

    A page is a place in the list, and a parked document that is deleted moves all behind it up by one. So
    pages overlap; where the next one does not show the last entry of the one before, the list is read anew.

    :param page: gives the entries from a place on, :data:`PAGE` at most, and whether there may be more.
    :param order: by what they are sorted, which is different for each.
    :param name: of the list.
    :raises TransientError: it changes faster than it can be read.
    """
    fields = [field.split()[0] for field in order.split(",")]
    told: set[tuple[str, ...]] = set()
    for _ in range(_LISTINGS):
        place, last = 0, None
        while True:
            rows, more = page(place)
            names = [tuple(str(row.get(field)) for field in fields) for row in rows]
            if last is not None and last not in names:
                break
            for named, row in zip(names, rows, strict=True):
                if named not in told:
                    told.add(named)
                    yield row
            if not more or not rows:
                return
            last, place = names[-1], place + max(1, len(rows) - _OVERLAP)
    raise TransientError(f"S/4HANA's list {name} changes faster than it can be read; trying again later.")
