from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from include.models.invoice import Account, CoupaInvoice, InvoiceLabel
from include.models.reading import read_amount


@pytest.mark.parametrize(
    ("shown", "amount"),
    [
        ("1180.00", "1180.00"),
        (" 1180.00 ", "1180.00"),
        (0, "0"),
        (Decimal("0.10"), "0.10"),
        ("-0.00", "0.00"),
        ("1E+3", "1000"),
        ("12.3456", "12.3456"),
        ("0.00000000000000", "0"),
        ("", None),
        (None, None),
    ],
)
def test_an_amount_keeps_every_digit(shown: Any, amount: str | None) -> None:
    assert read_amount(shown) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    "shown",
    [
        1.5,
        True,
        "NaN",
        "Infinity",
        "1,180.00",
        "1_000",
        "٣",
        "1e400",
        "9" * 19,
        "0.12345678901",
        "abc",
        [],
        {"a": 1},
    ],
)
def test_what_is_no_amount_is_kept_apart_and_breaks_nothing(shown: Any) -> None:
    received = CoupaInvoice.model_validate({"id": 1, "gross-total": shown})
    assert received.gross_total is None
    assert "gross-total" in received.unreadable


@pytest.mark.parametrize("nothing", [None, "", "  ", {}])
def test_null_and_empty_text_are_the_same_nothing(nothing: Any) -> None:
    names = [field.alias for name, field in CoupaInvoice.model_fields.items() if name != "id"]
    received = CoupaInvoice.model_validate({"id": 1} | dict.fromkeys(names, nothing))
    assert received == CoupaInvoice(id=1)


def test_underscores_serve_as_well_as_hyphens_and_the_hyphen_wins() -> None:
    received = CoupaInvoice.model_validate(
        {
            "id": "104217",
            "gross_total": "1",
            "invoice_lines": [{"line_num": "1", "tax_lines": [{"taxable_amount": 5}]}],
            "tax_amount": "1",
            "tax-amount": "2",
            "some_other_fee": "3",
        }
    )
    assert (received.id, received.gross_total, received.tax_amount) == (104217, 1, 2)
    assert received.invoice_lines[0].tax_lines[0].taxable_amount == 5
    assert received.entries()["some-other-fee"] == "3"


def test_a_text_where_an_object_was_stands_for_its_code_or_name() -> None:
    received = CoupaInvoice.model_validate(
        {
            "id": 1,
            "currency": "USD",
            "supplier": "Acme",
            "account-type": "US Chart",
            "remit-to-address": "RT-77",
        }
    )
    assert received.currency is not None
    assert received.currency.code == "USD"
    assert received.supplier is not None
    assert (received.supplier.name, received.supplier.number) == ("Acme", None)
    assert received.account_type is not None
    assert received.account_type.name == "US Chart"
    assert received.remit_to_address is not None
    assert received.remit_to_address.remit_to_code == "RT-77"


def test_only_a_missing_id_makes_an_invoice_unreadable() -> None:
    for body in ({}, {"id": None}, {"id": "x"}, {"id": True}, {"id": 1.5}):
        with pytest.raises(ValidationError):
            CoupaInvoice.model_validate(body)
    weird = {"id": 1, "exported": "perhaps", "status": ["a"], "updated-at": {"b": 1}}
    label = InvoiceLabel.model_validate(weird)
    assert set(label.unreadable) == {"exported", "status", "updated-at"}


def test_an_invoice_travels_between_tasks_unchanged_with_every_amount_as_text() -> None:
    body = """{"id": 1, "gross-total": "12345678901234567.89", "misc-amount": 0.10, "exported": false,
      "lock-version-key": 7, "strange": {"amount": 1.10, "fees": [2.50, null, "x"]}, "payments": [],
      "custom-fields": {"cf-a": 1.30, "cf_b": {"id": 2}},
      "invoice-lines": [{"id": 2, "total": 5.00, "new-fee": 6.70}]}"""
    received = CoupaInvoice.model_validate(json.loads(body, parse_float=Decimal))
    wire = json.dumps(received.model_dump(mode="json", by_alias=True))
    assert CoupaInvoice.model_validate(json.loads(wire)) == received
    assert received.gross_total == Decimal("12345678901234567.89")
    for spelled in ('"0.10"', '"1.10"', '"2.50"', '"1.30"', '"5.00"', '"6.70"', '"12345678901234567.89"'):
        assert spelled in wire


@pytest.mark.parametrize(
    ("fields", "number", "value"),
    [
        ({"segment-2": "6400", "code": "1-2-3"}, 2, "6400"),
        ({"code": "1-2-3"}, 2, "2"),
        ({"code": "1-2-3"}, 4, None),
        ({"code": "1--3"}, 2, None),
        ({"code": "1-2-3", "segment-1": "1-2"}, 3, None),
        ({"segment-20": 7}, 20, "7"),
        ({"segment-1": None, "code": "9-8"}, 1, "9"),
        ({}, 1, None),
    ],
)
def test_a_segment_comes_from_its_field_or_from_a_code_that_agrees(
    fields: dict[str, Any], number: int, value: str | None
) -> None:
    assert Account.model_validate(fields).segment(number) == value


@pytest.mark.parametrize(
    "body",
    [
        {"custom-fields": {"cf-erp-number": "B1"}},
        {"custom-fields": {"cf_erp_number": "B1"}},
        {"custom_fields": {"cf-erp-number": "B1"}},
        {"cf-erp-number": "B1"},
        {"cf_erp_number": "B1", "custom-fields": {"cf-erp-number": ""}},
    ],
)
def test_a_custom_field_is_found_wherever_coupa_keeps_it(body: dict[str, Any]) -> None:
    assert CoupaInvoice.model_validate({"id": 1} | body).custom_field("cf-erp-number") == "B1"


def test_the_approval_is_the_last_one_given_and_nothing_where_coupa_shows_none():
    shown = {"id": 1, "approvals": [{"approval-date": "2026-03-05T16:40:22-08:00"}, {"approval-date": None}]}
    shown["approvals"] += [{"approval-date": "2026-03-04T16:40:22-08:00"}, {"approval-date": "2026-03-06"}]
    approved = CoupaInvoice.model_validate(shown).approved_at()
    assert approved is not None
    assert approved.isoformat() == "2026-03-06T00:40:22+00:00"
    assert CoupaInvoice.model_validate({"id": 1, "approvals": None}).approved_at() is None


@pytest.mark.parametrize(
    ("shown", "open_ones"),
    [
        ([], []),
        ([{"id": 7, "resolved": False}, {"id": "8", "resolved": "true"}], [7]),
        ([7, 8], [7, 8]),
        ([{"id": 7}], None),
        ([{"resolved": False}], None),
        ([{"id": "seven", "resolved": False}], None),
        ("none", None),
        (None, None),
    ],
)
def test_open_history_records_are_known_or_not_and_never_a_fault_of_the_invoice(shown, open_ones):
    invoice = CoupaInvoice.model_validate({"id": 1, "current-integration-history-records": shown})
    assert invoice.current_integration_history_records == open_ones
    assert invoice.unreadable == {}
    again = CoupaInvoice.model_validate(invoice.model_dump(mode="json", by_alias=True))
    assert again == invoice
