"""``/jsonrpc``, before Odoo 19: every call has one address, and a failure comes with 200, too.

Source: ``odoo/service/model.py`` of Odoo 17.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from coupa_erp.erp_http.calls import Call, Calls
from coupa_erp.erp_http.contents import another_server, content_of
from coupa_erp.odoo import answers
from coupa_erp.odoo.connection import OdooSettings
from coupa_erp.odoo.wire import AS_JSON, decode, encode
from include.errors import ConfigurationError


class JsonRpc:
    """Odoo's methods over ``/jsonrpc``.

    :param calls: the session.
    :param settings: the validated connection; its key goes into each body.
    """

    def __init__(self, calls: Calls, settings: OdooSettings) -> None:
        self._calls = calls
        self._settings = settings

    def version(self) -> Any:
        """What Odoo says of its version; it wants no key for that."""
        return self._ask("common", "version", [])

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
        positional: list[Any] = [] if ids is None else [list(ids)]
        named = dict(arguments)
        if "vals_list" in named:  # before 19 ``create`` takes its values by their place alone
            positional.append(named.pop("vals_list"))
        return self._ask(
            "object",
            "execute_kw",
            [self._settings.database, self._uid, self._key, model, method, positional, named],
            told=f"{model}/{method}",
            writes=not reads,
            more_seconds=more_seconds,
        )

    @property
    def _key(self) -> str:
        return self._settings.key.get_secret_value()

    @functools.cached_property
    def _uid(self) -> int:
        """The id of the key's user, as ``/jsonrpc`` wants it with each call."""
        uid = self._ask(
            "common", "authenticate", [self._settings.database, self._settings.login, self._key, {}]
        )
        if not isinstance(uid, int) or isinstance(uid, bool):
            raise ConfigurationError(
                "Odoo does not take the login and API key: put the login of the export's user into the "
                "connection's login and a key of that user into its password."
            )
        return uid

    def _ask(
        self,
        service: str,
        method: str,
        arguments: list[Any],
        *,
        told: str = "",
        writes: bool = False,
        more_seconds: float = 0,
    ) -> Any:
        name = told or f"{service}/{method}"
        params = {"service": service, "method": method, "args": arguments}
        call = Call(
            f"POST {name}",
            f"{self._settings.base_url}/jsonrpc",
            headers=AS_JSON,
            body=encode({"jsonrpc": "2.0", "method": "call", "params": params}),
            writes=writes,
            more_seconds=more_seconds,
            told=name,
        )
        return self._calls.repeated(lambda: self._once(call), writes=writes)

    def _once(self, call: Call) -> Any:
        response = self._calls.once(call)
        answers.check_status(response, str(call), writes=call.writes)
        said = content_of(response, call, self._calls.server, decode)
        if not isinstance(said, dict) or "jsonrpc" not in said:
            raise another_server(self._calls.server, call)
        if (error := said.get("error")) is not None:
            data = error.get("data") if isinstance(error, dict) else None
            told = data if isinstance(data, dict) else {}
            failure = {name: self._calls.hidden(str(told.get(name) or "")) for name in ("name", "message")}
            answers.check_failure(failure, str(call), writes=call.writes)
        return said.get("result")
