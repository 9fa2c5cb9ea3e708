"""Calls to NetSuite as its own accountant and auditor makes them; nothing of the hook's is used."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import jwt
import requests

TOKEN = "/services/rest/auth/oauth2/v1/token"
RECORDS = "/services/rest/record/v1"
QUERY = "/services/rest/query/v1/suiteql"
_PAGE = 1000
_SECONDS = 120
_RENEWED = 1800
Row = dict[str, Any]


class NetSuiteService:
    """One role of one account.

    :param url: the account's SuiteTalk address.
    :param client: of the integration record.
    :param key: the private key, PEM.
    :param algorithm: how it signs.
    :param certificate: of the mapping of that role.
    :param verify: a file of the authorities to trust, where this machine does not.
    """

    def __init__(
        self, url: str, client: str, key: str, *, algorithm: str, certificate: str, verify: str | None
    ) -> None:
        self._url, self._client, self._key = url, client, key
        self._algorithm, self._certificate, self._verify = algorithm, certificate, verify or True
        self._token, self._until = "", 0.0

    def query(self, suiteql: str) -> list[Row]:
        """The rows of a query, which is ordered where there may be many."""
        found: list[Row] = []
        while True:
            answered = self._call(
                "POST",
                QUERY,
                {"q": suiteql},
                {"limit": str(_PAGE), "offset": str(len(found))},
                Prefer="transient",
            )
            page = answered.json(parse_float=Decimal)
            found += page["items"]
            if not page["hasMore"]:
                return found

    def ids(self, table: str, column: str, codes: Iterable[str]) -> dict[str, str]:
        """The internal ids of codes; one that is not there, or that is inactive, is left out."""
        quoted = ", ".join("'" + code.replace("'", "''") + "'" for code in codes)
        rows = self.query(
            f"SELECT id, {column} AS code FROM {table} WHERE {column} IN ({quoted}) AND isinactive = 'F'"  # noqa: S608
        )
        return {str(row["code"]): str(row["id"]) for row in rows}

    def create(self, kind: str, values: Row) -> str:
        """A new record; its internal id."""
        made = self._call("POST", f"{RECORDS}/{kind}", values)
        return made.headers["Location"].rpartition("/")[2]

    def delete(self, kind: str, record: str) -> None:
        """Delete a record."""
        self._call("DELETE", f"{RECORDS}/{kind}/{record}")

    def _call(
        self,
        method: str,
        path: str,
        values: Row | None = None,
        query: dict[str, str] | None = None,
        **headers: str,
    ) -> requests.Response:
        answered = requests.request(
            method,
            self._url + path,
            params=query,
            data=None if values is None else json.dumps(values, default=float),
            headers={**self._authorized(), "Content-Type": "application/json", **headers},
            auth=_as_it_is,
            timeout=_SECONDS,
            verify=self._verify,
            allow_redirects=False,
        )
        assert answered.status_code // 100 == 2, f"{answered.status_code} {answered.text[:2000]}"
        return answered

    def _authorized(self) -> dict[str, str]:
        now = time.time()
        if now >= self._until:
            claims = {
                "iss": self._client, "scope": ["rest_webservices"], "aud": self._url + TOKEN,
                "iat": int(now), "exp": int(now) + 300,
            }  # fmt: skip
            signed = jwt.encode(claims, self._key, self._algorithm, {"kid": self._certificate})
            form = {
                "grant_type": "client_credentials", "client_assertion": signed,
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            }  # fmt: skip
            given = requests.post(
                self._url + TOKEN,
                data=form,
                auth=_as_it_is,
                timeout=_SECONDS,
                verify=self._verify,
                allow_redirects=False,
            )
            assert given.status_code == 200, f"{given.status_code} {given.text[:2000]}"
            self._token, self._until = given.json()["access_token"], now + _RENEWED
        return {"Authorization": f"Bearer {self._token}"}


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No other credential, which a .netrc would add."""
    return request
