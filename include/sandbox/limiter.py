"""Coupa's limit: 25 requests in a second, 20 more in a queue, then 429."""

from __future__ import annotations

import math


class Limiter:
    """A bucket that lets a second's worth through at once and gives those behind it their turn, one by one.

    :param rate: requests a second.
    :param queue: how many may wait.
    """

    def __init__(self, rate: int, queue: int) -> None:
        self.rate = rate
        self.queue = queue
        self._level = 0.0
        self._at = 0.0

    def admit(self, now: float) -> float | None:
        """How long this request waits in the queue, in seconds; ``None`` when the queue is full.

        :param now: a monotonic clock.
        """
        self._level = max(0.0, self._level - (now - self._at) * self.rate)
        self._at = now
        if self._level + 1 > self.rate + self.queue:
            return None
        self._level += 1
        return max(0.0, (self._level - self.rate) / self.rate)

    def seconds_until_quiet(self) -> int:
        """After how many whole seconds a request would be served without waiting."""
        return max(1, math.ceil((self._level + 1 - self.rate) / self.rate))
