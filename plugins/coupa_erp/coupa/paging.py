"""Keyset paging: by id, so that rows which leave the set while it is read make nothing be skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from coupa_erp.coupa.answers import lookup
from include.errors import ConfigurationError

PAGE_SIZE = 50
_OURS = frozenset({"id[gt]", "order-by", "dir", "limit", "offset", "fields", "filter", "return-object"})


def pages(
    read: Callable[[dict[str, str]], list[dict[str, Any]]],
    query: Mapping[str, str],
    *,
    after_id: int = 0,
) -> Iterator[dict[str, Any]]:
    """Every element that a listing names, page after page, as it is consumed. A short page is the last.

    :param read: answers one page for a query.
    :param query: the conditions.
    :param after_id: only ids above this one.
    :raises ConfigurationError: a condition would break the paging, an element has no id, or a page repeats
        what was read, which would go on for ever.
    """
    for name in query:
        if name.replace("_", "-") in _OURS:
            raise ConfigurationError(f"{name} cannot be a condition of a listing: the paging sets it.")
    last = after_id
    while True:
        page = read(
            {
                **query,
                "id[gt]": str(last),
                "order_by": "id",
                "dir": "asc",
                "limit": str(PAGE_SIZE),
            }
        )
        for element in page:
            found = id_of(element)
            if found <= last:
                raise ConfigurationError(
                    f"Coupa answered id {found} after id {last} in a listing by id: it repeats a page or "
                    "ignores id[gt], order_by or dir, so the listing would never end."
                )
            last = found
            yield element
        if len(page) < PAGE_SIZE:
            return


def id_of(element: Mapping[str, Any]) -> int:
    """The id of an answered object.

    :raises ConfigurationError: there is none.
    """
    try:
        return int(lookup(dict(element), "id"))
    except (KeyError, TypeError, ValueError):
        raise missing_key("id") from None


def missing_key(name: str) -> ConfigurationError:
    """What to tell where an answer lacks a key that it was asked for.

    :param name: Coupa's name of the key.
    """
    return ConfigurationError(
        f"Coupa's answer has no key {name}: the API filter of the connection, or one that is the default in "
        "Coupa's Setup, leaves it out; let the filter carry it."
    )
