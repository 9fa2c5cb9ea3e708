"""Keyset paging, and its guard against going round in a circle."""

from __future__ import annotations

from typing import Any

import pytest

from coupa_erp.coupa.paging import pages
from include.errors import ConfigurationError


class Listing:
    """Answers pages of a set of ids, as Coupa does."""

    def __init__(self, *ids: int) -> None:
        self.ids = list(ids)
        self.asked: list[dict[str, str]] = []

    def __call__(self, query: dict[str, str]) -> list[dict[str, Any]]:
        self.asked.append(query)
        later = sorted(each for each in self.ids if each > int(query["id[gt]"]))
        return [{"id": each} for each in later[: int(query["limit"])]]


def ids(listing: Any, query: dict[str, str] | None = None, after_id: int = 0) -> list[int]:
    return [each["id"] for each in pages(listing, query or {}, after_id=after_id)]


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (1, 1), (49, 1), (50, 2), (51, 2), (100, 3), (123, 3)])
def test_every_element_is_read_once_and_a_short_page_is_the_last(count: int, calls: int) -> None:
    listing = Listing(*range(1, count + 1))
    assert ids(listing) == list(range(1, count + 1))
    assert len(listing.asked) == calls


def test_the_order_is_named_and_the_conditions_are_kept() -> None:
    listing = Listing()
    ids(listing, {"exported": "false"}, after_id=7)
    assert listing.asked == [
        {"exported": "false", "id[gt]": "7", "order_by": "id", "dir": "asc", "limit": "50"}
    ]


def test_pages_are_read_only_as_they_are_consumed() -> None:
    listing = Listing(*range(1, 200))
    first = next(pages(listing, {}))
    assert first == {"id": 1}
    assert len(listing.asked) == 1


def test_rows_that_leave_the_set_while_it_is_read_make_nothing_be_skipped() -> None:
    listing = Listing(*range(1, 151))
    seen = []
    for each in pages(listing, {}):
        seen.append(each["id"])
        listing.ids.remove(each["id"])
    assert seen == list(range(1, 151))


def page(*found: Any) -> Any:
    return lambda _: [{"id": each} for each in found]


@pytest.mark.parametrize(
    "listing",
    [
        page(*range(1, 51)),
        page(*range(50, 0, -1)),
        page(1, 1),
        page(3, 2),
    ],
)
def test_a_page_that_repeats_or_goes_back_ends_the_listing_with_an_error(listing: Any) -> None:
    with pytest.raises(ConfigurationError, match="in a listing by id"):
        ids(listing)


@pytest.mark.parametrize("element", [{}, {"id": None}, {"id": "seven"}, {"number": 1}])
def test_an_element_without_an_id_is_named(element: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="no key id"):
        ids(lambda _: [element])


@pytest.mark.parametrize(
    "name", ["limit", "offset", "order_by", "order-by", "dir", "fields", "filter", "return_object", "id[gt]"]
)
def test_a_condition_that_would_break_the_paging_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be a condition"):
        ids(Listing(), {name: "1"})
