"""OData V2 calls to S/4HANA's services: reads, and writes with the CSRF token that SAP demands.

A token belongs to the session whose cookies came with it. It is fetched before the first write, and anew,
once, where S/4HANA answers that it is no longer valid.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast
from urllib.parse import quote

import requests
from requests.auth import HTTPBasicAuth

from coupa_erp.bounded import is_shallow
from coupa_erp.coupa.oauth import spellings
from coupa_erp.erp_http.calls import Call, Calls, lost
from coupa_erp.erp_http.contents import misread
from coupa_erp.erp_http.tokens import ClientToken, TokenRequest
from coupa_erp.s4hana import answers
from coupa_erp.s4hana.connection import S4HanaSettings
from coupa_erp.s4hana.pages import PAGE, listed
from coupa_erp.s4hana.wire import Row
from include.errors import ConfigurationError

INVOICES = "API_SUPPLIERINVOICE_PROCESS_SRV"
BOOKS = "API_OPLACCTGDOCITEMCUBE_SRV"
ATTACHMENTS = "API_CV_ATTACHMENT_SRV"
#: What stands in a key predicate as it is.
_IN_KEYS = "=,'"
_TOKEN = "X-CSRF-Token"  # noqa: S105 - the name of a header


class S4HanaTransport:
    """One S/4HANA.

    :param settings: the validated connection.
    :param session: tests may bring their own.
    """

    def __init__(self, settings: S4HanaSettings, session: requests.Session | None = None) -> None:
        self.settings = settings
        self._own = session
        self._token: str | None = None

    @functools.cached_property
    def _calls(self) -> Calls:
        """Opened at the first call; one session, for its cookies carry the CSRF token."""
        session = self._own or requests.Session()
        session.auth = self._auth
        return Calls(self.settings.server, session, self._secrets)

    @functools.cached_property
    def _auth(self) -> HTTPBasicAuth | ClientToken:
        settings = self.settings
        login, password = settings.login, settings.password.get_secret_value()
        if settings.extra.oauth_url is None:
            return HTTPBasicAuth(login.encode(), password.encode())
        return ClientToken(
            settings.server,
            TokenRequest(
                url=settings.extra.oauth_url,
                form=lambda: {"grant_type": "client_credentials"},
                basic=(login, password),
                refused="check login (OAuth client), password (its secret) and oauth_url of the connection.",
                kept_under=("s4hana", settings.extra.oauth_url, login, password),
            ),
        )

    def _secrets(self) -> tuple[str, ...]:
        token = self._auth.secrets if isinstance(self._auth, ClientToken) else ()
        login, password = self.settings.login, self.settings.password.get_secret_value()
        basic = base64.b64encode(f"{login}:{password}".encode()).decode()
        return spellings(password, basic, *token)

    def rows(
        self, service: str, entity: str, filter_: str, *, select: str, order: str, expand: str = ""
    ) -> Iterator[Row]:
        """The entries that a filter names, each once.

        :param service: :data:`INVOICES` or :data:`BOOKS`.
        :param order: of selected fields that tell the entries apart.
        """
        query = {"$filter": filter_, "$select": select, "$orderby": order, "$top": str(PAGE)}
        query |= {"$expand": expand} if expand else {}

        def page(place: int) -> tuple[list[Row], bool]:
            answer = self._read(service, entity, query | ({"$skip": str(place)} if place else {}))
            found = answer.get("results")
            if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
                raise lost(self.settings.server, Call(f"GET {entity}", ""), "answered without results")
            return found, len(found) >= PAGE or "__next" in answer

        return listed(page, order, entity)

    def one(self, service: str, entity: str, key: str, *, select: str, expand: str = "") -> Row | None:
        """One entry, or ``None`` where there is none.

        :param key: ``SupplierInvoice='5105600123',FiscalYear='2026'``.
        :param select: fields, or ``*`` for all.
        """
        query = ({"$select": select} if select != "*" else {}) | ({"$expand": expand} if expand else {})
        try:
            return self._read(service, entity, query, key=f"({key})")
        except answers.NotInS4Hana:
            return None

    def metadata(self, service: str) -> str:
        """The service's own description, XML."""
        call = Call("GET metadata", f"{self.settings.service_url(service)}/$metadata", self._query({}))
        return self._sent(replace(call, headers={"Accept": "application/xml"})).text

    def ask(self, service: str, function: str, arguments: dict[str, str]) -> list[Row]:
        """What a function import that only reads answers.

        :param arguments: literals as they stand in an address.
        """
        found = self._read(service, function, arguments).get("results")
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise lost(self.settings.server, Call(f"GET {function}", ""), "answered without results")
        return found

    def upload(self, service: str, entity: str, content: bytes, headers: dict[str, str]) -> Row:
        """Create an entry that is a file.

        :param headers: all that is said of it.
        """
        return self._write(f"POST {entity}", f"/{entity}", service=service, headers=headers, content=content)

    def create(self, entity: str, values: Row) -> Row:
        """Create an entry with all that belongs to it, and answer it as S/4HANA made it."""
        return self._write(f"POST {entity}", f"/{entity}", body=values)

    def call(self, function: str, arguments: dict[str, str]) -> Row:
        """Call a function import.

        :param arguments: literals as they stand in an address.
        """
        answer = self._write(f"POST {function}", f"/{function}", query=arguments)
        inside = answer.get(function, answer)
        return inside if isinstance(inside, dict) else answer

    def delete(self, entity: str, key: str, *, etag: str | None, service: str = INVOICES) -> bool:
        """Delete an entry; whether it was there."""
        headers = {"If-Match": etag} if etag else {}
        try:
            self._write(f"DELETE {entity}", f"/{entity}({quote(key, safe=_IN_KEYS)})", service=service,
                        headers=headers)  # fmt: skip
        except answers.NotInS4Hana:
            return False
        return True

    def reach(self) -> None:
        """The cheapest call with the connection's user: the service's root, with a new CSRF token."""
        self._token = None
        self._fetch_token()

    def _read(self, service: str, entity: str, query: dict[str, str], *, key: str = "") -> Row:
        url = f"{self.settings.service_url(service)}/{entity}{key}"
        call = Call(
            f"GET {entity}",
            url,
            self._query({**query, "$format": "json"}),
            {"Accept": "application/json", "Accept-Language": "en"},
        )
        return self._decoded(self._sent(call), call)

    def _sent(self, call: Call) -> requests.Response:
        def attempt() -> requests.Response:
            response = self._calls.once(call)
            answers.check(response, call, self.settings.server)
            return response

        return self._calls.repeated(attempt, writes=False)

    def _write(
        self,
        name: str,
        path: str,
        *,
        service: str = INVOICES,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        body: Row | None = None,
        content: bytes | None = None,
    ) -> Row:
        call = Call(
            name,
            self.settings.service_url(service) + path,
            self._query(query or {}),
            {
                "Accept": "application/json",
                "Accept-Language": "en",
                **({"Content-Type": "application/json"} if body is not None else {}),
                **(headers or {}),
            },
            content if body is None else json.dumps(body, separators=(",", ":")).encode(),
            writes=True,
        )

        def attempt() -> requests.Response:
            response = self._calls.once(self._with_token(call, service))
            if response.status_code == 403 and response.headers.get(_TOKEN, "").lower() == "required":
                self._token = None
                response = self._calls.once(self._with_token(call, service))
            answers.check(response, call, self.settings.server)
            return response

        response = self._calls.repeated(attempt, writes=True)
        return self._decoded(response, call) if response.content else {}

    def _with_token(self, call: Call, service: str) -> Call:
        if self._token is None:
            self._fetch_token(service)
        return replace(call, headers={**call.headers, _TOKEN: self._token or ""})

    def _fetch_token(self, service: str = INVOICES) -> None:
        call = Call(
            "GET service",
            f"{self.settings.service_url(service)}/",
            self._query({"$format": "json"}),
            {_TOKEN: "Fetch", "Accept": "application/json"},
        )
        try:
            response = self._sent(call)
        except answers.NotInS4Hana:
            raise ConfigurationError(
                f"There is no service {service} at {self.settings.base_url}: check the connection's host, "
                "and that the service is active there."
            ) from None
        self._token = response.headers.get(_TOKEN)
        if not self._token:
            raise ConfigurationError(
                f"What answers at {self.settings.base_url} gives no CSRF token, so it is not S/4HANA's API: "
                "check the connection's host."
            )

    def _query(self, query: dict[str, str]) -> dict[str, str]:
        client = self.settings.extra.sap_client
        return {**query, **({"sap-client": client} if client else {})}

    def _decoded(self, response: requests.Response, call: Call) -> Row:
        """What lies under ``d``."""
        decoded: Any = None
        # What cannot be read is told below, without the fault: it quotes what was answered.
        with contextlib.suppress(ValueError, RecursionError):
            decoded = json.loads(response.text, parse_float=str)
        inside = decoded.get("d") if isinstance(decoded, dict) and is_shallow(decoded) else None
        if isinstance(inside, dict):
            return cast("Row", inside)
        raise misread(response, call, self.settings.server)
