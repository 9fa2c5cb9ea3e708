"""A server that repeats what it was sent: no secret stands in a message or hangs on the exception."""

from __future__ import annotations

import html
import json
import logging
import pickle
import traceback

import pytest

from include.errors import ExportError
from tests.security.conftest import KEY, SECRET, TOKEN, spelled, tokens
from tests.security.servers import by_path, saying, serving

IBAN = "DE89370400440532013000"
TOKEN_ANSWER = saying({"access_token": TOKEN, "expires_in": 86399})


HIDDEN = {form for secret in (SECRET, TOKEN, KEY, f"a-user:{KEY}") for form in spelled(secret)}


def everything_on(fault: BaseException) -> str:
    """The texts of an exception and of all that can be reached from it: causes, contexts, what they hold."""
    texts, seen, waiting = [], set(), [fault]
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        texts += [repr(found), str(found)]
        if isinstance(found, BaseException):
            waiting += [found.__cause__, found.__context__, *found.args, *getattr(found, "__notes__", [])]
        if isinstance(found, dict):
            waiting += [*found, *found.values()]
        elif isinstance(found, list | tuple | set):
            waiting += found
        elif hasattr(found, "__dict__") and not isinstance(found, type):
            waiting += list(vars(found).values())
    return "\n".join(texts)


def echo_json(asked, line, ended):
    saying(
        {"errors": {"header": [asked.head], "body": [asked.body], "bank": [f"{IBAN} is closed"]}}, STATUS[0]
    )(asked, line, ended)


def echo_html(asked, line, ended):
    page = f"<html><h1>Error</h1><p>{html.escape(asked.everything)}</p></html>"
    saying(page.encode(), STATUS[0], "X-Echo: yes")(asked, line, ended)


def echo_raw(asked, line, ended):
    saying(asked.everything.encode("latin-1"), STATUS[0])(asked, line, ended)


def echo_as_tryton(asked, line, ended):
    saying(
        {"status": 400, "message": f"Refused: {asked.everything}", "description": f"{IBAN} is closed"},
        STATUS[0],
    )(asked, line, ended)


def echo_unreadable(asked, line, ended):
    saying(f"{{{asked.everything}".encode("latin-1"), "200 OK")(asked, line, ended)


def hang_up(asked, line, ended):
    del asked, line, ended


#: What the answers above come with; set by the test.
STATUS = ["500 No"]
ECHOES = [echo_json, echo_html, echo_raw, echo_as_tryton, echo_unreadable, hang_up]
STATUSES = [
    "302 Found",
    "400 Bad",
    "401 Who",
    "403 No",
    "404 Where",
    "409 Now",
    "413 Much",
    "422 No",
    "429 Busy",
]


@pytest.mark.parametrize(
    "which", ["coupa", "tryton_at", "odoo_at", "rest_at", "s4hana_at", "netsuite_at", "token"]
)
@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("status", [*STATUSES, "500 No", "503 Busy", "504 Late"])
def test_what_a_server_repeats_is_masked_and_no_request_hangs_on_the_exception(
    which, echo, status, request, caplog
):
    STATUS[0] = status
    connect = request.getfixturevalue("coupa" if which == "token" else which)
    token = echo if which == "token" else TOKEN_ANSWER
    with (
        serving(by_path({"/": echo, **tokens(token)})) as server,
        caplog.at_level(logging.DEBUG),
        pytest.raises(ExportError) as raised,
    ):
        connect(server.url)()
    fault = raised.value
    told = [
        everything_on(fault),
        "".join(traceback.format_exception(fault)),
        repr(pickle.dumps(fault)),
        caplog.text,
    ]
    assert not [secret for secret in HIDDEN if any(secret in text for text in told)]
    assert IBAN not in "".join(told)
    # Neither the request nor the answer: an error tracker would send what hangs on an exception.
    assert "PreparedRequest" not in told[0]
    assert "Response" not in told[0]


@pytest.mark.parametrize("which", ["coupa", "tryton_at", "rest_at", "s4hana_at", "netsuite_at"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://127.0.0.1:9", "https://nowhere.invalid"])
def test_a_server_that_is_not_there_leaves_no_request_on_the_exception(which, url, request):
    with pytest.raises(ExportError) as raised:
        request.getfixturevalue(which)(url)()
    told = everything_on(raised.value)
    assert not [secret for secret in HIDDEN if secret in told]
    assert "PreparedRequest" not in told


@pytest.mark.parametrize("which", ["coupa", "tryton_at"])
@pytest.mark.parametrize("extra", ['{"password": "%s"', '["%s"]', '{"%s": 1}', '{"timeout_seconds": "%s"}'])
def test_a_broken_connection_is_told_without_its_content(which, extra, monkeypatch):
    from coupa_erp.coupa.hook import CoupaHook
    from coupa_erp.tryton.hook import TrytonHook

    conn_type, name = ("coupa", "COUPA") if which == "coupa" else ("tryton", "ERP")
    hidden = "bank-detail-in-extra" if '%s": 1' not in extra else "a-name"
    connection = {"conn_type": conn_type, "host": "https://a.example", "login": "a", "password": KEY}
    monkeypatch.setenv(f"AIRFLOW_CONN_{name}_DEFAULT", json.dumps({**connection, "extra": extra % hidden}))
    with pytest.raises(ExportError) as raised:
        _ = (CoupaHook() if which == "coupa" else TrytonHook()).settings
    told = everything_on(raised.value)
    assert KEY not in told
    assert "bank-detail-in-extra" not in told
