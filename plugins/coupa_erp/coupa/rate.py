"""A budget of requests a second that all processes of this machine and user share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from coupa_erp.coupa.private_files import locked, name_for, private_directory

#: A turn further away than this was written before a restart of the machine, or is garbage.
_FURTHEST_TURN = 60.0
_LOCK_PATIENCE = 10.0


class RateBudget:
    """Hands out turns, evenly spaced; the next free one stands in a small locked file.

    :param host: whose budget it is.
    :param per_second: 0 switches it off.
    :param sleep: waits for the turn.
    :param now: a clock that all processes share; the monotonic one counts from the machine's start.
    """

    def __init__(
        self,
        host: str,
        per_second: float,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host = host
        self._spacing = 1 / per_second if per_second else 0.0
        self._sleep = sleep
        self._now = now
        self._path: Path | None = None

    def take(self) -> None:
        """Wait for a turn."""
        if not self._spacing:
            return
        if self._path is None:
            self._path = private_directory() / f"rate-{name_for(self._host)}"
        with locked(self._path, _LOCK_PATIENCE) as file:
            now = self._now()
            turn = max(now, self._read_turn(file, now))
            os.ftruncate(file, 0)
            os.pwrite(file, f"{turn + self._spacing:020.6f}".encode(), 0)
        if turn > now:
            self._sleep(turn - now)

    @staticmethod
    def _read_turn(file: int, now: float) -> float:
        try:
            turn = float(os.pread(file, 64, 0))
        except ValueError:
            return now
        return turn if turn <= now + _FURTHEST_TURN else now
