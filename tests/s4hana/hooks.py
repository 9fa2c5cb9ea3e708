"""Hooks to an S/4HANA, and what it does in its own way: the same for the stand-in and a real one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from coupa_erp.s4hana.connection import read_settings
from coupa_erp.s4hana.hook import S4HanaHook
from include.attachments.ports import ErpFile
from tests.erp_kit.world import Traits, World


class S4HanaHooks(World):
    """What any world of S/4HANA has.

    :ivar login: of the export's user.
    :ivar extra: of its connection.
    """

    traits = Traits(
        amends="re_enters",
        drafts=True,
        foresees=frozenset({"PAYMENT_TERM_UNKNOWN", "TAX_UNKNOWN"}),
    )
    login: str
    extra: Mapping[str, Any]

    def open_hook(
        self, address: str | None = None, *, secret: str | None = None, impatient: bool = False, **extra: Any
    ) -> S4HanaHook:
        hook = S4HanaHook(erp_conn_id="erp_default")
        patience = {"timeout_seconds": self.patience, "busy_seconds": 0.5} if impatient else {}
        hook.__dict__["settings"] = read_settings(
            SimpleNamespace(
                conn_id="erp_default",
                host=address or self.address,
                port=None,
                schema=None,
                login=self.login,
                password=secret or self.secret,
                extra={**self.extra, **patience, **extra},
            )
        )
        return hook

    def file_name(self, file: ErpFile) -> str:
        """With the key in it, in characters that a header carries."""
        stem, ending = re.fullmatch(r"(.*?)((?:\.[^.]*)?)", file.name).groups()  # type: ignore[union-attr]
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", stem)
        return f"{plain}_coupa-{file.key}{ending}"
