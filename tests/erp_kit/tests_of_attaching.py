"""Files on a document: for hooks that attach any. A hook that does takes these tests over, too::

    from tests.erp_kit.tests_of_attaching import *

Whatever a file meets, the document stays as it was posted.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from include.attachments.file_names import LONGEST, file_name
from include.attachments.ports import ErpFile, FileStore
from include.errors import ConfigurationError, TransientError
from tests.erp_kit.line import at_each_write, line
from tests.erp_kit.needs import needs, skip_unless, what_the_world_can  # noqa: F401 - comes along
from tests.erp_kit.standing import done_or_unknown, live, stands

EVERY_BYTE = bytes(range(256)) * 32
PICTURE = b"\x89PNG\r\n\x1a\n" + EVERY_BYTE
NAMES = (
    "Rechnung Müller & Söhne (1).pdf",
    "発票 №7.pdf",
    "no ending",
    "two.endings.xml",
    file_name("x" * 300 + ".pdf", ""),
)
_KEYS = iter(range(9_000, 10_000))
AT_ONCE = 4
BIG = 6 << 20


@pytest.fixture(scope="module")
def posted(world):
    """A bill and its document; each test attaches files of its own to it."""
    skip_unless(world, "files")
    bill = world.bill()
    return bill, world.open_hook().create(bill)


def a_file(name="inv.pdf", content=b"%PDF-1.4 a test", media_type="application/pdf", **more):
    values = {"key": str(next(_KEYS)), "name": name, "content": content, "media_type": media_type, **more}
    return ErpFile(**values)


def stored(world, document, file):
    """The contents under the file's name on the document."""
    return [content for name, content in world.files(document) if name == world.file_name(file)]


def test_a_file_hangs_on_its_document_byte_for_byte_and_is_known_by_its_key(world, posted):
    _, document = posted
    store = world.open_hook().files()
    assert isinstance(store, FileStore)
    scan = a_file("scan.pdf", EVERY_BYTE, key="scan-0a1b2c3d", is_scan=True)
    picture = a_file("receipt.png", PICTURE, "image/png")
    for file in (scan, picture):
        assert file.key not in store.keys_of(document.erp_id)
        store.attach(document.erp_id, file)
        assert file.key in world.open_hook().files().keys_of(document.erp_id)
        assert stored(world, document, file) == [file.content]


def test_attached_again_it_hangs_there_once(world, posted):
    _, document = posted
    file = a_file("again.pdf")
    hook = world.open_hook()
    for store in (hook.files(), hook.files(), world.open_hook().files()):
        store.attach(document.erp_id, file)
    assert stored(world, document, file) == [file.content]


@needs("attach_by_hand")
def test_two_files_of_one_name_both_hang_there_and_those_of_people_stay_and_are_not_ours(world, posted):
    _, document = posted
    store = world.open_hook().files()
    world.attach_by_hand(document, "same.pdf", b"by hand")
    before = store.keys_of(document.erp_id)
    one, two = a_file("same.pdf", b"one"), a_file("same.pdf", b"two")
    for file in (one, two):
        store.attach(document.erp_id, file)
    assert store.keys_of(document.erp_id) - before == {one.key, two.key}
    contents = {content for _, content in world.files(document)}
    assert {b"by hand", b"one", b"two"} <= contents


@pytest.mark.parametrize("name", NAMES)
def test_an_odd_name_is_kept(world, posted, name):
    assert name == file_name(name, "")
    assert len(name) <= LONGEST
    _, document = posted
    file = a_file(name, f"content of {name}".encode(), "application/octet-stream")
    store = world.open_hook().files()
    store.attach(document.erp_id, file)
    assert stored(world, document, file) == [file.content]
    assert file.key in store.keys_of(document.erp_id)


def test_a_big_file_goes_along_whole(world, posted):
    _, document = posted
    file = a_file("big.pdf", (EVERY_BYTE * (BIG // len(EVERY_BYTE) + 1))[:BIG])
    world.open_hook().files().attach(document.erp_id, file)
    (content,) = stored(world, document, file)
    assert len(content) == BIG
    assert content == file.content


@needs("files", "pay")
def test_a_document_that_is_paid_takes_files(world):
    bill = world.bill()
    document = world.open_hook().create(bill)
    world.pay(document, whole=True)
    file = a_file("late.pdf")
    world.open_hook().files().attach(document.erp_id, file)
    assert stored(world, document, file) == [file.content]
    assert live(world.open_hook(), bill.key).state == "paid"


@needs("files")
def test_an_amended_document_keeps_its_files_or_the_one_in_its_place_begins_without(world):
    hook = world.open_hook()
    bill = world.bill()
    old = hook.create(bill)
    file = a_file("amended.pdf")
    hook.files().attach(old.erp_id, file)
    new = hook.amend(world.changed(bill), old)
    kept = file.key in hook.files().keys_of(new.erp_id)
    assert kept is (world.traits.amends == "in_place")
    hook.files().attach(new.erp_id, file)
    assert stored(world, new, file) == [file.content]


def test_an_answer_lost_at_any_write_is_unknown_and_the_next_attempt_leaves_one(world, posted):
    bill, document = posted
    for lost in at_each_write(world, "attach", "cut_after"):
        file = a_file("lost.pdf", b"%PDF lost " + str(next(_KEYS)).encode())
        done_or_unknown(lambda lost=lost, file=file: lost.hook().files().attach(document.erp_id, file))
        # It waits no longer for an attempt that has ended than an answer may take.
        world.open_hook(impatient=True).files().attach(document.erp_id, file)
        assert stored(world, document, file).count(file.content) == 1
    stands(world, bill)


def test_several_processes_that_attach_one_file_at_once_leave_one(world, posted):
    bill, document = posted
    file = a_file("raced.pdf")
    begin = threading.Barrier(AT_ONCE)

    def attach(_):
        store = world.open_hook().files()
        store.keys_of(document.erp_id)
        begin.wait()
        with suppress(TransientError):
            store.attach(document.erp_id, file)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(attach, range(AT_ONCE)))
    world.open_hook().files().attach(document.erp_id, file)
    assert stored(world, document, file) == [file.content]
    stands(world, bill)


def test_trouble_is_told_as_what_it_is_and_the_document_stands(world, posted):
    bill, document = posted
    file = a_file("trouble.pdf")
    for fault, meaning in (
        ("unavailable", TransientError),
        ("cut", TransientError),
        ("internal_error", TransientError),
        ("unauthorized", ConfigurationError),
        ("forbidden", ConfigurationError),
    ):
        for reads in (True, False):
            with line(world, 0, fault, reads=reads) as troubled:
                store = troubled.hook(impatient=True).files()
                with pytest.raises(meaning) as told:
                    store.attach(document.erp_id, file)
                assert world.secret not in str(told.value)
    assert file.key not in world.open_hook().files().keys_of(document.erp_id)
    stands(world, bill)
