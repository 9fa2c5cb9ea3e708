from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from starlette.types import Message

from include.sandbox.__main__ import main
from include.sandbox.app import build_app
from include.sandbox.connections import OpenConnections
from include.sandbox.running import running_sandbox
from include.sandbox.settings import Client
from include.sandbox.state import CoupaState
from tests.sandbox.caller import Caller, error_body, invoice

ROOT = Path(__file__).parents[2]


def test_a_restart_keeps_everything_that_was_written(tmp_path: Path) -> None:
    file = tmp_path / "run" / "coupa.sqlite"
    with running_sandbox(invoices=[invoice(101)], file=file, client_secret="s3cret") as first:
        coupa = Caller(first)
        coupa.call("PUT", "/api/invoices/101", exported="true")
        run_id = coupa.run()
        coupa.call("POST", "/api/integration_errors/create_alert", error_body(101, run_id))
        bearer = coupa.session.headers["Authorization"]
    with running_sandbox(invoices=[invoice(101), invoice(102)], file=file, client_secret="s3cret") as second:
        coupa = Caller(second)
        coupa.session.headers["Authorization"] = bearer
        assert coupa.ids(exported="true") == [101]
        assert coupa.ids() == [101]
        assert [error["document-id"] for error in coupa.call("GET", "/api/integration_errors")] == [101]
        assert coupa.run() == run_id + 1
        assert len(second.control.rows("alerts")) == 1


def test_writes_from_many_callers_at_once_are_all_kept() -> None:
    with running_sandbox(invoices=[invoice(number) for number in range(1, 41)]) as sandbox:
        coupa = Caller(sandbox)
        run_id = coupa.run()

        def work(number: int) -> int:
            coupa.send("PUT", f"/api/invoices/{number}", params={"exported": "true"}).raise_for_status()
            response = coupa.send("POST", "/api/integration_errors", json=error_body(number, run_id))
            return int(response.json()["id"])

        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(work, range(1, 41)))
        assert sorted(ids) == list(range(1, 41))
        assert coupa.call("GET", f"/api/integration_runs/{run_id}")["records-processed"] == 40
        assert coupa.ids(exported="false") == []


def test_a_port_in_use_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port), "--invoices", "none"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"Port {port} on 127.0.0.1 is in use" in said


def test_invoices_that_cannot_be_read_are_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.json").write_text("{}")
    for name in ("x.json", "y.json"):
        assert main(["--invoices", str(tmp_path / name)]) == 1
        assert capsys.readouterr().err.count("\n") == 1


def test_the_command_serves_on_loopback_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "include.sandbox", "--port", "0", "--invoices", "none"]
    environment = {**os.environ, "COUPA_SANDBOX_CLIENT_SECRET": "s3cret", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--state", str(tmp_path / "coupa.sqlite")],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "Coupa sandbox on http://127.0.0.1:" in line
        assert "s3cret" not in line
        url = line.split()[3]
        form = {
            "grant_type": "client_credentials",
            "client_id": "coupa-erp-export",
            "client_secret": "s3cret",
            "scope": "core.invoice.read",
        }
        token = requests.post(f"{url}/oauth2/token", data=form, timeout=10).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        assert requests.get(f"{url}/api/invoices", headers=headers, timeout=10).json() == []
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


@pytest.mark.parametrize(
    ("caller", "from_anywhere", "status"),
    [("127.0.0.1", False, 200), ("192.0.2.7", False, 403), ("192.0.2.7", True, 200)],
)
def test_the_control_answers_this_machine_alone_unless_told_otherwise(
    caller: str, from_anywhere: bool, status: int
) -> None:
    state = CoupaState(Client(client_id="c", client_secret="s"))
    app = build_app(state, OpenConnections(), control_from_anywhere=from_anywhere)
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/_sandbox",
        "query_string": b"",
        "headers": [],
        "client": (caller, 5000),
        "server": ("coupa", 80),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == status
