"""Airflow as three processes of our own: started together, known again, ended in order.

Not ``airflow standalone``: that mixes the logs of all and, when it is killed, leaves its children behind. No
triggerer: no task of this package is deferred.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from include.demo.airflow_api import AirflowApi, NotReady
from include.demo.airflow_settings import (
    Mode,
    airflow_environment,
    database_of,
    home_of,
    recipe_of,
)
from include.demo.console import DemoError
from include.demo.layout import DAG_ID, Layout, python_of
from include.demo.ports import Ports, require_free
from include.demo.postgres import Postgres, last_lines
from include.demo.processes import Service

_COMPONENTS: dict[str, list[str]] = {
    "api-server": ["api-server"],
    # The logs lie on this machine: nobody needs them served on a port of their own.
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
}
_START_SECONDS = 240
_STOP_SECONDS = 6


class AirflowServer:
    """The Airflow of this clone, in one of its two modes at a time.

    :param given: connections and settings as environment variables.
    :param preload: see :func:`~include.demo.airflow_settings.airflow_environment`.
    """

    def __init__(
        self,
        layout: Layout,
        ports: Ports,
        postgres: Postgres,
        *,
        mode: Mode,
        given: Mapping[str, str],
        preload: Path | None = None,
    ) -> None:
        self._layout = layout
        self._ports = ports
        self._postgres = postgres
        self._mode: Mode = mode
        self._given = given
        self._preload = preload
        self._services = services(layout)
        self.api = AirflowApi(ports.url("airflow"))

    def start(self) -> str:
        """Start what does not run as it should, and wait until the DAG can be triggered.

        :return: what was done, in a few words.
        :raises DemoError: it does not come up.
        """
        database = database_of(self._mode)
        if not self._postgres.database_exists(database):
            self._postgres.create_database(database, owner="airflow")
        environment = self.environment()
        recipe = recipe_of(self._layout, environment)
        if all(service.runs_with(recipe) for service in self._services.values()):
            self._wait()
            return "runs already"
        restarted = stop(self._layout)
        require_free("airflow", self._ports.airflow)
        self._migrate(environment)
        for name in _COMPONENTS:
            self._launch(name, environment, recipe)
        self._wait()
        return "started anew: its settings or the code changed" if restarted else "started"

    def start_again(self, component: str) -> None:
        """Start one of the processes that was killed, as it was started before, and do not wait for it.

        :param component: ``scheduler``, ``api-server`` or ``dag-processor``.
        """
        environment = self.environment()
        self._launch(component, environment, recipe_of(self._layout, environment))

    def environment(self) -> dict[str, str]:
        """What each of its processes, and a command of Airflow beside them, is started with."""
        dsn = self._postgres.dsn("airflow", database_of(self._mode), scheme="postgresql+psycopg2")
        return airflow_environment(
            self._layout, self._mode, self._ports, dsn, self._given, preload=self._preload
        )

    def _launch(self, name: str, environment: Mapping[str, str], recipe: str) -> None:
        command = [str(python_of(self._layout.airflow_env)), "-m", "airflow", *_COMPONENTS[name]]
        home = home_of(self._layout, self._mode)
        self._services[name].start(
            command, cwd=home, env=environment, recipe=recipe, port=self._ports.airflow
        )

    def _migrate(self, environment: Mapping[str, str]) -> None:
        """Make or bring forward the metadata database; once for each lock and database."""
        home = home_of(self._layout, self._mode)
        home.mkdir(parents=True, exist_ok=True)
        stamp = home / "migrated-with"
        with self._postgres.session(database_of(self._mode)) as cursor:
            cursor.execute("SELECT to_regclass('alembic_version') IS NOT NULL")
            exists = bool(cursor.fetchone()[0])
        lock = (self._layout.requirements / "airflow.lock").read_text()
        if exists and stamp.exists() and stamp.read_text() == lock:
            return
        log = self._layout.logs / "airflow-migrate.log"
        with log.open("w") as output:
            done = subprocess.run(  # noqa: S603 - our own program
                [str(python_of(self._layout.airflow_env)), "-m", "airflow", "db", "migrate"],
                cwd=home,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise DemoError(f"Airflow's database cannot be made; {log} ends: {last_lines(log)}")
        stamp.write_text(lock)

    def _wait(self) -> None:
        """Until all three answer and the DAG is known."""
        deadline = time.monotonic() + _START_SECONDS
        missing = "the API server"
        while time.monotonic() < deadline:
            for service in self._services.values():
                if not service.running:
                    raise DemoError(
                        f"{service.name} ended; its log {service.log} ends: {last_lines(service.log)}"
                    )
            try:
                missing = self._missing()
            except NotReady:
                missing = "the API server"
            if not missing:
                return
            time.sleep(0.3)
        raise DemoError(
            f"Airflow is not ready after {_START_SECONDS} s, {missing} is missing; "
            f"look into {self._layout.logs}."
        )

    def _missing(self) -> str:
        health = self.api.health()
        for component in ("metadatabase", "scheduler", "dag_processor"):
            if (health.get(component) or {}).get("status") != "healthy":
                return f"the {component.replace('_', ' ')}"
        fault = self.api.import_error()
        if fault is not None:
            raise DemoError(f"The DAG cannot be imported: {fault}")
        return "" if self.api.knows(DAG_ID) else f"the DAG {DAG_ID}"


def services(layout: Layout) -> dict[str, Service]:
    """Airflow's processes by component."""
    return {
        name: Service(f"airflow-{name}", layout.processes, layout.logs / f"airflow-{name}.log")
        for name in _COMPONENTS
    }


def stop(layout: Layout, patience: float = _STOP_SECONDS) -> bool:
    """End Airflow: all at once; a task that goes on for long is ended in its middle, as by a power cut.

    :param patience: seconds until then.
    :return: whether any of it ran.
    """
    ours = services(layout).values()
    with ThreadPoolExecutor(max_workers=len(ours)) as pool:
        ended = list(pool.map(lambda service: service.end(patience), ours))
    return any(ended)
