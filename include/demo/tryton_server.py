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
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from include.demo import tryton_seed, tryton_world
from include.demo.postgres import Postgres, last_lines
from include.demo.private_file import read_private, write_private
from include.demo.trytond import Trytond, TrytonFailed

DEFAULT_PORT = 8069
DEMO_DATABASE = "tryton"
_UNFINISHED = "tryton_seeding"
_PROJECT = Path(__file__).resolve().parents[2]
_SEED_SECONDS = 600

Say = Callable[[str], None]


class Tryton(Trytond):
    """A trytond and its seeded books.

    :param run_dir: holds configuration, pid, log and secrets.
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
        super().__init__(run_dir, postgres, python, port=port, session_seconds=session_seconds)
        self.say = say
        self._admin_password = self.run_dir / "secrets" / "tryton-admin-password"
        self._export_key = self.run_dir / "secrets" / "tryton-rest-key"

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

    def start(self) -> bool:
        """Start trytond unless it is up; the demo's books, where they are there, are loaded.

        :return: whether it was started now.
        """
        started = super().start()
        if started and self.postgres.database_exists(DEMO_DATABASE):
            self.load(DEMO_DATABASE)
        return started

    def create_database(self, name: str, template: str | None = None) -> bool:
        """A database with the seeded books, unless there is one of that name, which is kept as it is.

        :param template: a template made of the seeded one, in its place.
        :return: whether it was made now.
        """
        if self.postgres.database_exists(name):
            return False
        self.postgres.create_database(name, owner="tryton", template=template or self.template)
        if self.running:
            self.load(name)
        return True

    def drop_database(self, name: str) -> None:
        """Forget a ledger, and the files that hang on its documents."""
        self.postgres.drop_database(name)
        shutil.rmtree(self.files / name, ignore_errors=True)

    def _fill(self, database: str) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        log = self.log.with_name("tryton-seed.log")
        configuration = self.configuration.with_name("trytond-seed.conf")  # a running server keeps its own
        self.write_configuration(configuration, self.wanted_port)
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
