"""A task imports nothing of ours anew: its worker has it all, by what it imports as it starts."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TASKS = ROOT / "plugins" / "coupa_erp" / "tasks"
#: Of DAGs that have one task a day or an hour.
RARE = {"reconciliation.py", "payments.py"}


@pytest.fixture(scope="module")
def preloaded(tmp_path_factory):
    """The modules of a worker before it forks its first task."""
    folders = (ROOT, ROOT / "plugins", ROOT / "include" / "demo" / "preload")
    code = "import airflow_local_settings, json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, folders)),
            "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def imported(file: Path) -> set[str]:
    """Every module that a file names in an import, wherever it stands, but for those of type checkers."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    return {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("file", sorted(TASKS.glob("*.py")), ids=lambda file: file.stem)
def test_what_a_task_may_import_is_imported_before_it_is_forked(preloaded, file):
    if file.name in RARE:
        return
    ours = {name for name in imported(file) if name.partition(".")[0] in ("coupa_erp", "include")}
    assert ours - preloaded == set()


def test_the_dag_file_brings_nothing_new(preloaded):
    dag = imported(ROOT / "dags" / "coupa_invoices_to_erp.py")
    assert {
        name for name in dag if name.startswith(("coupa_erp", "include", "airflow.providers"))
    } <= preloaded


def test_the_ways_to_coupa_and_the_erp_are_there(preloaded):
    assert {"coupa_erp.coupa.hook", "coupa_erp.tryton.hook", "requests", "yaml"} <= preloaded
