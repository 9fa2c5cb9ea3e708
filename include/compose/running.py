"""Start the translated services in the order that the file asks for, and end them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from psycopg2 import sql

from include.compose.dockerfile import Stage, lay_out
from include.compose.file import COMPLETED, HEALTHY, Service
from include.compose.translation import HOST, Replica, Translation, is_postgres
from include.demo.console import DemoError
from include.demo.postgres import Postgres, last_lines
from include.demo.processes import Record, session_of, start_mark

_POLL_SECONDS = 0.2
_CHECK_SECONDS = 60


class NativeServices:
    """The services of the file as processes.

    :param root: the project's folder.
    :param state: takes data, logs and the folder that stands for the containers' file system.
    :param programs: see :class:`Translation`.
    """

    def __init__(
        self,
        services: Mapping[str, Service],
        stages: Mapping[str, Stage],
        root: Path,
        state: Path,
        *,
        programs: Mapping[str, list[Path]],
    ) -> None:
        self.services = services
        self.replicas = {
            name: [Replica(service, number + 1) for number in range(service.replicas)]
            for name, service in services.items()
        }
        self.tree = state / "root"
        self.logs = state / "logs"
        self.postgres = Postgres(state)
        self._stages = stages
        self._root = root
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._marks: dict[str, str] = {}
        self._healthy: set[str] = set()
        self._ports = {
            (replica.name, port): _free_port()
            for replicas in self.replicas.values()
            for replica in replicas
            for port in replica.service.expose
        }
        self._programs = programs
        self._translation: Translation | None = None

    # -- life ------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """PostgreSQL, and the file system: what the images hold and the volumes."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.postgres.start()
        for name, service in self.services.items():
            if is_postgres(service):
                self._ports[f"{name}-1", service.expose[0]] = self.postgres.port
                self._make_database(service.environment)
        for target in {service.target for service in self.services.values()} - {None}:
            lay_out(self._stages[str(target)], self._root, self.tree)
        for folder in ("home", "tmp"):
            (self.tree / folder).mkdir(parents=True, exist_ok=True)
        for service in self.services.values():
            for mount in service.mounts:
                place = self.tree / mount.target.lstrip("/")
                place.parent.mkdir(parents=True, exist_ok=True)
                if mount.is_volume:
                    place.mkdir(mode=0o700, exist_ok=True)
                elif not place.exists():
                    place.symlink_to(self._root / mount.source)
        programs = {target: [*folders, self.postgres.programs] for target, folders in self._programs.items()}
        self._translation = Translation(
            self.services, self._stages, self.tree, ports=self._ports, programs=programs
        )

    def up(self, patience: float) -> None:
        """Start every service as soon as those before it are as the file wants them.

        :param patience: seconds for all of it.
        :raises DemoError: a service ends, or does not become healthy, or there is no time left.
        """
        deadline = time.monotonic() + patience
        waiting = list(self.services)
        while waiting:
            for name in [name for name in waiting if self._may_start(name)]:
                waiting.remove(name)
                for replica in self.replicas[name]:
                    self.start(replica)
            if time.monotonic() > deadline:
                raise DemoError(f"Not started after {patience:.0f} s: {', '.join(waiting)}; see {self.logs}.")
            time.sleep(_POLL_SECONDS)

    def wait_healthy(self, patience: float, which: Iterable[Replica] | None = None) -> None:
        """Wait until each replica passes the file's own check, and each service that ends has ended well.

        :param patience: seconds for all of it.
        :param which: not all of them.
        :raises DemoError: naming the first that does not.
        """
        deadline = time.monotonic() + patience

        def wait(replica: Replica) -> None:
            while not (self.is_healthy(replica) if replica.service.healthcheck else self._ended(replica)):
                self._require_running(replica)
                if time.monotonic() > deadline:
                    raise DemoError(f"{replica.name} is not healthy; its log ends: {self._last(replica)}")
                time.sleep(_POLL_SECONDS)

        with ThreadPoolExecutor(max_workers=2) as pool:  # most checks start an Airflow of their own
            list(pool.map(wait, self._all() if which is None else which))

    def start(self, replica: Replica) -> None:
        """Start one replica; PostgreSQL runs already."""
        if is_postgres(replica.service):
            return
        with (self.logs / f"{replica.name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - the file's own commands
                self._known.command(replica),
                cwd=self.tree,
                env=self._known.environment(replica, os.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes[replica.name] = process
        self._marks[replica.name] = start_mark(process.pid) or ""

    def down(self, patience: float = 5) -> None:
        """End everything: politely, then without asking."""
        started = [one for one in self._all() if one.name in self._processes]
        for replica in started:
            if self._runs(replica):
                _signal(self._processes[replica.name].pid, signal.SIGTERM)
        deadline = time.monotonic() + patience
        while any(self.members(replica) for replica in started) and time.monotonic() < deadline:
            for replica in started:
                self._processes[replica.name].poll()
            time.sleep(_POLL_SECONDS)
        for replica in started:
            for pid in self.members(replica):
                _signal(pid, signal.SIGKILL)
            self._processes[replica.name].wait(timeout=10)
        self.postgres.stop()

    # -- questions -------------------------------------------------------------------------------------------

    def url(self, service: str) -> str:
        """Where a service listens."""
        return f"http://{HOST}:{self._ports[f'{service}-1', self.services[service].expose[0]]}"

    def is_healthy(self, replica: Replica) -> bool:
        """Whether the file's own check passes now."""
        check = self._known.healthcheck(replica)
        if check is None or not self._runs(replica):
            return False
        done = subprocess.run(  # noqa: S603 - the file's own commands
            check,
            env=self._known.environment(replica, os.environ),
            cwd=self.tree,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_CHECK_SECONDS,
        )
        return done.returncode == 0

    def members(self, replica: Replica) -> list[int]:
        """Every process that a replica has started and that lives."""
        process = self._processes[replica.name]
        return session_of(Record(process.pid, self._marks[replica.name], ""))

    def all_members(self) -> list[int]:
        """Those of all replicas; PostgreSQL's are not among them."""
        return [pid for one in self._all() if one.name in self._processes for pid in self.members(one)]

    # -- inside ----------------------------------------------------------------------------------------------

    def _all(self) -> list[Replica]:
        return [replica for replicas in self.replicas.values() for replica in replicas]

    @property
    def _known(self) -> Translation:
        assert self._translation is not None, "prepare() comes first"  # noqa: S101 - a mistake of the caller
        return self._translation

    def _may_start(self, name: str) -> bool:
        return all(self._holds(other, how) for other, how in self.services[name].after.items())

    def _holds(self, name: str, condition: str) -> bool:
        replicas = self.replicas[name]
        if not all(replica.name in self._processes or is_postgres(replica.service) for replica in replicas):
            return False
        if condition == COMPLETED:
            return all(self._ended(replica) for replica in replicas)
        if condition == HEALTHY and name not in self._healthy:
            for replica in replicas:
                self._require_running(replica)
            if all(self.is_healthy(replica) for replica in replicas):
                self._healthy.add(name)
        return condition != HEALTHY or name in self._healthy

    def _ended(self, replica: Replica) -> bool:
        """Whether it has ended well."""
        code = self._processes[replica.name].poll()
        if code:
            raise DemoError(f"{replica.name} failed with {code}; its log ends: {self._last(replica)}")
        return code == 0

    def _require_running(self, replica: Replica) -> None:
        process = self._processes.get(replica.name)
        if process is not None and process.poll() is not None and replica.service.healthcheck:
            raise DemoError(f"{replica.name} has ended; its log ends: {self._last(replica)}")

    def _runs(self, replica: Replica) -> bool:
        if is_postgres(replica.service):
            return self.postgres.running
        process = self._processes.get(replica.name)
        return process is not None and process.poll() is None

    def _last(self, replica: Replica) -> str:
        return last_lines(self.logs / f"{replica.name}.log")

    def _make_database(self, wanted: Mapping[str, str]) -> None:
        """What the image of PostgreSQL makes of its environment when its volume is new."""
        role, database = wanted["POSTGRES_USER"], wanted["POSTGRES_DB"]
        with self.postgres.session() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
            verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
            cursor.execute(
                sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                    verb, sql.Identifier(role), sql.Literal(wanted["POSTGRES_PASSWORD"])
                )
            )
        if not self.postgres.database_exists(database):
            self.postgres.create_database(database, owner=role)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _signal(pid: int, order: signal.Signals) -> None:
    try:
        os.kill(pid, order)
    except ProcessLookupError:
        return
