"""SuiteTalk REST calls: records, and SuiteQL for what no record's address can find.

The token comes by OAuth 2.0 client credentials; the assertion is a JWT that PyJWT signs with the key of the
certificate that NetSuite knows.
"""

from __future__ import annotations

import contextlib
import functools
import re
import time
from collections.abc import Iterator
from typing import Any, cast

import jwt
import requests

from coupa_erp.bounded import is_shallow
from coupa_erp.coupa.oauth import spellings
from coupa_erp.erp_http.calls import Call, Calls, lost
from coupa_erp.erp_http.contents import misread
from coupa_erp.erp_http.tokens import ClientToken, TokenRequest
from coupa_erp.netsuite import answers
from coupa_erp.netsuite.connection import NetSuiteSettings
from coupa_erp.netsuite.wire import Row, decode, encode
from include.errors import ConfigurationError

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"  # noqa: S105 - a path
RECORDS = "/services/rest/record/v1"
SUITEQL = "/services/rest/query/v1/suiteql"
PAGE = 1000
_ASSERTION_SECONDS = 300
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class NetSuiteTransport:
    """One account.

    :param settings: the validated connection.
    :param session: tests may bring their own.
    """

    def __init__(self, settings: NetSuiteSettings, session: requests.Session | None = None) -> None:
        self.settings = settings
        self._own = session

    @functools.cached_property
    def _calls(self) -> Calls:
        session = self._own or requests.Session()
        session.auth = self._auth
        return Calls(self.settings.server, session, lambda: spellings(*self._auth.secrets))

    @functools.cached_property
    def _auth(self) -> ClientToken:
        settings = self.settings
        key = settings.private_key.get_secret_value()
        return ClientToken(
            settings.server,
            TokenRequest(
                url=settings.base_url + TOKEN_PATH,
                form=self._assertion,
                refused="check login (client id), password (private key) and certificate_id of the "
                "connection, and that the certificate has not ended.",
                kept_under=(
                    "netsuite",
                    settings.base_url,
                    settings.client_id,
                    settings.extra.certificate_id,
                    key,
                ),
            ),
        )

    def _assertion(self) -> dict[str, str]:
        settings, now = self.settings, int(time.time())
        claims = {
            "iss": settings.client_id,
            "scope": ["rest_webservices"],
            "aud": settings.base_url + TOKEN_PATH,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
        }
        signed = jwt.encode(
            claims,
            settings.private_key.get_secret_value(),
            algorithm=settings.algorithm,
            headers={"kid": settings.extra.certificate_id},
        )
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": signed,
        }

    def query(self, suiteql: str) -> Iterator[Row]:
        """The rows of a query, page by page; what is null is left out of them.

        :param suiteql: ordered, where it can answer more than a page.
        """
        offset = 0
        while True:
            call = Call(
                "POST suiteql",
                self.settings.base_url + SUITEQL,
                {"limit": str(PAGE), "offset": str(offset)},
                {"Prefer": "transient", "Content-Type": "application/json", "Accept": "application/json"},
                encode({"q": suiteql}),
            )
            answer = self._decoded(self._sent(call), call)
            rows = answer.get("items")
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise ConfigurationError(
                    "What answers POST suiteql is not NetSuite: the connection's host names another server."
                )
            yield from rows
            offset += PAGE
            if not answer.get("hasMore"):
                return

    def record(self, kind: str, record: str) -> Row | None:
        """A record with its sublists, or ``None`` where there is none.

        :param kind: ``vendorBill``.
        :param record: its internal id.
        """
        call = Call(
            f"GET {kind}",
            f"{self.settings.base_url}{RECORDS}/{kind}/{record}",
            {"expandSubResources": "true"},
            {"Accept": "application/json"},
        )
        try:
            return self._decoded(self._sent(call), call)
        except answers.NotInNetSuite:
            return None

    def put(self, kind: str, external_id: str, values: Row) -> str:
        """Create the record of an external id, or bring it to these values; its internal id.

        Its lines are replaced, for an update would add to them.
        """
        response = self._write("PUT", kind, f"eid:{external_id}", values, replace="expense")
        found = re.search(r"/(\d+)$", response.headers.get("Location", ""))
        return found[1] if found else ""

    def patch(self, kind: str, record: str, values: Row, *, replace: str = "") -> None:
        """Change a record.

        :param record: its internal id.
        :param replace: the sublist whose lines are replaced; empty: lines with a key that is there are
            changed, others are added.
        """
        self._write("PATCH", kind, record, values, replace=replace)

    def _write(self, verb: str, kind: str, record: str, values: Row, *, replace: str) -> requests.Response:
        call = Call(
            f"{verb} {kind}",
            f"{self.settings.base_url}{RECORDS}/{kind}/{record}",
            {"replace": replace} if replace else {},
            {
                "Content-Type": "application/json",
                "Accept": "application/json",
                # A name that NetSuite does not know is an error, not a warning that nobody reads.
                "X-NetSuite-PropertyNameValidation": "Error",
                "X-NetSuite-PropertyValueValidation": "Error",
            },
            encode(values),
            writes=True,
        )
        response = self._sent(call)
        if response.status_code != 204:
            raise lost(
                self.settings.server, call, f"answered well, but not as it does ({response.status_code}),"
            )
        return response

    def _sent(self, call: Call) -> requests.Response:
        def attempt() -> requests.Response:
            response = self._calls.once(call)
            answers.check(response, call, self.settings.server)
            return response

        return self._calls.repeated(attempt, writes=call.writes)

    def _decoded(self, response: requests.Response, call: Call) -> Row:
        decoded: Any = None
        # What cannot be read is told below, without the fault: it quotes what was answered.
        with contextlib.suppress(ValueError, RecursionError):
            decoded = decode(response.text)
        if isinstance(decoded, dict) and is_shallow(decoded):
            return cast("Row", decoded)
        raise misread(response, call, self.settings.server)
