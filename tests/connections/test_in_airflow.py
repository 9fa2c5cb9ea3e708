"""What the installed Airflow makes of the connection types."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from airflow.providers_manager import ProvidersManager

from coupa_erp_provider import get_provider_info

TYPES = {each["connection-type"]: each for each in get_provider_info()["connection-types"]}
#: What the API server answers to the form, and what it loaded for that.
FORMS_OF_THE_API_SERVER = """
import json, sys
from airflow.api_fastapi.core_api.services.ui.connections import HookMetaService
from airflow.providers_manager import ProvidersManager
forms = [each.model_dump(mode="json") for each in HookMetaService.hook_meta_data()]
print(json.dumps({
    "told": ProvidersManager().providers["coupa-erp-export"].data["connection-types"],
    "told_by": sys.modules["coupa_erp_provider"].__file__,
    "forms": {form["connection_type"]: form for form in forms},
    "hooks": [name for name in sys.modules if name.startswith("coupa_erp.")],
}))
"""


@pytest.fixture(scope="module")
def api_server() -> dict[str, Any]:
    """A process that knows what is installed, and nothing of this working tree."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    asked = subprocess.run(  # noqa: S603
        [sys.executable, "-c", FORMS_OF_THE_API_SERVER],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr[-2000:]
    answer: dict[str, Any] = json.loads(asked.stdout.splitlines()[-1])
    return answer


def test_what_is_installed_is_what_stands_here(api_server: dict[str, Any]) -> None:
    assert "site-packages" in api_server["told_by"]
    # Where it differs, `make install` brings it up to date.
    assert api_server["told"] == get_provider_info()["connection-types"]


@pytest.mark.parametrize("connection_type", TYPES)
def test_airflow_knows_the_type_its_hook_and_that_it_can_be_tested(connection_type: str) -> None:
    known = ProvidersManager().hooks[connection_type]
    assert known is not None
    assert known.hook_class_name == TYPES[connection_type]["hook-class-name"]
    assert known.hook_name == TYPES[connection_type]["hook-name"]
    assert known.connection_testable


def test_the_api_server_draws_the_forms_without_loading_a_hook(api_server: dict[str, Any]) -> None:
    assert api_server["hooks"] == []
    by_type = {name: api_server["forms"][name] for name in TYPES}
    for connection_type, form in by_type.items():
        described = TYPES[connection_type]
        assert form["hook_name"] == described["hook-name"]
        assert list(form["extra_fields"]) == list(described["conn-fields"])
        for name, field in form["extra_fields"].items():
            told = described["conn-fields"][name]
            assert field["schema"]["title"] == told["label"]
            assert field["description"] == told["description"]
            assert field["value"] == told["schema"].get("default")
        hidden = [name for name, how in form["standard_fields"].items() if how and how["hidden"]]
        asked_for = described["ui-field-behaviour"]["hidden-fields"]
        assert sorted(hidden) == sorted("url_schema" if name == "schema" else name for name in asked_for)
        assert form["standard_fields"]["host"]["placeholder"].startswith("https://")
