from __future__ import annotations

import pytest

from include.sandbox.running import RunningSandbox
from tests.sandbox.caller import Caller, invoice


@pytest.mark.parametrize(
    ("condition", "value", "found"),
    [
        ("status", "approved", [101, 103]),
        ("status[in]", "approved,voided", [101, 102, 103]),
        ("status[not_in]", "approved,voided", [104]),
        ("status[not_eq]", "approved", [102, 104]),
        ("invoice-number[contains]", "-10", [101, 102, 103, 104]),
        ("invoice-number[starts_with]", "KW", [103]),
        ("invoice_number[ends_with]", "102", [102]),
        ("id[gt]", "102", [103, 104]),
        ("id[lt]", "102", [101]),
        ("id[gt_or_eq]", "103", [103, 104]),
        ("id[lt_or_eq]", "102", [101, 102]),
        ("id[in]", "101,104,999", [101, 104]),
        ("id", "103", [103]),
        ("id", "999", []),
        ("gross-total[gt]", "99.5", [101, 103]),
        ("gross_total", "99.5", [102]),
        ("gross-total[lt]", "0", [104]),
        ("supplier[name]", "Acme GmbH", [101, 104]),
        ("supplier[number][blank]", "true", [103]),
        ("supplier[number][blank]", "false", [101, 102, 104]),
        ("supplier[number][not_eq]", "V000311", [102]),
        ("supplier[id][in]", "312,315", [102, 103]),
        ("account-type[name]", "US Chart", [101, 102, 103, 104]),
        ("account_type[name]", "DE Chart", []),
        ("invoice-lines[description][contains]", "Setup", [101, 102, 103, 104]),
        ("invoice-lines[account][segment-2]", "6400", [101, 102, 103, 104]),
        ("custom-fields[cf-erp-invoice-number][blank]", "true", [101, 102, 103, 104]),
        ("created-at[gt]", "2026-03-02T17:14:04", [101, 102, 103, 104]),
        ("created-at[gt]", "2026-03-02T17:14:05", []),
        ("created-at[lt]", "2026-03-02", []),
        ("created-at[lt]", "2026-03-02T09:14:06-08:00", [101, 102, 103, 104]),
        ("is-credit-note", "false", [101, 102, 103, 104]),
        ("payment-channel", "coupapay", []),
    ],
)
def test_every_operator_finds_what_it_says(
    coupa: Caller, condition: str, value: str, found: list[int]
) -> None:
    assert coupa.ids(order_by="id", **{condition: value}) == found


def test_conditions_are_and_ed(coupa: Caller) -> None:
    query = {"supplier[name]": "Acme GmbH", "status": "approved", "exported": "false"}
    assert coupa.ids(**query) == [101]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colour", "red"),
        ("supplier[colour]", "red"),
        ("status[like]", "app"),
        ("supplier", "Acme GmbH"),
        ("status[in][gt]", "x"),
        ("id[gt]", "many"),
        ("exported", "perhaps"),
        ("created-at[gt]", "2026-03-02T09:14:05 08:00"),
        ("gross-total[gt]", "much"),
        ("supplier[number][blank]", "maybe"),
        ("status[", "x"),
        ("order_by", "colour"),
        ("order_by", "supplier"),
        ("dir", "up"),
        ("limit", "0"),
        ("limit", "ten"),
        ("offset", "-1"),
        ("return_object", "all"),
        ("filter", "no_such_filter"),
        ("filter", "record_outcome"),
    ],
)
def test_what_coupa_does_not_know_is_refused_with_400(coupa: Caller, name: str, value: str) -> None:
    coupa.refused(400, "GET", "/api/invoices", **{name: value})


def test_a_page_has_fifty_at_most_and_by_default(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.add_invoices([invoice(number) for number in range(1000, 1120)])
    assert len(coupa.ids()) == 50
    assert len(coupa.ids(limit="100")) == 50
    assert len(coupa.ids(limit="7")) == 7
    assert coupa.ids(order_by="id", offset="50", limit="2") == [1046, 1047]
    assert coupa.ids(order_by="id", offset="500") == []


def test_keyset_paging_meets_every_invoice_once(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.add_invoices([invoice(number) for number in range(1000, 1120)])
    met: list[int] = []
    while page := coupa.ids(**{"id[gt]": str(met[-1] if met else 0), "order_by": "id", "dir": "asc"}):
        met += page
    assert met == [101, 102, 103, 104, *range(1000, 1120)]


def test_offset_paging_skips_rows_of_a_set_that_shrinks(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.add_invoices([invoice(number) for number in range(1000, 1096)])
    met = []
    for offset in ("0", "50"):
        page = coupa.ids(exported="false", order_by="id", offset=offset)
        for number in page:
            coupa.call("PUT", f"/api/invoices/{number}", exported="true", fields='["id"]')
        met += page
    assert len(met) == 50


def test_an_order_is_kept_when_it_is_named_and_not_otherwise(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.add_invoices([invoice(number) for number in range(1000, 1040)])
    assert coupa.ids(order_by="id", dir="desc") == [*range(1039, 999, -1), 104, 103, 102, 101]
    assert coupa.ids() != sorted(coupa.ids())
    assert sorted(coupa.ids()) == coupa.ids(order_by="id")
    assert coupa.ids(**{"order_by": "gross-total", "id[lt]": "1000"}) == [104, 102, 101, 103]


def test_nulls_come_first_in_ascending_order(sandbox: RunningSandbox, coupa: Caller) -> None:
    coupa.call("PUT", "/api/invoices/101", exported="true")
    assert coupa.ids(order_by="last_exported_at")[-1] == 101
    assert coupa.ids(order_by="last_exported_at", dir="desc")[0] == 101


def test_a_loaded_mark_counts_as_exported(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.add_invoices([invoice(2000, exported=True)])
    assert coupa.ids(exported="true") == [2000]
    assert coupa.call("GET", "/api/invoices/2000")["last-exported-at"] is not None


def test_without_any_invoice_the_answer_is_an_empty_array(coupa: Caller) -> None:
    assert coupa.call("GET", "/api/invoices", status="invalid") == []
