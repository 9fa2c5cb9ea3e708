from __future__ import annotations

import email.utils
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from include.sandbox.limiter import Limiter
from include.sandbox.running import RunningSandbox
from tests.sandbox.caller import Caller


def test_a_second_has_25_requests_at_once_then_20_in_a_queue_then_none() -> None:
    limiter = Limiter(25, 20)
    waits = [limiter.admit(100.0) for _ in range(46)]
    assert waits[:25] == [0.0] * 25
    assert waits[25:45] == pytest.approx([turn / 25 for turn in range(1, 21)])
    assert waits[45] is None


def test_the_queue_empties_with_time() -> None:
    limiter = Limiter(25, 20)
    for _ in range(45):
        limiter.admit(100.0)
    assert limiter.admit(100.0) is None
    assert limiter.admit(100.04) == pytest.approx(0.8)
    assert limiter.admit(102.0) == 0.0


def test_a_steady_25_a_second_never_waits() -> None:
    limiter = Limiter(25, 20)
    assert {limiter.admit(100 + turn / 25) for turn in range(500)} == {0.0}


def test_who_waits_as_long_as_told_is_served_at_once() -> None:
    limiter = Limiter(25, 20)
    while limiter.admit(100.0) is not None:
        pass
    assert limiter.admit(100.0 + limiter.seconds_until_quiet()) == 0.0


@pytest.mark.parametrize("form", ["seconds", "date", "absent"])
def test_what_is_over_the_limit_is_answered_429(sandbox: RunningSandbox, coupa: Caller, form: str) -> None:
    sandbox.control.change_settings(limiter=True, requests_per_second=1, burst_queue=0, retry_after=form)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: coupa.send("GET", "/api/invoices/101"), range(4)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 2
    told = refused[0].headers.get("Retry-After")
    if form == "seconds":
        assert 1 <= int(str(told)) <= 2
    elif form == "date":
        assert email.utils.parsedate_to_datetime(str(told)).timestamp() > time.time() - 2
    else:
        assert told is None


def test_the_limit_does_not_count_token_requests(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.change_settings(limiter=True, requests_per_second=1, burst_queue=0)
    assert [coupa.token().status_code for _ in range(5)] == [200] * 5
