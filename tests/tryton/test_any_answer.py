"""Whatever Tryton, or a proxy before it, answers: one exception of ours, bounded and on one line."""

from __future__ import annotations

import json

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coupa_erp.tryton.answers import check, code_of
from include.errors import ErpRejection, ExportError, TransientError

PROPERTY = settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

VALUES = st.recursive(
    st.none()
    | st.integers()
    | st.text(max_size=30)
    | st.sampled_from(["\x00", "\ud800", "\x1b[31m", "x" * 5000, 'period "2026-01" \n closed period']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
REFUSALS = st.fixed_dictionaries(
    {}, optional={"status": VALUES, "message": VALUES, "description": VALUES}
).map(lambda value: json.dumps(value).encode())
PAGES = st.text(max_size=100).map(
    lambda text: f"<h1>Error</h1><p>{text}</p>".encode("utf-8", "surrogatepass")
)


def answered(status: int, body: bytes, content_type: str = "text/html", wait: str = "") -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = body
    made.encoding = "utf-8"
    made.headers.update({"Content-Type": content_type, "Retry-After": wait})
    return made


@PROPERTY
@given(
    st.integers(300, 599),
    st.one_of(REFUSALS, PAGES, st.binary(max_size=100), VALUES.map(lambda value: json.dumps(value).encode())),
    st.sampled_from(["application/json", "text/html", "", "application/json; charset=utf-8"]),
    st.sampled_from(["", "7", "²", "-1", "9" * 400, "Sun, 06 Nov 1994 08:49:37 GMT"]),
    st.booleans(),
)
def test_any_answer_is_one_of_our_exceptions(
    status: int, body: bytes, content_type: str, wait: str, writes: bool
) -> None:
    with pytest.raises(ExportError) as raised:
        check(answered(status, body, content_type, wait), "POST account.invoice", writes=writes)
    fault = raised.value
    assert len(str(fault)) < 2600
    assert not {"\n", "\x1b", "\x00"} & set(str(fault))
    str(fault).encode()
    if isinstance(fault, ErpRejection):
        assert all(refusal.message and refusal.code.isupper() for refusal in fault.refusals)
    if isinstance(fault, TransientError):
        assert fault.retry_after is None or 0 <= fault.retry_after < 10_000


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"message": ' * 50_000, b"<p>" * 200_000, b"9" * 10_000])
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
@pytest.mark.parametrize("status", [400, 418, 500])
def test_a_hostile_body_is_neither_slow_nor_fatal(body: bytes, content_type: str, status: int) -> None:
    with pytest.raises(ExportError) as raised:
        check(answered(status, body, content_type), "POST account.invoice", writes=True)
    assert len(str(raised.value)) < 500


@PROPERTY
@given(st.text())
def test_every_sentence_has_a_code(sentence: str) -> None:
    assert code_of(sentence).replace("_", "").isalpha()
