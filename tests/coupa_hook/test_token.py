"""One token for all processes of a machine, readable by this user alone, and never shown."""

from __future__ import annotations

import json
import logging
import os
import pickle
import stat
import subprocess
import sys
import time
import traceback
from pathlib import Path

import pytest

from coupa_erp.coupa.hook import CoupaHook
from include.errors import ConfigurationError, TransientError
from include.sandbox.faults import Fault
from include.sandbox.running import RunningSandbox, running_sandbox
from tests.coupa_hook.conftest import Connect
from tests.coupa_hook.scripted_server import TOKEN, Received, Reply, ScriptedServer

ROOT = Path(__file__).parents[2]
#: Waits for the start signal, so that all processes ask at once.
CHILD = """
import sys
from coupa_erp.coupa.connection import read_settings
from coupa_erp.coupa.oauth import ClientCredentials
from types import SimpleNamespace
url, client_id, secret, extra = sys.argv[1:]
auth = ClientCredentials(read_settings(SimpleNamespace(conn_id="c", host=url, port=None, schema=None,
    login=client_id, password=secret, extra=extra)))
print("ready", flush=True)
sys.stdin.readline()
print(auth.token())
"""


def token_requests(sandbox: RunningSandbox) -> int:
    return int(sandbox.control.overview()["calls"]["token"])


def token_file(directory: Path) -> Path:
    (file,) = [path for path in directory.glob("token-*") if path.suffix != ".lock"]
    return file


def test_processes_that_ask_at_once_share_one_token(sandbox: RunningSandbox) -> None:
    extra = json.dumps({"integration_code": "A", "instance_key": "a", "sandbox": True})
    command = [sys.executable, "-c", CHILD, sandbox.url, sandbox.client_id, sandbox.client_secret, extra]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"}
    children = [
        subprocess.Popen(  # noqa: S603
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    tokens = {child.communicate("go\n", timeout=60)[0].strip() for child in children}
    assert len(tokens) == 1
    assert tokens != {""}
    assert token_requests(sandbox) == 1


def test_hooks_of_one_process_and_of_later_ones_share_it(sandbox: RunningSandbox, connect: Connect) -> None:
    for _ in range(3):
        hook = connect(sandbox)
        hook.read_invoice(104217)
        hook.read_invoice(104217)
    assert token_requests(sandbox) == 1


def test_the_file_is_for_this_user_alone(hook: CoupaHook, state_directory: Path) -> None:
    hook.read_invoice(104217)
    assert stat.S_IMODE(state_directory.stat().st_mode) == 0o700
    for path in state_directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert hook.settings.client_secret.get_secret_value() not in path.name + path.read_text()


def test_a_directory_that_others_may_read_is_refused(hook: CoupaHook, state_directory: Path) -> None:
    state_directory.mkdir(mode=0o755)
    with pytest.raises(ConfigurationError, match=r"mode 0700.*COUPA_ERP_STATE_DIR"):
        hook.read_invoice(104217)


def test_a_directory_behind_a_link_is_refused(hook: CoupaHook, state_directory: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    state_directory.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="COUPA_ERP_STATE_DIR"):
        hook.read_invoice(104217)


def test_a_file_that_others_may_read_is_refused(
    sandbox: RunningSandbox, connect: Connect, state_directory: Path
) -> None:
    connect(sandbox).read_invoice(104217)
    token_file(state_directory).chmod(0o644)
    with pytest.raises(ConfigurationError, match="mode 0600"):
        connect(sandbox).read_invoice(104217)


def test_a_file_behind_a_link_is_refused(
    sandbox: RunningSandbox, connect: Connect, state_directory: Path
) -> None:
    connect(sandbox).read_invoice(104217)
    file = token_file(state_directory)
    file.rename(file.with_name("moved"))
    file.symlink_to(file.with_name("moved"))
    with pytest.raises(ConfigurationError, match="it is not used"):
        connect(sandbox).read_invoice(104217)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"access_token": "a\\nb", "renew_at": 9e9}',
        '{"access_token": "a", "renew_at": "x"}',
        '{"access_token": "a", "renew_at": 1}',
        '{"access_token": "a", "renew_at": 9e12}',
        "\x00" * 500,
    ],
)
def test_a_file_that_is_garbage_or_old_is_replaced(
    sandbox: RunningSandbox, connect: Connect, state_directory: Path, content: str
) -> None:
    connect(sandbox).read_invoice(104217)
    token_file(state_directory).write_text(content)
    connect(sandbox).read_invoice(104217)
    assert token_requests(sandbox) == 2
    assert json.loads(token_file(state_directory).read_text())["renew_at"] > time.time()


def test_another_client_scope_or_secret_is_another_token(sandbox: RunningSandbox, connect: Connect) -> None:
    connect(sandbox).read_invoice(104217)
    connect(sandbox, scope="core.invoice.read").read_invoice(104217)
    assert token_requests(sandbox) == 2


@pytest.mark.parametrize(
    ("expires_in", "used"),
    [
        (86399, 69_119.2),
        ("86399", 69_119.2),
        (7 * 86400, 72_000),
        (3600, 2_880),
        (None, 57_600),
        ("soon", 57_600),
        (-5, 0),
    ],
)
def test_a_token_is_renewed_well_before_its_end(
    server: ScriptedServer, connect: Connect, state_directory: Path, expires_in: object, used: float
) -> None:
    granted = {"access_token": TOKEN, **({} if expires_in is None else {"expires_in": expires_in})}
    server.answer_token = lambda _: Reply(body=granted)
    before = time.time()
    connect(server).auth.token()
    kept = json.loads(token_file(state_directory).read_text())["renew_at"]
    assert before + used <= kept <= time.time() + used


def test_a_revoked_token_is_renewed_once_and_the_call_goes_through(
    sandbox: RunningSandbox, connect: Connect
) -> None:
    hook = connect(sandbox)
    hook.read_invoice(104217)
    sandbox.control.revoke_tokens()
    assert hook.mark_exported(104217).exported is True
    assert token_requests(sandbox) == 2
    calls = [call["status"] for call in sandbox.control.calls() if call["path"].startswith("/api")]
    assert calls == [200, 401, 200]


def test_a_token_that_another_process_has_renewed_is_taken(sandbox: RunningSandbox, connect: Connect) -> None:
    one, other = connect(sandbox), connect(sandbox)
    one.read_invoice(104217)
    other.read_invoice(104217)
    sandbox.control.revoke_tokens()
    one.read_invoice(104217)
    other.read_invoice(104217)
    assert token_requests(sandbox) == 2


def test_a_second_401_is_the_operators_to_mend(server: ScriptedServer, connect: Connect) -> None:
    tokens = iter(range(9))
    server.answer_token = lambda _: Reply(body={"access_token": f"{TOKEN}-{next(tokens)}", "expires_in": 99})
    server.answer = lambda _: Reply(401, {"error": "invalid_token"})
    with pytest.raises(ConfigurationError, match="client id or secret refused"):
        connect(server).read_invoice(7)
    assert len(server.calls("/oauth2")) == 2
    assert len(server.calls()) == 2


def test_a_create_that_is_answered_401_is_sent_once_more_with_its_body(
    sandbox: RunningSandbox, connect: Connect
) -> None:
    hook = connect(sandbox)
    hook.read_invoice(104217)
    sandbox.control.revoke_tokens()
    hook.create_integration_run()
    assert len(sandbox.control.rows("runs")) == 1


def test_a_wrong_secret_is_named_so(sandbox: RunningSandbox, connect: Connect) -> None:
    with pytest.raises(ConfigurationError, match="client id or secret refused") as refused:
        connect(sandbox, password="a-wrong-secret").read_invoice(104217)
    assert "a-wrong-secret" not in str(refused.value)
    assert token_requests(sandbox) == 1


def test_a_scope_that_is_not_granted_is_named(connect: Connect) -> None:
    with (
        running_sandbox(granted_scopes=("core.invoice.read",)) as sandbox,
        pytest.raises(ConfigurationError, match=r"core\.integration\.write.*invalid_scope"),
    ):
        connect(sandbox).read_invoice(7)


def test_a_call_without_its_scope_is_forbidden(sandbox: RunningSandbox, connect: Connect) -> None:
    with pytest.raises(ConfigurationError, match="PUT /api/invoices/104217 was answered with 403"):
        connect(sandbox, scope="core.invoice.read").mark_exported(104217)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(404, b"<html><title>Not here</title></html>"), ConfigurationError),
        (Reply(302, headers={"Location": "https://elsewhere.example/"}), ConfigurationError),
        (Reply(400, {"error": "invalid_client"}), ConfigurationError),
        (Reply(200, b"<html>"), TransientError),
        (Reply(200, {"token": "x"}), TransientError),
        (Reply(200, {"access_token": "a\r\nX-Evil: 1"}), TransientError),
        (Reply(503, b""), TransientError),
        (Reply(429, b"", {"Retry-After": "0"}), TransientError),
        (Reply(cut=True), TransientError),
    ],
)
def test_a_token_that_is_not_given_is_classed_like_any_call(
    server: ScriptedServer, connect: Connect, reply: Reply, kind: type[Exception]
) -> None:
    server.answer_token = lambda _: reply
    with pytest.raises(kind):
        connect(server).create_integration_run()
    assert server.calls() == [], "nothing is sent without a token"
    assert len(server.calls("/oauth2")) == (5 if kind is TransientError else 1)


def test_a_token_endpoint_that_fails_once_is_asked_again(sandbox: RunningSandbox, connect: Connect) -> None:
    sandbox.control.order(Fault(path="/oauth2/token", status=503))
    connect(sandbox).create_integration_run()
    assert len(sandbox.control.rows("runs")) == 1


def test_secret_and_token_are_in_no_error_log_or_text(
    server: ScriptedServer, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    texts = []
    payload = "-".join(["PAYLOAD", "4711"])

    def echo(request: Received) -> Reply:
        return Reply(statuses.pop(0), {"error": f"{request.headers} {server.client_secret} {request.query}"})

    for status in (400, 401, 403, 404, 422, 429, 500, 302):
        statuses = [status] * 9
        server.answer = echo
        server.answer_token = lambda _: Reply(body={"access_token": TOKEN, "expires_in": 99})
        hook = connect(server)
        try:
            hook.write_custom_fields(7, {"cf-erp-invoice-number": payload})
        except Exception as fault:  # noqa: BLE001 - whatever it is, its text is what this is about
            texts += ["".join(traceback.format_exception(fault)), repr(fault), str(pickle.dumps(fault))]
        texts += [
            repr(hook),
            repr(hook.settings),
            repr(hook.auth),
            repr(hook.transport),
            str(vars(hook.auth)),
        ]
    server.answer = lambda _: Reply(cut=True)
    with pytest.raises(TransientError) as cut:
        connect(server).read_invoice(7)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("coupa_erp")]
    told = "\n".join([*texts, "".join(traceback.format_exception(cut.value)), *ours])
    assert ours
    assert server.client_secret not in caplog.text
    assert TOKEN not in caplog.text
    assert server.client_secret not in told
    assert TOKEN not in told
    assert payload not in told
    assert "invoice-lines" not in told, "the query stays out, too"
