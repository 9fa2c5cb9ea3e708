"""The README's pictures, of a running demo: ``python -m tests.page.pictures <folder> <address of Airflow>``.

They are taken anew by ``make pictures`` after ``make run``, so they show what there is.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from include.demo.airflow_api import ENDED, AirflowApi, NotReady
from include.demo.layout import DAG_ID
from tests.page.browser import Tab, find_chromium, running_browser

#: Invoices of the demo that fit a window: two companies, a credit note, yen, dinars, and the last is refused.
SHOWN = [104201, 104207, 104231, 104241, 104243, 104254, 104271]
REFUSED = "INV-88001"
#: A refused one that these runs do not touch: its story stays short.
TOLD = "GX-7060"

_WIDTH = 1280
#: Wide enough for the names of an invoice's steps.
_PANELS = {"details-panel,main-panel": {"expandToSizes": {}, "layout": [30, 70]}}
_RUN_SECONDS = 180


def a_run_of_few(api: AirflowApi) -> str:
    """A run of the shown invoices, so that all its squares are seen at once; the books stay as they are.

    :return: its id.
    """
    run_id = api.trigger(DAG_ID, {"invoice_ids": SHOWN}, note="For the README's pictures.")
    deadline = time.monotonic() + _RUN_SECONDS
    while api.run_state(DAG_ID, run_id) not in ENDED:
        assert time.monotonic() < deadline, f"{run_id} has not ended after {_RUN_SECONDS} s"
        time.sleep(1)
    return run_id


def take_grid(tab: Tab, address: str, run_id: str, file: Path) -> None:
    """Airflow's grid with an invoice's four steps, and beside it the invoices of one step by number."""
    tab.size(_WIDTH, 800)
    tab.open(address)
    kept = {
        f"{DAG_ID}/all-groups": ["invoice"],
        f"{DAG_ID}/open-groups": ["invoice"],
        "react-resizable-panels:grid-ltr": _PANELS,
        "react-resizable-panels:grid-rtl": _PANELS,
    }
    for name, value in kept.items():
        tab.run(f"localStorage.setItem({json.dumps(name)}, {json.dumps(json.dumps(value))})")
    run = f"{address}/dags/{DAG_ID}/runs/{quote(run_id, safe='')}"
    tab.open(f"{run}/tasks/invoice.post_to_erp/mapped?sort=map_index")
    tab.until(f"document.body.innerText.includes({json.dumps(REFUSED)})")
    tab.until("document.body.innerText.includes('record_outcome')")
    _settle(tab)
    tab.screenshot(file)


def take_page(tab: Tab, address: str, file: Path) -> None:
    """Our page in Airflow's navigation, with the story of an invoice that was refused."""
    tab.size(_WIDTH, 900)
    tab.open(f"{address}/plugin/coupa-invoices/coupa-erp/")
    tab.until("document.querySelector('iframe')?.contentDocument?.querySelector('#progress')")
    inside = "document.querySelector('iframe').contentDocument"
    read = f"{inside}.querySelector('#progress').textContent.includes('read at')"
    tab.until(read)
    tab.run(f"{inside}.defaultView.location.hash = {json.dumps(f'#invoice={TOLD}')}")
    tab.until(f"{inside}.querySelector('#story').innerText.includes('Refused')")
    _settle(tab)
    tab.screenshot(file)


def _settle(tab: Tab) -> None:
    """Let what moves into its place come to rest."""
    tab.run("new Promise((done) => setTimeout(done, 2000))")


def main(folder: Path, address: str) -> None:
    """Take both."""
    program = find_chromium()
    if program is None:
        raise SystemExit("No Chromium here: install one, or name it in COUPA_ERP_CHROMIUM.")
    try:
        run_id = a_run_of_few(AirflowApi(address))
    except NotReady:
        raise SystemExit("The demo does not run here: start it by `make run`.") from None
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as profile,
        running_browser(program, Path(profile)) as browser,
        browser.tab() as tab,
    ):
        tab.prefer("light")
        take_grid(tab, address, run_id, folder / "grid.png")
        take_page(tab, address, folder / "page.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
