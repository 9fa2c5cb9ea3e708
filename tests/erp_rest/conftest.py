from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def settings_text():
    """The example of the page."""
    page = (ROOT / "docs" / "rest.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.S)
    return block


@pytest.fixture(scope="session")
def settings_file(settings_text, tmp_path_factory):
    file = tmp_path_factory.mktemp("erp_rest") / "payables.yaml"
    file.write_text(settings_text, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def connection(settings_file):
    """Make connections as Airflow answers them."""

    def make(host="https://erp.example.com/api/v2", key="a-token", **more):
        extra = {"api": str(settings_file), "sandbox": True, **more.pop("extra", {})}
        fields = {"conn_id": "erp_default", "port": None, "login": None, **more}
        return SimpleNamespace(host=host, password=key, extra=json.dumps(extra), **fields)

    return make


@pytest.fixture(scope="module")
def world(connection):
    from tests.erp_rest.world import payables

    with payables(connection) as world:
        yield world
