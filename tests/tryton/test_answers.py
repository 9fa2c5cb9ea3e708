"""Each answer of Tryton becomes the exception that says what to do about it."""

from __future__ import annotations

import json

import pytest
import requests

from coupa_erp.channel import Channel
from coupa_erp.erp_http.calls import Call, Server
from coupa_erp.erp_http.contents import content_of
from coupa_erp.tryton import answers
from coupa_erp.tryton.wire import decode, encode
from include.errors import ConfigurationError, ErpRejection, ExportError, OutcomeUnknown, TransientError

SERVER = Server("Tryton", "tryton", Channel("https://tryton.example.com"), 60, 60)


def response(status, body="", content_type="text/html"):
    made = requests.Response()
    made.status_code = status
    made._content = body.encode()
    made.headers["Content-Type"] = content_type
    return made


def page(text):
    return f"<!doctype html>\n<h1>Error</h1>\n<p>{text}</p>\n"


def refusal(message):
    return response(
        400, json.dumps({"status": 400, "message": message, "description": ""}), "application/json"
    )


def meant(answer, *, writes=True):
    with pytest.raises(ExportError) as raised:
        answers.check(answer, "POST account.invoice/12/post", writes=writes)
    return raised.value


@pytest.mark.parametrize(
    ("answer", "reading", "writing"),
    [
        (response(302), ConfigurationError, ConfigurationError),
        (response(400, page("Unable to read JSON request")), ExportError, ExportError),
        (response(401), ConfigurationError, ConfigurationError),
        (response(403), answers.Forbidden, answers.Forbidden),
        (response(404), answers.NotInTryton, answers.NotInTryton),
        (response(413), ErpRejection, ErpRejection),
        (response(429), answers.Busy, answers.Busy),
        (response(503), answers.Busy, answers.Busy),
        (response(500, page("&#39;descriptionx&#39;")), ExportError, ExportError),
        (
            response(500, page("&#39;Party&#39; object has no attribute &#39;x&#39;")),
            ExportError,
            ExportError,
        ),
        (response(500, page("connection already closed")), TransientError, OutcomeUnknown),
        (response(500), TransientError, OutcomeUnknown),
        (response(502), TransientError, OutcomeUnknown),
        (response(504), TransientError, OutcomeUnknown),
    ],
)
def test_a_status_means_one_thing(answer, reading, writing):
    assert type(meant(answer, writes=False)) is reading
    assert type(meant(answer, writes=True)) is writing


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        (
            'To continue, you must reopen the period "2026-01" of company "A" for the date "x".',
            "PERIOD_CLOSED",
        ),
        ('To continue, you must create a period for the date "x" and company "A".', "PERIOD_MISSING"),
        ('You cannot add/modify/delete lines on closed journal-period "x".', "PERIOD_CLOSED"),
        ('The invoice "1" is similar to invoice "2".', "ALREADY_IN_ERP"),
        ('No rate found for currency "JPY" on "x".', "CURRENCY_RATE_MISSING"),
        ("Something that a module of the customer's says.", "ERP_REFUSED"),
    ],
)
def test_a_business_refusal_keeps_trytons_sentence_and_gets_a_code(sentence, code):
    refused = meant(refusal(sentence))
    assert isinstance(refused, ErpRejection)
    assert refused.refusals[0].code == code
    assert sentence in refused.refusals[0].message


def test_a_missing_right_is_the_operators_although_tryton_says_400():
    assert isinstance(meant(refusal('You are not allowed to access "Invoice".')), ConfigurationError)


def test_a_wait_that_tryton_asks_for_is_passed_on():
    busy = response(429)
    busy.headers["Retry-After"] = "7"
    assert meant(busy).retry_after == 7


def test_amounts_cross_the_wire_without_a_float():
    from decimal import Decimal

    assert encode({"amount": Decimal("1E+2")}) == '{"amount":{"__class__":"Decimal","decimal":"100"}}'
    assert decode('{"a":{"__class__":"Decimal","decimal":"12345678901234567.89"},"b":0.1}') == {
        "a": Decimal("12345678901234567.89"),
        "b": Decimal("0.1"),
    }


@pytest.mark.parametrize(
    ("call", "body", "meaning"),
    [
        ("POST account.invoice", '{"id": 1', OutcomeUnknown),
        ("GET account.invoice", '{"id": 1', TransientError),
        ("GET account.invoice", "", TransientError),
    ],
    ids=["a write", "a read", "an empty read"],
)
def test_a_good_answer_that_cannot_be_read_leaves_a_write_unknown_and_a_read_to_be_repeated(
    call, body, meaning
):
    spoilt = response(200, body, "application/json")
    with pytest.raises(TransientError) as raised:
        content_of(spoilt, Call(call, "", writes=call.startswith("POST")), SERVER, decode)
    assert type(raised.value) is meaning


def test_a_page_that_is_no_trytons_is_the_address_to_mend():
    page_of_another = response(200, "<html>Welcome</html>")
    with pytest.raises(ConfigurationError, match="another server"):
        content_of(page_of_another, Call("GET company.company", ""), SERVER, decode)
