"""Tryton for the demo and the tests: seeded once, served by trytond on loopback, stopped by its own pid.

The seed fills a database under a provisional name; renaming it to a template, which PostgreSQL does at once
or not at all, marks it as complete. Every ledger (the demo's ``tryton``, a test's own) is a copy of that
template, made in a second, with the same users and the same REST key.

By hand: ``python -m include.demo.tryton_server start --run-dir .run`` (see ``--help``).
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from include.demo import tryton_seed, tryton_world
from include.demo.postgres import HOST, Postgres, last_lines
from include.demo.private_file import read_private, write_private

DEFAULT_PORT = 8069
DEMO_DATABASE = "tryton"
_UNFINISHED = "tryton_seeding"
_PROJECT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60
_STOP_SECONDS = 20
_SEED_SECONDS = 600

Say = Callable[[str], None]

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


class Tryton:
    """One trytond below one run directory, on the databases of one PostgreSQL server.

    :param run_dir: holds configuration, pid, log and secrets.
    :param postgres: a running server.
    :param python: the interpreter of Tryton's environment.
    :param port: the loopback port; 0 takes any free one at the start.
    :param session_seconds: how long a person may be idle in Tryton's client. trytond believes its list of
        databases as long, so that short sessions serve a new database at once; REST needs none.
    :param say: receives one line for each thing that takes time.
    """

    def __init__(
        self,
        run_dir: Path,
        postgres: Postgres,
        python: Path,
        *,
        port: int = DEFAULT_PORT,
        session_seconds: int = 1,
        say: Say = print,
    ) -> None:
        self.run_dir = run_dir.resolve()
        self.postgres = postgres
        self.python = python
        self.say = say
        self.log = self.run_dir / "logs" / "tryton.log"
        self._wanted_port = port
        self._session_seconds = session_seconds
        self._pid_file = self.run_dir / "pids" / "tryton.pid"
        self._configuration = self.run_dir / "secrets" / "trytond.conf"
        self._admin_password = self.run_dir / "secrets" / "tryton-admin-password"
        self._export_key = self.run_dir / "secrets" / "tryton-rest-key"
        self._files = self.run_dir / "tryton-files"

    # -- books -----------------------------------------------------------------------------------------------

    @property
    def template(self) -> str:
        """The name of the seeded template: another one for another world."""
        sources = (tryton_seed.__file__, tryton_world.__file__)
        content = b"".join(Path(source).read_bytes() for source in sources)
        return "tryton_seeded_" + hashlib.sha256(content).hexdigest()[:12]

    @property
    def export_key(self) -> str:
        """The REST application key of the export's user: the password of the connection ``erp_default``."""
        return read_private(self._export_key)

    @property
    def admin_password(self) -> str:
        """The password of the user ``admin``, for a person with Tryton's client."""
        return read_private(self._admin_password)

    def seed(self) -> None:
        """Make the seeded template unless it is there; what an interrupted seed left is made anew.

        :raises TrytonFailed: Tryton's environment cannot fill it.
        """
        self.run_dir.mkdir(parents=True, exist_ok=True)
        with (self.run_dir / "tryton-seed.lock").open("a") as lock:  # two test sessions may share a server
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._seed()

    def _seed(self) -> None:
        if self.postgres.database_exists(self.template) and self._export_key.exists():
            return
        if self.postgres.database_exists(_UNFINISHED):
            self.say("The last seeding of Tryton did not finish; it starts again from nothing.")
            self.postgres.drop_database(_UNFINISHED)
        self.postgres.drop_database(self.template)
        self.prepare_secrets()
        self.say(
            "Seeding Tryton: two companies, their charts, taxes, suppliers and periods (about a minute)."
        )
        self.postgres.create_database(_UNFINISHED, owner="tryton")
        self._fill(_UNFINISHED)
        self.postgres.freeze_as_template(_UNFINISHED, self.template)

    def prepare_secrets(self) -> None:
        """Make the admin's password and the REST key, unless they are there; the seed sets them in Tryton.

        Apart from the seed, so that a connection can be written down before that has ended.
        """
        if not self._export_key.exists():
            self.postgres.drop_database(self.template)
            write_private(self._admin_password, secrets.token_urlsafe(16))
            write_private(self._export_key, secrets.token_hex(32))

    def create_database(self, name: str, template: str | None = None) -> bool:
        """A database with the seeded books, unless there is one of that name, which is kept as it is.

        :param template: a template made of the seeded one, in its place.
        :return: whether it was made now.
        """
        if self.postgres.database_exists(name):
            return False
        self.postgres.create_database(name, owner="tryton", template=template or self.template)
        if self.running:
            self._load(name)
        return True

    def drop_database(self, name: str) -> None:
        """Forget a ledger, and the files that hang on its documents."""
        self.postgres.drop_database(name)
        shutil.rmtree(self._files / name, ignore_errors=True)

    # -- life ------------------------------------------------------------------------------------------------

    @property
    def port(self) -> int:
        """The port that trytond listens on, as its configuration says."""
        for line in self._configuration.read_text().splitlines():
            if line.startswith("listen = "):
                return int(line.rpartition(":")[2])
        raise TrytonFailed(f"{self._configuration} names no port; remove it and start again.")

    @property
    def url(self) -> str:
        """The host of the connection ``erp_default``."""
        return f"http://{HOST}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether this trytond is alive and answers."""
        return self._pid() is not None and self._answers()

    def start(self) -> None:
        """Start trytond unless it is up, and wait until it answers.

        :raises TrytonFailed: the port is taken, or it does not come up.
        """
        if self.running:
            return
        self.stop()
        port = _usable_port(self._wanted_port)
        self._write_configuration(self._configuration, port)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._pid_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - Tryton's own server
                [str(self.python), "-m", "trytond.cli", "--config", str(self._configuration)],
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
        if self.postgres.database_exists(DEMO_DATABASE):
            self._load(DEMO_DATABASE)

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

    # -- inside ----------------------------------------------------------------------------------------------

    def _write_configuration(self, path: Path, port: int) -> None:
        configuration = _CONFIGURATION.format(
            listen=f"{HOST}:{port}",
            uri=self.postgres.tryton_uri,
            files=self._files,
            session_seconds=self._session_seconds,
        )
        write_private(path, configuration)

    def _fill(self, database: str) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        log = self.log.with_name("tryton-seed.log")
        configuration = self._configuration.with_name("trytond-seed.conf")  # a running server keeps its own
        self._write_configuration(configuration, self._wanted_port)
        environment = {
            **os.environ,
            "PYTHONPATH": str(_PROJECT),
            "TRYTONPASSFILE": str(self._admin_password),
            "EXPORT_KEY_FILE": str(self._export_key),
        }
        with log.open("wb") as output:
            done = subprocess.run(  # noqa: S603 - our own module in Tryton's environment
                [str(self.python), "-m", "include.demo.tryton_seed", str(configuration), database],
                cwd=_PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=_SEED_SECONDS,
            )
        if done.returncode:
            raise TrytonFailed(f"Tryton cannot be seeded; the log {log} ends: {last_lines(log)}")

    def _load(self, database: str) -> None:
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
        if command.exists() and str(self._configuration).encode() not in command.read_bytes():
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


def main() -> None:
    """Start, stop, and make databases, from the command line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("command", choices=["start", "stop", "new-database", "drop-database"])
    parser.add_argument("--run-dir", type=Path, default=Path(".run"))
    parser.add_argument("--database", default=DEMO_DATABASE)
    parser.add_argument("--port", type=int, default=int(os.environ.get("TRYTON_PORT", DEFAULT_PORT)))
    chosen = parser.parse_args()
    postgres = Postgres(chosen.run_dir)
    python = Path(os.environ.get("TRYTON_PYTHON", ".run/tryton-env/bin/python")).absolute()
    tryton = Tryton(chosen.run_dir, postgres, python, port=chosen.port)
    if chosen.command == "stop":
        tryton.stop()
        postgres.stop()
        return
    postgres.start()
    tryton.seed()
    if chosen.command == "drop-database":
        tryton.drop_database(chosen.database)
        return
    tryton.create_database(chosen.database)
    tryton.start()
    sys.stdout.write(f"{tryton.url} database {chosen.database} key {tryton._export_key}\n")


if __name__ == "__main__":
    main()
