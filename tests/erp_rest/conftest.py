from __future__ import annotations

import base64
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
    from coupa_erp.rest.hook import RestErpHook
    from tests.erp_kit.example.world import LedgerWorld
    from tests.erp_rest.payables import BASE, Payables

    class PayablesWorld(LedgerWorld):
        def open_hook(self, address=None, *, secret=None, impatient=False):
            hook = RestErpHook()
            made = connection(
                f"{address or self.address}{BASE}",
                secret or self.secret,
                extra={"timeout_seconds": 0.5 if impatient else 20},
            )
            hook.get_connection = lambda _: made
            return hook

        def attach_by_hand(self, document, name, content):
            file = {"name": name, "content": base64.b64encode(content).decode()}
            self.erp.files.setdefault(document.erp_id, []).append(file)

        def files(self, document):
            return [
                (file["name"], base64.b64decode(file["content"]))
                for file in self.erp.files.get(document.erp_id, [])
            ]

    with Payables() as erp:
        yield PayablesWorld(erp)
