"""An edit in Coupa of nothing but order, order line or quantity: content where the ERP matches, else none."""

from __future__ import annotations

import pytest

from include.export import claim, recording
from tests.export.conftest import Export

#: A line of two pieces that bills line 1 of order 4711, and a split one.
INVOICE = 104201
KEY = f"coupa-sandbox/InvoiceHeader/{INVOICE}"
EDITS = {
    "order": {"po-number": "4712", "order-header-num": "4712"},
    "order line": {"order-line-num": "3"},
    "quantity": {"quantity": "1.0"},
}
ORDER_LINE = EDITS["order line"]
ACCOUNT = {"account": {"code": "3004-6400-CA200", "segment-3": "CA200"}}


@pytest.fixture
def matching(export: Export) -> Export:
    export.erp.against_orders = True
    return export


def edit(export: Export, changes: dict[str, object], **how: bool) -> None:
    export.sandbox.control.edit_in_ui(INVOICE, {"invoice-lines": {"0": changes}}, **how)


@pytest.mark.parametrize("changes", EDITS.values(), ids=EDITS)
def test_it_moves_the_bill_once_where_the_erp_matches(matching, changes):
    matching.whole(INVOICE)
    edit(matching, changes)
    assert matching.whole(INVOICE).action == "amended"
    assert matching.whole(INVOICE).action == "unchanged"
    assert len(matching.erp.live) == 1
    assert len(matching.erp.documents) == 2


@pytest.mark.parametrize("changes", EDITS.values(), ids=EDITS)
def test_it_changes_nothing_where_the_erp_books_to_accounts(export, changes):
    export.whole(INVOICE)
    edit(export, changes)
    assert export.whole(INVOICE).action == "unchanged"
    assert len(export.erp.documents) == 1


def test_it_is_seen_at_the_last_look(matching):
    verdict = matching.post(INVOICE)
    edit(matching, ORDER_LINE, reset_mark=False)
    outcome = matching.record(verdict)
    assert "CHANGED_MEANWHILE" in [message.code for message in outcome.messages]
    assert matching.invoice(INVOICE)["exported"] is False
    assert matching.whole(INVOICE).action == "amended"
    assert matching.invoice(INVOICE)["exported"] is True


def test_at_the_last_look_it_is_passed_over_where_the_erp_books_to_accounts(export):
    verdict = export.post(INVOICE)
    edit(export, ORDER_LINE, reset_mark=False)
    assert export.record(verdict).messages == []
    assert export.invoice(INVOICE)["exported"] is True


def test_what_was_killed_before_it_moved_the_bill_is_no_success(matching):
    matching.whole(INVOICE)
    edit(matching, ORDER_LINE)
    claim.mark_exported(matching.ports, INVOICE)
    assert recording.find_verdict(matching.ports, INVOICE, attempt="2") is None


def test_a_bill_of_before_the_erp_matched_stays_until_its_money_changes(export):
    """Else the first run with ``include_exported`` would cancel and enter anew whatever was ever booked."""
    export.whole(INVOICE)
    export.erp.against_orders = True
    assert export.whole(INVOICE).action == "unchanged"
    edit(export, ORDER_LINE)
    assert export.whole(INVOICE).action == "unchanged"
    edit(export, ACCOUNT)
    assert export.whole(INVOICE).action == "amended"
    edit(export, {"order-line-num": "4"})
    assert export.whole(INVOICE).action == "amended"


def test_a_matched_bill_stays_where_the_erp_books_to_accounts_again(matching):
    matching.whole(INVOICE)
    matching.erp.against_orders = False
    assert matching.whole(INVOICE).action == "unchanged"
    assert len(matching.erp.documents) == 1


@pytest.fixture
def discarded(export: Export, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    keys: list[str] = []
    monkeypatch.setattr(export.erp, "discard_drafts", keys.append)
    return keys


def test_a_void_that_finds_its_document_cancelled_finishes_what_was_left_beside_it(export, discarded):
    """An attempt that cancelled it may have ended before the ERP's order was told."""
    export.whole(INVOICE)
    export.sandbox.control.void_in_ui(INVOICE)
    export.post(INVOICE)
    assert discarded == []
    assert export.post(INVOICE).action == "nothing_to_void"
    assert recording.find_verdict(export.ports, INVOICE, attempt="3").action == "voided"
    assert discarded == [KEY, KEY]
