"""Calls of Odoo's methods: over ``/json/2`` where the server has it (from 19), else over ``/jsonrpc``."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any, cast

import requests

from coupa_erp.erp_http.calls import Call, Calls
from coupa_erp.erp_http.contents import another_server, content_of, unreadable
from coupa_erp.erp_http.keys import BearerKey
from coupa_erp.odoo import answers
from coupa_erp.odoo.connection import OdooSettings
from coupa_erp.odoo.json2 import BELOW, Json2
from coupa_erp.odoo.jsonrpc import JsonRpc
from coupa_erp.odoo.wire import decode
from include.errors import ConfigurationError

Row = dict[str, Any]
Domain = list[Any]

#: What Odoo takes for a line of a bill at most, on a busy machine.
_SECONDS_A_LINE = 0.5
#: Odoo's sentences are told apart in English; without a time zone of its own a user's would move today.
_CONTEXT = {"lang": "en_US", "tz": "UTC"}
_FIRST_JSON_2 = 19


class OdooTransport:
    """One Odoo database.

    :param settings: the validated connection.
    :param session: tests may bring their own.
    """

    def __init__(self, settings: OdooSettings, session: requests.Session | None = None) -> None:
        self.settings = settings
        self._own = session

    @functools.cached_property
    def _calls(self) -> Calls:
        """Opened at the first call; one pool of connections for the hook's life."""
        session = self._own or requests.Session()
        session.auth = BearerKey(self.settings.key, below=BELOW)
        session.headers["X-Odoo-Database"] = self.settings.database
        return Calls(self.settings.server, session, lambda: (self.settings.key.get_secret_value(),))

    @functools.cached_property
    def _protocol(self) -> Json2 | JsonRpc:
        if self.version >= _FIRST_JSON_2:
            return Json2(self._calls, self.settings.base_url)
        if not self.settings.login:
            raise ConfigurationError(
                f"Odoo {self.version} needs the login of the API key's user: put it into the connection's "
                "login."
            )
        return JsonRpc(self._calls, self.settings)

    @functools.cached_property
    def version(self) -> int:
        """Odoo's major version; before 19 it has no address that tells it to a GET."""
        found = self._calls.repeated(self._get_version, writes=False)
        if found is None:
            found = JsonRpc(self._calls, self.settings).version()
        told = (
            found.get("version_info", found.get("server_version_info")) if isinstance(found, dict) else None
        )
        major = str(told[0]) if isinstance(told, list) and told else ""
        major = major.rpartition("~")[2].partition(".")[0]  # Odoo Online says saas~18
        if not major.isdigit():
            raise another_server(self.settings.server, Call("web/version", ""))
        return int(major)

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None = None,
        *,
        company: int | None = None,
        companies: Sequence[int] = (),
        context: Row | None = None,
        reads: bool = False,
        lines: int = 0,
        **arguments: Any,
    ) -> Any:
        """Call a method, with arguments by name; repeated while Odoo is busy, a read also over a broken line.

        A write is repeated only where Odoo said that it did nothing, or was not reached.

        :param ids: the records that it is called on; ``None`` for a method of the model itself.
        :param company: the company in whose name Odoo works.
        :param companies: those whose records it sees, where it is not one.
        :param reads: it changes nothing, so that it may be repeated over a broken line.
        :param lines: how many lines it concerns: so much longer may it take.
        """
        allowed = list(companies) if company is None else [company]
        whole = {**_CONTEXT, **({"allowed_company_ids": allowed} if allowed else {}), **(context or {})}
        return self._protocol.call(
            model,
            method,
            ids,
            {"context": whole, **arguments},
            reads=reads,
            more_seconds=lines * _SECONDS_A_LINE,
        )

    def search(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        company: int | None = None,
        companies: Sequence[int] = (),
        inactive: bool = False,
        order: str | None = None,
        limit: int | None = None,
    ) -> list[Row]:
        """The records that a domain names, with these fields; ``id`` is always among them.

        :param inactive: whether to find what was archived, too.
        """
        arguments: Row = {"domain": domain, "fields": list(fields)}
        if order is not None:
            arguments["order"] = order
        if limit is not None:
            arguments["limit"] = limit
        found = self.call(
            model,
            "search_read",
            company=company,
            companies=companies,
            context={"active_test": False} if inactive else None,
            reads=True,
            **arguments,
        )
        wanted = {"id", *fields}
        if not isinstance(found, list) or not all(
            isinstance(row, dict) and wanted <= row.keys() for row in found
        ):
            raise another_server(self.settings.server, Call(f"{model}/search_read", ""))
        return cast("list[Row]", found)

    def search_names(
        self, model: str, field: str, names: Iterable[Any], domain: Domain, fields: Sequence[str], **more: Any
    ) -> list[Row]:
        """The records whose field is one of many names; none are asked for where there are none."""
        wanted = sorted(set(names))
        return self.search(model, [[field, "in", wanted], *domain], fields, **more) if wanted else []

    def load(
        self, model: str, fields: list[str], rows: list[list[str]], *, company: int | None, lines: int = 0
    ) -> int:
        """Import one record with all that belongs to it, unless its external id is there already.

        ``mode`` and ``noupdate`` keep Odoo from touching a record that is there.

        :return: the id of the record under the external id, whoever entered it.
        """
        context = {"mode": "update", "noupdate": True}
        name = f"{model}/load"

        def once() -> int:
            answer = self.call(
                model, "load", company=company, context=context, lines=lines, fields=fields, data=rows
            )
            if not isinstance(answer, dict) or "ids" not in answer:
                raise unreadable(self.settings.server, Call(name, "", writes=True))
            ids = answer["ids"]
            if isinstance(ids, list) and len(ids) == 1 and isinstance(ids[0], int):
                return ids[0]
            raise answers.refused_load(self._told(answer), name)

        return self._calls.repeated(once, writes=True)  # a lost race comes with 200, too

    def _told(self, answer: Row) -> list[Row]:
        """Odoo's messages; they may repeat what was sent."""
        return [
            {"message": self._calls.hidden(str(row.get("message") or ""))}
            for row in answer.get("messages") or []
            if isinstance(row, dict)
        ]

    def _get_version(self) -> Any:
        """What ``web/version`` answers; ``None`` where there is no such address."""
        call = Call("GET web/version", f"{self.settings.base_url}/web/version", told="web/version")
        response = self._calls.once(call)
        if response.status_code == 404:
            return None
        answers.check_status(response, str(call), writes=False)
        return content_of(response, call, self.settings.server, decode)
