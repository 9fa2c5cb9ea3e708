from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]


def imported_by(folder: str) -> dict[str, set[str]]:
    """The first name of each import, by file."""
    found: dict[str, set[str]] = {}
    for file in (ROOT / folder).rglob("*.py"):
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
        found[str(file.relative_to(ROOT))] = {name.partition(".")[0] for name in names}
    return found


def test_the_business_never_imports_airflow_or_a_hook():
    # A bench brings DAG files of its own, to compare the product's with.
    assert {
        file
        for file, names in imported_by("include").items()
        if names & {"airflow", "coupa_erp"} and not file.startswith("include/bench/dags/")
    } == set()


def test_the_hooks_never_import_the_wiring():
    assert {
        file for file, names in imported_by("plugins").items() if "coupa_invoices_to_erp" in names
    } == set()


def test_airflow_executes_one_file_of_the_plugins_folder_and_no_other():
    # It would register each by its bare stem: an errors.py loaded twice, an email.py in the way of smtplib.
    ignored = (ROOT / "plugins" / ".airflowignore").read_text(encoding="utf-8").split()
    assert ignored == ["*", "!coupa_erp_plugin.py"]
    assert [file.name for file in (ROOT / "plugins").glob("*.py")] == ["coupa_erp_plugin.py"]
