from __future__ import annotations

import pytest

from include.errors import ErpRejection, ErpUnavailable, Refusal, TransientError
from include.failure_policy import HOOK_PATIENCE_SECONDS, LONGEST_WAIT_SECONDS
from include.options import Options


@pytest.fixture
def policy():
    from coupa_erp.retry_policy import RetryByException

    return RetryByException(Options().retry_seconds)


def waits(retries: int) -> float:
    """The longest that the waits between so many retries can come to, in seconds."""
    longest = Options().retry_seconds * 1.25
    return sum(min(longest * 2**number, LONGEST_WAIT_SECONDS) for number in range(retries))


def test_a_rejection_is_never_retried(policy):
    assert policy.evaluate(ErpRejection(Refusal("X", "x")), 1, 4).action.value == "fail"


def test_an_erp_that_is_away_is_tried_only_briefly(policy):
    tries = [policy.evaluate(ErpUnavailable("x"), number, 4).action.value for number in (1, 2, 3)]
    assert tries == ["retry", "retry", "fail"]


def test_the_wait_that_the_other_side_asks_for_is_honoured_within_bounds(policy):
    assert policy.wait_seconds(TransientError("x", retry_after=100), 1) == 100
    assert policy.wait_seconds(TransientError("x", retry_after=9999), 1) == LONGEST_WAIT_SECONDS


def test_transient_failures_are_retried_for_fifteen_minutes_at_most():
    retries = Options().retries
    assert waits(retries) + (retries + 1) * HOOK_PATIENCE_SECONDS <= 15 * 60


def test_the_end_of_a_run_bridges_ten_minutes_without_coupa():
    import coupa_invoices_to_erp

    retries = coupa_invoices_to_erp.coupa_invoices_to_erp().task_dict["end_integration_run"].retries
    assert waits(retries) * 0.75 / 1.25 >= 10 * 60
