"""CPU time and memory of Airflow's processes and of its database, with all that they have started.

A task is a process that lives for half a second. Its parent waits for it, and the kernel adds its time to
what the parent's children have used: so each tree is summed as what lives in it, and what each of those has
waited for. Nothing is lost in between, and nothing counted twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

#: The order in which they are shown.
PROCESSES = ("worker", "api-server", "scheduler", "dag-processor", "database")

#: Airflow's LocalExecutor forks its workers from the scheduler.
_PARENT_OF_WORKERS = "scheduler"
_SAMPLE_SECONDS = 3.0


@dataclass
class Meter:
    """Reads what trees of processes have used.

    :param roots: the first process of each tree, by its name; ``scheduler`` has the workers below it.
    """

    roots: Mapping[str, int]
    #: The highest sum of a tree that was seen, in bytes.
    peaks: dict[str, int] = field(default_factory=dict)

    def cpu_seconds(self) -> dict[str, float]:
        """User and system time since each tree began, by process."""
        used = dict.fromkeys(PROCESSES, 0.0)
        for name, pid in self.roots.items():
            root = psutil.Process(pid)
            below = sum(sum(_times(process)) for process in _children(root))
            own, waited_for = _times(root)
            if name == _PARENT_OF_WORKERS:
                used["scheduler"] += own
                used["worker"] += below + waited_for
            else:
                used[name] += own + below + waited_for
        return used

    def memory(self) -> dict[str, int]:
        """Bytes in use now, by process; a page that several share is divided among them."""
        held = dict.fromkeys(PROCESSES, 0)
        for name, pid in self.roots.items():
            root = psutil.Process(pid)
            held[name] += _proportional(root)
            below = sum(_proportional(process) for process in _children(root))
            held["worker" if name == _PARENT_OF_WORKERS else name] += below
        return held

    @contextmanager
    def watching_memory(self) -> Iterator[None]:
        """Note the peaks until the block ends."""
        self.peaks = {}
        over = threading.Event()

        def watch() -> None:
            while not over.wait(_SAMPLE_SECONDS):
                for name, held in self.memory().items():
                    self.peaks[name] = max(held, self.peaks.get(name, 0))

        thread = threading.Thread(target=watch, name="memory", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _children(root: psutil.Process) -> list[psutil.Process]:
    try:
        return root.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _times(process: psutil.Process) -> tuple[float, float]:
    """What a process has used itself, and what those have that it has waited for."""
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0, 0.0  # it has ended; whoever waits for it has its time then
    return times.user + times.system, times.children_user + times.children_system


def _proportional(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
