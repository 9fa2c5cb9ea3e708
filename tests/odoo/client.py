"""Odoo's external API as a test speaks it, without the hook: ``/json/2``, or ``/jsonrpc`` before 19."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cached_property

import requests

from include.soak.messages import Message, path_in


def called_by(request: Message) -> str:
    """The path of a call; over ``/jsonrpc`` with what it calls, as ``/json/2`` has it in the path."""
    path = path_in(request)
    if not path.endswith("/jsonrpc"):
        return path
    params = json.loads(request.content)["params"]
    model, method = params["args"][3:5] if params["service"] == "object" else ("common", params["method"])
    return f"{path}/{model}/{method}"


class OdooClient:
    """One user of one database.

    :param key: of an administrator.
    :param login: of that user, for ``/jsonrpc``.
    """

    def __init__(self, url: str, database: str, key: str, login: str = "admin") -> None:
        self._url, self._database, self._key, self._login = url, database, key, login
        self._session = requests.Session()
        self._session.headers.update({"Authorization": f"bearer {key}", "X-Odoo-Database": database})

    def call(self, model: str, method: str, *, ids: object = None, **named: object) -> object:
        """Call a method; the test fails where Odoo does not."""
        if self._is_new:
            body = {**({} if ids is None else {"ids": ids}), **named}
            return self._post(f"json/2/{model}/{method}", body)
        whom = [] if ids is None else [ids if isinstance(ids, list) else [ids]]
        # Whoever overrode a method before 19 named its arguments as he liked.
        positional = [named.pop(name) for name in ("vals_list", "vals") if name in named]
        keyed = [self._database, self._uid, self._key, model, method, [*whom, *positional], named]
        return self._rpc("object", "execute_kw", keyed)

    def search(
        self, model: str, domain: list[object], *fields: str, **more: object
    ) -> list[dict[str, object]]:
        """The records that a domain names."""
        found = self.call(model, "search_read", domain=domain, fields=list(fields), **more)
        assert isinstance(found, list)
        return found

    @cached_property
    def _is_new(self) -> bool:
        return self._session.get(f"{self._url}/web/version", timeout=60).ok

    @cached_property
    def _uid(self) -> object:
        return self._rpc("common", "authenticate", [self._database, self._login, self._key, {}])

    def _rpc(self, service: str, method: str, arguments: list[object]) -> object:
        params = {"service": service, "method": method, "args": arguments}
        told = self._post("jsonrpc", {"jsonrpc": "2.0", "method": "call", "params": params})
        assert isinstance(told, dict)
        assert "error" not in told, str(told["error"])[:2000]
        return told.get("result")  # of nothing 17 says nothing

    def _post(self, path: str, body: dict[str, object]) -> object:
        answered = self._session.post(f"{self._url}/{path}", json=body, timeout=60, allow_redirects=False)
        assert answered.ok, answered.text[:2000]
        return answered.json(parse_float=Decimal)
