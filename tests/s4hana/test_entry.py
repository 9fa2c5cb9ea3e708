"""The requests, held against SAP's description of the service; no server needed."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from types import SimpleNamespace

import pytest

from coupa_erp.s4hana.answers import code_of
from coupa_erp.s4hana.comparison import is_as_sent
from coupa_erp.s4hana.connection import read_settings
from coupa_erp.s4hana.entry import parked_values, refuse_unfit
from coupa_erp.s4hana.keys import LENGTH, KnownKeys, compact, compact_beginning
from coupa_erp.s4hana.open_days import days_to_try
from coupa_erp.s4hana.places import with_places
from coupa_erp.s4hana.wire import date_value, read_amount, read_date, without_zeros
from include.errors import ConfigurationError, ErpRejection, Refusal
from include.models.bill import Bill, BillLine, BillTax
from tests.s4hana.definition import HEADER, PARTS
from tests.s4hana.odata import value_of

DAY = datetime.date(2026, 3, 5)
ORDER = {"purchase_order": "4500000123", "purchase_order_line": "10"}


def settings(**extra):
    return read_settings(
        SimpleNamespace(
            conn_id="erp_default",
            host="https://s4.example.com",
            port=443,
            schema=None,
            login="COUPA",
            password="secret",
            extra={"sandbox": True, **extra},
        )
    )


def line(amount="100.00", account="400000", place="Line 1", **more):
    return BillLine(account=account, amount=Decimal(amount), description=place, place=place, **more)


def tax(amount="18.00", code="V1", place="Line 1", base="100.00"):
    return BillTax(code=code, base=Decimal(base), amount=Decimal(amount), place=place)


def bill(*lines, taxes=(), **fields):
    lines = lines or (line(),)
    total = sum((each.amount for each in [*lines, *taxes]), Decimal(0))
    values = {
        "key": "acme/InvoiceHeader/104217", "kind": "invoice", "company": "US01", "supplier": "17300001",
        "supplier_name": "Acme", "number": "INV-1", "invoice_date": DAY, "posting_date": DAY,
        "currency": "USD",
        "lines": list(lines), "taxes": list(taxes), "total": total,
    }  # fmt: skip
    return Bill.model_validate({**values, **fields})


def codes(sent, **extra):
    with pytest.raises(ErpRejection) as refused:
        refuse_unfit(sent, settings(**extra))
    return [(refusal.code, refusal.place) for refusal in refused.value.refusals]


@pytest.mark.parametrize("po_backed", ["gl", "match"])
@pytest.mark.parametrize("kind", ["invoice", "credit_note"])
def test_every_field_that_is_sent_is_one_of_saps_with_its_type_and_length(kind, po_backed):
    sent = bill(
        line(dimensions={"cost_center": "CA100", "wbs_element": "P-1", "internal_order": "7"}),
        line("20.00", place="Line 2", quantity=2, unit="EA", **ORDER),
        line("-3.00", place="Discount"),
        taxes=[tax(), tax("-4.00", "W1")], kind=kind, due_date=DAY,
    )  # fmt: skip
    options = {
        "document_type": "RE",
        "tax_country": "DE",
        "untaxed_code": "V0",
        "deducted_taxes": "W1=175500",
    }
    values = parked_values(sent, settings(po_backed=po_backed, **options))
    for name, value in json.loads(json.dumps(values)).items():
        if name not in PARTS:
            value_of(HEADER[name], value)
            continue
        for item in value:
            for inner, inside in item.items():
                value_of(PARTS[name][inner], inside)
            assert {field.name for field in PARTS[name].values() if field.mandatory} <= item.keys()
    assert {field.name for field in HEADER.values() if field.mandatory} <= values.keys()
    amounts = [item["SupplierInvoiceItemAmount"] for part in list(PARTS)[:2] for item in values.get(part, [])]
    assert min(map(Decimal, amounts)) > 0, "SAP takes positive amounts alone"


def test_the_side_of_an_item_is_its_indicator():
    def sides(kind):
        values = parked_values(bill(line(), line("-3.00", place="Discount"), kind=kind), settings())
        items = values["to_SupplierInvoiceItemGLAcct"]
        return values["SupplierInvoiceIsCreditMemo"], [item["DebitCreditCode"] for item in items]

    assert sides("invoice") == ("", ["S", "H"])
    assert sides("credit_note") == ("X", ["H", "S"])


def test_a_tax_is_on_the_items_of_its_place_and_that_of_the_header_on_the_rest():
    sent = bill(
        line(), line(place="Line 2, allocation 1"), line(place="Line 2, allocation 2"),
        line(place="Shipping"),
        taxes=[tax(place="Line 2"), tax("3.00", "V2", "Header")],
    )  # fmt: skip
    items = parked_values(sent, settings())["to_SupplierInvoiceItemGLAcct"]
    assert [item.get("TaxCode") for item in items] == ["V2", "V1", "V1", "V2"]


def test_an_item_without_tax_bears_the_connections_code_for_that():
    sent = bill(line(), line(place="Line 2"), taxes=[tax()])
    for code, expected in (("V0", ["V1", "V0"]), (None, ["V1", None])):
        items = parked_values(sent, settings(untaxed_code=code))["to_SupplierInvoiceItemGLAcct"]
        assert [item.get("TaxCode") for item in items] == expected


def test_amounts_have_the_currencys_own_decimals():
    for currency, amount, told in (
        ("JPY", "1001.00", "1001"),
        ("KWD", "1.005", "1.005"),
        ("USD", "1", "1.00"),
    ):
        assert parked_values(bill(line(amount), currency=currency), settings())["InvoiceGrossAmount"] == told


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (bill(number="1234567890123456X"), ("NUMBER_TOO_LONG", "Header")),
        (bill(company="US001"), ("COMPANY_UNKNOWN", "Header")),
        (bill(payment_term="Net 30"), ("PAYMENT_TERM_UNKNOWN", "Header")),
        (bill(line(account="12345678901")), ("ACCOUNT_UNKNOWN", "Line 1")),
        (bill(line(dimensions={"project": "P"})), ("DIMENSION_UNKNOWN", "Line 1")),
        (bill(line(dimensions={"cost_center": "CA100-LONGER"})), ("DIMENSION_UNKNOWN", "Line 1")),
        (bill(taxes=[tax(code="VST19")]), ("TAX_UNKNOWN", "Line 1")),
        (bill(taxes=[tax("-18.00")]), ("TAX_NEGATIVE", "Line 1")),
        (bill(taxes=[tax(), tax(code="V2")]), ("TAX_CODES_ON_ONE_LINE", "Line 1")),
        (bill(line("0.5"), currency="JPY"), ("AMOUNT_UNFIT", "Header")),
        (bill(line("100000000000")), ("AMOUNT_UNFIT", "Header")),
    ],
)
def test_what_saps_fields_cannot_hold_is_refused_by_name_and_never_cut(sent, expected):
    assert codes(sent)[0] == expected


def test_a_line_is_matched_with_its_purchase_order_only_where_that_can_be_named():
    options = {"po_backed": "match", "untaxed_code": "V0"}
    assert codes(bill(line(purchase_order="4500000123")), **options) == [("PURCHASE_ORDER", "Line 1")]
    refuse_unfit(bill(line(purchase_order="4500000123")), settings())
    assert codes(bill(line("-1.00", **ORDER)), **options) == [("PURCHASE_ORDER", "Line 1")]


def test_a_matched_line_has_a_tax_code_and_a_quantity_that_saps_fields_hold():
    def refused(**more):
        return codes(bill(line(**ORDER, **more)), po_backed="match", untaxed_code="V0")

    assert codes(bill(line(**ORDER)), po_backed="match") == [("TAX_MISSING", "Line 1")]
    assert refused(quantity="1.2345", unit="EA") == [("QUANTITY_UNFIT", "Line 1")]
    assert refused(quantity="12345678901", unit="EA") == [("QUANTITY_UNFIT", "Line 1")]
    assert refused(quantity="1", unit="EACH") == [("UNIT_UNKNOWN", "Line 1")]
    sent = bill(line(quantity="2.500000", unit="EA", **ORDER))
    options = settings(po_backed="match", untaxed_code="V0")
    refuse_unfit(sent, options)
    (item,) = parked_values(sent, options)["to_SuplrInvcItemPurOrdRef"]
    assert item["QuantityInPurchaseOrderUnit"] == "2.500"
    value_of(PARTS["to_SuplrInvcItemPurOrdRef"]["QuantityInPurchaseOrderUnit"], "2.500")


def test_a_refusal_that_names_no_order_is_that_of_the_only_line_with_one_or_names_them_all():
    exceeded = ErpRejection(Refusal("PURCHASE_ORDER_EXCEEDED", "Quantity invoiced greater."))
    first, second = (
        line(place="Line 2", **ORDER),
        line(place="Line 3", **{**ORDER, "purchase_order_line": "20"}),
    )

    def told(*lines):
        (refusal,) = with_places(exceeded, bill(line(), *lines)).refusals
        return refusal.place, refusal.message.partition("greater. ")[2]

    assert told(first) == ("Line 2", "It is about purchase order 4500000123 line 10.")
    assert told(first, second) == (
        "Header", "It is about purchase order 4500000123 line 10, 4500000123 line 20."
    )  # fmt: skip
    assert told() == ("Header", "")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("M8/535 Allowed posting periods: 08 2025 / 07 2025 for company code 1010 and date 05/03/2026.",
         "PERIOD_CLOSED"),
        ("F5/201 Posting period 003 2026 is not open", "PERIOD_CLOSED"),
        ("Period 005/2012 is not open for account type K and G/L 511004", "PERIOD_CLOSED"),
        ("M7/053 Posting only possible in periods 2026/05 and 2026/04 in company code 1010", "PERIOD_CLOSED"),
        ("M8/462 Check if invoice already entered as logistics inv. doc. number 5105600123 2026",
         "ALREADY_IN_ERP"),
        ("M8/534 Balance not zero: 1.00 debits: 119.00 credits: 118.00", "NOT_BALANCED"),
        ("M8/504 Quantity invoiced greater than goods receipt quantity", "PURCHASE_ORDER_EXCEEDED"),
        ("M8/375 Fill in mandatory field 'ReferenceDocument, -FiscalYear, -Item' (table parameter 'Y')",
         "PURCHASE_ORDER"),
        ("FICORE/704 Tax code V9 in procedure 0TXD is invalid.", "TAX_UNKNOWN"),
        ("06/321 Supplier 17300001 does not exist in purchasing organization 1010.", "SUPPLIER_UNKNOWN"),
        ("M8/255 Document 5105603038 has been posted", "ERP_REFUSED"),
    ],
)  # fmt: skip
def test_saps_own_sentences_have_the_codes_that_people_are_told(said, code):
    assert code_of(said) == code


def test_no_line_goes_to_the_account_of_a_deducted_tax_which_would_be_read_as_one():
    assert codes(bill(line(account="175500")), deducted_taxes="W1=175500") == [("ACCOUNT_RESERVED", "Line 1")]


def test_a_parked_document_that_somebody_touched_is_not_the_one_that_was_sent():
    sent = parked_values(bill(taxes=[tax()]), settings())
    stands = {
        **sent,
        "InvoiceGrossAmount": "118.000",
        "InvoicingParty": "0017300001",
        "SupplierInvoiceStatus": "B",
    }
    for part in PARTS:
        stands[part] = {"results": [dict(item) for item in sent.get(part, [])]}
    assert is_as_sent(stands, sent)
    stands["to_SupplierInvoiceItemGLAcct"]["results"][0]["CostCenter"] = "CA200"
    assert is_as_sent(stands, sent), "a field that was not sent is SAP's own business"
    stands["to_SupplierInvoiceItemGLAcct"]["results"][0]["GLAccount"] = "410000"
    assert not is_as_sent(stands, sent)


def test_the_short_form_of_a_key_fits_is_stable_and_comes_back():
    keys = KnownKeys()
    key = f"{'x' * 100}/InvoiceHeader/10421712345678"
    assert compact(key) == keys.learn(key) == compact(key)
    assert len(compact(key)) <= LENGTH
    assert compact("acme/InvoiceHeader/104217").endswith("-104217")
    assert compact("acme/InvoiceHeader/1").startswith(compact_beginning("acme/InvoiceHeader/"))
    assert keys.whole(compact(f"{'x' * 100}/InvoiceHeader/7")) == f"{'x' * 100}/InvoiceHeader/7"
    assert keys.whole("Freight March") is None
    assert keys.whole(compact("other/InvoiceHeader/7")) == compact("other/InvoiceHeader/7")
    assert compact("acme/InvoiceHeader/1") != compact("Acme/InvoiceHeader/1")


def test_dates_and_amounts_are_read_as_odata_writes_them():
    assert date_value(DAY) == "/Date(1772668800000)/"
    assert read_date("/Date(1772668800000)/") == read_date("/Date(1772668800000+0000)/") == DAY
    assert read_date(date_value(datetime.date(1969, 12, 31))) == datetime.date(1969, 12, 31)
    assert read_date(None) is None
    assert read_amount("118.000") == Decimal(118)
    for wrong in ("2026-03-05", "/Date(x)/"):
        with pytest.raises(ValueError, match="no date"):
            read_date(wrong)
    for wrong in ("1,5", "NaN"):
        with pytest.raises(ValueError, match="no amount"):
            read_amount(wrong)
    assert [without_zeros(code) for code in ("0000400000", "CA100", "000", "")] == [
        "400000",
        "CA100",
        "0",
        "",
    ]


def test_the_days_that_are_tried_are_the_day_and_the_first_of_each_month_after_it():
    days = list(days_to_try(datetime.date(2026, 1, 31)))
    assert days[:3] == [datetime.date(2026, 1, 31), datetime.date(2026, 2, 1), datetime.date(2026, 3, 1)]
    assert len(days) <= 24
    assert list(days_to_try(datetime.date(2999, 1, 1))) == [datetime.date(2999, 1, 1)]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"host": ""}, "host is missing"),
        ({"host": "ftp://s4"}, "host should begin with https"),
        ({"login": None}, "login is missing"),
        ({"password": " "}, "password is missing"),
        ({"host": "http://s4.example.com"}, "in the clear"),
        ({"extra": {"sapclient": "100"}}, "sapclient in extra is not known"),
        ({"extra": {"sap_client": "1"}}, "sap_client in extra"),
        ({"extra": {"key_field": "X", "fingerprint_field": "X"}}, "two fields"),
        ({"extra": {"oauth_url": "tokens"}}, "oauth_url in extra: write the whole address"),
        ({"extra": {"deducted_taxes": "W1:175500"}}, "deducted_taxes in extra"),
    ],
)  # fmt: skip
def test_a_connection_that_cannot_serve_is_refused_with_the_name_of_the_key(changed, told):
    values = {"conn_id": "erp_default", "host": "https://s4.example.com", "port": 443, "schema": None,
              "login": "COUPA", "password": "secret", "extra": {}}  # fmt: skip
    with pytest.raises(ConfigurationError, match=told):
        read_settings(SimpleNamespace(**{**values, **changed}))
