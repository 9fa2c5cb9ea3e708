"""REST calls to Tryton's models: one session, a few verbs, and repeats where a repeat cannot harm.

Source: ``trytond/protocols/rest.py`` of Tryton 8.2.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import requests

from coupa_erp.erp_http.calls import Call, Calls
from coupa_erp.erp_http.contents import another_server, content_of, unreadable
from coupa_erp.erp_http.keys import BearerKey
from coupa_erp.tryton import answers
from coupa_erp.tryton.connection import TrytonSettings
from coupa_erp.tryton.reads import Domain
from coupa_erp.tryton.wire import Row, decode, encode, encode_for_url

#: Names in one query: a server or proxy in front of Tryton may take no more than 4,096 bytes of address.
_NAMES_IN_A_QUERY = 20
#: What Tryton takes for a line of a bill at most: 200 lines were posted in 6 s alone, in 17 s on a busy
#: machine.
_SECONDS_A_LINE = 0.3


class TrytonTransport:
    """One Tryton database.

    :param settings: the validated connection.
    :param session: tests may bring their own.
    """

    def __init__(self, settings: TrytonSettings, session: requests.Session | None = None) -> None:
        self.settings = settings
        self._own = session

    @functools.cached_property
    def _calls(self) -> Calls:
        """Opened at the first call; one pool of connections for the hook's life."""
        session = self._own or requests.Session()
        session.auth = BearerKey(self.settings.key)
        session.headers["Accept-Language"] = self.settings.extra.language
        return Calls(self.settings.server, session, lambda: (self.settings.key.get_secret_value(),))

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
        """The records that a domain names, with these fields; ``id`` is always among them.

        :param fields: with dots through relations: ``party.code``.
        :param company: the company in whose name Tryton reads.
        :param inactive: whether to find what was deactivated or has ended, too.
        """
        query: list[tuple[str, str]] = [("d", encode_for_url(domain)), *(("f", field) for field in fields)]
        if order is not None:
            query.append(("o", encode_for_url(order)))
        if limit is not None:
            query.append(("s", str(limit)))
        context = self._context(company, {"active_test": False} if inactive else {})
        found = self._send("GET", model, query=query, context=context)
        if not isinstance(found, list):
            raise another_server(self.settings.server, Call(f"GET {model}", ""))
        return cast("list[Row]", found)

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
        """The records whose field is one of many names, in as few calls as addresses of fair length allow.

        :param domain: further conditions.
        """
        wanted = sorted(set(names))
        return [
            row
            for start in range(0, len(wanted), _NAMES_IN_A_QUERY)
            for row in self.search(
                model,
                [[field, "in", wanted[start : start + _NAMES_IN_A_QUERY]], *domain],
                fields,
                company=company,
                inactive=inactive,
            )
        ]

    def create(self, model: str, values: Row, *, company: int | None = None, lines: int = 0) -> int:
        """Create one record and answer its id.

        :param lines: how many lines come with it: so much longer may it take.
        """
        answer = self._send(
            "POST", model, query=[("f", "id")], body=values, context=self._context(company), lines=lines
        )
        try:
            return int(answer["id"])
        except (TypeError, KeyError, ValueError):
            raise unreadable(self.settings.server, Call(f"POST {model}", "", writes=True)) from None

    def write(self, model: str, record: int, values: Row, *, company: int | None = None) -> None:
        """Change a record."""
        self._send(
            "PUT", f"{model}/{record}", query=[("f", "id")], body=values, context=self._context(company)
        )

    def delete(self, model: str, record: int, *, company: int | None = None) -> bool:
        """Delete a record; whether it was there."""
        try:
            self._send("DELETE", f"{model}/{record}", context=self._context(company))
        except answers.NotInTryton:
            return False
        return True

    def press(
        self, model: str, record: int, button: str, *, company: int | None = None, lines: int = 0
    ) -> bool:
        """Press a record's button, ``post``; whether the record was there.

        A record in a state that the button does not fit is passed over by Tryton's workflow, or refused
        like a breach of a business rule: who presses must look at the state afterwards.
        """
        try:
            self._send(
                "POST",
                f"{model}/{record}/{button}",
                query=[("f", "id")],
                body={},
                context=self._context(company),
                lines=lines,
            )
        except answers.NotInTryton:
            return False
        return True

    def call(self, model: str, method: str, arguments: Row) -> Any:
        """Call a method of the model itself."""
        return self._send("POST", f"{model}/{method}", body=arguments)

    def _context(self, company: int | None, more: Mapping[str, Any] | None = None) -> Row:
        return {**({} if company is None else {"company": company}), **(more or {})}

    def _send(
        self,
        verb: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Row | None = None,
        context: Row | None = None,
        lines: int = 0,
    ) -> Any:
        """One call, repeated while Tryton is busy, and a read also over a broken line.

        A write is repeated only where Tryton said that it did nothing, or was not reached.
        """
        headers = {"X-Tryton-Context": encode_for_url(context)} if context else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        call = Call(
            f"{verb} {path}",
            f"{self.settings.models_url}/{path}",
            query,
            headers,
            None if body is None else encode(body).encode(),
            writes=verb != "GET",
            more_seconds=lines * _SECONDS_A_LINE,
        )
        return self._calls.repeated(lambda: self._once(call), writes=call.writes)

    def _once(self, call: Call) -> Any:
        response = self._calls.once(call)
        answers.check(response, call.name, writes=call.writes)
        if not response.content and call.writes:
            return None
        return content_of(response, call, self.settings.server, decode)
