"""What a person reads while the demo works: one line a finished step, one moving line on a terminal."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: Without a terminal, a progress line is repeated at most this often.
_SPARSE_SECONDS = 20.0


class DemoError(Exception):
    """The demo cannot go on; the message is one clear sentence, shown alone."""


class Console:
    """Prints from several threads without tearing lines apart."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._moving = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._status = ""
        self._last_sparse = 0.0
        self._running: dict[str, float] = {}

    def line(self, text: str = "") -> None:
        """A line that stays."""
        with self._lock:
            self._erase()
            _print(text + "\n")
            self._draw()

    def status(self, text: str) -> None:
        """What is going on: redrawn in place on a terminal, a line now and then elsewhere.

        :param text: empty when there is nothing more to show.
        """
        with self._lock:
            if self._moving:
                self._erase()
                self._status = text
                self._draw()
            elif text and time.monotonic() - self._last_sparse > _SPARSE_SECONDS:
                self._last_sparse = time.monotonic()
                _print(f"  ... {text.strip()}\n")

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Announce a piece of work and, when it is done, how long it took.

        :param name: what is done, ``Airflow``.
        :return: a list that takes remarks for the finished line.
        """
        remarks: list[str] = []
        started = time.monotonic()
        with self._lock:
            self._running[name] = started
            self._show_running()
        try:
            yield remarks
            seconds = time.monotonic() - started
            self.line(f"  {name:<26} {seconds:4.0f} s   {', '.join(remarks)}".rstrip())
        finally:
            with self._lock:
                del self._running[name]
                self._show_running()

    def _show_running(self) -> None:
        if self._moving:
            self.status("  working on: " + ", ".join(self._running) if self._running else "")

    def _erase(self) -> None:
        if self._moving and self._status:
            _print("\r\033[K")

    def _draw(self) -> None:
        if self._moving and self._status:
            _print(self._status[: shutil.get_terminal_size().columns - 1])


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()
