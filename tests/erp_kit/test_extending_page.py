"""The page for those who extend the package: its code is the example's, or is run here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.erp_port import ErpPort
from include.export.rehearsing import ERP_READS
from include.mapping.case import Case
from include.mapping.currencies import map_currency
from include.mapping.settings import load_mapping
from include.mapping.sign import orientation
from include.models.invoice import CoupaInvoice
from include.sandbox.invoices import load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?:<!-- (from|run by) (\S+) -->\n)?```python\n(.*?)```", PAGE, re.S)
RUN = [block for how, _, block in BLOCKS if how == "run by"]


def test_each_block_of_python_says_where_it_is_tried():
    assert BLOCKS
    assert [block for how, _, block in BLOCKS if not how] == []
    assert {file for how, file, _ in BLOCKS if how == "run by"} == {"tests/erp_kit/test_extending_page.py"}


@pytest.mark.parametrize(("file", "block"), [(file, block) for how, file, block in BLOCKS if how == "from"])
def test_what_is_taken_from_the_example_stands_there(file, block):
    assert block in (ROOT / file).read_text(encoding="utf-8")


def test_each_method_of_the_port_is_explained():
    methods = {name for name in vars(ErpPort) if not name.startswith("_")} | {
        "erp_name",
        "limits",
        "uniqueness",
    }
    table = PAGE.partition("## The port, method by method")[2].partition("\n## ")[0]
    told = set(re.findall(r"`(\w+)(?:\([^`]*\))?`", table))
    assert methods - told == set()
    assert ERP_READS - told == set()


def test_each_trait_and_each_act_of_a_world_is_named():
    from dataclasses import fields

    from tests.erp_kit.world import Traits

    assert [field.name for field in fields(Traits) if f"`{field.name}`" not in PAGE] == []


def test_each_code_on_the_page_is_one_that_a_hook_or_the_kit_says():
    said = "".join(
        file.read_text(encoding="utf-8")
        for folder in ("include/export", "plugins/coupa_erp", "tests/erp_kit")
        for file in (ROOT / folder).rglob("*.py")
    )
    paragraph = PAGE.partition("**Codes**")[2].partition("\n\n")[0]
    named = set(re.findall(r"`([A-Z]+_?[A-Z_]+)`", paragraph))
    assert len(named) > 10
    assert {code for code in named if f'"{code}"' not in said} == set()


def test_each_file_and_anchor_that_the_page_names_is_there():
    for path in re.findall(r"\]\((?!http)([^)#]*)(?:#[^)]*)?\)", PAGE):
        assert not path or (ROOT / "docs" / path).exists(), path
    for path in re.findall(r"`((?:tests|include|plugins)/[\w/.]+)`", PAGE):
        assert (ROOT / path).exists(), path


def test_the_rule_of_the_page_refuses_by_line_and_leaves_small_invoices_alone():
    names: dict[str, object] = {}
    exec(RUN[0], names)  # noqa: S102 - the page's own code
    raw = next(one for one in load() if one["invoice-number"] == "RE-2026/0055")
    for gross, refused in (("1000.00", ["Line 1"]), ("999.99", [])):
        lines = [{**line, "order-header-num": None, "po-number": None} for line in raw["invoice-lines"]]
        invoice = CoupaInvoice.model_validate({**raw, "gross-total": gross, "invoice-lines": lines})
        mapping = load_mapping()
        currency, decimals, _ = map_currency(invoice, mapping)
        case = Case(invoice, mapping, orientation(invoice), currency, decimals)
        names["refuse_large_without_order"](case)  # type: ignore[operator]
        assert [(refusal.code, refusal.place) for refusal in case.refusals] == [
            ("ORDER_MISSING", place) for place in refused
        ]


def test_the_notifier_of_the_page_tells_of_a_failed_run(tmp_path, monkeypatch):
    from coupa_erp.notifying import notify_of_failure
    from include.options import Options

    (tmp_path / "notifiers_of_ours.py").write_text(RUN[1])
    monkeypatch.syspath_prepend(tmp_path)
    told = tmp_path / "told"
    arguments = {"path": str(told), "text": "The export {{ run_id }} failed."}
    options = Options(notifier="notifiers_of_ours.ToAFile", notifier_kwargs=arguments)
    notify_of_failure({"run_id": "hourly", "dag": None}, options)
    assert told.read_text() == "The export hourly failed.\n"
