"""Pictures of the page to look at: ``python -m tests.page.screenshots <folder> [<address of an Airflow>]``.

Without an address it shows a month as the tests make it; with one, what is there.
"""

from __future__ import annotations

import datetime
import sys
import tempfile
from pathlib import Path

from tests.page.browser import Tab, find_chromium, running_browser
from tests.page.scenes import a_month
from tests.page.stub_airflow import running_stub

#: Name, width and theme.
Shot = tuple[str, int, str]
_SHOTS: list[Shot] = [
    ("desktop-light", 1280, "light"),
    ("desktop-dark", 1280, "dark"),
    ("phone", 375, "light"),
]


def take(tab: Tab, address: str, folder: Path, shot: Shot) -> None:
    """One picture of the whole page, with the first group open and its first invoice's story told."""
    name, width, theme = shot
    tab.size(width, 900, phone=width < 500)
    tab.prefer(theme)
    tab.open(f"{address}/coupa-erp/")
    tab.until("document.querySelector('#progress').textContent.includes('read at')", 120)
    tab.run("document.querySelectorAll('#range input')[2].click()")
    tab.run("new Promise((done) => setTimeout(done, 300))")
    tab.until("document.querySelector('#progress').textContent.includes('read at')", 120)
    tab.run("document.querySelector('#refused details')?.setAttribute('open', '')")
    tab.run("document.querySelector('#refused li button')?.click()")
    tab.run("new Promise((done) => setTimeout(done, 700))")
    height = tab.run("document.documentElement.scrollHeight")
    tab.size(width, min(height, 4000), phone=width < 500)
    tab.run("new Promise((done) => setTimeout(done, 500))")
    tab.screenshot(folder / f"{name}.png")


def main(folder: Path, address: str | None) -> None:
    """Take them all."""
    program = find_chromium()
    if program is None:
        raise SystemExit("No Chromium here.")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        running_stub() as airflow,
        tempfile.TemporaryDirectory() as profile,
        running_browser(program, Path(profile)) as browser,
    ):
        a_month(airflow.world, datetime.datetime.now(datetime.UTC))
        for shot in _SHOTS:
            with browser.tab() as tab:
                take(tab, address or airflow.address, folder, shot)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
