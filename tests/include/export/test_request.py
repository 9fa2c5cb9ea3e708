from __future__ import annotations

import datetime

import pytest

from include.errors import ConfigurationError
from include.export.request import read_request

FORM = {"invoice_ids": [], "statuses": ["approved", "voided"], "max_invoices": 100, "updated_since": None}
HOUR = (
    datetime.datetime(2026, 3, 1, 9, tzinfo=datetime.UTC),
    datetime.datetime(2026, 3, 1, 10, tzinfo=datetime.UTC),
)


def test_an_untouched_form_takes_everything_that_waits():
    assert read_request(FORM, None).takes_everything


def test_a_backfill_takes_the_hour_of_its_interval():
    request = read_request(FORM, {}, interval=HOUR)
    assert (request.window_from, request.window_to) == HOUR
    assert not request.takes_everything


def test_a_window_that_was_named_wins_over_the_interval():
    request = read_request(FORM, {"window_from": "2026-01-01T00:00:00+00:00"}, interval=HOUR)
    assert request.window_from == datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    assert request.window_to is None


def test_a_moment_without_a_zone_is_utc():
    assert read_request(FORM, {"updated_since": "2026-03-01T09:00:00"}).updated_since == HOUR[0]


@pytest.mark.parametrize(
    ("conf", "named"),
    [
        ({"dryrun": True}, "dryrun"),
        ({"dry_run": "perhaps"}, "dry_run"),
        ({"dry_run": 2}, "dry_run"),
        ({"retry_rejected": 17}, "retry_rejected"),
        ({"retry_rejected": ["PERIOD CLOSED"]}, "retry_rejected"),
        ({"retry_rejected": ["X" * 256]}, "retry_rejected"),
        ({"retry_rejected": [None]}, "retry_rejected"),
        ({"after_id": -1}, "after_id"),
        ({"max_invoices": 0}, "max_invoices"),
        ({"max_invoices": 5000}, "max_invoices"),
        ({"statuses": ["draft"]}, "statuses"),
        ({"statuses": []}, "statuses"),
        ({"invoice_ids": ["abc"]}, "invoice_ids"),
        ({"window_from": "yesterday"}, "window_from"),
        ({"window_from": "2026-03-02T00:00:00Z", "window_to": "2026-03-01T00:00:00Z"}, "window_from"),
    ],
)
def test_a_wrong_param_is_refused_by_name(conf, named):
    with pytest.raises(ConfigurationError, match=named):
        read_request(FORM, conf)


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        (None, []),
        ([], []),
        ([""], []),
        (["PERIOD_CLOSED", ""], ["PERIOD_CLOSED"]),
        ("all", ["all"]),
        ("PERIOD_CLOSED", ["PERIOD_CLOSED"]),
    ],
)
def test_codes_to_retry_are_read_as_the_form_and_as_people_send_them(asked, codes):
    assert read_request(FORM, {"retry_rejected": asked}).retry_rejected == codes


def test_a_dry_run_is_one_only_where_it_was_asked_for():
    assert not read_request(FORM, None).dry_run
    assert not read_request({**FORM, "dry_run": False}, {}).dry_run
    assert read_request({**FORM, "dry_run": False}, {"dry_run": True}).dry_run
