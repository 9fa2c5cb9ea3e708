"""The machine's budget of requests a second."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from coupa_erp.coupa.rate import RateBudget
from include.errors import ConfigurationError
from include.sandbox.running import RunningSandbox
from tests.coupa_hook.conftest import Connect

ROOT = Path(__file__).parents[2]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 6))


def budget(clock: Clock, per_second: float = 10, host: str = "http://a") -> RateBudget:
    return RateBudget(host, per_second, sleep=clock.sleep, now=clock)


def test_turns_are_evenly_spaced() -> None:
    clock = Clock()
    turns = budget(clock)
    for _ in range(4):
        turns.take()
    assert clock.waits == [0.1, 0.2, 0.3]


def test_two_users_of_one_host_share_the_turns() -> None:
    clock = Clock()
    one, other = budget(clock), budget(clock)
    for _ in range(2):
        one.take()
        other.take()
    assert clock.waits == [0.1, 0.2, 0.3]


def test_another_host_has_its_own() -> None:
    clock = Clock()
    budget(clock).take()
    budget(clock, host="http://b").take()
    assert clock.waits == []


def test_turns_that_were_not_used_are_not_saved_up() -> None:
    clock = Clock()
    turns = budget(clock)
    turns.take()
    clock.now += 10
    turns.take()
    turns.take()
    assert clock.waits == [0.1]


def test_zero_switches_it_off(state_directory: Path) -> None:
    clock = Clock()
    turns = budget(clock, per_second=0)
    for _ in range(3):
        turns.take()
    assert clock.waits == []
    assert not state_directory.exists()


@pytest.mark.parametrize("content", ["", "garbage", "nan", "1e300", "\x00" * 99])
def test_a_file_that_is_garbage_or_from_before_a_restart_costs_no_wait(
    state_directory: Path, content: str
) -> None:
    clock = Clock()
    budget(clock).take()
    (file,) = state_directory.glob("rate-*")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text(content)
    budget(clock).take()
    assert clock.waits == []
    budget(clock).take()
    assert clock.waits == [0.1]


def test_a_file_of_others_is_refused(state_directory: Path) -> None:
    clock = Clock()
    budget(clock).take()
    (file,) = state_directory.glob("rate-*")
    file.chmod(0o666)
    with pytest.raises(ConfigurationError, match="mode 0600"):
        budget(clock).take()


def test_processes_share_the_turns(state_directory: Path) -> None:
    code = (
        "import sys; from coupa_erp.coupa.rate import RateBudget\n"
        "waits = []; turns = RateBudget('http://a', 10, sleep=waits.append, now=lambda: 1000.0)\n"
        "for _ in range(5): turns.take()\n"
        "print(*(round(wait * 10) for wait in waits))\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"}
    children = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    waits = [int(wait) for child in children for wait in child.communicate(timeout=60)[0].split()]
    assert sorted(waits) == list(range(1, 15)), "fifteen requests have fifteen different turns"


def test_the_hook_keeps_to_the_budget(sandbox: RunningSandbox, connect: Connect) -> None:
    waits: list[float] = []
    hook = connect(sandbox, requests_per_second=0.5, sleep=waits.append)
    hook.read_invoice(104217)
    hook.read_invoice(104217)
    assert len(waits) == 1
    assert 0 < waits[0] <= 2
