"""What the images hold, as far as that can be told without building them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pathspec
import pytest

from include.compose.dockerfile import LEFT_OUT, lay_out
from tests.compose.reading import ROOT, stages

LOADS_THE_DAGS = """
from airflow.dag_processing.dagbag import DagBag
bag = DagBag()
assert not bag.import_errors, bag.import_errors
print(*sorted(bag.dags), sep=",")
"""


def locked(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    return dict(line.partition(" ;")[0].split("==") for line in lines)


@pytest.mark.parametrize("name", ["airflow", "tryton"])
def test_everything_that_is_copied_is_there_and_reaches_the_builder(name: str) -> None:
    ignored = pathspec.PathSpec.from_lines("gitignore", (ROOT / ".dockerignore").read_text().splitlines())
    assert stages()[name].copies
    for sources, _ in stages()[name].copies:
        for source in sources:
            path = ROOT / source
            assert path.exists(), source
            held = [path] if path.is_file() else [*path.rglob("*.py"), *path.rglob("*.yaml")]
            reaching = [
                file
                for file in held
                if not any(file.match(out) or out in file.relative_to(ROOT).parts for out in LEFT_OUT)
            ]
            assert reaching
            assert not [*ignored.match_files(str(file.relative_to(ROOT)) for file in reaching)], source


def test_no_secret_and_no_state_reaches_the_builder() -> None:
    ignored = pathspec.PathSpec.from_lines("gitignore", (ROOT / ".dockerignore").read_text().splitlines())
    for path in (".env", ".git/config", ".run/secrets/x", "tests/conftest.py", "include/soak/storm.py"):
        assert ignored.match_file(path), path


def test_what_the_image_holds_is_enough_to_load_the_dags(tmp_path: Path) -> None:
    stage = stages()["airflow"]
    lay_out(stage, ROOT, tmp_path)
    home = tmp_path / "opt" / "airflow"
    assert not (home / "include" / "soak").exists()
    environment = {
        name: value.replace("/opt/airflow", str(home)) for name, value in stage.environment.items()
    }
    loaded = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", LOADS_THE_DAGS],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "AIRFLOW_HOME": str(home), **environment},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert loaded.returncode == 0, loaded.stderr[-2000:]
    assert (
        loaded.stdout.splitlines()[-1]
        == "coupa_erp_reconciliation,coupa_invoices_to_erp,erp_payments_to_coupa"
    )


def test_the_image_is_of_the_airflow_and_the_python_that_are_tested() -> None:
    assert (
        stages()["airflow"].base
        == f"apache/airflow:slim-{locked('airflow.lock')['apache-airflow']}-python3.11"
    )
    assert stages()["tryton"].base.startswith("python:3.11-slim")
    assert 'requires-python = ">=3.11,<3.13"' in (ROOT / "pyproject.toml").read_text()


def test_what_is_deployed_has_the_versions_that_are_tested() -> None:
    tested, deployed = locked("airflow.lock"), locked("deployment.lock")
    assert {name for name in tested.keys() & deployed.keys() if tested[name] != deployed[name]} == set()
    wanted = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.M)
    assert set(wanted) <= deployed.keys()


def test_no_process_of_an_image_is_roots() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "USER root" not in text
    # Airflow's image runs as its own user already.
    assert re.findall(r"^USER (\S+)$", text, re.M) == ["50001"]
