"""Hooks to a NetSuite account, and what it does in its own way: the same for the stand-in and a real one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from coupa_erp.netsuite.connection import NetSuiteSettings
from coupa_erp.netsuite.hook import NetSuiteHook
from coupa_erp.netsuite.transport import SUITEQL, TOKEN_PATH, NetSuiteTransport
from tests.erp_kit.world import Traits, World


class _Meant(NetSuiteTransport):
    """One whose assertion is for NetSuite's own address, which is the only one that NetSuite takes.

    :param address: where the account is, when ``settings`` lead to a proxy before it.
    """

    def __init__(self, settings: NetSuiteSettings, address: str) -> None:
        super().__init__(settings)
        self._own_address = NetSuiteTransport(settings.model_copy(update={"base_url": address}))

    def _assertion(self) -> dict[str, str]:
        return self._own_address._assertion()


class NetSuiteHooks(World):
    """What any world of NetSuite has.

    :ivar login: the client id.
    :ivar extra: of the connection.
    """

    traits = Traits(
        amends="in_place",
        drafts=False,
        foresees=frozenset(
            {
                *("COMPANY_UNKNOWN", "SUPPLIER_UNKNOWN", "CURRENCY_UNKNOWN", "PAYMENT_TERM_UNKNOWN"),
                *("ACCOUNT_UNKNOWN", "TAX_UNKNOWN", "DIMENSION_UNKNOWN", "PERIOD_CLOSED"),
            }
        ),
    )
    login: str
    extra: Mapping[str, Any]

    def open_hook(
        self, address: str | None = None, *, secret: str | None = None, impatient: bool = False, **extra: Any
    ) -> NetSuiteHook:
        patience = {"timeout_seconds": self.patience, "busy_seconds": 0.5} if impatient else {}
        connection = SimpleNamespace(
            conn_id="erp_default",
            host=address or self.address,
            port=None,
            schema=None,
            login=self.login,
            password=secret or self.secret,
            extra={**self.extra, **patience, **extra},
        )
        own_address = self.address

        class Hook(NetSuiteHook):
            def get_connection(self, conn_id: str) -> Any:
                return connection

            @cached_property
            def transport(self) -> NetSuiteTransport:
                return _Meant(self.settings, own_address)

        return Hook(erp_conn_id="erp_default")

    def writes(self, method: str, path: str) -> bool:
        return method != "GET" and not path.startswith((SUITEQL, TOKEN_PATH))


def spelled(key: str) -> str:
    """A key in the characters that an external id holds."""
    return re.sub(r"[^a-z0-9-]", lambda sign: "".join(f"_{each:02x}" for each in sign[0].encode()), key)
