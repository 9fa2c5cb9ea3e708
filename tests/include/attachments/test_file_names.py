"""A name from Coupa becomes one that is a name everywhere, and never a path."""

from __future__ import annotations

import pytest

from include.attachments.file_names import LONGEST, file_name, last_step


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("inv.pdf", "inv.pdf"),
        ("Rechnung Müller & Söhne №7.pdf", "Rechnung Müller & Söhne №7.pdf"),
        ("発票.pdf", "発票.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/etc/cron.d/job", "job"),
        (r"C:\scans\inv.pdf", "inv.pdf"),
        (r"..\..\inv.pdf", "inv.pdf"),
        ("a:b*c?.pdf", "a_b_c_.pdf"),
        ("inv%2Fpath.pdf", "inv_2Fpath.pdf"),
        ("two\nlines\t.pdf", "two lines .pdf"),
        ("hidden\x00.exe.pdf", "hidden .exe.pdf"),
        ("cod\u202efdp.exe", "codfdp.exe"),
        (".htaccess", "htaccess"),
        ("trailing. ", "trailing"),
        ("CON.pdf", "_CON.pdf"),
        ("lpt1", "_lpt1"),
        ("console.pdf", "console.pdf"),
        ("..", "attachment-7"),
        ("/", "attachment-7"),
        ("???", "attachment-7"),
        ("", "attachment-7"),
        (None, "attachment-7"),
    ],
)
def test_a_name_is_a_name_and_no_path(name, becomes):
    assert file_name(name, "attachment-7") == becomes


@pytest.mark.parametrize("sign", ["x", "ü", "票"])
def test_a_long_name_is_shortened_before_its_ending(sign):
    shortened = file_name(sign * 400 + ".pdf", "other")
    assert shortened == sign * (LONGEST - 4) + ".pdf"
    assert len(file_name(sign * 400, "other")) == LONGEST
    assert len(file_name("a." + sign * 400, "other")) == LONGEST


@pytest.mark.parametrize(
    ("path", "step"),
    [
        ("/attachments/4501/inv.pdf", "inv.pdf"),
        ("https://files.example.com/4501/inv%20a.pdf?X-Signature=abc/def.exe", "inv a.pdf"),
        ("inv.pdf", "inv.pdf"),
        ("https://[broken", None),
        ("/", None),
        (None, None),
    ],
)
def test_the_name_at_the_end_of_an_address_is_without_its_query(path, step):
    assert last_step(path) == step
