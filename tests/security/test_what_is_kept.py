from __future__ import annotations

import copy
import json
from decimal import Decimal

import pytest
from pydantic import ValidationError

from coupa_erp.coupa.reading import read_invoice
from include.demo.private_file import others_may_read, write_private
from include.models.invoice import CoupaInvoice
from include.models.kept import is_called_like_bank, without_ibans
from include.sandbox.invoices import load
from tests.security.search import BANK, with_bank_details

IBAN = "DE89370400440532013000"


def wire(invoice: CoupaInvoice) -> str:
    return json.dumps(invoice.model_dump(mode="json", by_alias=True))


def test_no_bank_detail_of_an_answer_leaves_the_model() -> None:
    for given in load():
        shown = wire(CoupaInvoice.model_validate(with_bank_details(given)))
        assert not [name for name, value in BANK.items() if value in shown]


def test_what_the_mapping_needs_is_read_alike_with_and_without_bank_details() -> None:
    for given in load():
        plain = CoupaInvoice.model_validate(copy.deepcopy(given))
        rich = CoupaInvoice.model_validate(with_bank_details(copy.deepcopy(given)))
        assert rich.gross() == plain.gross()
        assert [line.total for line in rich.invoice_lines] == [line.total for line in plain.invoice_lines]
        assert rich.custom_field("cf-project") == plain.custom_field("cf-project")


def test_an_unknown_amount_is_kept_whatever_its_name_says_of_banks() -> None:
    raw = {"id": 1, "bank-charge-amount": "12.50", "cash-discounts": {"amount": 3, "iban": IBAN}, "note": "x"}
    assert CoupaInvoice.model_validate(raw).model_extra == {
        "bank-charge-amount": "12.50",
        "cash-discounts": {"amount": 3},
    }


def test_a_field_that_cannot_be_read_is_kept_by_its_kind() -> None:
    raw = {
        "id": 1,
        "supplier": [{"iban": IBAN}],
        "currency": {"decimals": {"iban": IBAN}},
        "gross-total": IBAN,
    }
    kept = CoupaInvoice.model_validate(raw)
    assert IBAN not in wire(kept)
    assert set(kept.unreadable) == {"supplier", "gross-total"}


def test_an_older_custom_field_is_kept_where_the_connection_names_it() -> None:
    raw = next(invoice for invoice in load() if invoice["id"] == 104201)
    shown = {**raw, "project_code": "P-1", "other-code": "O-1", "cf-note": "N-1"}
    kept = read_invoice(shown, "GET", ["project-code"])
    assert kept.custom_field("project-code") == "P-1"
    assert kept.custom_field("cf-note") == "N-1"
    assert kept.custom_field("other-code") is None
    again = CoupaInvoice.model_validate(json.loads(wire(kept)))
    assert again.custom_field("project-code") == "P-1"


def test_what_cannot_be_validated_is_not_quoted() -> None:
    with pytest.raises(ValidationError) as refused:
        CoupaInvoice.model_validate({"iban": IBAN, "gross-total": Decimal("1.00")})
    assert IBAN not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "is_bank"),
    [
        ("iban", True),
        ("cf-supplier-iban", True),
        ("bankAccountNumber", True),
        ("account_number", True),
        ("sort-code", True),
        ("cf-account-override", False),
        ("cf-project", False),
        ("cf-embankment", False),
    ],
)
def test_a_bank_detail_is_known_by_the_words_of_its_name(name: str, is_bank: bool) -> None:
    assert is_called_like_bank(name) is is_bank


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"{IBAN} is closed", "*** is closed"),
        ("IBAN DE89 3704 0044 0532 0130 00 WAS CLOSED", "IBAN *** WAS CLOSED"),
        ("The invoice DE12345678901 is similar", "The invoice DE12345678901 is similar"),
        ("DE89370400440532013001 has a wrong digit", "DE89370400440532013001 has a wrong digit"),
    ],
)
def test_an_iban_in_somebody_elses_sentence_is_masked(said: str, told: str) -> None:
    assert without_ibans(said) == told


def test_a_file_of_settings_that_others_may_read_is_noticed(tmp_path) -> None:
    ours = tmp_path / "private"
    write_private(ours, "x")
    assert not others_may_read(ours)
    assert not others_may_read(tmp_path / "missing")
    ours.chmod(0o644)
    assert others_may_read(ours)
