"""The real page in a real browser, over a stub of Airflow's REST API."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.page.browser import Browser, Tab, find_chromium, running_browser
from tests.page.stub_airflow import StubAirflow, running_stub

_NONE = (
    "no Chromium here, and none could be installed: apt-get install chromium (root on Debian has it done by "
    "the tests, unless COUPA_ERP_INSTALL_CHROMIUM=0), or name one in COUPA_ERP_CHROMIUM"
)


def _installed() -> str | None:
    """The browser, installed first where there is none, the tests run as root, and apt-get is there."""
    wanted = os.environ.get("COUPA_ERP_INSTALL_CHROMIUM", "1") != "0" and os.geteuid() == 0
    if find_chromium() is None and wanted and Path("/usr/bin/apt-get").exists():
        for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(  # noqa: S603 - Debian's own, two fixed commands
                ["/usr/bin/apt-get", "-qq", *command],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                check=False,
                capture_output=True,
                timeout=600,
            )
    return find_chromium()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = _installed()
    if program is None:
        pytest.skip(_NONE)
    with running_browser(program, tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture(scope="session")
def running_airflow() -> Iterator[StubAirflow]:
    with running_stub() as running:
        yield running


@pytest.fixture
def airflow(running_airflow: StubAirflow) -> StubAirflow:
    running_airflow.start_over()
    return running_airflow


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    with browser.tab() as opened:
        opened.size(1280, 900)
        yield opened
