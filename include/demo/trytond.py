"""One trytond on loopback: its configuration, its process, its answers. It is stopped by its own pid."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from include.demo.postgres import HOST, Postgres, last_lines
from include.demo.private_file import write_private

_START_SECONDS = 60
_STOP_SECONDS = 20

_CONFIGURATION = """\
[web]
listen = {listen}

[database]
uri = {uri}
path = {files}
default_name = postgres
minconn = 1
maxconn = 32
timeout = 120

[session]
timeout = {session_seconds}

[request]
timeout = 60
max_size = 33554432
"""


class TrytonFailed(Exception):
    """Tryton cannot be seeded or started; one sentence, with its log's last lines where there are any."""


class Trytond:
    """One trytond below one run directory, on the databases of one PostgreSQL server.

    :param run_dir: holds configuration, pid and log.
    :param postgres: a running server.
    :param python: the interpreter of Tryton's environment.
    :param port: the loopback port; 0 takes any free one at the start.
    :param session_seconds: how long a person may be idle in Tryton's client. trytond believes its list of
        databases as long, so that short sessions serve a new database at once; REST needs none.
    """

    def __init__(
        self, run_dir: Path, postgres: Postgres, python: Path, *, port: int, session_seconds: int
    ) -> None:
        self.run_dir = run_dir.resolve()
        self.postgres = postgres
        self.python = python
        self.log = self.run_dir / "logs" / "tryton.log"
        self.configuration = self.run_dir / "secrets" / "trytond.conf"
        self.files = self.run_dir / "tryton-files"
        self.wanted_port = port
        self._session_seconds = session_seconds
        self._pid_file = self.run_dir / "pids" / "tryton.pid"

    @property
    def port(self) -> int:
        """The port that trytond listens on, as its configuration says."""
        for line in self.configuration.read_text().splitlines():
            if line.startswith("listen = "):
                return int(line.rpartition(":")[2])
        raise TrytonFailed(f"{self.configuration} names no port; remove it and start again.")

    @property
    def url(self) -> str:
        """The host of the connection ``erp_default``."""
        return f"http://{HOST}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether this trytond is alive and answers."""
        return self._pid() is not None and self._answers()

    def start(self) -> bool:
        """Start it unless it is up, and wait until it answers.

        :return: whether it was started now.
        :raises TrytonFailed: the port is taken, or it does not come up.
        """
        if self.running:
            return False
        self.stop()
        port = _usable_port(self.wanted_port)
        self.write_configuration(self.configuration, port)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._pid_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - Tryton's own server
                [str(self.python), "-m", "trytond.cli", "--config", str(self.configuration)],
                cwd=self.run_dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._pid_file.write_text(str(process.pid))
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise TrytonFailed(f"Tryton does not start; its log {self.log} ends: {last_lines(self.log)}")
            time.sleep(0.1)
        return True

    def stop(self) -> None:
        """Stop exactly this trytond, if it is up."""
        pid = self._pid()
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + _STOP_SECONDS
            while _alive(pid):
                if time.monotonic() > deadline:
                    os.kill(pid, signal.SIGKILL)
                    break
                time.sleep(0.05)
        self._pid_file.unlink(missing_ok=True)

    def write_configuration(self, path: Path, port: int) -> None:
        """What trytond reads.

        :param path: of the file.
        :param port: where it listens.
        """
        configuration = _CONFIGURATION.format(
            listen=f"{HOST}:{port}",
            uri=self.postgres.tryton_uri,
            files=self.files,
            session_seconds=self._session_seconds,
        )
        write_private(path, configuration)

    def load(self, database: str) -> None:
        """Have trytond load a database: of several first requests that do it at once, some get a 500.

        It answers 404 for as long as its list of databases is older than this one.
        """
        deadline = time.monotonic() + _START_SECONDS
        path = f"/{database}/rest/model/res.user"
        while self._status(path, seconds=_START_SECONDS) == 404 and time.monotonic() < deadline:
            time.sleep(0.1)

    def _pid(self) -> int | None:
        """The pid of our trytond; a pid that another program got since is not ours."""
        try:
            pid = int(self._pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        command = Path(f"/proc/{pid}/cmdline")
        if not _alive(pid):
            return None
        if command.exists() and str(self.configuration).encode() not in command.read_bytes():
            return None
        return pid

    def _answers(self) -> bool:
        """Whether there is any answer at all."""
        return self._status("/", seconds=5) is not None

    def _status(self, path: str, seconds: float) -> int | None:
        """The status of the answer; ``None`` where there is none."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=seconds)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
        except OSError:
            return None
        finally:
            connection.close()
        return answer.status


def _alive(pid: int) -> bool:
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:  # our own child, which would stay as a zombie
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _usable_port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            raise TrytonFailed(
                f"Port {wanted} for Tryton is in use; free it or set TRYTON_PORT to another."
            ) from None
        return int(probe.getsockname()[1])
