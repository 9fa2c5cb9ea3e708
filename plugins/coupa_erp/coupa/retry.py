"""When a call is sent again, and after how long: no more than that."""

from __future__ import annotations

import datetime
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState, Retrying, retry_if_exception

from coupa_erp.coupa.failures import NotDone
from include.errors import OutcomeUnknown, TransientError

_LONGEST_ASKED = 86_400.0


def repeatable(fault: BaseException) -> bool:
    """For GET and idempotent PUT: everything that may go through later."""
    return isinstance(fault, TransientError) and not isinstance(fault, OutcomeUnknown)


def certainly_not_done(fault: BaseException) -> bool:
    """For a create: only what Coupa has certainly not carried out."""
    return isinstance(fault, NotDone)


@dataclass(frozen=True)
class RetryPolicy:
    """How long one call is tried before its failure is the task's: Airflow then retries, minutes apart.

    :param attempts: the first one included.
    :param first_wait: seconds; doubles with each attempt.
    :param longest_wait: seconds, for waits of our own choice.
    :param patience: seconds for all attempts and waits together; a wait that would end beyond is not begun.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 15.0
    patience: float = 60.0

    def wait_seconds(self, attempt: int, retry_after: float | None, jitter: float) -> float:
        """The wait after a failed attempt.

        :param attempt: which one failed, from 1.
        :param retry_after: seconds that Coupa asked for: never less, and a little more, so that those who
            were turned away together do not come back together.
        :param jitter: 0 to 1.
        """
        if retry_after is not None:
            return retry_after + self.first_wait * jitter
        doubled: float = min(self.first_wait * 2 ** (attempt - 1), self.longest_wait)
        return doubled * (0.5 + jitter / 2)

    def retrying(
        self, again: Callable[[BaseException], bool], sleep: Callable[[float], None] = time.sleep
    ) -> Retrying:
        """Tenacity's loop by this policy.

        :param again: :func:`repeatable` or :func:`certainly_not_done`.
        :param sleep: waits.
        """
        return Retrying(
            retry=retry_if_exception(again), wait=self._wait, stop=self._stop, sleep=sleep, reraise=True
        )

    def wait_for(self, attempt: int, fault: BaseException | None) -> float:
        """The wait after a failure, with jitter.

        :param attempt: which one failed, from 1.
        :param fault: may carry what Coupa asked for.
        """
        asked = fault.retry_after if isinstance(fault, TransientError) else None
        # Jitter spreads calls; it guards no secret.
        return self.wait_seconds(attempt, asked, random.random())  # noqa: S311

    def _wait(self, state: RetryCallState) -> float:
        return self.wait_for(state.attempt_number, state.outcome.exception() if state.outcome else None)

    def _stop(self, state: RetryCallState) -> bool:
        elapsed = state.seconds_since_start or 0.0
        return state.attempt_number >= self.attempts or elapsed + state.upcoming_sleep > self.patience


def retry_after_seconds(value: str | None, now: datetime.datetime) -> float | None:
    """A ``Retry-After`` header in seconds, from its seconds or its date.

    :param value: the header; what cannot be read counts as not given.
    :param now: the present, best by the server's own clock.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST_ASKED)
    moment = http_date(text)
    if moment is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), _LONGEST_ASKED)


def http_date(value: str | None) -> datetime.datetime | None:
    """The moment that an HTTP date names, or ``None``.

    :param value: ``Sun, 22 Nov 2026 19:30:00 GMT``.
    """
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
