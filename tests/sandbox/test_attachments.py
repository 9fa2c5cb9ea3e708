"""The scan and the files of an invoice, as the sandbox serves them."""

from __future__ import annotations

import pytest

from include.sandbox.attachment_calls import sample_file
from include.sandbox.faults import Fault
from include.sandbox.running import RunningSandbox
from tests.sandbox.caller import Caller

LINK = {"id": 4502, "type": "url", "url": "https://example.com"}


def test_files_and_scan_come_as_bytes_with_their_own_types_whatever_format_is_asked_for(
    sandbox: RunningSandbox, coupa: Caller
) -> None:
    for accept in ("application/json", "application/xml", "*/*"):
        for path in ("attachments/4501", "retrieve_image_scan"):
            answer = coupa.send("GET", f"/api/invoices/101/{path}", headers={"Accept": accept})
            assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
            assert answer.content.startswith(b"%PDF-1.4")
            assert b"INV-101" in answer.content
    sandbox.state.file_contents[101, 4501] = b"\x00\xff" * 3
    assert coupa.send("GET", "/api/invoices/101/attachments/4501").content == b"\x00\xff" * 3


@pytest.mark.parametrize(
    "path",
    [
        "/api/invoices/999/attachments/4501",
        "/api/invoices/101/attachments/999",
        "/api/invoices/999/retrieve_image_scan",
        "/api/invoices/102/retrieve_image_scan",
    ],
)
def test_what_hangs_on_no_invoice_is_answered_404(sandbox: RunningSandbox, coupa: Caller, path: str) -> None:
    sandbox.control.edit_in_ui(102, {"image-scan": None})
    coupa.refused(404, "GET", path)


def test_neither_comes_without_a_token_or_by_another_verb(coupa: Caller) -> None:
    for path in ("attachments/4501", "retrieve_image_scan"):
        coupa.refused(405, "PUT", f"/api/invoices/101/{path}")
        nobody = coupa.send("GET", f"/api/invoices/101/{path}", headers={"Authorization": "Bearer x"})
        assert nobody.status_code == 401


def test_a_link_is_answered_as_what_it_is(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.edit_in_ui(101, {"attachments": [LINK]})
    assert coupa.call("GET", "/api/invoices/101/attachments/4502") == LINK


def test_an_answer_with_bytes_can_be_spoilt_like_any_other(sandbox: RunningSandbox, coupa: Caller) -> None:
    path = "/api/invoices/101/attachments/4501"
    sandbox.control.order(Fault(path="attachments/4501$", after_work=True, status=203, shape="unchanged"))
    assert coupa.send("GET", path).content == coupa.send("GET", path).content
    sandbox.control.order(Fault(path="attachments/4501$", status=503, headers={"Retry-After": "1"}))
    assert coupa.send("GET", path).status_code == 503


def test_a_sample_file_is_of_the_kind_that_its_name_promises() -> None:
    pdf = sample_file("a.PDF", r"text (with) brackets \ and ü")
    assert pdf.startswith(b"%PDF-")
    assert pdf.endswith(b"%%EOF\n")
    table = int(pdf.rpartition(b"startxref\n")[2].partition(b"\n")[0])
    assert pdf[table:].startswith(b"xref")
    for number in range(1, 6):
        place = int(pdf[table:].split(b"\n")[2 + number].split()[0])
        assert pdf[place:].startswith(b"%d 0 obj" % number)
    assert sample_file("a.png", "").startswith(b"\x89PNG\r\n")
    assert sample_file("a.txt", "Hello") == b"Hello\n"
