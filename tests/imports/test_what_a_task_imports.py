"""A task is a process: it imports what it uses and nothing else, and so does the dag file's parser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Imports what Airflow's own processes have, then each of the given in a child of its own, as a task does.
LOOKING = """
import importlib, json, os, sys
import airflow.models.dag, airflow.sdk.execution_time.task_runner
for name in sys.argv[1:]:
    sys.stdout.flush()
    if os.fork() == 0:
        before = set(sys.modules)
        importlib.import_module(name)
        print(json.dumps([name, sorted(set(sys.modules) - before)]), flush=True)
        os._exit(0)
    os.wait()
"""

DAG_FILE = "coupa_invoices_to_erp"
HTTP = ("requests", "airflow.providers.http", "coupa_erp.coupa.hook")
BUSINESS = ("include.mapping", "include.export.delivery", "include.export.recording", "coupa_erp.tryton")
#: What a module of tasks must not bring along: packages by their beginning.
NOT_OF = {
    DAG_FILE: (
        *HTTP,
        *BUSINESS,
        "coupa_erp.tasks",
        "include.export",
        "pydantic_settings",
        "yaml",
        "tenacity",
    ),
    "coupa_erp_reconciliation": (*HTTP, *BUSINESS, "coupa_erp.tasks", "pydantic_settings", "yaml"),
    "coupa_erp.tasks.backlog": (*HTTP, *BUSINESS),
    "coupa_erp.tasks.run": (*BUSINESS, "include.export.sweep"),
    "coupa_erp.tasks.invoice": BUSINESS,
    "coupa_erp.tasks.whole_invoice": BUSINESS,
    "coupa_erp.tasks.run_end": BUSINESS,
}


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """The modules that each brings along."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in ("", "plugins", "dags")),
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
    }
    command = [sys.executable, "-c", LOOKING, *NOT_OF]
    looked = subprocess.run(  # noqa: S603 - this very interpreter
        command, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    lines = [json.loads(line) for line in looked.stdout.splitlines() if line.startswith('["')]
    return dict(lines)


@pytest.mark.parametrize("module", NOT_OF)
def test_it_brings_along_nothing_that_it_does_not_use(imported, module):
    brought = imported[module]
    assert module in brought
    unwanted = [name for name in brought if name.startswith(tuple(f"{one}." for one in NOT_OF[module]))]
    assert unwanted + sorted(set(NOT_OF[module]).intersection(brought)) == []
