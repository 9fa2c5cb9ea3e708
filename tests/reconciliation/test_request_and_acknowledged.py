from __future__ import annotations

import datetime

import pytest

from include.errors import ConfigurationError
from include.reconciliation.acknowledged import entry_for, read_acknowledged
from include.reconciliation.differences import Difference, Fact
from include.reconciliation.window import Window, read_request

TODAY = datetime.date(2026, 11, 22)
DIFFERENCE = Difference(
    kind="amounts_differ",
    key="coupa-sandbox/InvoiceHeader/104201",
    invoice_id=104201,
    invoice_number="INV-88123",
    currency="USD",
    facts=[Fact(what="total", coupa="1180.00", erp="1185.00")],
)


@pytest.mark.parametrize(
    ("params", "first", "last"),
    [
        ({}, "2026-10-19", "2026-11-22"),
        ({"days": 1}, "2026-11-22", "2026-11-22"),
        ({"window_from": "2026-03-01"}, "2026-03-01", "2026-11-22"),
        ({"window_to": "2026-03-31", "days": 31}, "2026-03-01", "2026-03-31"),
        ({"window_from": "2026-03-01", "window_to": "2026-03-31"}, "2026-03-01", "2026-03-31"),
        ({"window_from": None, "days": 2}, "2026-11-21", "2026-11-22"),
    ],
)
def test_a_window_is_days_back_from_its_end_or_from_day_to_day(params, first, last):
    window = read_request(params, None).window(TODAY)
    assert (window.first.isoformat(), window.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"dry_run": True}, "dry_run is not known"),
        ({"days": 0}, "days"),
        ({"window_from": "yesterday"}, "window_from"),
        ({"window_from": "2026-05-02", "window_to": "2026-05-01"}, "after the window's last day"),
        ({"window_from": "2020-01-01"}, "reconcile them in parts"),
    ],
)
def test_a_param_that_cannot_be_used_is_refused_by_its_name(params, named):
    with pytest.raises(ConfigurationError, match=named):
        read_request({}, params).window(TODAY)


def test_both_ends_belong_to_a_window():
    window = Window(first=datetime.date(2026, 3, 1), last=datetime.date(2026, 3, 31))
    assert [window.holds(datetime.date(2026, 3, day)) for day in (1, 31)] == [True, True]
    assert not window.holds(datetime.date(2026, 4, 1))
    assert not window.holds(None)


def test_the_lines_of_the_log_make_an_entry_of_the_file(tmp_path):
    file = tmp_path / "acknowledged.yaml"
    file.write_text(entry_for(DIFFERENCE) + "Settled by hand, FIN-311\n")
    (entry,) = read_acknowledged(file)
    assert entry.covers(DIFFERENCE)
    assert entry.reason == "Settled by hand, FIN-311"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "changed_in_erp"},
        {"facts": [Fact(what="total", coupa="1180.00", erp="1186.00")]},
        {"erp_numbers": ["BILL-2"]},
    ],
)
def test_any_further_change_is_another_difference(changes):
    assert DIFFERENCE.model_copy(update=changes).code != DIFFERENCE.code


def test_a_file_that_is_not_named_or_empty_acknowledges_nothing(tmp_path):
    empty = tmp_path / "empty.yaml"
    empty.write_text("# nothing yet\n")
    assert read_acknowledged(None) == read_acknowledged(empty) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("invoice: 1\n", "a list of entries"),
        ("- 104201\n", "entry 1"),
        ("- invoice: 1\n  kind: orphan\n  difference: D0123456789a\n", "entry 1, reason"),
        ("- invoice: 1\n  kind: orphan\n  difference: D0123456789a\n  reason: ' '\n", "say why"),
        ("- invoice: 1\n  kind: lost\n  difference: D0123456789a\n  reason: x\n", "one of live_twice"),
        ("- invoice: 1\n  kind: orphan\n  difference: all\n  reason: x\n", "entry 1, difference"),
        ("- invoice: 1\n  kind: orphan\n  difference: D0123456789a\n  reason: x\n  by: y\n", "not known"),
        ("- invoice: 1\n   kind: [\n", "cannot be understood"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(tmp_path, text, named):
    file = tmp_path / "acknowledged.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=named):
        read_acknowledged(file)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_acknowledged(tmp_path / "missing.yaml")
