"""One Airflow for the whole test session: a home, a database and the dags folder of its own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

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
