"""The proxy kills tasks of the scheduler that it was told of, and never anybody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager

import psutil
import pytest
import requests

from include.soak.faults import Fault, Order
from include.soak.proxy import FaultProxy
from include.soak.victims import TasksOf

#: A scheduler with a worker with a task, which calls, and says how that went; the worker outlives it.
FAMILY = textwrap.dedent("""
    import subprocess, sys, urllib.request
    url, generation = sys.argv[1], int(sys.argv[2])
    if generation:
        child = subprocess.run([sys.executable, "-c", sys.argv[3], url, str(generation - 1), sys.argv[3]])
        print(generation, child.returncode, flush=True)
        sys.stdin.readline()
    else:
        urllib.request.urlopen(url, timeout=20).read()
""")


@contextmanager
def family(url):
    process = subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", FAMILY, url, "2", FAMILY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()


@pytest.mark.parametrize(("kind", "seen"), [("kill", 0), ("kill_after", 1)])
def test_the_task_that_calls_dies_before_or_after_the_work_and_nobody_else(echo, kind, seen):
    scheduler = []
    with FaultProxy(echo.url, victims=TasksOf(lambda: scheduler[0])) as proxy:
        proxy.order(Order(Fault(kind)))
        with family(proxy.url) as process:
            scheduler.append(process.pid)
            assert process.stdout.readline() == f"1 {-signal.SIGKILL}\n"
            assert process.poll() is None
            (worker,) = psutil.Process(process.pid).children()
            assert worker.is_running()
            deadline = time.monotonic() + 10
            while proxy.journal[0].killed is None and time.monotonic() < deadline:
                time.sleep(0.01)  # the worker may speak before the proxy has noted whom it killed
            assert proxy.journal[0].killed not in (None, worker.pid, process.pid, os.getpid())
    assert len(echo.seen) == seen


def test_a_client_that_is_no_task_is_spared_and_cut_off(echo):
    with family("http://127.0.0.1:9") as somebody_else:
        with FaultProxy(echo.url, victims=TasksOf(lambda: somebody_else.pid)) as proxy:
            proxy.order(Order(Fault("kill")))
            with pytest.raises(requests.ConnectionError):
                requests.get(proxy.url, timeout=10)
            assert (proxy.journal[0].killed, proxy.journal[0].spared) == (None, True)
        assert somebody_else.poll() is None


def test_this_very_process_is_spared_even_if_it_is_said_to_be_a_task(echo):
    for said in (os.getppid(), os.getpid(), 1, None):
        with FaultProxy(echo.url, victims=TasksOf(lambda said=said: said)) as proxy:
            proxy.order(Order(Fault("kill_after")))
            with pytest.raises(requests.ConnectionError):
                requests.get(proxy.url, timeout=10)
            assert proxy.journal[0].spared


def test_without_victims_a_kill_is_a_cut(echo):
    with FaultProxy(echo.url, plan=lambda call: Fault("kill_after")) as proxy:
        with pytest.raises(requests.ConnectionError):
            requests.get(proxy.url, timeout=10)
        assert proxy.journal[0].fault == "cut_after"


def test_a_random_kill_takes_a_task_and_never_a_worker():
    with family("http://127.0.0.1:9") as process:
        assert process.stdout.readline()  # the task has ended: only the worker is left
        assert TasksOf(lambda: process.pid).kill_one(lambda pids: pids[0]) is None
        assert process.poll() is None
