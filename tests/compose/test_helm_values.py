from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.compose.reading import ROOT, services

VALUES: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "helm-values.yaml").read_text(encoding="utf-8"))


def test_airflow_is_set_as_in_the_compose_file(tmp_path: Path) -> None:
    there = services(tmp_path)["airflow-worker"].environment
    here = {
        f"AIRFLOW__{section.upper()}__{option.upper()}": str(value)
        for section, options in VALUES["config"].items()
        for option, value in options.items()
    }
    assert here.pop("AIRFLOW__API__BASE_URL").startswith("https://")
    assert here.items() <= there.items()
    assert VALUES["executor"] == there["AIRFLOW__CORE__EXECUTOR"]
    assert {"COUPA_ERP_STATE_DIR", "COUPA_ERP_MAPPING"} == {one["name"] for one in VALUES["env"]}
    for component in (VALUES, VALUES["workers"]["celery"], VALUES["dagProcessor"]):
        assert all(there[one["name"]] == one["value"] for one in component["env"])


def test_no_secret_stands_in_the_values_and_no_default_password_of_the_chart_is_used() -> None:
    assert {one["envName"] for one in VALUES["secret"]} == {
        "AIRFLOW_CONN_COUPA_DEFAULT",
        "AIRFLOW_CONN_ERP_DEFAULT",
    }
    for name in ("fernetKeySecretName", "apiSecretKeySecretName", "jwtSecretName"):
        assert VALUES[name]
    assert all(VALUES["data"].values())
    assert VALUES["redis"]["passwordSecretName"]
    assert VALUES["createUserJob"]["enabled"] is VALUES["postgresql"]["enabled"] is False


def test_each_secret_of_the_values_is_made_by_a_command_of_the_page() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    named = set(re.findall(r"coupa-erp-[a-z-]+", yaml.safe_dump(VALUES))) - {"coupa-erp-airflow"}
    made = set(re.findall(r"kubectl create (?:secret generic|configmap) (\S+)", page))
    assert named == made


def test_the_version_of_airflow_is_the_images() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"slim-{VALUES['airflowVersion']}-" in dockerfile
