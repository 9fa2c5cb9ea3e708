"""The calls of the settings file, filled in and made: questions, searches page by page, and writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from coupa_erp.rest.api import Call, Search
from coupa_erp.rest.connection import RestSettings
from coupa_erp.rest.documents import Found, document_of
from coupa_erp.rest.line import Overtaken, RefusedByApi, RestLine
from coupa_erp.rest.refusing import rejection
from coupa_erp.rest.templates import Values, at, filled, filled_path, filled_query
from include.errors import ConfigurationError, ExportError
from include.models.bill import Bill

_MOST_PAGES = 10_000


class Exchange:
    """Calls of one API.

    :param settings: the validated connection.
    """

    def __init__(self, settings: RestSettings) -> None:
        self._settings, self._api = settings, settings.api
        self._line = RestLine(settings)

    def ask(self, operation: str, call: Call, values: Values) -> Any:
        """What a question is answered."""
        return self._ask(operation, call, filled_path(call.path, values), filled_query(call.query, values))

    def search(self, operation: str, search: Search, values: Values) -> Iterator[Found]:
        """The documents of a search, page by page."""
        return (document_of(row, self._api) for row in self.rows(operation, search, values))

    def rows(self, operation: str, search: Search, values: Values) -> Iterator[Any]:
        """What a search answers, page by page.

        :raises ConfigurationError: what answers is not what the settings describe.
        """
        path, query = filled_path(search.path, values), filled_query(search.query, values)
        for _ in range(_MOST_PAGES):
            answer = self._ask(operation, search, path, query)
            rows = at(answer, search.items)
            if not isinstance(rows, list):
                raise ConfigurationError(
                    f"What answers {operation} is not {self._api.name} as the settings describe it: there is "
                    f"no list at {search.items or 'the top'}."
                )
            yield from rows
            following = at(answer, search.next) if search.next else None
            if not following:
                return
            path, query = self._same_host(operation, str(following)), []
        raise ConfigurationError(f"{self._api.name} answers {operation} with pages without end.")

    def write(
        self,
        operation: str,
        call: Call,
        values: Values,
        *,
        once: str,
        over: Found | None,
        bill: Bill | None = None,
    ) -> None:
        """One write, done at most once; what it answers is not believed: the caller reads anew.

        :param once: its Idempotency-Key.
        :param over: the document that it changes, as it was read.
        :param bill: whose lines a refusal is about.
        :raises Overtaken: the document does not stand as it was read.
        :raises ErpRejection: the ERP refuses.
        """
        headers = {"Idempotency-Key": once, **({"If-Match": f'"{over.version}"'} if over else {})}
        try:
            self._line.call(
                operation,
                call.method,
                filled_path(call.path, values),
                query=filled_query(call.query, values),
                body=filled(call.body, values),
                headers=headers,
            )
        except RefusedByApi as refused:
            raise rejection(refused, self._api, bill) from None

    def _ask(self, operation: str, call: Call, path: str, query: list[tuple[str, str]]) -> Any:
        """A question can neither be refused nor come too late."""
        try:
            return self._line.call(operation, call.method, path, query=query)
        except (RefusedByApi, Overtaken):
            raise ExportError(
                f"{self._api.name} refuses the question {operation}: compare it with the settings file."
            ) from None

    def _same_host(self, operation: str, address: str) -> str:
        whole = urlsplit(self._settings.base_url)
        path = address.removeprefix(f"{whole.scheme}://{whole.netloc}").removeprefix(whole.path)
        if not path.startswith("/") or path.startswith("//"):
            raise ConfigurationError(
                f"{self._api.name} sends the next page of {operation} to another address."
            )
        return path
