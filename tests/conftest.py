"""One Airflow for the whole test session: a home, a database and the dags folder of its own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
HOME = tempfile.mkdtemp(prefix="airflow-home-")

# Airflow reads these when it is first imported, so they stand before every other import.
os.environ.update(
    {
        "AIRFLOW_HOME": HOME,
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME}/airflow.db",
    }
)

pytest_plugins = ["tests.tryton_fixtures"]


#: Folders whose tests start a whole Airflow: one after the other, and first, because they take longest.
WHOLE_AIRFLOW = ("tests/crashes/", "tests/live/", "tests/soak/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no worker is left alone with them at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(WHOLE_AIRFLOW))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file is run by one worker; all files that start an Airflow by the same one."""
    from xdist.scheduler import LoadScopeScheduling

    class OneAirflow(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "airflow" if nodeid.startswith(WHOLE_AIRFLOW) else nodeid.partition("::")[0]

    return OneAirflow(config, log)
