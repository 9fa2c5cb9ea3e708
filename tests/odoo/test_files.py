"""What is Odoo's own about files: what it does in silence, the scan beside the bill, and before 19."""

from __future__ import annotations

import itertools

import pytest

from include.attachments.ports import ErpFile, NotAttachable
from include.errors import TransientError
from tests.odoo.stand_in import server
from tests.odoo.test_before_19 import bill, hook_at

MAIN = "message_main_attachment_id"
NUMBERS = itertools.count(900)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def a_file(name="scan.pdf", content=b"%PDF", **more):
    return ErpFile.model_validate(
        {"key": "4501", "media_type": "application/pdf", "name": name, "content": content, **more}
    )


@pytest.fixture(scope="module", params=[17, 18, 19])
def odoo(request):
    with server.serving(request.param) as served:
        yield served


@pytest.fixture
def entered(odoo):
    """A bill of its own, and the hook that entered it."""
    _, address = odoo
    hook = hook_at(address)
    return hook, hook.create(bill(next(NUMBERS)))


def test_the_scan_is_shown_beside_the_bill_unless_a_person_chose_another_file(odoo, entered):
    served, _ = odoo
    hook, document = entered
    shown = served.moves.get(int(document.erp_id))
    hook.files().attach(document.erp_id, a_file("note.pdf", key="1"))
    assert not shown.get(MAIN)
    hook.files().attach(document.erp_id, a_file(key="2", is_scan=True))
    assert shown[MAIN][1] == "scan.pdf"
    hook.files().attach(document.erp_id, a_file("other.pdf", key="3", is_scan=True))
    assert shown[MAIN][1] == "scan.pdf"


def test_a_picture_is_kept_as_it_is_and_one_that_odoo_alters_is_taken_away(odoo, entered, monkeypatch):
    served, _ = odoo
    hook, document = entered
    picture = a_file("receipt.png", PICTURE, media_type="image/png")
    hook.files().attach(document.erp_id, picture)
    assert hook.files().keys_of(document.erp_id) == {picture.key}
    monkeypatch.setattr("coupa_erp.odoo.files._AS_IT_IS", {})
    before = len(served.attachments.rows)
    with pytest.raises(NotAttachable, match="other bytes"):
        hook.files().attach(document.erp_id, picture.model_copy(update={"key": "9"}))
    assert len(served.attachments.rows) == before


def test_a_file_lies_in_the_company_of_its_bill_with_its_type_and_key(odoo, entered):
    served, _ = odoo
    hook, document = entered
    hook.files().attach(document.erp_id, a_file(content=b"<svg/>", name="a.svg", media_type="image/svg+xml"))
    row = served.attachments.rows[-1]
    assert (row["res_model"], row["res_id"]) == ("account.move", int(document.erp_id))
    assert row["description"] == "From Coupa (coupa-export:4501)"
    assert row["mimetype"] == "text/plain"  # as Odoo has it of whatever a browser might run
    assert row["company_id"] == served.moves.get(int(document.erp_id))["company_id"][0]


def test_a_bill_that_is_gone_takes_no_file(odoo):
    _, address = odoo
    with pytest.raises(TransientError, match="deleted meanwhile"):
        hook_at(address).files().attach("999999", a_file())
