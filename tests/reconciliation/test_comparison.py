"""Every invoice of the demo that is posted, beside the document that its bill makes: no server, seconds."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from include.mapping.settings import load_mapping
from include.models.invoice import CoupaInvoice
from include.reconciliation.comparison import differences
from include.reconciliation.expected import expected_of
from include.scope import CoupaScope
from tests.export.memory_erp import MemoryErp
from tests.ledger.bills import TODAY, WIRE, bill_of, cases

SCOPE = CoupaScope(integration_code="I", instance_key="coupa-sandbox", sandbox=True)
CENT = Decimal("0.01")
ROUNDED = "6890"


def both(invoice_id, *, against_orders=False, **changes):
    """The invoice as Coupa shows it after the export, and the document."""
    bill = bill_of(invoice_id).model_copy(update={"against_orders": against_orders})
    document = MemoryErp().create(bill)
    raw = json.loads(WIRE[invoice_id], parse_float=Decimal) | {"exported": True} | changes
    raw["custom-fields"] = {**raw["custom-fields"], "cf-erp-invoice-number": document.number}
    return expected_of(CoupaInvoice.model_validate(raw), SCOPE, load_mapping(), TODAY), document


def found(coupa, *documents):
    return differences(documents[0].key, coupa, documents)


@pytest.mark.parametrize("invoice_id", cases("posted"))
def test_a_document_of_the_bill_agrees_and_a_cent_more_on_any_of_its_sums_does_not(invoice_id):
    coupa, document = both(invoice_id)
    assert found(coupa, document) == []
    for sums in ("line_sums", "tax_sums"):
        for name, amount in getattr(document, sums).items():
            shifted = {**getattr(document, sums), name: amount + CENT}
            (difference,) = found(coupa, document.model_copy(update={sums: shifted}))
            (fact,) = difference.facts
            assert difference.kind == "changed_in_erp"
            assert fact.what.endswith(name)
            assert Decimal(fact.erp) - Decimal(fact.coupa) == CENT


def test_a_rounding_line_that_is_missing_in_the_erp_is_named():
    rounded = [one for one in cases("posted") if ROUNDED in both(one)[1].line_sums]
    assert rounded
    for invoice_id in rounded:
        coupa, document = both(invoice_id)
        without = {name: amount for name, amount in document.line_sums.items() if name != ROUNDED}
        (difference,) = found(coupa, document.model_copy(update={"line_sums": without}))
        assert [fact.what for fact in difference.facts] == [f"account {ROUNDED}"]


@pytest.mark.parametrize("invoice_id", [104231, 104201])
def test_totals_of_credit_notes_count_below_zero_on_both_sides(invoice_id):
    coupa, document = both(invoice_id)
    (difference,) = found(coupa, document.model_copy(update={"tax": document.tax + CENT}))
    assert difference.coupa_total == difference.erp_total
    assert (difference.coupa_total < 0) == (document.kind == "credit_note")


def test_what_is_neither_in_the_erp_nor_approved_agrees():
    coupa, document = both(104201, status="voided")
    assert differences(document.key, coupa, []) == []
    assert found(coupa, document.model_copy(update={"state": "cancelled"})) == []


def test_a_cancelled_document_beside_a_live_one_is_history():
    coupa, document = both(104201)
    assert found(coupa, document, document.model_copy(update={"state": "cancelled", "number": "M-0"})) == []


def test_a_draft_beside_a_posted_document_is_live_too():
    coupa, document = both(104201)
    draft = document.model_copy(update={"state": "draft", "number": None, "erp_id": "2"})
    assert [one.kind for one in found(coupa, draft, document)] == ["live_twice"]


def test_a_document_that_lost_the_exports_line_is_told():
    coupa, document = both(104201)
    (difference,) = found(coupa, document.model_copy(update={"fingerprint": None}))
    assert difference.kind == "changed_in_erp"


@pytest.mark.parametrize("against_orders", [True, False])
def test_another_order_line_in_coupa_is_told_of_a_bill_that_was_matched_and_of_no_other(against_orders):
    lines = json.loads(WIRE[104201], parse_float=Decimal)["invoice-lines"]
    coupa, document = both(104201, against_orders=against_orders)
    assert found(coupa, document) == []
    lines[0]["order-line-num"] = "3"
    coupa, document = both(104201, against_orders=against_orders, **{"invoice-lines": lines})
    told = found(coupa, document)
    assert [one.kind for one in told] == ["amounts_differ"] * against_orders
    assert all("purchase order" in fact.what for one in told for fact in one.facts)
