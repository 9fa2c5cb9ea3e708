from __future__ import annotations

import datetime
from typing import Any

import pytest

from include.mapping.dates import reversal_date
from include.mapping.settings import Mapping
from include.models.invoice import CoupaInvoice
from tests.include.mapping.documents import MAPPING, TODAY, invoice, line, mapped, message, refusals


def one(**others: Any) -> dict[str, Any]:
    return invoice([line("1.00")], "1.00", **{key.replace("_", "-"): value for key, value in others.items()})


@pytest.mark.parametrize(
    ("supplier", "remit_to", "expected"),
    [
        ({"id": 311, "name": "Acme GmbH", "number": "V000311"}, None, "V000311"),
        ({"id": 315, "name": "Acme GmbH", "number": None}, None, "V000315"),
        ({"id": "315", "name": "Acme GmbH", "number": ""}, None, "V000315"),
        ({"id": 316, "name": "ACME GmbH", "number": "V000316"}, {"remit-to-code": "RT-77"}, "V000316"),
        ({"id": 316, "name": "ACME GmbH", "number": "V000316"}, {"remit-to-code": "RT-FACTOR"}, "V000319"),
    ],
)
def test_a_supplier_is_known_by_number_or_id_and_a_factor_by_its_remit_to_code(
    supplier: Any, remit_to: Any, expected: str
) -> None:
    bill = mapped(one(supplier=supplier, remit_to_address=remit_to))
    assert bill.supplier == expected
    assert bill.remit_to == (remit_to and remit_to["remit-to-code"])


@pytest.mark.parametrize(
    ("supplier", "code"),
    [
        ({"id": 318, "name": "Acme GmbH", "number": None}, "SUPPLIER_UNMAPPED"),
        ("Acme GmbH", "SUPPLIER_MISSING"),
        (None, "SUPPLIER_MISSING"),
        ("", "SUPPLIER_MISSING"),
        ([], "INVOICE_UNREADABLE"),
    ],
)
def test_a_name_never_makes_a_supplier(supplier: Any, code: str) -> None:
    assert refusals(one(supplier=supplier)) == [(code, "Header")]


@pytest.mark.parametrize(
    ("term", "expected"),
    [({"code": "2/10 Net 30"}, "Net 30"), ("Net 60", "Net 60"), (None, None), ("", None), ({}, None)],
)
def test_a_payment_term_is_mapped_by_its_code(term: Any, expected: str | None) -> None:
    bill = mapped(one(payment_term=term))
    assert (bill.payment_term, bill.due_date) == (expected, datetime.date(2026, 3, 31))


@pytest.mark.parametrize("term", [{"id": 9, "code": "Net 45"}, {"id": 9}])
def test_a_payment_term_that_is_not_mapped_is_refused(term: Any) -> None:
    assert refusals(one(payment_term=term)) == [("PAYMENT_TERM_UNMAPPED", "Header")]


@pytest.mark.parametrize(
    "day", ["2026-03-01", "2026-03-01T00:00:00-08:00", "2026-03-01T23:59:59+14:00", "2026-03-01 00:00:00"]
)
def test_a_date_is_the_date_that_coupa_shows_never_converted(day: str) -> None:
    assert mapped(one(invoice_date=day)).invoice_date == datetime.date(2026, 3, 1)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("invoice_date", datetime.date(2026, 3, 1)),
        ("first_open_day", None),
        ("today", TODAY),
    ],
)
def test_the_date_in_the_books_follows_its_policy_and_the_document_date_never_moves(
    policy: str, expected: datetime.date | None
) -> None:
    mapping = Mapping.model_validate(MAPPING.model_dump() | {"posting_date": policy, "reversal_date": policy})
    bill = mapped(one(), mapping)
    assert (bill.invoice_date, bill.posting_date) == (datetime.date(2026, 3, 1), expected)
    assert reversal_date(CoupaInvoice.model_validate(one()), mapping, TODAY) == expected


def test_the_posting_date_is_no_part_of_the_content() -> None:
    today = Mapping.model_validate(MAPPING.model_dump() | {"posting_date": "today"})
    assert mapped(one(), today).fingerprint == mapped(one()).fingerprint


def test_all_that_is_missing_is_said_at_once_with_what_to_do() -> None:
    empty = CoupaInvoice.model_validate({"id": 1}).model_dump(mode="json", by_alias=True)
    assert refusals(empty) == [
        ("CURRENCY_MISSING", "Header"),
        ("NUMBER_MISSING", "Header"),
        ("DATE_MISSING", "Header"),
        ("SUPPLIER_MISSING", "Header"),
        ("LINES_MISSING", "Header"),
        ("TOTAL_MISSING", "Header"),
        ("COMPANY_UNMAPPED", "Header"),
    ]
    assert "The invoice has no lines: add its lines in Coupa." in message(empty)


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "0000-00-00", "26-03-01"])
def test_a_date_that_is_none_is_refused(day: str) -> None:
    assert refusals(one(invoice_date=day)) == [("DATE_UNREADABLE", "Header")]


def test_texts_are_made_harmless_and_never_refused() -> None:
    nasty = "\u202etxt.exe\u2066 <b>bold</b> \x00\x1b[31m\r\nüß 漢字 👩\u200d💻 " + "x" * 1000
    document = invoice(
        [line("1.00", description=nasty)],
        "1.00",
        **{"invoice-number": " INV-1\r\n", "supplier": {"number": "V000311", "name": nasty}},
    )
    bill = mapped(document)
    description = bill.lines[0].description
    assert description.startswith("txt.exe <b>bold</b> \ufffd [31m üß 漢字 👩\u200d💻 xxx")
    assert len(description) == 250
    assert bill.number == "INV-1"


def test_an_invoice_number_is_whole_or_refused_and_never_cut() -> None:
    assert mapped(one(invoice_number="9" * 255)).number == "9" * 255
    assert refusals(one(invoice_number="9" * 256)) == [("NUMBER_TOO_LONG", "Header")]
    assert refusals(one(invoice_number="9" * 5000)) == [("INVOICE_UNREADABLE", "Header")]


def test_custom_fields_of_every_shape_go_with_the_bill_and_empty_ones_do_not() -> None:
    lookup = {"id": 5, "external-ref-num": "17", "external-ref-code": "P-17"}
    under = one(custom_fields={"cf-project": lookup, "cf-gl-note": "Split in May"})
    assert mapped(under).custom_fields == {"project": "P-17", "gl_note": "Split in May"}
    top = one(cf_project={"external_ref_num": 17}, custom_fields={"cf-gl-note": ["a", None, "b"]})
    assert mapped(top).custom_fields == {"project": "17", "gl_note": "a, b"}
    assert mapped(one(custom_fields={"cf-project": "", "cf-gl-note": None})).custom_fields == {}
