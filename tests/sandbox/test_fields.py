from __future__ import annotations

from decimal import Decimal

import pytest

from include.sandbox.running import RunningSandbox
from tests.sandbox.caller import Caller, history_body


def test_fields_carry_exactly_what_they_name(coupa: Caller) -> None:
    wanted = (
        '["id","invoice_number",{"invoice-lines":["id","total",{"account":["code"]}]},{"supplier":["name"]}]'
    )
    assert coupa.call("GET", "/api/invoices/101", fields=wanted) == {
        "id": 101,
        "invoice-number": "INV-101",
        "invoice-lines": [
            {"id": 350301, "total": "800.00", "account": {"code": "3004-6400-CA234"}},
            {"id": 350302, "total": "200.00", "account": None},
        ],
        "supplier": {"name": "Acme GmbH"},
    }


def test_custom_fields_come_all_or_by_name(coupa: Caller) -> None:
    every = coupa.call("GET", "/api/invoices/101", fields='[{"custom_fields":{}}]')
    assert set(every["custom-fields"]) >= {"cf-erp-invoice-number", "cf-integration-status"}
    one = coupa.call("GET", "/api/invoices/101", fields='[{"custom_fields":["cf_erp_invoice_number"]}]')
    assert one == {"custom-fields": {"cf-erp-invoice-number": None}}


def test_fields_shape_the_answer_of_a_put_too(coupa: Caller) -> None:
    answer = coupa.call("PUT", "/api/invoices/101", exported="true", fields='["id","exported"]')
    assert answer == {"id": 101, "exported": True}


def test_a_known_field_that_an_invoice_does_not_have_is_null(coupa: Caller) -> None:
    answer = coupa.call(
        "GET", "/api/invoices/101", fields='["amount-of-advance-payment","withholding-tax-lines"]'
    )
    assert answer == {"amount-of-advance-payment": None, "withholding-tax-lines": []}


@pytest.mark.parametrize(
    "fields",
    [
        '["colour"]',
        '[{"supplier":["colour"]}]',
        '[{"status":["id"]}]',
        '[{"custom_fields":{"cf-x":1}}]',
        '{"id":1}',
        '["id"',
        "[1]",
        "id",
    ],
)
def test_fields_that_coupa_does_not_know_are_refused_before_anything_is_done(
    coupa: Caller, fields: str
) -> None:
    coupa.refused(400, "GET", "/api/invoices", fields=fields)
    coupa.refused(400, "PUT", "/api/invoices/101", exported="true", fields=fields)
    assert coupa.call("GET", "/api/invoices/101")["exported"] is False


def test_amounts_are_strings_and_a_few_are_json_numbers_with_their_own_digits(coupa: Caller) -> None:
    response = coupa.send("GET", "/api/invoices/103")
    assert '"handling-amount":12.345,' in response.text
    assert '"shipping-amount":0.0,' in response.text
    assert '"rate":18.0,' in response.text
    body = response.json(parse_float=Decimal)
    assert body["gross-total"] == "1000.125"
    assert body["handling-amount"] == Decimal("12.345")


def test_a_json_number_keeps_digits_that_a_float_would_lose(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.edit_in_ui(101, {"handling-amount": "12345678901234567.89"})
    assert '"handling-amount":12345678901234567.89,' in coupa.send("GET", "/api/invoices/101").text


@pytest.mark.parametrize(
    ("extent", "body"),
    [("limited", {"id": 101}), ("none", None)],
)
def test_return_object_says_how_much_comes_back(coupa: Caller, extent: str, body: object) -> None:
    response = coupa.send("PUT", "/api/invoices/101", params={"exported": "true", "return_object": extent})
    assert response.status_code == 200
    assert (response.json() if response.content else None) == body


def test_a_shallow_object_has_ids_in_place_of_what_it_refers_to(coupa: Caller) -> None:
    answer = coupa.call("GET", "/api/invoices/101", return_object="shallow")
    assert answer["supplier"] == {"id": 311}
    assert answer["invoice-lines"] == [{"id": 350301}, {"id": 350302}]
    assert answer["invoice-number"] == "INV-101"


def test_an_api_filter_limits_the_answer(coupa: Caller) -> None:
    answer = coupa.call("GET", "/api/invoices/101", filter="invoice_labels")
    assert set(answer) == {"id", "invoice-number", "status", "exported", "updated-at"}
    whole = coupa.call("GET", "/api/invoices/101", filter="invoices_to_erp")
    assert whole["gross-total"] == "100.00"
    assert whole["invoice-lines"][1]["account-allocations"][0]["account"]["code"] == "3004-6500-CA100"


def test_a_silent_default_filter_bites_where_no_fields_are_named(
    sandbox: RunningSandbox, coupa: Caller
) -> None:
    sandbox.control.change_settings(default_filter="invoices_without_amounts")
    assert "gross-total" not in coupa.call("GET", "/api/invoices/101")
    assert coupa.call("GET", "/api/invoices/101", fields='["gross-total"]') == {"gross-total": "100.00"}
    assert "responses" in coupa.call("POST", "/api/integration_history_records", history_body(101))


def test_a_listing_asks_for_as_little_as_it_wants(coupa: Caller) -> None:
    listing = coupa.call("GET", "/api/invoices", fields='["id"]', order_by="id")
    assert listing == [{"id": 101}, {"id": 102}, {"id": 103}, {"id": 104}]
