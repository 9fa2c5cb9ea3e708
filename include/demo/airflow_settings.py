"""The environment of Airflow's processes: all of its configuration, no ``airflow.cfg``."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from include.demo.layout import Layout
from include.demo.ports import HOST, Ports
from include.demo.private_file import read_private, write_private

#: ``demo`` for ``make run``, ``own`` for ``make up``: each has a metadata database and a home of its own, so
#: that the demo's switched-on schedule never meets somebody's real Coupa.
Mode = Literal["demo", "own"]

#: What the tasks run; another content is a reason to start Airflow anew, since its processes import it once.
_CODE = ("dags", "plugins", "include")
_NOT_RUN_BY_TASKS = ("include/demo", "include/sandbox", "include/soak", "include/bench")


def home_of(layout: Layout, mode: Mode) -> Path:
    """``AIRFLOW_HOME``."""
    return layout.run_dir / f"airflow-{mode}"


def database_of(mode: Mode) -> str:
    """The name of the metadata database."""
    return "airflow" if mode == "demo" else "airflow_own"


def airflow_environment(
    layout: Layout,
    mode: Mode,
    ports: Ports,
    dsn: str,
    given: Mapping[str, str],
    *,
    preload: Path | None = None,
) -> dict[str, str]:
    """What every Airflow process of this clone is started with.

    :param dsn: the metadata database, ``postgresql+psycopg2://…``.
    :param given: connections and settings of the demo or of the user; they may override what is a matter of
        taste, not what holds the processes together.
    :param preload: the folder of the ``airflow_local_settings`` that the processes begin with.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        # Somebody's own Airflow on this machine must not speak into this one; without compiled files every
        # task would compile all that it imports.
        if not name.startswith("AIRFLOW")
        and name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH")
    }
    return inherited | _taste(mode) | dict(given) | _frame(layout, mode, ports, dsn, preload)


def _taste(mode: Mode) -> dict[str, str]:
    return {
        "AIRFLOW__API__INSTANCE_NAME": "Coupa into the ERP" + (" (demo)" if mode == "demo" else ""),
        # Two cores: more tasks at once only wait for each other.
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": "8",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
        "AIRFLOW__DAG_PROCESSOR__PRINT_STATS_INTERVAL": "0",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        # Airflow opens its task logs to the group, and to nobody's benefit here.
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        # Airflow 3.3.2 often misses that a task's process has ended, and keeps its slot until a sign of life
        # is due: five seconds, ten times as long as a task takes. Fifteen may fail: as long as before.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "15",
    }


def _frame(layout: Layout, mode: Mode, ports: Ports, dsn: str, preload: Path | None) -> dict[str, str]:
    keys = _secrets(layout)
    no_proxy = ",".join(
        filter(None, [os.environ.get("NO_PROXY", os.environ.get("no_proxy", "")), HOST, "localhost"])
    )
    return {
        "AIRFLOW_HOME": str(home_of(layout, mode)),
        # The project, and what the processes import before they fork tasks.
        "PYTHONPATH": os.pathsep.join(
            [str(layout.root), str(preload or layout.root / "include" / "demo" / "preload")]
        ),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "AIRFLOW__CORE__DAGS_FOLDER": str(layout.root / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(layout.root / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__FERNET_KEY": keys["fernet"],
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{ports.url('airflow')}/execution/",
        # No login: for loopback alone, which is where the API server listens.
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": dsn,
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(ports.airflow),
        "AIRFLOW__API__BASE_URL": ports.url("airflow"),
        "AIRFLOW__API__SECRET_KEY": keys["api"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt"],
    }


def _secrets(layout: Layout) -> dict[str, str]:
    file = layout.secrets / "airflow.json"
    if not file.exists():
        made = {
            "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "api": secrets.token_urlsafe(32),
            "jwt": secrets.token_urlsafe(64),
        }
        write_private(file, json.dumps(made))
    kept: dict[str, str] = json.loads(read_private(file))
    return kept


def recipe_of(layout: Layout, environment: Mapping[str, str]) -> str:
    """A fingerprint of configuration, packages and code: what runs with another one is out of date.

    :param environment: of :func:`airflow_environment`.
    """
    digest = hashlib.sha256((layout.requirements / "airflow.lock").read_bytes())
    for name in sorted(environment):
        if name.startswith(("AIRFLOW", "COUPA_ERP_")):
            digest.update(f"{name}={environment[name]}\n".encode())
    for folder in _CODE:
        for file in sorted((layout.root / folder).rglob("*")):
            relative = file.relative_to(layout.root).as_posix()
            if file.suffix in (".py", ".yaml", ".json") and not relative.startswith(_NOT_RUN_BY_TASKS):
                digest.update(relative.encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()
