"""The page shows what settings and mapping take and say."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from include.mapping.bill import map_invoice
from include.mapping.settings import SHIPPED, Mapping, load_mapping
from include.models.invoice import CoupaInvoice
from include.options import Options
from include.sandbox.invoices import load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "configuring.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)


SETTINGS = dict(re.findall(r"^\| `(COUPA_ERP_\w+)` \| ([^|]+?) \|", PAGE, re.M))


def test_each_setting_is_on_the_page_and_no_other() -> None:
    told = {f"COUPA_ERP_{name.upper()}" for name in Options.model_fields} | {"COUPA_ERP_STATE_DIR"}
    assert told == SETTINGS.keys()


def test_each_setting_has_the_default_that_the_page_says() -> None:
    for name, value in Options():
        told = SETTINGS[f"COUPA_ERP_{name.upper()}"]
        if name == "mapping":
            assert told == f"`{SHIPPED.relative_to(ROOT)}`"
        elif name == "max_invoices":
            steps, many = value, Options(grain="invoice").max_invoices
            assert told == f"`{steps}`; in the grain `invoice` {many:,}"
        elif value in (None, "", {}):
            assert told in ("none", "empty"), name
        else:
            assert told == f"`{str(value).lower().removesuffix('.0')}`", name


@pytest.mark.parametrize("block", BLOCKS)
def test_each_example_is_taken_in_the_place_of_the_shipped_section(block):
    sections = yaml.safe_load(block)
    mapping = Mapping.model_validate(yaml.safe_load(SHIPPED.read_text(encoding="utf-8")) | sections)
    assert sections.keys() <= mapping.model_fields_set


def test_the_worked_example_is_what_the_mapping_makes_of_that_invoice():
    raw = next(invoice for invoice in load() if invoice["invoice-number"] == "RE-2026/0055")
    bill = map_invoice(CoupaInvoice.model_validate(raw), load_mapping(), "key", date(2026, 10, 1))
    (line,), (tax,) = bill.lines, bill.taxes
    account = raw["invoice-lines"][0]["account"]["code"]
    shown = PAGE.partition("<!-- worked example: begin -->")[2].partition("<!-- worked example: end -->")[0]
    assert f"account `{account}`" in shown
    center = line.dimensions["cost_center"]
    assert f"company `{bill.company}`, account `{line.account}`, cost center `{center}`" in shown
    whole = Decimal(raw["tax-amount"])
    cost = whole - tax.amount
    assert f"tax code `ND50`, {whole} |" in shown
    assert (
        f"tax `{tax.code}` takes {tax.amount}, {cost} goes to the cost of the line: {line.amount} " in shown
    )


def test_each_code_on_the_page_is_one_that_the_export_says():
    said = "".join(
        file.read_text(encoding="utf-8")
        for folder in ("include/mapping", "include/export", "plugins/coupa_erp")
        for file in (ROOT / folder).rglob("*.py")
    )
    table = PAGE.partition("### From a code to its section")[2]
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", table))
    assert named
    assert {code for code in named if f'"{code}"' not in said} == set()
