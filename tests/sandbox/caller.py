"""Calls Coupa's API over real HTTP, and holds every good JSON answer against the Swagger."""

from __future__ import annotations

import copy
import functools
import json
from pathlib import Path
from typing import Any

import requests

from include.sandbox.running import RunningSandbox
from include.sandbox.settings import SCOPES
from tests.swagger_check import check_answer, check_request


class Caller:
    """A client of one sandbox with a token of its own."""

    def __init__(self, sandbox: RunningSandbox, scopes: tuple[str, ...] = SCOPES) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.headers["Accept"] = "application/json"
        token = self.token(scope=" ".join(scopes)).json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def token(self, **changes: str) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.sandbox.client_id,
            "client_secret": self.sandbox.client_secret,
            "scope": " ".join(SCOPES),
            **changes,
        }
        return requests.post(f"{self.sandbox.url}/oauth2/token", data=form, timeout=10)

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send without judging anything."""
        return self.session.request(method, self.sandbox.url + path, timeout=10, **options)

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Send what must go well, both sides of it as the Swagger has them, and answer the value."""
        verbs = self.sandbox.state.settings.create_method == "PUT"
        check_request(method, path, query, body, article_verbs=verbs)
        response = self.send(method, path, json=body, params=query)
        assert response.ok, f"{method} {path}: {response.status_code} {response.text}"
        value = response.json()
        check_answer(method, path, value, article_verbs=verbs)
        return value

    def refused(self, status: int, method: str, path: str, body: Any = None, **query: str) -> str:
        """Send what must be refused with this status, and answer the body's text."""
        response = self.send(method, path, json=body, params=query)
        assert response.status_code == status, f"{response.status_code} {response.text}"
        assert set(response.json()) & {"errors", "error"}
        return response.text

    def ids(self, **query: str) -> list[int]:
        """The ids of a listing of invoices, in its order."""
        return [invoice["id"] for invoice in self.call("GET", "/api/invoices", **query)]

    def run(self, *, started: bool = True) -> int:
        """A new integration run."""
        run_id = self.call("POST", "/api/integration_runs", {"integration": {"code": "INVOICES_TO_ERP"}})[
            "id"
        ]
        if started:
            self.call("PUT", f"/api/integration_runs/{run_id}/run", {"total-records": 1})
        return int(run_id)


def history_body(invoice_id: int, **changes: Any) -> dict[str, Any]:
    """A history record as Coupa's article sends it."""
    return {
        "document-type": "InvoiceHeader",
        "document-id": invoice_id,
        "document-status": "approved",
        "contact-alert-type": "Functional",
        "status": "Success",
        "integration": {"code": "INVOICES_TO_ERP"},
        "responses": [{"response-code": "POSTED", "response-message": "Header: posted as 17"}],
        **changes,
    }


def error_body(invoice_id: int, run_id: int, **changes: Any) -> dict[str, Any]:
    """An integration error as Coupa's Swagger wants it."""
    body = history_body(invoice_id, status="Error", **{"integration-run": {"id": run_id}}, **changes)
    del body["integration"]
    return body


def without(body: dict[str, Any], key: str) -> dict[str, Any]:
    """The body with one key left out."""
    return {name: value for name, value in body.items() if name != key}


@functools.cache
def _sample() -> str:
    return Path(__file__).with_name("invoice.json").read_text(encoding="utf-8")


def invoice(invoice_id: int, **changes: Any) -> dict[str, Any]:
    """A made-up approved invoice; changes are named with underscores."""
    sample: dict[str, Any] = json.loads(_sample(), parse_float=str)
    sample.update(copy.deepcopy({name.replace("_", "-"): value for name, value in changes.items()}))
    return {**sample, "id": invoice_id}
