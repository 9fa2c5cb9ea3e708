"""The reads of NetSuite: whoever is given no more than these cannot write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from coupa_erp.netsuite.wire import Row


class Reads(Protocol):
    """One account, read only; :class:`~coupa_erp.netsuite.transport.NetSuiteTransport` fulfils it."""

    def query(self, suiteql: str) -> Iterator[Row]:
        """The rows of a query."""

    def record(self, kind: str, record: str) -> Row | None:
        """A record with its sublists."""
