from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from include.demo.processes import Service, is_alive, session_of, start_mark

#: Says "ready" in its log once its child, in a process group of its own as Airflow's tasks are, runs.
PARENT_WITH_CHILD = """
import os, signal, sys
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    {child}
    print("ready", flush=True)
    signal.pause()
signal.pause()
"""


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service("a-service", tmp_path / "processes", tmp_path / "logs" / "a-service.log")


def start(service: Service, tmp_path: Path, code: str) -> None:
    command = [sys.executable, "-c", code]
    service.start(command, cwd=tmp_path, env=dict(os.environ), recipe="one", port=1)


def start_with_child(service: Service, tmp_path: Path, child: str = "pass") -> list[int]:
    start(service, tmp_path, PARENT_WITH_CHILD.format(child=child))
    while "ready" not in service.log.read_text():
        assert service.running
    assert service.record is not None
    return session_of(service.record)


def test_what_was_started_is_known_again_and_ended_with_its_children(
    service: Service, tmp_path: Path
) -> None:
    members = start_with_child(service, tmp_path)
    assert len(members) == 2
    assert Service("a-service", tmp_path / "processes", service.log).runs_with("one")
    assert service.end(5)
    assert not service.running
    assert [start_mark(pid) for pid in members] == [None, None]


def test_a_child_that_does_not_listen_is_killed(service: Service, tmp_path: Path) -> None:
    members = start_with_child(service, tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    assert service.end(0.1)
    assert [start_mark(pid) for pid in members] == [None, None]


def test_children_whose_parent_died_are_ended_too(service: Service, tmp_path: Path) -> None:
    members = start_with_child(service, tmp_path)
    assert service.record is not None
    os.kill(service.record.pid, 9)
    os.waitpid(service.record.pid, 0)
    assert not service.running
    assert service.end(5)
    assert [start_mark(pid) for pid in members] == [None, None]


def test_a_process_that_got_the_same_id_later_is_left_alone(service: Service, tmp_path: Path) -> None:
    start(service, tmp_path, "import signal; signal.pause()")
    record_file = tmp_path / "processes" / "a-service.json"
    ours = json.loads(record_file.read_text())
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    ) as other:
        record_file.write_text(json.dumps({**ours, "pid": other.pid, "started": "some boot/17"}))
        assert not service.running
        assert service.port is None
        assert not service.end(1)
        assert other.poll() is None
        other.communicate(b"\n")
        assert other.returncode == 0
    record_file.write_text(json.dumps(ours))
    assert service.end(5)


def test_another_recipe_is_a_reason_to_start_anew(service: Service, tmp_path: Path) -> None:
    start(service, tmp_path, "import signal; signal.pause()")
    assert service.port == 1
    assert service.runs_with("one")
    assert not service.runs_with("another")
    service.end(5)


def test_nothing_started_is_nothing_to_end(service: Service) -> None:
    assert not service.end(1)


def test_the_last_log_is_kept_beside_the_new_one(service: Service, tmp_path: Path) -> None:
    for word in ("first", "second"):
        start(service, tmp_path, f"print('{word}')")
        assert service.record is not None
        os.waitpid(service.record.pid, 0)
    assert service.log.read_text() == "second\n"
    assert service.log.with_name("a-service.log.1").read_text() == "first\n"


def test_a_record_is_readable_by_its_owner_alone(service: Service, tmp_path: Path) -> None:
    start(service, tmp_path, "pass")
    assert service.record is not None
    os.waitpid(service.record.pid, 0)
    assert not is_alive(service.record)
    assert (tmp_path / "processes" / "a-service.json").stat().st_mode & 0o777 == 0o600
