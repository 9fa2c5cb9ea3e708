from __future__ import annotations

import datetime

import pytest
from pydantic import ValidationError

from include.export.listing import voided_query, waiting_query
from include.export.request import RunRequest
from include.options import Options
from include.scope import CoupaScope

OPTIONS = Options()
NOW = datetime.datetime(2026, 6, 30, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


def scope(**settings):
    return CoupaScope(integration_code="X", instance_key="acme", **{"sandbox": True, **settings})


def test_what_waits_is_unexported_and_approved_or_voided():
    query = waiting_query(RunRequest(), scope(), OPTIONS)
    assert query == {"status[in]": "approved,voided", "exported": "false"}


def test_nothing_created_before_go_live_is_taken():
    query = waiting_query(RunRequest(), scope(go_live_from="2026-06-01"), OPTIONS)
    assert query["created-at[gt_or_eq]"] == "2026-06-01T00:00:00+00:00"


def test_a_window_that_begins_before_go_live_is_cut_at_go_live():
    request = RunRequest(window_from=NOW - datetime.timedelta(days=90), window_to=NOW)
    query = waiting_query(request, scope(go_live_from="2026-06-01"), OPTIONS)
    assert query["created-at[gt_or_eq]"] == "2026-06-01T00:00:00+00:00"
    assert query["created-at[lt]"] == NOW.isoformat()


def test_a_window_is_half_open_so_that_no_invoice_lies_in_two_hours_or_in_none():
    first = RunRequest(window_from=NOW, window_to=NOW + HOUR)
    second = RunRequest(window_from=NOW + HOUR, window_to=NOW + 2 * HOUR)
    ends, begins = (waiting_query(request, scope(), OPTIONS) for request in (first, second))
    assert ends["created-at[lt]"] == begins["created-at[gt_or_eq]"] == (NOW + HOUR).isoformat()


def test_of_two_limits_on_one_date_the_narrower_holds():
    on_updates = Options(window_on="updated-at")
    request = RunRequest(window_from=NOW - HOUR, window_to=NOW, updated_since=NOW - HOUR / 2)
    query = waiting_query(request, scope(), on_updates)
    assert query["updated-at[gt_or_eq]"] == (NOW - HOUR / 2).isoformat()


def test_invoices_named_by_id_are_taken_whatever_go_live_and_the_mark_say():
    query = waiting_query(RunRequest(invoice_ids=[9, 7, 9]), scope(go_live_from="2026-06-01"), OPTIONS)
    assert query == {"status[in]": "approved,voided", "id[in]": "7,9"}


def test_of_invoices_named_by_id_a_backfills_run_takes_those_of_its_hour():
    request = RunRequest(invoice_ids=[7, 9], window_from=NOW, window_to=NOW + HOUR)
    query = waiting_query(request, scope(), OPTIONS)
    assert query["id[in]"] == "7,9"
    assert query["created-at[gt_or_eq]"] == NOW.isoformat()
    assert query["created-at[lt]"] == (NOW + HOUR).isoformat()


def test_the_selection_narrows_every_listing():
    selected = scope(selection="payment-channel=erp&account-type[name]=US Chart")
    for query in (
        waiting_query(RunRequest(), selected, OPTIONS),
        waiting_query(RunRequest(invoice_ids=[1]), selected, OPTIONS),
        voided_query(RunRequest(), selected, OPTIONS, NOW),
    ):
        assert query["payment-channel"] == "erp"
        assert query["account-type[name]"] == "US Chart"


@pytest.mark.parametrize("selection", ["exported=true", "status[in]=draft", "created_at[gt]=2020-01-01", "a"])
def test_a_selection_cannot_widen_or_break_the_listing(selection):
    with pytest.raises(ValidationError):
        scope(selection=selection)


def test_a_production_connection_needs_the_day_of_go_live():
    with pytest.raises(ValidationError, match="go_live_from is required"):
        CoupaScope(integration_code="X", instance_key="acme")


def test_voids_are_looked_for_thirty_days_back():
    query = voided_query(RunRequest(), scope(), OPTIONS, NOW)
    assert query["updated-at[gt_or_eq]"] == "2026-05-31T12:00:00+00:00"
    assert query["exported"] == "true"


def test_a_window_is_asked_for_all_of_its_voids_however_long_ago_they_were():
    request = RunRequest(window_from=NOW - 2 * HOUR, window_to=NOW - HOUR)
    query = voided_query(request, scope(), OPTIONS, NOW)
    assert query["created-at[gt_or_eq]"] == (NOW - 2 * HOUR).isoformat()
    assert query["created-at[lt]"] == (NOW - HOUR).isoformat()
    assert "updated-at[gt_or_eq]" not in query


@pytest.mark.parametrize(
    ("asked", "looks"),
    [
        ({}, True),
        ({"window_from": NOW}, True),
        ({"statuses": ["approved"]}, False),
        ({"include_exported": True}, False),
        ({"invoice_ids": [1]}, False),
        ({"updated_since": NOW}, False),
    ],
)
def test_voids_of_what_was_exported_are_looked_for_unless_the_run_is_for_others(asked, looks):
    assert RunRequest(**asked).looks_for_voids is looks
