from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from include.bench.meter import Meter

#: Starts children that burn a quarter of a second each and waits for them; says so, and waits to be ended.
PARENT = """
import os, sys, time
for _ in range(3):
    child = os.fork()
    if child == 0:
        while time.process_time() < 0.25:
            pass
        os._exit(0)
    os.waitpid(child, 0)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def parent():
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.communicate()


def test_tasks_that_have_ended_count_as_the_workers_and_not_as_the_schedulers(parent):
    used = Meter({"scheduler": parent.pid}).cpu_seconds()

    assert used["worker"] == pytest.approx(0.75, abs=0.1)
    assert used["scheduler"] < 0.2


def test_what_others_have_started_counts_as_theirs(parent):
    used = Meter({"database": parent.pid}).cpu_seconds()

    assert used["database"] == pytest.approx(0.75 + 0.05, abs=0.15)
    assert used["worker"] == 0


def test_time_is_not_lost_when_a_child_ends_between_two_looks():
    child = subprocess.Popen([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"])
    meter = Meter({"scheduler": os.getpid()})
    before = meter.cpu_seconds()["worker"]
    time.sleep(0.1)
    assert child.wait() == 0

    assert meter.cpu_seconds()["worker"] - before == pytest.approx(0.3, abs=0.15)


def test_memory_that_processes_share_is_counted_once(parent):
    held = Meter({"scheduler": parent.pid}).memory()

    assert 1 << 20 < held["scheduler"] < 100 << 20
    assert held["worker"] == 0
