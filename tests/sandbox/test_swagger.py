from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from include.sandbox import schema
from include.sandbox.record_calls import DOCUMENT_TYPES, REQUIRED
from include.sandbox.routes import ROUTES
from tests.sandbox.caller import error_body, history_body, invoice, without
from tests.swagger_check import MISTYPED, SWAGGER, SwaggerMismatch, check_answer, check_request

SWAGGER_JSON: dict[str, Any] = json.loads(SWAGGER.read_text(encoding="utf-8"))
DEFINITIONS: dict[str, Any] = SWAGGER_JSON["definitions"]
#: Where the Swagger refers an attribute to the definition that it stands in, by mistake.
SLIPS = {
    ("InvoiceHeader", "dispute-reasons"),
    ("InvoiceHeader", "invoice-payment-receipts"),
    ("InvoiceHeader", "inbound-invoice"),
    ("IntegrationContact", "contactable"),
}
STAMPS = {"id", "created-at", "updated-at", "created-by", "updated-by"}


def test_the_sandbox_has_exactly_the_attributes_of_the_swagger() -> None:
    known = json.loads(Path(schema.__file__).with_name("schema.json").read_text(encoding="utf-8"))
    assert {name: set(words) for name, words in known.items()} == {
        name: set(definition["properties"]) for name, definition in DEFINITIONS.items()
    }


@pytest.mark.parametrize("definition", sorted(DEFINITIONS))
def test_the_sandbox_has_the_types_of_the_swagger(definition: str) -> None:
    for name, field in DEFINITIONS[definition]["properties"].items():
        known = schema.attribute(definition, name)
        assert known is not None
        if (definition, name) in SLIPS:
            continue
        inner = field.get("items", field)
        refers = inner["$ref"].rsplit("/", 1)[-1] if "$ref" in inner else None
        assert known.refers == MISTYPED.get((definition, name), refers), name
        assert known.many == (field.get("type") == "array"), name
        assert known.read_only == (bool(field.get("readOnly")) or name in STAMPS), name
        if refers is None and not known.many:
            assert known.kind == (
                "datetime" if field.get("format") == "datetime" else field.get("type", "string")
            )


@pytest.mark.parametrize(
    ("kind", "definition"), [("history", "IntegrationHistoryRecord"), ("errors", "IntegrationError")]
)
def test_the_sandbox_requires_what_the_swagger_requires(kind: str, definition: str) -> None:
    assert sorted(REQUIRED[kind]) == DEFINITIONS[definition]["required"]
    assert DOCUMENT_TYPES.split("|") == DEFINITIONS[definition]["properties"]["document-type"]["enum"]


def test_the_sandbox_serves_every_call_of_the_swagger_but_one_that_the_export_has_no_use_for() -> None:
    served = {(method, pattern.pattern.replace(r"(\d+)", "#")) for method, pattern, _ in ROUTES}
    missing = {
        (verb.upper(), path)
        for path, verbs in SWAGGER_JSON["paths"].items()
        for verb in verbs
        if (verb.upper(), path.replace("{id}", "#").replace("{invoice_id}", "#")) not in served
    }
    assert missing == {("PUT", "/integration_runs/{id}/max_updated_at")}


def test_the_check_passes_what_coupa_sends_and_takes() -> None:
    check_answer("GET", "/api/invoices", [invoice(1)])
    check_answer(
        "PUT", "/api/invoices/1", {"id": 1, "custom-fields": {"cf-x": {"id": 1}}, "gross-total": 12.5}
    )
    check_request("POST", "/api/integration_errors", {"fields": '["id"]'}, error_body(1, 2))
    check_request("PUT", "/api/integration_errors", {}, error_body(1, 2), article_verbs=True)
    query = {
        "status[in]": "approved",
        "supplier[name][contains]": "x",
        "account_type[name]": "y",
        "exported": "false",
    }
    check_request("GET", "/api/invoices", {**query, "limit": "50", "order_by": "id", "dir": "asc"})


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("PUT", "/api/integration_errors", {}, error_body(1, 2)),
        ("POST", "/api/integration_errors", {}, without(error_body(1, 2), "integration-run")),
        ("POST", "/api/integration_errors", {}, {**error_body(1, 2), "integration-run-id": "2"}),
        ("POST", "/api/integration_errors", {}, {**error_body(1, 2), "resolved": False}),
        ("POST", "/api/integration_errors", {}, {**error_body(1, 2), "contact-alert-type": "Nobody"}),
        ("POST", "/api/integration_errors", {}, {**error_body(1, 2), "external-id": "x" * 256}),
        ("POST", "/api/integration_history_records", {}, history_body(1, responses={})),
        ("POST", "/api/integration_history_records", {}, None),
        ("POST", "/api/integration_runs", {}, {}),
        ("PUT", "/api/integration_runs/1/run", {}, {"total_records": 5}),
        ("PUT", "/api/invoices/1", {}, {"exported": True}),
        ("GET", "/api/invoices", {}, {"id": 1}),
        ("GET", "/api/invoices", {"colour": "red"}, None),
        ("GET", "/api/invoices", {"status[like]": "x"}, None),
        ("GET", "/api/invoices", {"limit": "many"}, None),
        ("GET", "/api/invoices", {"dir": "up"}, None),
        ("DELETE", "/api/invoices/1", {}, None),
        ("GET", "/api/orders", {}, None),
    ],
)
def test_the_check_fails_a_request_that_the_swagger_does_not_know(
    method: str, path: str, query: dict[str, str], body: Any
) -> None:
    with pytest.raises(SwaggerMismatch):
        check_request(method, path, query, body)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/invoices", {"id": 1}),
        ("/api/invoices/1", [{"id": 1}]),
        ("/api/invoices/1", {"colour": "red"}),
        ("/api/invoices/1", {"id": "1"}),
        ("/api/invoices/1", {"gross-total": "much"}),
        ("/api/invoices/1", {"status": "posted"}),
        ("/api/invoices/1", {"invoice-date": "2026-03-01"}),
        ("/api/invoices/1", {"exported": "true"}),
        ("/api/invoices/1", {"invoice-lines": {"id": 1}}),
        ("/api/invoices/1", {"invoice-lines": [{"account": {"colour": "red"}}]}),
        ("/api/invoices/1", {"supplier": "Acme"}),
    ],
)
def test_the_check_fails_an_answer_that_the_swagger_does_not_know(path: str, body: Any) -> None:
    with pytest.raises(SwaggerMismatch):
        check_answer("GET", path, body)
