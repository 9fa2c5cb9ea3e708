"""The calls of Coupa's article one after the other, without Airflow: ``python -m include.bench.script URL``.

What an invoice costs where nothing is kept of it, retried, or shown.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from include.bench.erp import CALLS_VARIABLE, note_call

ID_VARIABLE, SECRET_VARIABLE = "BENCH_CLIENT_ID", "BENCH_CLIENT_SECRET"
_SCOPE = "core.invoice.read core.invoice.write core.integration.read core.integration.write"
INTEGRATION = {"code": "INVOICES_TO_ERP"}


class Coupa:
    """One session with a token.

    :param url: of the instance.
    :param client_id: of the OAuth2 client; ``secret`` likewise.
    """

    def __init__(self, url: str, client_id: str, secret: str) -> None:
        self._url, self._session = url, requests.Session()
        self._session.trust_env = False
        credentials = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
            "scope": _SCOPE,
        }
        answer = self._session.post(f"{url}/oauth2/token", data=credentials, timeout=30)
        answer.raise_for_status()
        self._session.headers.update(
            {"Authorization": f"Bearer {answer.json()['access_token']}", "Accept": "application/json"}
        )

    def call(self, verb: str, path: str, query: dict[str, Any] | None = None, body: Any = None) -> Any:
        """One call.

        :param path: below ``/api/``.
        :raises requests.HTTPError: Coupa refuses it.
        """
        answer = self._session.request(verb, f"{self._url}/api/{path}", params=query, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def waiting(self) -> Iterator[int]:
        """The ids of all approved invoices that wait."""
        last = 0
        query = {
            "exported": "false",
            "status": "approved",
            "order_by": "id",
            "dir": "asc",
            "fields": '["id"]',
        }
        while page := self.call("GET", "invoices", {**query, "id[gt]": last}):
            yield from (invoice["id"] for invoice in page)
            last = page[-1]["id"]


def carry_over(coupa: Coupa, run_id: int, invoice_id: int) -> None:
    """The steps 4 to 7 of one invoice.

    :param run_id: the integration run.
    """
    about = {"document-id": invoice_id, "document-type": "InvoiceHeader"}
    coupa.call("PUT", f"invoices/{invoice_id}", {"exported": "true"})
    for kind in ("integration_history_records", "integration_errors"):
        for record in coupa.call("GET", kind, {**about, "resolved": "false"}):
            coupa.call("PUT", f"{kind}/{record['id']}/resolve")
    note_call(Path(os.environ[CALLS_VARIABLE]), f"create {invoice_id}")
    number = f"B-{invoice_id}"
    coupa.call("PUT", f"invoices/{invoice_id}", body={"custom-fields": {"cf-erp-invoice-number": number}})
    record = {
        **about,
        "integration": INTEGRATION,
        "integration-run": {"id": run_id},
        "contact-alert-type": "Functional",
        "status": "Success",
        "responses": [{"response-code": "OK", "response-message": number}],
    }
    coupa.call("POST", "integration_history_records", body=record)


def main(url: str) -> None:
    """All that waits.

    :param url: of the instance.
    """
    coupa = Coupa(url, os.environ[ID_VARIABLE], os.environ[SECRET_VARIABLE])
    run = coupa.call("POST", "integration_runs", body={"integration": INTEGRATION})["id"]
    waiting = list(coupa.waiting())
    coupa.call("PUT", f"integration_runs/{run}/run", body={"total-records": len(waiting)})
    for invoice_id in waiting:
        carry_over(coupa, run, invoice_id)
    coupa.call("PUT", f"integration_runs/{run}/success")


if __name__ == "__main__":
    main(sys.argv[1])
