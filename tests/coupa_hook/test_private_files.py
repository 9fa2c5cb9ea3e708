"""So many processes at once, and no more: locks of files, which end with whoever holds them."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import SimpleNamespace

import pytest

from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE, one_locked
from coupa_erp.tasks import word
from include.errors import TransientError
from include.options import read_options


@pytest.fixture
def files(tmp_path):
    tmp_path.chmod(0o700)
    return [tmp_path / "one.lock", tmp_path / "two.lock"]


def test_of_many_as_many_at_once_as_there_are_files(files):
    now, most, all_done = [], [], []

    def work():
        with one_locked(files, patience=10):
            now.append(1)
            most.append(len(now))
            time.sleep(0.02)
            now.pop()
        all_done.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (max(most), len(all_done)) == (2, 8)


def test_whoever_waits_too_long_is_told_to_come_again(files):
    held, waits = (one_locked(files, patience=1), one_locked(files, patience=1)), 0.05
    with held[0], held[1], pytest.raises(TransientError, match="has held"), one_locked(files, waits):
        pass
    with one_locked(files, patience=0.05):
        pass


def test_a_killed_process_frees_its_turn(files):
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        with one_locked(files[:1], patience=1):
            os.write(tells, b"held")
            time.sleep(60)
        os._exit(0)
    try:
        assert os.read(told, 4) == b"held"
        with pytest.raises(TransientError), one_locked(files[:1], patience=0):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    with one_locked(files[:1], patience=1):
        pass


def test_as_many_tasks_of_a_machine_serve_the_erp_at_once_as_the_setting_says(monkeypatch, tmp_path):
    monkeypatch.setenv(DIRECTORY_VARIABLE, str(tmp_path / "state"))
    monkeypatch.setenv("COUPA_ERP_ERP_CONCURRENCY", "2")
    monkeypatch.setattr(word, "_ERP_PATIENCE_SECONDS", 0.05)
    read_options.cache_clear()
    run = SimpleNamespace(run_type="scheduled", data_interval_start=None, data_interval_end=None, conf={})
    ports = word.ports_of({"dag_run": run, "params": {}})
    with (
        ports.erp_turn(),
        ports.erp_turn(),
        pytest.raises(TransientError, match="ERP_CONCURRENCY"),
        ports.erp_turn(),
    ):
        pass
    read_options.cache_clear()
