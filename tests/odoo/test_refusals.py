"""What Odoo would take in silence is refused before anything is written; over the stand-in's own tables."""

from __future__ import annotations

import pytest

from include.errors import ConfigurationError
from tests.erp_kit.standing import is_of, nothing_stands, refusals_of
from tests.odoo.stand_in import server
from tests.odoo.world import StandInWorld


@pytest.fixture
def stand_in():
    with server.serving() as (odoo, address):
        yield odoo, StandInWorld(odoo, address)


@pytest.mark.parametrize(
    ("table", "change", "code"),
    [
        ("account.account", {"active": False}, "ACCOUNT_CLOSED"),
        ("account.tax", {"price_include": True}, "TAX_NOT_PLAIN"),
        ("account.tax", {"amount_type": "group"}, "TAX_NOT_PLAIN"),
        ("account.tax", {"invoice_repartition_line_ids": []}, "TAX_NOT_PLAIN"),
        ("account.tax", {"type_tax_use": "sale"}, "TAX_UNKNOWN"),
        ("account.tax", {"company_id": [2, "DE One"]}, "TAX_UNKNOWN"),
        ("res.partner", {"company_id": [2, "DE One"]}, "SUPPLIER_UNKNOWN"),
        ("account.analytic.account", {"root_plan_id": [3, "Project"]}, "DIMENSION_UNKNOWN"),
    ],
)
def test_what_cannot_serve_the_bill_is_named(stand_in, table, change, code):
    odoo, world = stand_in
    for row in odoo.tables[table]:
        if row.get("ref") not in ("US01", "DE01"):
            row.update(change)
    sent = world.bill()
    assert refusals_of(world, lambda: world.open_hook().create(sent))[0].code == code
    nothing_stands(world, sent.key)


def test_two_taxes_or_two_suppliers_of_one_code_are_refused(stand_in):
    odoo, world = stand_in
    (tax,) = (row for row in odoo.tables["account.tax"] if row["id"] == 10)
    odoo.tables["account.tax"].append({**tax, "id": 99})
    odoo.tables["res.partner"].append(
        {"id": 99, "ref": "V000311", "company_id": False, "commercial_partner_id": [99, "V000311"]}
    )
    codes = [one.code for one in refusals_of(world, lambda: world.open_hook().create(world.bill()))]
    assert codes == ["SUPPLIER_AMBIGUOUS", "TAX_AMBIGUOUS"]


def test_a_currency_without_a_rate_is_refused_where_odoo_would_take_one_to_one(stand_in):
    odoo, world = stand_in
    odoo.tables["res.currency.rate"].clear()
    sent = world.bill(currency="EUR")
    (refusal,) = refusals_of(world, lambda: world.open_hook().create(sent))
    assert refusal.code == "CURRENCY_RATE_MISSING"
    own = world.bill()
    is_of(world.open_hook().create(own), own)


def test_a_company_without_a_purchase_journal_is_the_operators(stand_in):
    odoo, world = stand_in
    for row in odoo.tables["account.journal"]:
        row["type"] = "sale"
    with pytest.raises(ConfigurationError, match="no purchase journal"):
        world.open_hook().create(world.bill())


def test_what_the_test_button_says_of_a_company_without_a_code(stand_in):
    odoo, world = stand_in
    assert world.open_hook().test_connection() == (
        True,
        "Odoo 19, database erp, answers as a sandbox: companies DE01 and US01.",
    )
    for row in odoo.tables["res.partner"]:
        row["ref"] = False if row["ref"] == "DE01" else row["ref"]
    served, says = world.open_hook().test_connection()
    assert not served
    assert says.startswith("A company of Odoo has no Reference")
