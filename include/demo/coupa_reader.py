"""What stands in the sandbox's Coupa, read through Coupa's own API: the table of ``make run`` trusts no log.

Not through the package's own hook: the demo checks what that one did.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from include.demo.console import DemoError

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_PAGE = 50
_SCOPES = "core.invoice.read core.integration.read"
_TRIES = 5

Json = dict[str, Any]


class CoupaReader:
    """A reading client of one Coupa.

    :param url: its address.
    :param client_id: the OAuth2 client.
    :param client_secret: and its secret.
    """

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self._url = url
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": _SCOPES,
        }
        request = urllib.request.Request(  # noqa: S310 - the sandbox on loopback
            f"{url}/oauth2/token", data=urllib.parse.urlencode(form).encode()
        )
        self._token = str(self._send(request)["access_token"])

    def invoices(self) -> list[Json]:
        """Every invoice, whatever its status, by id."""
        return list(self._all("invoices", {}))

    def open_errors(self) -> list[Json]:
        """Every integration error that nobody has resolved, by id."""
        return list(self._all("integration_errors", {"resolved": "false"}))

    def errors(self) -> list[Json]:
        """Every integration error, resolved ones included, by id."""
        return list(self._all("integration_errors", {}))

    def runs(self) -> list[Json]:
        """Every integration run, by id."""
        return list(self._all("integration_runs", {}))

    def history(self) -> list[Json]:
        """Every integration history record, by id."""
        return list(self._all("integration_history_records", {}))

    def _all(self, kind: str, query: dict[str, str]) -> Iterator[Json]:
        last = 0
        while True:
            asked = {**query, "id[gt]": str(last), "order_by": "id", "dir": "asc", "limit": str(_PAGE)}
            page = self._send(
                urllib.request.Request(  # noqa: S310 - the sandbox on loopback
                    f"{self._url}/api/{kind}?{urllib.parse.urlencode(asked)}",
                    headers={"Authorization": f"Bearer {self._token}", "Accept": "application/json"},
                )
            )
            yield from page
            if len(page) < _PAGE:
                return
            last = page[-1]["id"]

    def _send(self, request: urllib.request.Request) -> Any:
        request.add_header("Accept", "application/json")
        for attempt in range(_TRIES):
            try:
                with _OPENER.open(request, timeout=30) as answer:
                    return json.load(answer, parse_float=Decimal)
            except urllib.error.HTTPError as refused:
                if refused.code != 429 or attempt == _TRIES - 1:
                    raise DemoError(
                        f"The Coupa sandbox answers {request.selector} with {refused.code}: "
                        f"{refused.read().decode(errors='replace')[:200]}"
                    ) from None
                time.sleep(1)
            except OSError as error:
                raise DemoError(f"The Coupa sandbox does not answer: {error}") from None
        raise AssertionError("the last try returns or raises")
