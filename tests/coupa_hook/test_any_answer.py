"""Whatever a server answers: one of our exceptions or a value, short sentences, and no secret in them."""

from __future__ import annotations

import html
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from coupa_erp.coupa.answers import LONGEST_MESSAGE, MOST_MESSAGES, json_of, many, messages_of, one
from coupa_erp.coupa.failures import failure_of_status
from coupa_erp.coupa.reading import read_as, read_invoice, read_record
from include.errors import ExportError
from include.models.invoice import CoupaInvoice, InvoiceLabel
from include.models.records import IntegrationRun

PROPERTY = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

CALL = "PUT /api/invoices/1"
SECRET = "s3cr3t-0f/the&client"

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["\x00", "\ud800", "{{ x }}", "\x1b[31m", "1E400", "NaN", "2026-02-30", SECRET]),
)
NAMES = st.one_of(
    st.text(max_size=10),
    st.sampled_from(
        ["id", "error", "errors", "message", "invoice-lines", "responses", "custom-fields", SECRET]
    ),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=15,
)
IDS = st.one_of(st.integers(1, 9), st.sampled_from(["7", " 7 ", "x", "\u0667", 7.0, None, [], True, 10**30]))
FIELDS = """invoice-number status exported supplier invoice-lines custom-fields gross-total currency responses
    document-id resolved integration-run start-time total-records absent unreadable"""
OBJECTS = st.fixed_dictionaries({"id": IDS}, optional=dict.fromkeys(FIELDS.split(), JSON))
BODIES = st.one_of(
    st.binary(max_size=200),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.lists(OBJECTS, max_size=3).map(lambda value: json.dumps(value).encode()),
    OBJECTS.map(lambda value: json.dumps(value).encode()),
    OBJECTS.map(lambda value: json.dumps(value)[:-5].encode()),
    st.text(alphabet='{}[]",:0eE-+.\\u', max_size=40).map(str.encode),
)


@PROPERTY
@given(BODIES)
@example(b'[{"id": 0, "total": 0e100}]')
def test_any_answer_is_read_or_is_one_of_our_exceptions(body: bytes) -> None:
    try:
        parsed = json_of(body, CALL)
        listed = many(parsed, CALL) if isinstance(parsed, list) and len(parsed) != 1 else [one(parsed, CALL)]
    except ExportError as fault:
        assert_short(fault)
        return
    for raw in listed:
        readers: tuple[Any, ...] = (
            lambda raw: read_invoice(raw, CALL, ("cf-erp-invoice-number",)),
            lambda raw: read_as(InvoiceLabel, raw, CALL),
            lambda raw: read_as(IntegrationRun, raw, CALL),
            lambda raw: read_record(raw, CALL),
        )
        for reader in readers:
            try:
                found = reader(raw)
            except ExportError as fault:
                assert_short(fault)
            else:
                if isinstance(found, InvoiceLabel):
                    assert found.shown_number.isprintable() or "\u200d" in found.shown_number
                    assert 0 < len(found.shown_number) <= 80
                if isinstance(found, CoupaInvoice):
                    travels(found)


def travels(invoice: CoupaInvoice) -> None:
    """From task to task, through JSON that PostgreSQL takes."""
    wire = json.dumps(invoice.model_dump(mode="json", by_alias=True, exclude_none=True), allow_nan=False)
    assert "\\u0000" not in wire
    assert json.dumps(json.loads(wire), ensure_ascii=False).encode()
    assert CoupaInvoice.model_validate(json.loads(wire)) == invoice


def assert_short(fault: ExportError) -> None:
    assert len(str(fault)) < 400
    assert SECRET not in str(fault)


@PROPERTY
@given(st.sampled_from([200, 301, 400, 401, 403, 404, 408, 413, 422, 429, 500, 503, 599]), BODIES)
def test_any_error_is_one_exception_of_bounded_length(status: int, body: bytes) -> None:
    fault = failure_of_status(CALL, status, messages_of(body, hide=[SECRET]))
    assert isinstance(fault, ExportError)
    assert len(str(fault)) <= (LONGEST_MESSAGE + 2) * MOST_MESSAGES + 300
    assert SECRET not in str(fault)
    assert str(fault).isprintable()


@PROPERTY
@given(
    st.sampled_from(
        [
            lambda text: text,
            lambda text: json.dumps({"errors": {"account": [text]}}),
            lambda text: json.dumps({text: "is wrong"}),
            lambda text: f"<errors><error>{html.escape(text)}</error></errors>",
            lambda text: f"<html><body><p>{html.escape(text)}</p></body></html>",
            lambda text: f"https://x.example/api?client_secret={quote(text)}",
        ]
    ),
    st.integers(0, 70_000),
    st.sampled_from([" ", "x", "\x00", "<b>", '"', "é"]),
)
def test_a_secret_is_never_told_wherever_it_stands(wrap: Any, before: int, filling: str) -> None:
    body = wrap((filling * before)[:before] + SECRET + filling)
    told = " ".join(messages_of(body.encode(), hide=[SECRET]))
    assert SECRET[:8] not in told
    assert quote(SECRET)[:8] not in told


@pytest.mark.parametrize("cut", range(1, len(SECRET)))
def test_a_secret_at_the_end_of_what_is_read_is_not_told_in_part(cut: int) -> None:
    body = " " * (65_536 - cut) + SECRET + " and more"
    assert messages_of(body.encode(), hide=[SECRET]) == []
