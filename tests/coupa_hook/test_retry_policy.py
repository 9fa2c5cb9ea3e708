"""When a call is sent again, and after how long."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Callable

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError, ReadTimeoutError

from coupa_erp.coupa.failures import (
    NotDone,
    PerhapsStillRunning,
    RefusedOnRepeat,
    failure_of_network,
    failure_of_status,
    on_repeat,
)
from coupa_erp.coupa.retry import (
    RetryPolicy,
    certainly_not_done,
    repeatable,
    retry_after_seconds,
)
from include.errors import (
    ConfigurationError,
    ErpRejection,
    NotInCoupa,
    OutcomeUnknown,
    Refusal,
    RefusedByCoupa,
    TransientError,
)

CALL = "PUT /api/invoices/7"
NOW = datetime.datetime(2026, 11, 22, 19, 30, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("status", "kind", "repeats", "create_repeats"),
    [
        (301, ConfigurationError, False, False),
        (302, ConfigurationError, False, False),
        (307, ConfigurationError, False, False),
        (400, RefusedByCoupa, False, False),
        (401, ConfigurationError, False, False),
        (403, ConfigurationError, False, False),
        (404, NotInCoupa, False, False),
        (405, RefusedByCoupa, False, False),
        (406, RefusedByCoupa, False, False),
        (407, ConfigurationError, False, False),
        (408, PerhapsStillRunning, True, False),
        (409, RefusedByCoupa, False, False),
        (413, RefusedByCoupa, False, False),
        (414, RefusedByCoupa, False, False),
        (422, RefusedByCoupa, False, False),
        (429, NotDone, True, True),
        (500, TransientError, True, False),
        (502, TransientError, True, False),
        (503, TransientError, True, False),
        (504, PerhapsStillRunning, True, False),
        (599, TransientError, True, False),
    ],
)
def test_each_status_has_its_exception_and_its_retry(
    status: int, kind: type[Exception], repeats: bool, create_repeats: bool
) -> None:
    failure = failure_of_status(CALL, status, ["Coupa's words"], retry_after=3)
    assert type(failure) is kind
    assert repeatable(failure) is repeats
    assert certainly_not_done(failure) is create_repeats
    assert CALL in str(failure)
    assert "Coupa's words" in str(failure)
    if isinstance(failure, TransientError):
        assert failure.retry_after == 3


def refused_connection() -> requests.RequestException:
    reason = NewConnectionError(None, "refused: /api?secret")  # type: ignore[arg-type]
    return requests.ConnectionError(MaxRetryError(None, "/api?secret", reason))  # type: ignore[arg-type]


def untrusted_certificate() -> requests.RequestException:
    fault = requests.exceptions.SSLError("certificate of /api?secret")
    fault.__context__ = ssl.SSLCertVerificationError("self-signed")
    return fault


def cut_while_reading() -> requests.RequestException:
    return requests.ConnectionError(ReadTimeoutError(None, "/api?secret", "read timed out"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "kind", "repeats", "create_repeats"),
    [
        (lambda: requests.ConnectTimeout("/api?secret"), NotDone, True, True),
        (refused_connection, NotDone, True, True),
        (lambda: requests.ReadTimeout("/api?secret"), PerhapsStillRunning, True, False),
        (cut_while_reading, PerhapsStillRunning, True, False),
        (lambda: requests.ConnectionError("/api?secret"), TransientError, True, False),
        (lambda: requests.exceptions.ProxyError("/api?secret"), TransientError, True, False),
        (lambda: requests.exceptions.SSLError("/api?secret"), TransientError, True, False),
        (lambda: requests.exceptions.ChunkedEncodingError("/api?secret"), TransientError, True, False),
        (lambda: requests.exceptions.ContentDecodingError("/api?secret"), TransientError, True, False),
        (untrusted_certificate, ConfigurationError, False, False),
        (lambda: requests.exceptions.InvalidURL("/api?secret"), ConfigurationError, False, False),
        (lambda: requests.exceptions.InvalidHeader("secret"), ConfigurationError, False, False),
    ],
)
def test_each_fault_of_the_network_has_its_exception_and_its_retry(
    make: Callable[[], requests.RequestException],
    kind: type[Exception],
    repeats: bool,
    create_repeats: bool,
) -> None:
    failure = failure_of_network(make(), CALL)
    assert type(failure) is kind
    assert repeatable(failure) is repeats
    assert certainly_not_done(failure) is create_repeats
    assert "secret" not in str(failure)


def test_what_is_not_of_the_network_is_never_repeated() -> None:
    for fault in (OutcomeUnknown("x"), ErpRejection(Refusal("A", "b")), ValueError("x"), KeyboardInterrupt()):
        assert not repeatable(fault)
        assert not certainly_not_done(fault)


def test_a_refusal_of_a_repeated_call_is_marked_and_an_unknown_id_stays_one() -> None:
    assert type(on_repeat(RefusedByCoupa(CALL, 422, ["x"]))) is RefusedOnRepeat
    assert type(on_repeat(NotInCoupa(CALL, 404, []))) is NotInCoupa


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("3", 3),
        (" 120 ", 120),
        ("0", 0),
        ("-1", None),
        ("1.5", None),
        ("9" * 40, 86_400),
        ("Sun, 22 Nov 2026 19:30:45 GMT", 45),
        ("Sun, 22 Nov 2026 19:29:00 GMT", 0),
        ("Sunday, 22-Nov-26 19:31:00 GMT", 60),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 86_400),
        ("tomorrow", None),
        ("²", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


def test_waits_double_with_jitter_up_to_the_longest() -> None:
    policy = RetryPolicy(first_wait=1, longest_wait=5)
    assert [policy.wait_seconds(attempt, None, 1.0) for attempt in (1, 2, 3, 4, 9)] == [1, 2, 4, 5, 5]
    assert [policy.wait_seconds(attempt, None, 0.0) for attempt in (1, 2, 3, 4)] == [0.5, 1, 2, 2.5]


def test_a_wait_that_was_asked_for_is_never_cut_short() -> None:
    policy = RetryPolicy(first_wait=1, longest_wait=5)
    assert policy.wait_seconds(1, 30, 0.0) == 30
    assert policy.wait_seconds(1, 30, 1.0) == 31


class Failing:
    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.faults:
            raise self.faults.pop(0)
        return "done"


def test_a_call_is_repeated_until_it_goes_through() -> None:
    slept: list[float] = []
    failing = Failing(TransientError("a"), TransientError("b", retry_after=7))
    policy = RetryPolicy(first_wait=1)
    assert policy.retrying(repeatable, slept.append)(failing) == "done"
    assert 0.5 <= slept[0] <= 1
    assert 7 <= slept[1] <= 8


def test_a_call_is_given_up_after_its_attempts_with_its_own_fault() -> None:
    failing = Failing(*(TransientError(str(number)) for number in range(9)))
    with pytest.raises(TransientError, match="2"):
        RetryPolicy(attempts=3, first_wait=0).retrying(repeatable, lambda _: None)(failing)
    assert failing.calls == 3


def test_a_wait_beyond_the_hooks_patience_is_the_tasks() -> None:
    slept: list[float] = []
    failing = Failing(TransientError("busy", retry_after=600))
    with pytest.raises(TransientError) as busy:
        RetryPolicy(patience=60).retrying(repeatable, slept.append)(failing)
    assert busy.value.retry_after == 600
    assert slept == []


def test_a_refusal_is_never_repeated() -> None:
    failing = Failing(RefusedByCoupa(CALL, 422, ["no"]))
    with pytest.raises(RefusedByCoupa):
        RetryPolicy(first_wait=0).retrying(repeatable, lambda _: None)(failing)
    assert failing.calls == 1
