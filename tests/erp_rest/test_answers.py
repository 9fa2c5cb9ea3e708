"""Each answer of the API becomes the exception that says what to do about it."""

from __future__ import annotations

import pytest

from coupa_erp.rest.connection import read_settings
from coupa_erp.rest.line import Overtaken, RefusedByApi, RestLine
from include.errors import ConfigurationError, ExportError, OutcomeUnknown, TransientError
from tests.security.servers import saying, serving


@pytest.mark.parametrize(
    ("status", "body", "asked", "written"),
    [
        ("302 Found", {}, ConfigurationError, ConfigurationError),
        ("400 Bad", {"problems": []}, RefusedByApi, RefusedByApi),
        ("400 Bad", b"<html>", ExportError, ExportError),
        ("401 Unauthorized", {}, ConfigurationError, ConfigurationError),
        ("403 Forbidden", {}, ConfigurationError, ConfigurationError),
        ("404 Not Found", {}, ConfigurationError, ExportError),
        ("409 Conflict", {}, Overtaken, Overtaken),
        ("412 Precondition", {}, Overtaken, Overtaken),
        ("418 Teapot", {}, ConfigurationError, ExportError),
        ("422 Unprocessable", {"problems": []}, RefusedByApi, RefusedByApi),
        ("429 Too Many", {}, TransientError, TransientError),
        ("500 Error", {}, TransientError, OutcomeUnknown),
        ("502 Bad Gateway", b"<html>", TransientError, OutcomeUnknown),
        ("503 Unavailable", {}, TransientError, TransientError),
        ("200 OK", b'{"data": [', TransientError, OutcomeUnknown),
        ("200 OK", b"[" * 100_000, TransientError, OutcomeUnknown),
    ],
)
def test_a_status_means_one_thing(connection, status, body, asked, written):
    with serving(saying(body, status, "Retry-After: 7")) as server:
        line = RestLine(read_settings(connection(server.url)))
        for method, meaning in (("GET", asked), ("POST", written)):
            with pytest.raises(meaning) as raised:
                line.call("create", method, "/bills")
            assert type(raised.value) is meaning
            if status[:3] in ("429", "503"):
                assert raised.value.retry_after == 7


def test_a_question_that_is_refused_or_conflicts_is_no_answer(connection, world):
    from coupa_erp.rest.hook import RestErpHook

    for status in ("409 Conflict", "422 Unprocessable"):
        with serving(saying({"problems": [{"text": "no"}]}, status)) as server:
            hook = RestErpHook()
            made = connection(server.url)
            hook.get_connection = lambda _, made=made: made
            for call in (hook.check_reachable, lambda hook=hook: hook.create(world.bill())):
                with pytest.raises(ExportError, match="refuses the question"):
                    call()


def test_a_refusal_that_names_no_reason_is_no_refusal(connection, world):
    from tests.security.servers import by_path

    answers = {"/": saying({"problems": [{"id": "x"}]}, "422 Unprocessable"), "/bills?": saying({"data": []})}
    with serving(by_path(answers)) as server:
        from coupa_erp.rest.hook import RestErpHook

        hook = RestErpHook()
        hook.get_connection = lambda _: connection(server.url)
        with pytest.raises(ExportError, match="names no reason") as raised:
            hook.create(world.bill())
    assert type(raised.value) is ExportError
