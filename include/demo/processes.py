"""Start services that outlive this command, know them again, and end them, and nothing else.

A started process leads a session of its own. Its record holds its id and the moment it was started, so that a
later process that happens to get the same id is never taken for it. Whatever it starts itself stays in its
session, also when it changes its process group as Airflow's tasks do.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from include.demo.private_file import write_private

_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Record:
    """What is kept of a started process.

    :param pid: its id, and that of its session.
    :param started: see :func:`start_mark`.
    :param recipe: what it was started with; another recipe is a reason to start it anew.
    :param port: where it was told to listen.
    """

    pid: int
    started: str
    recipe: str
    port: int | None = None


class Service:
    """One service of this clone.

    :param name: ``airflow-scheduler``; names its record and its log.
    :param records: the folder of the records.
    :param log: takes its output.
    """

    def __init__(self, name: str, records: Path, log: Path) -> None:
        self.name = name
        self.log = log
        self._file = records / f"{name}.json"

    def start(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        recipe: str,
        port: int | None = None,
    ) -> None:
        """Start it, detached from this terminal.

        :param command: the program and its arguments.
        :param recipe: kept in the record, as the port is.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_name(self.log.name + ".1"))
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as log:
            process = subprocess.Popen(  # noqa: S603 - our own programs
                command,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,  # logs and state are for their owner
            )
        record = Record(process.pid, start_mark(process.pid) or "", recipe, port)
        write_private(self._file, json.dumps(asdict(record)))

    @property
    def record(self) -> Record | None:
        """What was started last, whether or not it still runs."""
        return Record(**json.loads(self._file.read_text())) if self._file.exists() else None

    @property
    def running(self) -> bool:
        """Whether exactly what was started runs."""
        record = self.record
        return record is not None and is_alive(record)

    @property
    def port(self) -> int | None:
        """The port of what runs; ``None`` if nothing does."""
        record = self.record
        return record.port if record is not None and is_alive(record) else None

    def runs_with(self, recipe: str) -> bool:
        """Whether it runs as it would be started now.

        :param recipe: see :class:`Record`.
        """
        record = self.record
        return record is not None and record.recipe == recipe and is_alive(record)

    def ask_to_end(self) -> bool:
        """Send SIGTERM to what was started.

        :return: whether there was something to end.
        """
        record = self.record
        if record is None:
            return False
        members = session_of(record)
        if is_alive(record):
            os.kill(record.pid, signal.SIGTERM)
        else:
            for pid in members:
                _signal(pid, signal.SIGTERM)
        return bool(members)

    def end(self, patience: float) -> bool:
        """End it and all that it started: politely, then without asking.

        :param patience: seconds for the first process to end and take its children along, then for those that
            it left behind, until they are killed.
        :return: whether there was something to end.
        """
        record = self.record
        was_running = self.ask_to_end()
        if record is not None and was_running:
            _within(patience, lambda: not _leads(record))
            for order in (signal.SIGTERM, signal.SIGKILL):
                for pid in session_of(record):
                    _signal(pid, order)
                if _within(patience, lambda: not session_of(record)):
                    break
        self._file.unlink(missing_ok=True)
        return was_running


def start_mark(pid: int) -> str | None:
    """The moment a process was started, in a spelling that never changes while it lives.

    On Linux it is counted from the machine's start (with that start's id), since the wall clock may be set.

    :param pid: the process.
    :return: ``None`` if there is none.
    """
    stat = Path(f"/proc/{pid}/stat")
    try:
        if stat.exists():
            fields = stat.read_text().rpartition(")")[2].split()
            if fields[0] == "Z":
                return None
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
            return f"{boot}/{fields[19]}"
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.1f}"
    except (OSError, psutil.Error):
        return None


def is_alive(record: Record) -> bool:
    """Whether the process of this record runs, and not another with its id."""
    return start_mark(record.pid) == record.started


def session_of(record: Record) -> list[int]:
    """Every living process of the session that the record's process leads or led."""
    mark = start_mark(record.pid)
    if mark is not None and mark != record.started:
        return []  # the id was given to somebody else, so the session ended long ago
    return [pid for pid in psutil.pids() if _session(pid) == record.pid and start_mark(pid) is not None]


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _signal(pid: int, order: signal.Signals) -> None:
    try:
        os.kill(pid, order)
    except ProcessLookupError:
        return


def _leads(record: Record) -> bool:
    """Whether the first process of the session is still there."""
    _reap(record.pid)
    return is_alive(record)


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _reap(pid: int) -> None:
    """Collect the process if it is a child of this command, or it would stay a zombie."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
