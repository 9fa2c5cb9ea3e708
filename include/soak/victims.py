"""Whom the proxy may kill: the processes of Airflow's tasks, and nobody else."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

_SECONDS_TO_DIE = 5.0

#: Two ends of a TCP connection: ``(host, port)`` of the client, then of the server.
Peer = tuple[str, int]


@dataclass
class TasksOf:
    """The task processes of a scheduler with a LocalExecutor: descendants of its process, never itself.

    A descendant counts only while an unbroken line of parents leads up to that very process, so that a
    process id that was given away again is never hit; and this program with all that it descends from is
    never a victim, whatever the scheduler's id is said to be.

    :param scheduler: the scheduler's process id now; ``None`` while there is none.
    """

    scheduler: Callable[[], int | None]
    killed: list[int] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def kill_client(self, client: Peer, server: Peer) -> int | None:
        """SIGKILL the process that holds the client's end of a connection.

        :return: its id; ``None`` where no task process holds it, and nobody was killed.
        """
        with self._lock:
            for process in self.processes():
                if holds(process, client, server) and self._kill(process):
                    return process.pid
        return None

    def kill_one(self, choose: Callable[[list[int]], int]) -> int | None:
        """SIGKILL one process that runs a task now.

        Not one of the executor's own children: idle, such a worker waits for work with the lock of the queue
        in its hand, and who kills it there stops Airflow's executor for good, which is no fault of a task.

        :param choose: picks from their ids.
        :return: its id; ``None`` where there is none.
        """
        with self._lock:
            running = {one.pid: one for one in self.processes() if _runs_a_task(one, self.scheduler())}
            if not running:
                return None
            chosen = choose(sorted(running))
            return chosen if self._kill(running[chosen]) else None

    def processes(self) -> list[psutil.Process]:
        """Every process that may be killed now."""
        pid = self.scheduler()
        if pid is None or pid <= 1:
            return []
        try:
            found = psutil.Process(pid).children(recursive=True)
        except psutil.Error:
            return []
        spared = _own_line() | {pid}
        return [process for process in found if process.pid not in spared]

    def _kill(self, process: psutil.Process) -> bool:
        pid = self.scheduler()
        try:
            line = {parent.pid for parent in process.parents()}
            if pid not in line or process.pid in _own_line():
                return False
            process.send_signal(signal.SIGKILL)  # psutil looks first whether the id is still this process's
            process.wait(_SECONDS_TO_DIE)
        except psutil.TimeoutExpired:
            pass  # dead, and not collected by its parent yet
        except psutil.Error:
            return False
        self.killed.append(process.pid)
        return True


def holds(process: psutil.Process, client: Peer, server: Peer) -> bool:
    """Whether a process has the client's end of this connection open."""
    try:
        return any(
            tuple(one.laddr) == client and tuple(one.raddr or ()) == server
            for one in process.net_connections(kind="tcp")
        )
    except psutil.Error:
        return False


def _own_line() -> set[int]:
    own = psutil.Process(os.getpid())
    return {own.pid, *(parent.pid for parent in own.parents())}


def _runs_a_task(process: psutil.Process, scheduler: int | None) -> bool:
    """Whether it is a child of one of the executor's workers."""
    try:
        return process.ppid() != scheduler and not process.children()
    except psutil.Error:
        return False
