"""What Coupa's answer tells of files, scan, links and notes."""

from __future__ import annotations

import pytest

from include.attachments.attached import KEY, attached_of
from include.attachments.ports import ErpFile, key_in

FILE = {"id": 4501, "type": "file", "file": "/attachments/4501/inv.pdf"}


def told(**answer):
    return [
        (one.kind, one.attachment_id, one.name, one.words)
        for one in attached_of(7, {name.replace("_", "-"): value for name, value in answer.items()})
    ]


def test_the_scan_comes_first_and_links_and_notes_become_small_texts():
    assert told(
        image_scan="/invoices/7/scan.pdf",
        attachments=[
            FILE,
            {"id": 4502, "type": "url", "url": "https://intranet.example.com/?token=1"},
            {"id": 4503, "type": "text", "text": "Agreed by phone."},
        ],
    ) == [
        ("scan", None, "scan.pdf", ""),
        ("file", 4501, "inv.pdf", ""),
        ("link", 4502, "link-4502.txt", "https://intranet.example.com/?token=1"),
        ("note", 4503, "note-4503.txt", "Agreed by phone."),
    ]


@pytest.mark.parametrize(
    ("answer", "becomes"),
    [
        ({}, []),
        ({"image_scan": None, "attachments": None}, []),
        ({"image_scan": "", "attachments": []}, []),
        ({"image_scan_url": "https://scans.example.com/7"},
         [("link", None, "scan-7-link.txt", "https://scans.example.com/7")]),
        ({"image_scan": "a/b.pdf", "image_scan_file_name": "RE 17.pdf"}, [("scan", None, "RE 17.pdf", "")]),
        ({"image_scan": "x/y.pdf", "image_scan_url": "https://z"}, [("scan", None, "y.pdf", "")]),
        ({"attachments": [{"id": "12", "type": "AttachmentFile", "file": "x"}]}, [("file", 12, "x", "")]),
        ({"attachments": [{"id": 1, "file_file_name": "../a.pdf", "file": "b"}]}, [("file", 1, "a.pdf", "")]),
        ({"attachments": [{"id": 1}]}, [("file", 1, "attachment-1", "")]),
        ({"attachments": [{"id": 1, "url": "https://x"}]}, [("link", 1, "link-1.txt", "https://x")]),
        ({"attachments": [FILE, FILE]}, [("file", 4501, "inv.pdf", "")]),
    ],
)  # fmt: skip
def test_every_shape_of_an_answer_is_read(answer, becomes):
    assert told(**answer) == becomes


@pytest.mark.parametrize("listed", ["x", 7, ["x"], [{}], [{"id": None}], [{"id": "x"}], [{"id": True}]])
def test_what_cannot_be_read_is_no_empty_list(listed):
    with pytest.raises(ValueError, match=r"attachment|invalid literal"):
        told(attachments=listed)


def test_a_key_is_the_same_in_every_attempt_and_another_scan_has_another():
    first, again, other = (
        attached_of(7, {"image-scan": path})[0].key for path in ("a/1.pdf?sig=1", "b/1.pdf?sig=2", "a/2.pdf")
    )
    assert first == again != other
    assert KEY.fullmatch(first)
    assert attached_of(7, {"attachments": [FILE]})[0].key == "4501"


@pytest.mark.parametrize("key", ["4501", "scan-0a1b2c3d"])
def test_a_key_is_found_again_in_a_text_of_the_erp(key):
    file = ErpFile(key=key, name="inv.pdf", media_type="application/pdf", content=b"x")
    assert key_in(f"From Coupa ({file.mark}), thanks") == key
    assert key_in(file.mark) == key
    for others in (None, False, "", "inv.pdf", "Coupa-export of 4501"):
        assert key_in(others) is None
    assert "content" not in repr(file)
