from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from coupa_erp.page.app import STATIC
from tests.page.stub_airflow import StubAirflow

VENDORED = STATIC / "vendor"
OURS = sorted(file for file in STATIC.iterdir() if file.is_file())


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]


@pytest.fixture
def ask(airflow: StubAirflow) -> Callable[..., Answer]:
    """One request to the page, its path sent as it is written."""

    def asked(path: str, method: str = "GET") -> Answer:
        wire = HTTPConnection(airflow.address.removeprefix("http://"), timeout=10)
        wire.request(method, f"/coupa-erp{path}")
        answer = wire.getresponse()
        wire.close()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()})

    return asked


def test_what_is_not_ours_is_the_published_file_by_its_checksum():
    (row,) = re.findall(
        r"\| `(.+?)` \| .+ \| (\d+\.\d+\.\d+) \| (\w+), `(.+?)` \| `([0-9a-f]{64})` \|",
        (VENDORED / "README.md").read_text(encoding="utf-8"),
    )
    name, version, licence, licence_file, checksum = row
    assert hashlib.sha256((VENDORED / name).read_bytes()).hexdigest() == checksum
    assert f"Chart.js v{version}" in (VENDORED / name).read_text(encoding="utf-8")[:200]
    assert licence in (VENDORED / licence_file).read_text(encoding="utf-8")
    assert {file.name for file in VENDORED.iterdir()} == {name, licence_file, "README.md"}


def test_the_page_allows_nothing_inline_and_nothing_from_elsewhere(ask: Callable[..., Answer]):
    for path in ("/", "/page.js", "/nothing-of-the-kind"):
        policy = ask(path).headers["content-security-policy"]
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == "'none'"
        assert {rules[name] for name in ("script-src", "style-src", "connect-src", "img-src")} == {"'self'"}
        assert rules["frame-ancestors"] == "'self'"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/page.js", "javascript"),
        ("/page.css", "text/css"),
        ("/icon.svg", "image/svg+xml"),
    ],
)
def test_each_file_is_served_as_what_it_is(ask: Callable[..., Answer], path: str, kind: str):
    answer = ask(path)
    assert answer.status == 200
    assert kind in answer.headers["content-type"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_nothing_but_the_folder_is_served_and_nothing_can_be_written(ask: Callable[..., Answer]):
    assert ask("/../app.py").status == 404
    assert ask("/%2e%2e/app.py").status == 404
    assert ask("/vendor/../../app.py").status == 404
    assert ask("/", "POST").status == 405


def test_no_file_of_ours_names_another_host():
    for file in OURS:
        hosts = set(re.findall(r"(?:https?:)?//([\w.-]+\.\w{2,})", file.read_text(encoding="utf-8")))
        assert hosts <= {"www.w3.org"}, file.name  # the name of SVG's namespace; nobody goes there


def test_no_script_of_ours_has_a_way_from_text_to_markup():
    ways = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|eval\(|new Function"
    )
    assert [file.name for file in OURS if file.suffix == ".js" and ways.search(file.read_text("utf-8"))] == []
    assert not re.search(
        r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", (STATIC / "index.html").read_text("utf-8")
    )


def test_airflow_loads_the_plugin_and_shows_the_page_in_its_navigation():
    from airflow import plugins_manager

    (info,) = [one for one in plugins_manager.get_plugin_info() if one["name"] == "coupa_erp"]
    assert plugins_manager.get_import_errors() == {}
    (view,) = info["external_views"]
    (app,) = info["fastapi_apps"]
    assert (view["destination"], view["nav_top_level"]) == ("nav", True)
    assert f"/{view['href']}" == f"{app['url_prefix']}/"


def test_a_task_that_loads_the_plugin_imports_no_web_server():
    # Each task of each DAG loads it: what serves the page must cost the api-server alone.
    loaded = (
        "import sys, coupa_erp.page.app; print(*(sys.modules.keys() & {'fastapi', 'starlette', 'airflow'}))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", loaded], cwd=root / "plugins", capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
