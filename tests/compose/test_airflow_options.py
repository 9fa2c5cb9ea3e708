"""Each setting of Airflow's that a deployment makes is one that the Airflow of the lock has."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.compose.reading import ROOT

PLACES = ("docker-compose.yaml", ".env.example", "docs/deploy.md", "docs/connections.md")
#: Of providers, which describe theirs in code, and of Celery itself.
OF_OTHERS = {"CELERY", "CELERY_BROKER_TRANSPORT_OPTIONS", "FAB"}


@pytest.fixture(scope="module")
def options() -> dict[str, set[str]]:
    """By section, in capitals; read without importing Airflow."""
    airflow = find_spec("airflow")
    assert airflow is not None
    (folder,) = airflow.submodule_search_locations or ()
    written = (Path(folder) / "config_templates" / "config.yml").read_text(encoding="utf-8")
    sections: dict[str, Any] = yaml.load(written, Loader=yaml.CSafeLoader)
    return {name.upper(): {key.upper() for key in told["options"]} for name, told in sections.items()}


@pytest.mark.parametrize("place", PLACES)
def test_each_setting_of_airflow_that_is_named_exists(place: str, options: dict[str, set[str]]) -> None:
    written = (ROOT / place).read_text(encoding="utf-8")
    named = re.findall(r"\bAIRFLOW__([A-Z_]+?)__([A-Z_]+[A-Z])\b", written)
    assert {
        (section, key)
        for section, key in named
        if section not in OF_OTHERS and key not in options.get(section, ())
    } == set()


def test_each_setting_of_the_helm_values_exists(options: dict[str, set[str]]) -> None:
    values = yaml.safe_load((ROOT / "deploy" / "helm-values.yaml").read_text(encoding="utf-8"))
    named = {(section.upper(), key.upper()) for section, keys in values["config"].items() for key in keys}
    assert {
        (section, key)
        for section, key in named
        if section not in OF_OTHERS and key not in options.get(section, ())
    } == set()
