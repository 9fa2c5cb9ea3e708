"""The error shapes of Coupa, and whatever else a server may send in their place."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coupa_erp.coupa.answers import (
    LONGEST_MESSAGE,
    MOST_MESSAGES,
    json_of,
    lookup,
    many,
    messages_of,
    one,
)
from coupa_erp.coupa.failures import BeyondBounds
from include.errors import TransientError

HTML = b"""<!DOCTYPE html><html><head><title>502 Bad Gateway</title><style>p {color: red}</style></head>
<body><h1>Bad Gateway</h1><p>nginx</p></body></html>"""


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        (
            b'{"errors":{"account":["Segment 1 - Cost Center can\'t be blank"]}}',
            ["account: Segment 1 - Cost Center can't be blank"],
        ),
        (b'{"errors":{"base":["Invoice is locked"],"status":["is final"]}}', None),
        (
            b'{"errors":{"invoice_lines":[{"account":["is invalid"]},{"uom":["is blank"]}]}}',
            ["invoice_lines.account: is invalid", "invoice_lines.uom: is blank"],
        ),
        (b'{"errors":["first","second","first"]}', ["first", "second"]),
        (b'["first","second"]', ["first", "second"]),
        (b'{"errors":"all of it"}', ["all of it"]),
        (b'"a text"', ["a text"]),
        (b'{"error":"Unauthorized"}', ["Unauthorized"]),
        (
            b'{"error":"invalid_scope","error_description":"not granted"}',
            ["invalid_scope", "not granted"],
        ),
        (b'{"status":500,"message":"Oops"}', ["Oops"]),
        (b'{"account":["is invalid"]}', ["account: is invalid"]),
        (
            b"<?xml version='1.0'?><errors><error>can't be blank</error><error>A &amp; B</error></errors>",
            ["can't be blank", "A & B"],
        ),
        (b"<errors type='array'><error code='7'>wrong</error></errors>", ["wrong"]),
        (HTML, ["502 Bad Gateway"]),
        (b"<html><body><p>Service  is\n down</p></body></html>", ["Service is down"]),
        (b"plain words", ["plain words"]),
        (b"", []),
        (b"  \r\n ", []),
        (b"{}", []),
        (b"null", []),
        (b'{"errors":{}}', []),
    ],
)
def test_each_shape_of_an_error_becomes_messages(body: bytes, messages: list[str] | None) -> None:
    if messages is None:
        assert messages_of(body)[0] == "Invoice is locked"
    else:
        assert messages_of(body) == messages


def test_what_was_sent_is_not_told_beside_the_error() -> None:
    body = json.dumps({"errors": {"account": ["is invalid"]}, "invoice": {"gross-total": "1180.00"}})
    assert messages_of(body.encode()) == ["account: is invalid"]


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abc.def-ghi",
        "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.c2lnbmF0dXJl",
        "client_secret=hunter22&grant_type=x",
        '{"access_token": "hunter22"}',
        "GET https://example.coupahost.com/api/invoices?supplier[name]=Acme failed",
        "no route for /api/invoices?supplier[name]=Acme",
        "your s3cr3t-of-the-client is wrong",
    ],
)
def test_secrets_and_queries_are_hidden(text: str) -> None:
    for body in (text, json.dumps({"error": text}), f"<error>{text}</error>"):
        shown = " ".join(messages_of(body.encode(), hide=["s3cr3t-of-the-client", ""]))
        for hidden in ("abc.def", "eyJhb", "hunter22", "Acme", "s3cr3t"):
            assert hidden not in shown


def test_messages_are_few_and_short() -> None:
    body = json.dumps({"errors": [f"{number} " + "x" * 5000 for number in range(500)]})
    messages = messages_of(body.encode())
    assert 0 < len(messages) <= MOST_MESSAGES
    assert all(len(message) <= LONGEST_MESSAGE for message in messages)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.binary()
    | st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.text(alphabet='<>&;/"error{}[]: x').map(str.encode)
    | json_values.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(st.sampled_from(["error", "errors", "message"]), json_values).map(
        lambda value: json.dumps(value).encode()
    )
)
def test_no_body_breaks_the_parser(body: bytes) -> None:
    messages = messages_of(body, hide=["secret"])
    assert len(messages) <= MOST_MESSAGES
    for message in messages:
        assert 0 < len(message) <= LONGEST_MESSAGE
        assert message.isprintable()
        message.encode()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"errors":' * 50_000,
        b"9" * 50_000,
        b"1e999999999999999999999",
        b"<" * 100_000,
        b"<error>" * 20_000,
        b"http://" * 20_000,
        b"\xff\xfe\x00",
    ],
)
def test_a_hostile_body_is_neither_slow_nor_fatal(body: bytes) -> None:
    assert len(messages_of(body)) <= MOST_MESSAGES


def test_amounts_are_read_exactly() -> None:
    assert json_of(b'{"a": 0.1, "b": 12345678901234567.89, "c": 3}', "GET /x") == {
        "a": Decimal("0.1"),
        "b": Decimal("12345678901234567.89"),
        "c": 3,
    }


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff", b"{'a': 1}", b'{"a": 1', b"\xff\xfe{"])
def test_a_success_that_is_no_json_may_go_through_later(body: bytes) -> None:
    with pytest.raises(TransientError, match="GET /api/invoices: Coupa answered well, but with"):
        json_of(body, "GET /api/invoices")


def test_an_odd_value_is_kept_as_a_text_and_never_costs_the_page() -> None:
    body = b'[{"a": NaN, "b": 1e999999999999999999999, "c": -Infinity, "d": "M\xfcller", "e": 2},{"a": 1}]'
    assert json_of(body.replace(b"2", b"2" * 5000), "GET /x") == [
        {"a": "NaN", "b": "1e999999999999999999999", "c": "-Infinity", "d": "M\ufffdller", "e": "2" * 5000},
        {"a": 1},
    ]


def test_a_key_that_stands_twice_shows_both_values_unless_they_are_the_same() -> None:
    body = b'{"total": "1.00", "id": 7, "total": "2.00", "id": 7}'
    assert json_of(body, "GET /x") == {"total": ["1.00", "2.00"], "id": 7}


@pytest.mark.parametrize("depth", [100, 100_000])
def test_what_is_nested_too_deep_is_beyond_bounds_and_not_tried_again(depth: int) -> None:
    with pytest.raises(BeyondBounds, match="nested too deep"):
        json_of(b"[" * depth + b"]" * depth, "GET /x")


def test_one_object_may_come_as_an_array_of_one() -> None:
    assert one({"id": 1}, "PUT /x") == one([{"id": 1}], "PUT /x") == {"id": 1}
    wrong: Any
    for wrong in ([], [{}, {}], [1], "text", None, 3):
        with pytest.raises(TransientError, match="where one object belongs"):
            one(wrong, "PUT /x")


def test_a_listing_is_an_array_of_objects() -> None:
    assert many([], "GET /x") == []
    wrong: Any
    for wrong in ({"error": "x"}, [1], None, "text"):
        with pytest.raises(TransientError, match="where an array of objects belongs"):
            many(wrong, "GET /x")


def test_both_spellings_of_a_name_are_understood() -> None:
    assert lookup({"invoice-number": 1}, "invoice-number") == 1
    assert lookup({"invoice_number": 1}, "invoice-number") == 1
    with pytest.raises(KeyError):
        lookup({}, "invoice-number")
