from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from include.errors import ConfigurationError
from include.mapping.settings import SHIPPED, load_mapping

#: The shipped settings without their comments, whose examples would be found first.
TEXT = "\n".join(
    row for row in SHIPPED.read_text(encoding="utf-8").splitlines() if row and not row.startswith("#")
)


def load(tmp_path: Path, text: str) -> str:
    """The complaint about a settings file, without its path."""
    file = tmp_path / "mapping.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_mapping(file)
    said = str(refused.value)
    assert said.startswith(f"{file}: ")
    return said.removeprefix(f"{file}: ")


def test_the_shipped_file_serves_the_demo() -> None:
    mapping = load_mapping()
    assert mapping.suppliers.by_id == {"315": "V000315"}
    assert mapping.rounding.tolerance == Decimal("0.02")
    assert mapping.taxes.codes["RC19"].counter_code == "RC19-OUT"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"6999": "6870"', '"6999": 0640', "accounts.map.6999 (line 13): expected text, but YAML reads 0640"),
        (
            '"6999": "6870"',
            '"6999": NO',
            'expected text, but YAML reads NO as something else: put it in quotes: "NO"',
        ),
        ('"315": "V000315"', '"315": 12.50', "suppliers.by_id.315"),
        ('"315": "V000315"', '"315": 2026-01-01', 'put it in quotes: "2026-01-01"'),
        ('"315": "V000315"', '"315":', "suppliers.by_id.315"),
        ('"315": "V000315"', '"Acme": "V000315"', "suppliers.by_id.Acme"),
        (
            '"315": "V000315"',
            '"315": "V000315"\n    315: "V000316"',
            "suppliers.by_id.315 (line 26): the key stands",
        ),
        ("posting_date: invoice_date", "posting_date: yesterday", "posting_date (line"),
        ("reversal_date: today", "reversals: today", "this key is not known here"),
        ("{treatment: non_deductible}", "{treatment: lost}", "taxes.codes.ST825.treatment"),
        ("{treatment: non_deductible}", "{treatment: recoverable}", "taxes.codes.ST825: erp_code is missing"),
        ("deductible_percent: 50", "deductible_percent: 150", "taxes.codes.ND50.deductible_percent"),
        ('counter_code: "RC19-OUT"', "", "taxes.codes.RC19: counter_code is missing"),
        ("without_code:", 'without_code: "V99"', 'taxes: without_code names "V99"'),
        ('tolerance: "0.02"', 'tolerance: "-1"', "rounding.tolerance"),
        ('tolerance: "0.02"', "tolerance: a few", "rounding.tolerance"),
        ('  account: "6890"', "", "rounding.account: this key is missing"),
        ('template: "{segment-3}"', 'template: "{segment-21}"', "dimensions.cost_center.template"),
        ('template: "{segment-3}"', 'template: "CA"', "dimensions.cost_center.template"),
        ('"JPY": 0', '"JPY": "0"', "currencies.decimals.JPY"),
        ("accounts:", "accounts: [", "cannot be understood at line"),
        ("accounts:\n", "? [a, b]\n: c\naccounts:\n", "a key must be plain text"),
    ],
)
def test_a_fault_in_the_file_is_named_by_its_key(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert TEXT.count(old) >= 1
    assert complaint in load(tmp_path, TEXT.replace(old, new, 1))


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    said = load(
        tmp_path, TEXT.replace('"6999": "6870"', '"6999": 1').replace("unmapped: reject", "unmapped: no way")
    )
    assert "accounts.map.6999" in said
    assert "payment_terms.unmapped" in said


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b", "&a [*a]", "a: &a\n  b: *a"])
def test_a_file_that_is_no_settings_file_is_refused(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text)


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_mapping(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        load_mapping(tmp_path / "binary.yaml")


def test_keys_are_taken_as_they_are_typed(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(TEXT.replace('"6999": "6870"', '0640: "6870"\n    NO: "6871"'), encoding="utf-8")
    assert load_mapping(file).accounts.map == {"0640": "6870", "NO": "6871"}


def test_an_empty_section_means_its_default(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(TEXT.replace("ignored_money_fields: {}", "ignored_money_fields:"), encoding="utf-8")
    assert load_mapping(file).ignored_money_fields == {}
