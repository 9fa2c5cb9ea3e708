"""Calls to S/4HANA as its own accountant and auditor makes them; nothing of the hook's is used."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests

ROOT = "/sap/opu/odata/sap"
INVOICES, BOOKS = "API_SUPPLIERINVOICE_PROCESS_SRV", "API_OPLACCTGDOCITEMCUBE_SRV"
FILES, ORDERS = "API_CV_ATTACHMENT_SRV", "API_PURCHASEORDER_PROCESS_SRV"
_PAGE = 500
_IN_A_FILTER = 20
#: What stands in a key predicate as it is.
_IN_KEYS = "=,'"
_SECONDS = 120
Row = dict[str, Any]


class S4HanaService:
    """One user of one client.

    :param url: scheme, host and port.
    :param client: of a system of one's own; empty in the cloud.
    :param verify: a file of the authorities to trust, where this machine does not.
    """

    def __init__(self, url: str, client: str, login: str, password: str, verify: str | None = None) -> None:
        self._root = f"{url}{ROOT}"
        self._client = {"sap-client": client} if client else {}
        self._who = (login.encode(), password.encode())
        self._verify = verify or True

    def description(self, service: str) -> str:
        """What a service says of itself; empty where it does not answer so.

        :raises requests.RequestException: nobody answers.
        """
        with self._session() as session:
            answered = session.get(
                f"{self._root}/{service}/$metadata",
                params=self._client,
                headers={"Accept": "application/xml"},
                timeout=_SECONDS,
                allow_redirects=False,
            )
        return answered.text if answered.status_code == 200 else ""

    def rows(self, service: str, entity: str, filter_: str, *, select: str, order: str) -> list[Row]:
        """The entries that a filter names.

        :param order: fields that tell them apart.
        """
        found: list[Row] = []
        while True:
            query = {"$filter": filter_, "$select": select, "$orderby": order, "$top": str(_PAGE)}
            page = self._read(f"{service}/{entity}", {**query, "$skip": str(len(found))})
            found += page["results"]
            if len(page["results"]) < _PAGE and "__next" not in page:
                return found

    def rows_of_any(
        self, service: str, entity: str, conditions: list[str], filter_: str, *, select: str, order: str
    ) -> list[Row]:
        """The entries that any of some conditions names; none where there are none.

        :param filter_: where the conditions come in, ``{}``.
        """
        found: list[Row] = []
        for start in range(0, len(conditions), _IN_A_FILTER):
            some = " or ".join(conditions[start : start + _IN_A_FILTER])
            found += self.rows(service, entity, filter_.format(f"({some})"), select=select, order=order)
        return found

    def ask(self, service: str, function: str, **arguments: str) -> list[Row]:
        """What a function import that only reads answers; arguments are texts."""
        quoted = {name: f"'{value}'" for name, value in arguments.items()}
        return self._read(f"{service}/{function}", quoted)["results"]

    def content(self, service: str, entity: str, key: str) -> bytes:
        """The bytes of an entry that is a file."""
        with self._session() as session:
            path = f"{self._root}/{service}/{entity}({quote(key, safe=_IN_KEYS)})/$value"
            got = session.get(path, params=self._client, headers={"Accept": "*/*"}, timeout=_SECONDS)
            return _good(got).content

    def create(self, service: str, entity: str, values: Row) -> Row:
        """Create an entry with all that belongs to it."""
        return self._write(f"{service}/{entity}", json=values)

    def call(self, service: str, function: str, **arguments: str) -> Row:
        """Call a function import; arguments are literals."""
        return self._write(f"{service}/{function}", query=arguments)

    def upload(self, service: str, entity: str, content: bytes, headers: Mapping[str, str]) -> None:
        """Create an entry that is a file."""
        self._write(f"{service}/{entity}", data=content, headers=headers)

    def _read(self, path: str, query: Mapping[str, str]) -> Row:
        with self._session() as session:
            asked = {**query, "$format": "json", **self._client}
            answered = session.get(f"{self._root}/{path}", params=asked, timeout=_SECONDS)
            return _good(answered).json()["d"]

    def _write(
        self,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Row:
        """With a token of its own, and the session that belongs to it."""
        with self._session() as session:
            root = f"{self._root}/{path.partition('/')[0]}/"
            given = session.get(
                root,
                params={"$format": "json", **self._client},
                headers={"X-CSRF-Token": "Fetch"},
                timeout=_SECONDS,
            )
            token = {"X-CSRF-Token": _good(given).headers["X-CSRF-Token"]}
            answered = session.post(
                f"{self._root}/{path}",
                params={**(query or {}), **self._client},
                headers={**token, **(headers or {})},
                timeout=_SECONDS,
                allow_redirects=False,
                **body,
            )
            return _good(answered).json()["d"] if answered.content else {}

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.auth = self._who
        session.verify = self._verify
        session.headers.update({"Accept": "application/json", "Accept-Language": "en"})
        return session


def date_of(day: datetime.date) -> str:
    """A day in a body."""
    return f"/Date({(day - datetime.date(1970, 1, 1)).days * 86_400_000})/"


def text(value: str) -> str:
    """A text in an address."""
    return "'" + value.replace("'", "''") + "'"


def without_zeros(code: str) -> str:
    """A code as people write it."""
    return (code.lstrip("0") or "0") if code.isdigit() else code


def _good(answered: requests.Response) -> requests.Response:
    assert answered.status_code // 100 == 2, f"{answered.status_code} {answered.text[:2000]}"
    return answered
