"""``/json/2``, from Odoo 19 on: a method is an address, its arguments have names, its failure a status.

Source: ``addons/rpc/controllers/json2.py`` of Odoo 19.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coupa_erp.erp_http.calls import Call, Calls
from coupa_erp.erp_http.contents import content_of, says_json
from coupa_erp.odoo import answers
from coupa_erp.odoo.wire import AS_JSON, decode, encode

#: What each address begins with, and the part of it that wants the key.
BELOW = "/json/2/"


class Json2:
    """Odoo's methods over ``/json/2``.

    :param calls: the session, which brings the key.
    :param base_url: Odoo's address.
    """

    def __init__(self, calls: Calls, base_url: str) -> None:
        self._calls = calls
        self._base_url = base_url

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: dict[str, Any],
        *,
        reads: bool,
        more_seconds: float,
    ) -> Any:
        """Call a method; see :meth:`coupa_erp.odoo.transport.OdooTransport.call`."""
        name = f"{model}/{method}"
        call = Call(
            f"POST {name}",
            f"{self._base_url}{BELOW}{name}",
            headers=AS_JSON,
            body=encode({**({} if ids is None else {"ids": list(ids)}), **arguments}),
            writes=not reads,
            more_seconds=more_seconds,
            told=name,
        )
        return self._calls.repeated(lambda: self._once(call), writes=call.writes)

    def _once(self, call: Call) -> Any:
        response = self._calls.once(call)
        if not response.ok and says_json(response):
            said = content_of(response, call, self._calls.server, decode)
            if isinstance(said, dict) and isinstance(said.get("name"), str):
                answers.check_failure(said, str(call), writes=call.writes)
        answers.check_status(response, str(call), writes=call.writes)
        return content_of(response, call, self._calls.server, decode)
