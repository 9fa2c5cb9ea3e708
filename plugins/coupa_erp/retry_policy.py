"""Which exception starts a task again, and when: decided in the worker, by exception."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from airflow.sdk import RetryDecision, RetryPolicy

from include.errors import TransientError
from include.failure_policy import BRIEF_TRIES, LONGEST_WAIT_SECONDS, treatment_of


def is_worth_a_try(exception: BaseException, try_number: int) -> bool:
    """Whether a task is started again after an exception, as long as it has tries.

    :param exception: what the task raised.
    :param try_number: which try it was, from 1.
    """
    retry = treatment_of(exception).retry
    return retry == "fully" or (retry == "briefly" and try_number < BRIEF_TRIES)


class RetryByException(RetryPolicy):
    """Retry what may go through later; end at once what only a person can mend: the failure policy's table.

    A killed worker never gets here: ``retries`` of the task alone bring it back.

    :param first_wait: seconds before the second try; waits double.
    """

    def __init__(self, first_wait: int) -> None:
        self.first_wait = first_wait

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
    ) -> RetryDecision:
        """Decide by exception.

        :param exception: what the task raised.
        :param try_number: which try it was, from 1.
        :param max_tries: how often the task may be retried.
        :param context: Airflow's, not used.
        """
        if not is_worth_a_try(exception, try_number):
            return RetryDecision.fail(treatment_of(exception).what)
        return RetryDecision.retry(timedelta(seconds=self.wait_seconds(exception, try_number)))

    def wait_seconds(self, exception: BaseException, try_number: int) -> float:
        """What the other side asked for, else a doubling wait with jitter; never above the longest.

        :param exception: may carry ``retry_after``.
        :param try_number: which try failed, from 1.
        """
        asked = exception.retry_after if isinstance(exception, TransientError) else None
        # Jitter spreads the tries of many invoices; it guards no secret.
        doubled: float = self.first_wait * 2 ** (try_number - 1) * random.uniform(0.75, 1.25)  # noqa: S311
        return min(max(asked or 0, doubled), LONGEST_WAIT_SECONDS)
