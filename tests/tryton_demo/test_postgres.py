"""PostgreSQL from the wheel: a long path, a kill, a stop, a taken port."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import psutil
import psycopg2
import pytest

from include.demo.postgres import Postgres, PostgresFailed
from include.demo.postgres_programs import server_alive


@pytest.fixture
def postgres(tmp_path):
    deep = tmp_path / ("a folder with spaces " * 8).strip() / "and deeper than a socket's path may be"
    deep.mkdir(parents=True)
    server = Postgres(deep, durable=False)
    server.start()
    yield server
    server.remove()


def postmaster(postgres):
    """The pid file and the pid of the server."""
    with postgres.session() as cursor:
        cursor.execute("SHOW data_directory")
        file = Path(cursor.fetchone()[0]) / "postmaster.pid"
    return file, int(file.read_text().splitlines()[0])


def test_it_serves_from_a_folder_deeper_than_a_socket_path_and_starts_once(postgres):
    _, first = postmaster(postgres)
    postgres.start()
    assert postmaster(postgres)[1] == first
    with postgres.session("airflow", role="airflow") as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("airflow",)


def test_it_asks_for_a_password_which_only_its_owner_can_read(postgres):
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(host="127.0.0.1", port=postgres.port, user="postgres", password="guess")
    secrets = postgres.run_dir / "secrets" / "postgres.json"
    assert secrets.stat().st_mode & 0o077 == 0


def test_what_was_committed_outlives_a_kill_and_a_pid_file_that_names_another_program(postgres):
    postgres.create_database("books", owner="tryton")
    with postgres.session("books") as cursor:
        cursor.execute("CREATE TABLE posted AS SELECT 1 AS number")
    file, pid = postmaster(postgres)
    content = file.read_text()
    processes = [psutil.Process(pid), *psutil.Process(pid).children()]
    processes[0].kill()
    assert not psutil.wait_procs(processes, timeout=30)[1]
    file.write_text(content.replace(str(pid), str(os.getpid()), 1))
    postgres.stop()  # which must not stop this very process
    postgres.start()
    with postgres.session("books") as cursor:
        cursor.execute("SELECT number FROM posted")
        assert cursor.fetchall() == [(1,)]


def test_stop_ends_this_server_and_no_other(postgres, tmp_path):
    other = Postgres(tmp_path / "other", durable=False)
    other.start()
    try:
        file, _ = postmaster(postgres)
        postgres.stop()
        assert not postgres.running
        assert not server_alive(file.parent)
        assert other.running
        postgres.stop()
    finally:
        other.remove()


def test_a_taken_port_is_said_in_one_line(tmp_path, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("POSTGRES_PORT", str(port))
        server = Postgres(tmp_path, durable=False)
        with pytest.raises(PostgresFailed, match=f"Port {port} for PostgreSQL is in use"):
            server.start()
