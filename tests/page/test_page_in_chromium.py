from __future__ import annotations

import datetime
import json
import time
from pathlib import Path

import pytest

from tests.page.browser import Browser, Tab
from tests.page.scenes import a_month
from tests.page.stub_airflow import StubAirflow
from tests.page.world import invoice

NOW = datetime.datetime.now(datetime.UTC)
ENDED = "document.querySelector('#progress').textContent.includes('read at')"
ATTACKS = [
    "<img src=x onerror=document.title='owned'>",
    "{{ 7*7 }}",
    "<script>document.title='owned'</script>",
]


def hours_ago(hours: float) -> datetime.datetime:
    return NOW - datetime.timedelta(hours=hours)


def opened(tab: Tab, airflow: StubAirflow, path: str = "/coupa-erp/") -> None:
    tab.open(airflow.address + path)
    tab.until(ENDED)


def search(tab: Tab, number: str) -> str:
    tab.run("document.querySelector('#number').value = ''; document.querySelector('#number').focus()")
    tab.write(number)
    tab.press("Enter")
    tab.until("!document.querySelector('#story').innerText.startsWith('Looking')")
    return tab.text("#story")


def groups(tab: Tab) -> dict[str, str]:
    """Each reason with how many invoices it holds."""
    script = """[...document.querySelectorAll('#refused .group')].map((group) =>
        [group.querySelector('.why').innerText, group.querySelector('summary .badge').innerText])"""
    return dict(tab.run(script))


def test_a_thousand_runs_take_a_bounded_number_of_requests(tab: Tab, airflow: StubAirflow):
    a_month(airflow.world, NOW, runs=1200)
    opened(tab, airflow)
    airflow.asked.clear()
    tab.run("document.querySelector('#range input[value=\"0\"]').click()")
    tab.until(f"{ENDED} && document.querySelector('#progress').textContent.startsWith('1000 runs')")
    failed = sum(run["state"] == "failed" for run in airflow.world.runs[:1000])
    assert 0 < failed < 20
    assert airflow.asked["xcom"] <= failed + 5
    assert airflow.asked.total() <= 30 + failed
    assert "This period has 1200 runs; the newest 1000 are shown." in tab.text("#notice")
    assert (tab.faults, airflow.strangers) == ([], [])


def test_the_first_figures_stand_before_the_last_run_is_read(tab: Tab, airflow: StubAirflow):
    a_month(airflow.world, NOW, runs=600)
    airflow.hold_from = 200
    tab.open(f"{airflow.address}/coupa-erp/#")
    tab.run("document.querySelectorAll('#range input')[2].click()")
    tab.until("document.querySelector('#progress').textContent === 'Read 200 of 600 runs…'")
    tab.until("document.querySelectorAll('#latest tbody tr').length === 12")
    posted = "Number(document.querySelectorAll('.tile .figure')[2].innerText.replaceAll(',', ''))"
    before = tab.run(posted)
    assert before > 0
    tab.run("document.querySelector('#refused summary').focus()")
    held = "document.activeElement.closest('[data-why]')?.dataset.why"
    group = tab.run(held)
    assert group
    airflow.released.set()
    tab.until(ENDED)
    assert tab.run(posted) > before
    # Whoever goes by the keyboard is not thrown back to the top.
    assert tab.run(held) == group


def test_what_coupa_or_the_erp_wrote_is_text_and_does_nothing(tab: Tab, airflow: StubAirflow):
    for number, attack in enumerate(ATTACKS, start=1):
        refused = invoice(number, "rejected", name=attack, messages=[f"Header: {attack}"])
        refused["coupa_url"] = "javascript:document.title='owned'"
        airflow.world.add_run(hours_ago(4 - number), [refused])
    airflow.world.add_run(hours_ago(0.5), [invoice(9)], state="failed", failure=ATTACKS[0])
    opened(tab, airflow)
    assert set(groups(tab)) == set(ATTACKS)
    assert ATTACKS[0] in tab.text("#latest")
    for attack in ATTACKS:
        assert attack in search(tab, attack)
    assert tab.run("document.title") == "Coupa to ERP"
    assert tab.run("document.querySelectorAll('main img, main script, a[href^=javascript]').length") == 0
    assert tab.faults == []


def test_refused_now_is_the_last_word_on_each_invoice_by_the_erps_message(tab: Tab, airflow: StubAirflow):
    closed, unknown = "Period 2026-10 is closed", "Supplier 4711 is unknown"
    first = [
        invoice(1, "rejected", messages=[f"Header: {closed}"]),
        invoice(2, "rejected", messages=[f"Line 1: {closed}", f"Header: {unknown}"]),
        invoice(3, "rejected", messages=[f"Header: {unknown}"]),
        invoice(4, "given_back", messages=["Header: Tryton did not answer"]),
        invoice(5, "stopped", messages=["Header: Tryton answered 500"]),
        invoice(6, "rejected", messages=["Header: mended since, in its square"]),
    ]
    run_id = airflow.world.add_run(hours_ago(5), first)
    airflow.world.add_run(hours_ago(4), [invoice(3), invoice(7)])
    airflow.world.record(run_id, 5, invoice(6), hours_ago(1))
    opened(tab, airflow)
    assert groups(tab) == {
        closed: "2 invoices",
        unknown: "INV-2",
        "Tryton did not answer": "INV-4",
        "Tryton answered 500": "INV-5",
    }


def test_a_dry_run_counts_for_nothing_and_says_so(tab: Tab, airflow: StubAirflow):
    airflow.world.add_run(hours_ago(5), [invoice(1)])
    airflow.world.add_run(hours_ago(3), [invoice(1, "rejected", messages=["Header: no"])], dry=True)
    opened(tab, airflow)
    assert groups(tab) == {}
    assert "Dry run" in tab.text("#latest")
    assert "Dry run: nothing was written" in search(tab, "INV-1")


def test_an_invoice_tells_its_story_through_all_runs(tab: Tab, airflow: StubAirflow):
    airflow.world.add_run(hours_ago(50), [invoice(1, "rejected", messages=["Header: Period is closed"])])
    airflow.world.add_run(hours_ago(26), [invoice(2), invoice(1)])
    airflow.world.add_run(hours_ago(2), [invoice(1, "voided"), invoice(11)])
    opened(tab, airflow)
    story = search(tab, "inv-1")
    assert "in 3 runs" in story
    assert story.index("Voided") < story.index("as B1") < story.index("Period is closed")
    assert "INV-11" not in story
    addresses = tab.run("[...document.querySelectorAll('#story a')].map((link) => link.href)")
    assert "http://127.0.0.1:9/invoices/1" in addresses
    assert "http://127.0.0.1:9/erp/1" in addresses
    assert any("/tasks/invoice.post_to_erp/mapped/0" in address for address in addresses)


def test_an_invoice_that_is_one_task_tells_its_story_beside_one_that_was_four(tab: Tab, airflow: StubAirflow):
    refused = invoice(1, "rejected", messages=["Header: Period is closed"])
    airflow.world.add_run(hours_ago(50), [refused])
    run_id = airflow.world.add_run(hours_ago(4), [invoice(2), refused], whole=True)
    opened(tab, airflow)
    assert groups(tab) == {"Period is closed": "INV-1"}
    story = search(tab, "INV-1")
    assert "in 2 runs" in story
    assert "invoice: failed" in story
    addresses = tab.run("[...document.querySelectorAll('#story a')].map((link) => link.href)")
    assert any("/tasks/invoice/mapped/1" in address for address in addresses)
    airflow.world.record(run_id, 1, invoice(1), hours_ago(1), whole=True)
    opened(tab, airflow)
    assert groups(tab) == {}


def test_the_beginning_of_a_number_offers_what_begins_so_and_an_unknown_one_says_so(
    tab: Tab, airflow: StubAirflow
):
    airflow.world.add_run(hours_ago(2), [invoice(7, name="A-100"), invoice(8, name="A-200")])
    opened(tab, airflow)
    assert "A-100" in search(tab, "A-")
    tab.run("document.querySelector('#story .candidates button').click()")
    tab.until("document.querySelector('#story h3')")
    assert "No run has an invoice called B-1" in search(tab, "B-1")


def test_amounts_are_exact_to_the_last_digit(tab: Tab, airflow: StubAirflow):
    large = [invoice(1, total="12345678901234567.89"), invoice(2, total="0.01")]
    airflow.world.add_run(hours_ago(3), [*large, invoice(3, currency="JPY", total="100")])
    airflow.world.add_run(hours_ago(2), [invoice(4, total="0.10")])
    opened(tab, airflow)
    rows = tab.text("#amounts table").splitlines()
    assert any("USD" in row and "12,345,678,901,234,568.00" in row for row in rows), rows
    assert any("JPY" in row and "100" in row for row in rows)


def test_the_time_from_approval_to_the_erp_is_told(tab: Tab, airflow: StubAirflow):
    airflow.world.add_run(hours_ago(3), [invoice(n) for n in range(1, 11)], seconds=[600] * 9 + [200_000])
    opened(tab, airflow)
    assert "10 min" in tab.text("#delay")
    assert "2.3 days" in tab.text("#delay")


def test_everything_can_be_done_with_the_keyboard(tab: Tab, airflow: StubAirflow):
    airflow.world.add_run(hours_ago(3), [invoice(1, "rejected", messages=["Header: Period is closed"])])
    opened(tab, airflow)
    focus = "document.activeElement.id || document.activeElement.name || document.activeElement.tagName"
    seen = []
    for _ in range(30):
        tab.press("Tab")
        seen.append(tab.run(focus))
        if seen[-1] == "SUMMARY":
            break
    assert seen[:3] == ["A", "range", "refresh"]
    assert seen.index("number") < seen.index("SUMMARY")
    assert tab.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.press("Enter", "Tab", "Enter")
    tab.until("document.querySelector('#story h3')")
    assert tab.text("#story h3").startswith("INV-1")
    assert tab.run(focus) == "number"


def test_a_phone_scrolls_in_one_direction_alone(tab: Tab, airflow: StubAirflow):
    long = "Header: " + "Kostenstelle-" * 30
    airflow.world.add_run(hours_ago(3), [invoice(1, "rejected", name="N" * 80, messages=[long])])
    a_month(airflow.world, NOW, runs=60)
    tab.size(375, 812, phone=True)
    opened(tab, airflow)
    tab.run("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    search(tab, "N" * 80)
    assert tab.run("document.documentElement.scrollWidth") <= 375
    wide = """[...document.querySelectorAll('body *')]
        .filter((one) => !one.closest('.scroll, .unseen, thead, .skip'))
        .filter((one) => one.getBoundingClientRect().right > 376).map((one) => one.outerHTML.slice(0, 90))"""
    assert tab.run(wide) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_the_systems_and_within_airflow_airflows(tab: Tab, airflow: StubAirflow, theme: str):
    other = {"light": "dark", "dark": "light"}[theme]
    tab.prefer(theme)
    opened(tab, airflow)
    assert tab.run("document.documentElement.dataset.theme") == theme
    tab.open(f"{airflow.address}/frame?theme={other}")
    shown = "document.querySelector('iframe').contentDocument.documentElement.dataset.theme"
    tab.until(f"{shown} === '{other}'")
    tab.run(f"document.documentElement.className = '{theme}'")
    tab.until(f"{shown} === '{theme}'")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_words_stand_out_from_their_ground(tab: Tab, airflow: StubAirflow, theme: str):
    a_month(airflow.world, NOW, runs=60)
    tab.prefer(theme)
    opened(tab, airflow)
    faint = json.loads(tab.run((Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")))
    assert faint == []


def test_links_open_from_within_airflows_frame_which_may_open_no_window(
    browser: Browser, tab: Tab, airflow: StubAirflow
):
    refused = invoice(1, "rejected", messages=["Header: closed"])
    refused["coupa_url"] = f"{airflow.address}/elsewhere/invoices/1"
    airflow.world.add_run(hours_ago(3), [refused])
    tab.open(f"{airflow.address}/frame")
    inside = "document.querySelector('iframe').contentDocument"
    # Until all is read the lists are drawn anew, and what had the focus is gone.
    tab.until(f"{inside}?.querySelector('#progress')?.textContent.includes('read at')")
    deadline = time.monotonic() + 30
    while refused["coupa_url"] not in browser.addresses():
        assert time.monotonic() < deadline, browser.addresses()
        tab.run(f"{inside}.querySelector('#refused details').open = true")
        tab.run(f"{inside}.querySelector('#refused li a').focus()")
        tab.press("Enter")
        time.sleep(0.5)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "You may not see the DAG coupa_invoices_to_erp in Airflow"),
        (401, "You are not signed in to Airflow any more"),
        (500, "Airflow answers with the status 500"),
    ],
)
def test_what_the_viewer_may_not_read_is_said_in_a_sentence(
    tab: Tab, airflow: StubAirflow, status: int, words: str
):
    airflow.world.add_run(hours_ago(3), [invoice(1)])
    airflow.dag_status = status
    tab.open(f"{airflow.address}/coupa-erp/")
    tab.until("document.querySelector('#notice').innerText")
    assert words in tab.text("#notice")
    assert airflow.asked["refused"] == 1
    assert "INV" not in tab.text()


def test_who_may_not_read_assets_reads_the_runs_one_by_one_within_bounds(tab: Tab, airflow: StubAirflow):
    for number in range(260):
        airflow.world.add_run(hours_ago(100 - number / 4), [invoice(number + 1)])
    airflow.assets_status = 403
    opened(tab, airflow)
    assert airflow.asked["xcom"] <= 260
    assert "summaries of 60 older runs were not read" in tab.text("#notice")
    assert "200" in tab.text("#tiles")


def test_who_may_read_no_xcoms_is_told_what_is_left_out(tab: Tab, airflow: StubAirflow):
    airflow.world.add_run(hours_ago(3), [invoice(1)])
    airflow.world.add_run(hours_ago(2), [invoice(2)], state="failed", failure="gone")
    airflow.xcoms_status = 403
    opened(tab, airflow)
    assert "You may not read XComs in Airflow" in tab.text("#notice")
    assert "Posted in this period" in tab.text("#tiles")


def test_an_airflow_without_a_run_says_so_everywhere(tab: Tab, airflow: StubAirflow):
    opened(tab, airflow)
    assert "Nothing is refused." in tab.text("#refused")
    for part in ("timeline", "amounts", "delay", "latest"):
        assert tab.text(f"#{part}").strip(), part
    assert tab.run("document.querySelectorAll('.loading').length") == 0
    assert tab.faults == []
