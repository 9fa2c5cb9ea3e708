"""The services of this clone, put together: what each command starts, shows and ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from include.demo import airflow_server
from include.demo.airflow_server import AirflowServer
from include.demo.airflow_settings import Mode, database_of
from include.demo.connections import demo_connections, write_connections
from include.demo.console import Console, DemoError
from include.demo.envfile import read_env_file
from include.demo.environments import Environment
from include.demo.layout import Layout
from include.demo.ports import HOST, choose_ports, remember_ports, require_free
from include.demo.postgres import Postgres
from include.demo.progress import read_progress
from include.demo.sandbox_server import SandboxServer
from include.demo.tryton_server import DEMO_DATABASE, Tryton


class Machines:
    """Everything that can run here.

    :param layout: the clone.
    :param console: receives progress.
    :raises DemoError: ``.env`` or a port setting cannot be read.
    """

    def __init__(self, layout: Layout, console: Console) -> None:
        self.layout = layout
        self.console = console
        self.env_file = read_env_file(layout.env_file)
        self._remembered_ports = layout.run_dir / "ports.json"
        self.ports = choose_ports(self._remembered_ports, os.environ, self.env_file)
        self.postgres = Postgres(layout.run_dir)
        self.sandbox = SandboxServer(layout, self.ports)
        self.tryton = Tryton(
            layout.run_dir,
            self.postgres,
            Environment(layout.tryton_env, layout.logs).python,
            port=self.ports.tryton,
            session_seconds=1800,
            say=lambda text: console.status(f"  {text}"),
        )

    # -- starting --------------------------------------------------------------------------------------------

    def start_demo(self) -> AirflowServer:
        """PostgreSQL, Tryton, the sandbox and Airflow, side by side where they can be.

        :return: the running Airflow.
        :raises DemoError: one of them does not come up, or a port is taken.
        """
        self._require_ports("airflow", "tryton", "sandbox")
        with ThreadPoolExecutor(max_workers=4) as pool:
            tryton_env = pool.submit(self._install_tryton)
            sandbox = pool.submit(self._start_sandbox)
            self._start_postgres()
            self.tryton.prepare_secrets()
            connections = self.demo_connections()
            airflow = self.airflow("demo", {**_settings_of(os.environ), **connections})
            started = pool.submit(self._start_airflow, airflow)
            tryton_env.result()
            self._start_tryton()
            sandbox.result()
            started.result()
        write_connections(self.layout.connections_file, connections)
        return airflow

    def start_own(self, given: Mapping[str, str]) -> AirflowServer:
        """Airflow alone, with its PostgreSQL.

        :param given: the user's connections and settings.
        """
        self._require_ports("airflow")
        self._start_postgres()
        airflow = self.airflow("own", given)
        self._start_airflow(airflow)
        return airflow

    def start_erp(self) -> None:
        """Tryton alone, with its PostgreSQL."""
        self._require_ports("tryton")
        with ThreadPoolExecutor(max_workers=1) as pool:
            tryton_env = pool.submit(self._install_tryton)
            self._start_postgres()
            tryton_env.result()
        self._start_tryton()

    def start_sandbox(self) -> None:
        """The Coupa sandbox alone."""
        self._require_ports("sandbox")
        self._start_sandbox()

    def install(self) -> None:
        """The environments alone."""
        self._install_tryton()

    def airflow(self, mode: Mode, given: Mapping[str, str]) -> AirflowServer:
        """Airflow, about to be started.

        :param given: its connections and settings.
        """
        (self.layout.run_dir / "airflow-mode").write_text(mode)
        return AirflowServer(self.layout, self.ports, self.postgres, mode=mode, given=given)

    @property
    def mode(self) -> Mode:
        """In which mode Airflow was started last."""
        file = self.layout.run_dir / "airflow-mode"
        return "own" if file.exists() and file.read_text() == "own" else "demo"

    def progress(self, mode: Mode) -> Callable[[str], str]:
        """Tells how far a run is.

        :param mode: whose run.
        """
        return lambda run_id: read_progress(self.postgres, database_of(mode), run_id).sentence

    def demo_connections(self) -> dict[str, str]:
        """The connections to the sandbox and to Tryton; their secrets must have been made."""
        return demo_connections(self.ports, self.sandbox.client_secret, self.tryton.export_key, DEMO_DATABASE)

    # -- ending ----------------------------------------------------------------------------------------------

    def stop(self) -> list[str]:
        """End what runs, and nothing else; the data stays.

        :return: the names of what was ended.
        """
        ended = []
        if airflow_server.stop(self.layout):
            ended.append("Airflow")
        if self.sandbox.stop():
            ended.append("the Coupa sandbox")
        if self.tryton.running:
            ended.append("Tryton")
        self.tryton.stop()
        if self.postgres.running:
            ended.append("PostgreSQL")
        self.postgres.stop()
        return ended

    def running(self) -> dict[str, str]:
        """What runs now, and where."""
        found = {}
        api_server = airflow_server.services(self.layout)["api-server"]
        if api_server.running:
            found["Airflow"] = f"http://{HOST}:{api_server.port}"
        if self.sandbox.running:
            found["Coupa sandbox"] = f"http://{HOST}:{self.sandbox.port}"
        if self.tryton.running:
            found["Tryton"] = f"{self.tryton.url} (database {DEMO_DATABASE})"
        if self.postgres.running:
            found["PostgreSQL"] = f"{HOST}:{self.postgres.port}"
        return found

    # -- single steps ----------------------------------------------------------------------------------------

    def _require_ports(self, *names: str) -> None:
        """All of them before anything is started: a taken port is said at once."""
        api_server = airflow_server.services(self.layout)["api-server"]
        if "airflow" in names and api_server.port != self.ports.airflow:
            require_free("airflow", self.ports.airflow)
        if "sandbox" in names and self.sandbox.port != self.ports.sandbox:
            require_free("sandbox", self.ports.sandbox)
        if "tryton" in names and not (self.tryton.running and self.tryton.port == self.ports.tryton):
            require_free("tryton", self.ports.tryton)
        remember_ports(self.ports, self._remembered_ports)

    def _start_postgres(self) -> None:
        with self.console.step("PostgreSQL") as remarks:
            remarks.append("runs already" if self.postgres.running else "started")
            self.postgres.start()

    def _install_tryton(self) -> None:
        environment = Environment(self.layout.tryton_env, self.layout.logs / "install-tryton-env.log")
        locks = [self.layout.requirements / "tryton.lock"]
        if not environment.is_current(locks):
            with self.console.step("Tryton's environment"):
                environment.install(locks, uv=self.layout.airflow_env / "bin" / "uv")

    def _start_tryton(self) -> None:
        with self.console.step("Tryton") as remarks:
            if self.tryton.running and self.tryton.port == self.ports.tryton:
                remarks.append("runs already")
            if not self.postgres.database_exists(DEMO_DATABASE):
                self.tryton.seed()
                self.tryton.create_database(DEMO_DATABASE)
            if self.tryton.running and self.tryton.port != self.ports.tryton:
                self.tryton.stop()
            self.tryton.start()
            remarks.append(self.ports.url("tryton"))

    def _start_sandbox(self) -> None:
        with self.console.step("Coupa sandbox") as remarks:
            remarks += [self.sandbox.start(), self.ports.url("sandbox")]

    def _start_airflow(self, airflow: AirflowServer) -> None:
        with self.console.step("Airflow") as remarks:
            remarks += [airflow.start(), self.ports.url("airflow")]


@contextmanager
def alone(layout: Layout) -> Iterator[None]:
    """Hold this clone's lock: two commands that start services at once would start them twice.

    :raises DemoError: another command holds it.
    """
    layout.run_dir.mkdir(parents=True, exist_ok=True)
    with (layout.run_dir / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError("Another make command is at work in this folder; wait for its end.") from None
        yield


def _settings_of(environment: Mapping[str, str]) -> dict[str, str]:
    """The package's own settings; connections of the user's have no business in the demo."""
    return {name: value for name, value in environment.items() if name.startswith("COUPA_ERP_")}
