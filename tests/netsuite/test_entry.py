"""External ids, values and the connection, held against Oracle's description; no server needed."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from coupa_erp.netsuite.codes import Period, References
from coupa_erp.netsuite.connection import read_settings
from coupa_erp.netsuite.entry import opposite_values, record_values, refuse_unfit
from coupa_erp.netsuite.external_ids import all_ids, external_id, generation_of, is_void, key_of, void_id
from coupa_erp.netsuite.wire import decode, encode
from include.errors import ConfigurationError, ErpRejection
from include.models.bill import Bill, BillLine, BillTax
from tests.netsuite.ledger import Ledger, Refused
from tests.netsuite.stand_in import key_pair

DAY = datetime.date(2026, 3, 5)
LEDGER = Ledger()


def connection(**changed):
    values = {
        "conn_id": "erp_default", "host": "https://1.suitetalk.api.netsuite.com", "port": 443, "schema": None,
        "login": "client", "password": key_pair()[0], "extra": {"certificate_id": "c"},
    }  # fmt: skip
    return SimpleNamespace(**{**values, **changed})


def settings(**extra):
    return read_settings(connection(extra={"certificate_id": "c", **extra}))


def line(amount="100.00", account="6500", place="Line 1", **more):
    return BillLine(account=account, amount=Decimal(amount), description=place, place=place, **more)


def tax(amount="18.00", code="V18", place="Line 1"):
    return BillTax(code=code, base=Decimal(100), amount=Decimal(amount), place=place)


def bill(*lines, taxes=(), **fields):
    lines = lines or (line(),)
    values = {
        "key": "acme/InvoiceHeader/104217", "kind": "invoice", "company": "US01", "supplier": "V1001",
        "supplier_name": "Acme", "number": "INV-1", "invoice_date": DAY, "posting_date": DAY,
        "currency": "USD", "payment_term": "Net 30", "due_date": DAY, "lines": list(lines),
        "taxes": list(taxes),
        "total": sum((each.amount for each in [*lines, *taxes]), Decimal(0)),
    }  # fmt: skip
    return Bill.model_validate({**values, **fields})


def references():
    tables = ("subsidiary", "vendor", "account", "currency", "term", "salestaxitem", "department", "location")
    lists = {table: getattr(LEDGER.lists, table) for table in (*tables, "classification")}
    ids = {(table, code): record for table, codes in lists.items() for record, code in codes.items()}
    return References(ids, Period("202603", DAY.replace(day=1), DAY.replace(day=31), closed=False), DAY)


def taken(kind, values):
    """The record that the stand-in, which is strict by the description, makes of values."""
    return LEDGER.create(kind, json.loads(encode(values), parse_float=Decimal))


def test_every_field_that_is_sent_is_one_of_netsuites_with_its_type():
    options = {
        "payable_account": "2000",
        "approval_status": "2",
        "untaxed_code": "ZERO",
        "tax_accounts": "W=2150",
    }
    sent = bill(
        line(dimensions={"department": "Sales", "class": "Retail", "location": "Berlin"}),
        line("-3.00", place="Discount"),
        taxes=[tax(), tax("-4.00", "W")],
    )  # fmt: skip
    values = record_values(sent, references(), settings(**options), "Coupa …")
    record = taken("vendorBill", values)
    assert LEDGER.total(record) == sent.total
    credit = sent.model_copy(update={"kind": "credit_note"})
    taken("vendorCredit", record_values(credit, references(), settings(**options), "Coupa …"))
    with pytest.raises(Refused, match="Unknown property"):
        taken("vendorBill", {**values, "vendor": {"id": "501"}})


def test_what_voids_a_record_has_its_lines_and_is_set_off_against_all_of_it():
    record = {
        "id": "1000", "entity": {"id": "501"}, "subsidiary": {"id": "1"}, "currency": {"id": "1"},
        "tranId": "N" * 45, "total": Decimal("118.00"),
        "expense": {"items": [{"account": {"id": "101"}, "amount": Decimal(100), "taxCode": {"id": "31"},
                               "tax1Amt": Decimal(18), "line": 1, "links": []}]},
    }  # fmt: skip
    named = {"date": "2026-03-05", "period": "202603", "content_field": "memo", "said": "Voids 7"}
    values = opposite_values(record, "vendorBill", **named)
    assert values["apply"] == {"items": [{"doc": {"id": "1000"}, "apply": True, "amount": Decimal(118)}]}
    assert len(values["tranId"]) <= 45
    assert values["expense"]["items"][0].keys() == {"account", "amount", "taxCode", "tax1Amt"}
    assert "apply" not in opposite_values(record, "vendorCredit", **named)


def test_a_tax_is_spread_over_the_lines_that_bear_it_to_the_last_cent():
    sent = bill(line("33.33"), line("33.33"), line("0.01"), taxes=[tax("10.01")])
    items = record_values(sent, references(), settings(), "")["expense"]["items"]
    shares = [item["tax1Amt"] for item in items]
    assert sum(shares) == Decimal("10.01")
    assert shares == [Decimal("5.01"), Decimal("5.00"), Decimal("0.00")]
    assert {item["taxCode"]["id"] for item in items} == {"31"}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (bill(number="9" * 46), ("NUMBER_TOO_LONG", "Header")),
        (bill(line(dimensions={"project": "P"})), ("DIMENSION_UNKNOWN", "Line 1")),
        (bill(line(dimensions={"department": "A", "cost_center": "B"})), ("DIMENSION_UNKNOWN", "Line 1")),
        (bill(taxes=[tax("-18.00")]), ("TAX_NEGATIVE", "Line 1")),
        (bill(taxes=[tax(), tax(code="V5")]), ("TAX_CODES_ON_ONE_LINE", "Line 1")),
        (bill(taxes=[tax(), tax(code="V5", place="Header")]), ("TAX_WITHOUT_LINE", "Header")),
        (bill(line("1.005")), ("AMOUNT_UNFIT", "Header")),
    ],
)
def test_what_netsuites_fields_cannot_hold_is_refused_by_name_and_never_cut(sent, expected):
    with pytest.raises(ErpRejection) as refused:
        refuse_unfit(sent, settings())
    first = refused.value.refusals[0]
    assert (first.code, first.place) == expected


def test_the_external_id_spells_the_key_in_its_characters_and_can_be_turned_back():
    keys = [
        "acme/InvoiceHeader/104217",
        "Acme/InvoiceHeader/104217",
        "a_c.m-E/InvoiceHeader/1",
        "ä/x/1",
        "a_2f/b/1",
    ]
    spelled = [external_id(key).lower() for key in keys]
    assert len(set(spelled)) == len(keys)
    for key, text in zip(keys, spelled, strict=True):
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")
        assert {key_of(each) for each in all_ids(key)} == {key}
        assert [generation_of(each) for each in (text, f"{text}_g7", f"{text}_g7_v")] == [1, 7, 7]
        assert (is_void(text), is_void(void_id(text)), is_void(f"{text}_g2_v")) == (False, True, True)
    for foreign in ("CID001", "", None, "po-77_v", "_zz/1", "a_ff_2fb"):
        assert key_of(foreign) is None


def test_amounts_travel_as_exact_numbers():
    amount = Decimal("9876543210987.65")
    assert encode({"a": amount, "b": ["x", Decimal("0.10")]}) == b'{"a":9876543210987.65,"b":["x",0.10]}'
    assert decode('{"a": 9876543210987.65}') == {"a": amount}


@pytest.mark.parametrize("written", ["{}", "one line", "\\n", "blanks"])
def test_the_private_key_is_read_however_a_form_kept_its_lines(written):
    pem = key_pair()[0]
    ways = {
        "{}": pem,
        "one line": pem.replace("\n", ""),
        "\\n": pem.replace("\n", "\\n"),
        "blanks": pem.replace("\n", " "),
    }
    read = read_settings(connection(password=ways[written]))
    assert (read.private_key.get_secret_value().strip(), read.algorithm) == (pem.strip(), "ES256")
    assert pem.split()[3] not in repr(read)


@pytest.mark.parametrize(("bits", "taken"), [(2048, False), (3072, True)])
def test_an_rsa_key_has_the_length_that_oracle_asks_of_a_certificate(bits, taken):
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    if taken:
        assert read_settings(connection(password=pem)).algorithm == "PS256"
    else:
        with pytest.raises(ConfigurationError, match="RSA key of 2048 bits; NetSuite takes 3072 or 4096"):
            read_settings(connection(password=pem))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"login": " "}, "login is missing"),
        ({"password": "hunter2"}, "private key"),
        ({"password": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"}, "cannot be read"),
        ({"extra": {}}, "certificate_id is missing in extra"),
        ({"extra": {"certificate_id": "c", "voids": "delete"}}, "voids in extra"),
        ({"extra": {"certificate_id": "c", "content_field": "tranId"}}, "content_field in extra"),
        ({"extra": {"certificate_id": "c", "tax_accounts": "VAT"}}, "tax_accounts in extra"),
        ({"extra": {"certificate_id": "c", "account": "1"}}, "account in extra is not known"),
        ({"host": "http://netsuite.example.com"}, "in the clear"),
    ],
)
def test_a_connection_that_cannot_serve_is_refused_with_the_name_of_the_key(changed, told):
    with pytest.raises(ConfigurationError, match=told):
        read_settings(connection(**changed))
