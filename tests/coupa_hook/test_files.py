"""The scan and the files of an invoice over HTTP: what is listed, what its bytes are, and what goes wrong."""

from __future__ import annotations

import json

import pytest

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.coupa.retry import RetryPolicy
from include.attachments.attached import Attached
from include.attachments.ports import NotAttachable
from include.errors import ConfigurationError, NotInCoupa, TransientError
from include.sandbox.faults import Fault
from include.sandbox.running import RunningSandbox
from tests.coupa_hook.conftest import AT_ONCE, Connect
from tests.coupa_hook.scripted_server import Reply, ScriptedServer

ID = 104217
MEGABYTE = 1 << 20


def of(hook: CoupaHook) -> dict[str, Attached]:
    return {one.kind: one for one in hook.list_attached(ID)}


def test_what_hangs_on_an_invoice_is_listed_by_one_call_and_its_bytes_come_as_they_are(
    sandbox: RunningSandbox, hook: CoupaHook
) -> None:
    odd = bytes(range(256)) * 40 + b'{"error": "none"}'
    sandbox.state.file_contents[ID, 4501] = odd
    sandbox.control.forget_calls()
    found = of(hook)
    assert [(one.kind, one.name) for one in found.values()] == [("scan", "scan.pdf"), ("file", "inv.pdf")]
    assert hook.fetch_file(found["file"], MEGABYTE) == odd
    assert hook.fetch_file(found["scan"], MEGABYTE).startswith(b"%PDF-")
    paths = [call["path"] for call in sandbox.control.calls() if call["path"].startswith("/api")]
    assert paths == [
        f"/api/invoices/{ID}",
        f"/api/invoices/{ID}/attachments/4501",
        f"/api/invoices/{ID}/retrieve_image_scan",
    ]


def test_an_invoice_is_asked_about_its_files_only_where_that_was_asked_for(
    sandbox: RunningSandbox, hook: CoupaHook
) -> None:
    for one, asked in ((hook, False), (CoupaHook(retry_policy=AT_ONCE, with_attachments=True), True)):
        sandbox.control.forget_calls()
        invoice = one.read_invoice(ID)
        (call,) = (call for call in sandbox.control.calls() if call["path"].startswith("/api"))
        fields = json.loads(dict(call["query"])["fields"])
        assert ("image-scan" in fields) is ({"attachments": ["id"]} in fields) is asked
        assert (invoice.attachments, invoice.image_scan) == ((True, True) if asked else (None, None))
        # Neither what it is called nor where it lies travels between tasks.
        assert "scan.pdf" not in invoice.model_dump_json()
        assert "4501" not in invoice.model_dump_json()
        assert type(invoice).model_validate(invoice.model_dump(mode="json", by_alias=True)) == invoice


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({"attachments": [], "image-scan": None}, False),
        ({"attachments": [], "image-scan": None, "image-scan-url": "https://x"}, True),
        ({"attachments": [], "image-scan": "x.pdf"}, True),
        ({"attachments": [{"id": 1, "type": "text"}], "image-scan": None}, True),
    ],
)
def test_an_invoice_with_nothing_on_it_says_so(sandbox, hook, changes, may):
    sandbox.control.edit_in_ui(ID, changes)
    one = CoupaHook(retry_policy=AT_ONCE, with_attachments=True)
    assert one.read_invoice(ID).may_have_files is may
    assert bool(one.list_attached(ID)) is may


def test_an_api_filter_tells_nothing_of_files_so_they_are_asked_for(sandbox, connect, monkeypatch):
    from coupa_erp.coupa import fields
    from include.sandbox.settings import API_FILTERS

    filtered = fields.invoice(attachments=True)
    monkeypatch.setitem(API_FILTERS, "export", ("InvoiceHeader", filtered))
    hook = connect(sandbox, api_filter="export")
    assert hook.read_invoice(ID).attachments is None
    assert hook.read_invoice(ID).may_have_files
    assert len(hook.list_attached(ID)) == 2


def test_a_file_of_the_cap_is_read_and_one_byte_more_is_not(sandbox: RunningSandbox, hook: CoupaHook) -> None:
    file = of(hook)["file"]
    sandbox.state.file_contents[ID, 4501] = b"x" * MEGABYTE
    assert len(hook.fetch_file(file, MEGABYTE)) == MEGABYTE
    sandbox.state.file_contents[ID, 4501] = b"x" * (MEGABYTE + 1)
    with pytest.raises(NotAttachable, match="more than 1 MB"):
        hook.fetch_file(file, MEGABYTE)


def test_a_file_is_read_again_after_a_failure_and_a_cut_one_is_never_taken_for_whole(
    sandbox: RunningSandbox, hook: CoupaHook
) -> None:
    whole = hook.fetch_file(of(hook)["file"], MEGABYTE)
    for fault in (Fault(status=500), Fault(status=503), Fault(cut=True), Fault(status=429)):
        sandbox.control.order(fault.model_copy(update={"path": "attachments/4501$"}))
        assert hook.fetch_file(of(hook)["file"], MEGABYTE) == whole
    sandbox.control.order(Fault(path="attachments/4501$", times=None, status=500))
    with pytest.raises(TransientError, match="attachments/4501"):
        hook.fetch_file(of(hook)["file"], MEGABYTE)


def test_a_file_that_does_not_come_in_time_is_trouble_for_the_moment(
    sandbox: RunningSandbox, connect: Connect
) -> None:
    hook = connect(sandbox, policy=RetryPolicy(attempts=2, first_wait=0), timeout_seconds=0.2)
    file = of(hook)["file"]
    sandbox.control.order(Fault(path="attachments/4501$", times=None, delay_seconds=0.5))
    with pytest.raises(TransientError, match="no answer in time"):
        hook.fetch_file(file, MEGABYTE)


def test_what_is_gone_or_forbidden_is_named_by_its_call(sandbox: RunningSandbox, hook: CoupaHook) -> None:
    file, scan = of(hook)["file"], of(hook)["scan"]
    sandbox.control.edit_in_ui(ID, {"attachments": [], "image-scan": None})
    with pytest.raises(NotInCoupa, match="attachments/4501"):
        hook.fetch_file(file, MEGABYTE)
    with pytest.raises(NotInCoupa, match="retrieve_image_scan"):
        hook.fetch_file(scan, MEGABYTE)
    sandbox.control.order(Fault(path="retrieve_image_scan$", times=None, status=403))
    with pytest.raises(ConfigurationError, match="retrieve_image_scan"):
        hook.fetch_file(scan, MEGABYTE)


@pytest.fixture
def serving_file(server: ScriptedServer, connect: Connect) -> tuple[ScriptedServer, CoupaHook]:
    return server, connect(server)


@pytest.mark.parametrize(
    ("content", "media_type", "name", "why"),
    [
        (b'{"id": 4501, "type": "file", "file": "/a/inv.pdf"}', "application/json", "inv.pdf", "description"),
        (b"<?xml version='1.0'?>\n<attachment><id>4501</id></attachment>", "application/xml", "inv.pdf",
         "description"),
        (b"<html>Please log in</html>", "text/html; charset=utf-8", "inv.pdf", "web page"),
        (b'{"id": 4502, "file": "x"}', "application/json", "data.json", None),
        (b'{"amounts": [1]}', "application/json", "data.json", None),
        (b'{"id": 4501, "file"', "application/octet-stream", "half.json", None),
        (b"<html>A file of the invoice</html>", "text/html", "offer.html", None),
        (b"<?xml version='1.0'?><Invoice/>", "application/xml", "xrechnung.xml", None),
    ],
)  # fmt: skip
def test_a_page_or_a_description_is_not_taken_for_the_file(serving_file, content, media_type, name, why):
    server, hook = serving_file
    server.answer = lambda _: Reply(body=content, headers={"Content-Type": media_type})
    file = Attached(invoice_id=ID, attachment_id=4501, kind="file", name=name)
    if why is None:
        assert hook.fetch_file(file, MEGABYTE) == content
        return
    with pytest.raises(NotAttachable, match=why):
        hook.fetch_file(file, MEGABYTE)


@pytest.mark.parametrize("attachments", [7, ["x"], [{"type": "file"}]])
def test_a_list_that_cannot_be_read_is_trouble_and_not_an_invoice_without_files(
    server: ScriptedServer, connect: Connect, attachments
) -> None:
    server.answer = lambda _: Reply(body={"id": ID, "attachments": attachments})
    with pytest.raises(TransientError, match="cannot be read"):
        connect(server).list_attached(ID)


def test_the_list_asks_for_no_bytes_and_for_no_persons(server: ScriptedServer, connect: Connect) -> None:
    server.answer = lambda _: Reply(body={"id": ID, "attachments": [], "image-scan": None})
    assert connect(server).list_attached(ID) == []
    assert "created-by" not in server.received[-1].query["fields"]
