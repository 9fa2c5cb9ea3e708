"""The strict stand-in of an API, as the kit's tests want an ERP."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from coupa_erp.rest.hook import RestErpHook
from include.erp_port import ErpDocument
from tests.erp_kit.example.world import LedgerWorld
from tests.erp_rest.payables import BASE, Payables


class PayablesWorld(LedgerWorld):
    """Payables in front of Ledger's books.

    :param erp: the stand-in.
    :param connection: makes connections to an address.
    """

    def __init__(self, erp: Payables, connection: Callable[..., Any]) -> None:
        super().__init__(erp)
        self._connection = connection

    def open_hook(
        self, address: str | None = None, *, secret: str | None = None, impatient: bool = False
    ) -> RestErpHook:
        hook = RestErpHook()
        made = self._connection(
            f"{address or self.address}{BASE}",
            secret or self.secret,
            extra={"timeout_seconds": self.patience if impatient else 20},
        )
        hook.get_connection = lambda _: made  # type: ignore[method-assign]
        return hook

    def attach_by_hand(self, document: ErpDocument, name: str, content: bytes) -> None:
        file = {"name": name, "content": base64.b64encode(content).decode()}
        self.erp.files.setdefault(document.erp_id, []).append(file)

    def files(self, document: ErpDocument) -> list[tuple[str, bytes]]:
        return [
            (file["name"], base64.b64decode(file["content"]))
            for file in self.erp.files.get(document.erp_id, [])
        ]


@contextmanager
def payables(connection: Callable[..., Any]) -> Iterator[PayablesWorld]:
    """Such a world, until the block ends."""
    with Payables() as erp:
        yield PayablesWorld(erp, connection)
