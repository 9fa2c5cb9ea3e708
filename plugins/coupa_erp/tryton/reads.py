"""The reads of Tryton's REST interface: whoever is given no more than these cannot write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from coupa_erp.tryton.wire import Row

Domain = list[Any]


class TrytonReads(Protocol):
    """One Tryton database, read only; :class:`~coupa_erp.tryton.transport.TrytonTransport` fulfils it."""

    def search(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        company: int | None = None,
        inactive: bool = False,
        order: list[tuple[str, str]] | None = None,
        limit: int | None = None,
    ) -> list[Row]:
        """The records that a domain names."""

    def search_names(
        self,
        model: str,
        field: str,
        names: Iterable[str],
        domain: Domain,
        fields: Sequence[str],
        *,
        company: int | None = None,
        inactive: bool = False,
    ) -> list[Row]:
        """The records whose field is one of many names."""
