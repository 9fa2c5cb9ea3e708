"""Scan and files go with an invoice, each once; whatever one of them meets, the posting stands."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.coupa.retry import RetryPolicy
from include.attachments import carrying
from include.attachments.ports import NotAttachable
from include.errors import ConfigurationError, ErpRejection, OutcomeUnknown, Refusal, TransientError
from include.export import claim, recording
from include.export.beside import carry_files
from include.export.delivery import deliver
from include.export.listing import Label
from include.export.rehearsing import rehearsing
from include.export.run_end import summarise
from include.sandbox.faults import Fault
from include.sandbox.invoices import load
from include.sandbox.running import running_sandbox
from tests.export.test_one_invoice import EDIT, INVOICE, KEY, api_calls

MEGABYTE = 1 << 20
#: One with a picture, a link and a note; and one on which nothing hangs.
WITH_NOTES, BARE = 104202, 104203


def ports_of(export, **changes):
    return replace(export.ports, **{"largest_file": MEGABYTE, **changes})


def carried(export, invoice_id=INVOICE, **changes):
    """Claim, post, and carry the files, as ``post_to_erp`` does."""
    export.attempt += 1
    ports = ports_of(export, **changes)
    invoice = claim.mark_exported(ports, invoice_id)
    claim.resolve_previous(ports.coupa, invoice_id)
    return carry_files(ports, invoice, deliver(ports, invoice, attempt=str(export.attempt)))


def notes_of(verdict):
    assert {note.code for note in verdict.notes} <= {"NOT_ATTACHED"}
    return [note.text for note in verdict.notes]


def files(export, invoice_id=INVOICE):
    return export.erp.files_of(f"coupa-sandbox/InvoiceHeader/{invoice_id}")


@pytest.fixture(scope="module")
def one_sandbox():
    wanted = {INVOICE, WITH_NOTES, BARE}
    with running_sandbox(invoices=[one for one in load() if one["id"] in wanted]) as running:
        yield running


@pytest.fixture
def sandbox(one_sandbox):
    """As new: three invoices, nothing else."""
    with one_sandbox.state.lock:
        one_sandbox.state.reset()
    return one_sandbox


@pytest.fixture
def asking(export):
    """The same, by a hook that asks of each invoice whether anything hangs on it."""
    export.coupa = CoupaHook(retry_policy=RetryPolicy(first_wait=0), with_attachments=True)
    return export


def test_scan_and_files_hang_on_the_document_with_their_own_bytes_and_names(export):
    export.sandbox.state.file_contents[INVOICE, 4501] = b"%PDF the invoice \x00\xff"
    verdict = carried(export)
    assert (verdict.action, verdict.notes) == ("created", [])
    scan, invoice, note = export.erp.attached[verdict.erp_id]
    assert (scan.name, scan.is_scan, scan.media_type) == ("scan.pdf", True, "application/pdf")
    assert (invoice.key, invoice.name, invoice.content) == ("4501", "inv.pdf", b"%PDF the invoice \x00\xff")
    assert (note.name, note.is_scan) == ("delivery-note.pdf", False)


def test_links_and_notes_become_texts_and_no_link_is_opened(export):
    verdict = carried(export, WITH_NOTES)
    picture, link, note = export.erp.attached[verdict.erp_id]
    assert (picture.name, picture.media_type) == ("receipt.png", "image/png")
    assert (link.name, link.content) == ("link-4504.txt", b"https://soylent.example.com/orders/17")
    assert (note.media_type, note.content) == ("text/plain", b"Forty guests, as agreed by phone.")


def test_a_repeat_fetches_and_attaches_nothing_twice(export):
    carried(export)
    before = list(files(export))
    export.sandbox.control.forget_calls()
    assert carried(export).action == "unchanged"
    assert files(export) == before
    assert [call for call in api_calls(export) if "attachments" in call or "image_scan" in call] == []


@pytest.mark.parametrize("last", ["attached 4501", "attached 4502"])
def test_an_attempt_that_ended_between_two_files_is_carried_on(export, last):
    class Killed(BaseException):
        pass

    def end(place):
        if place == last:
            raise Killed

    export.erp.between = end
    with suppress(Killed):
        carried(export)
    export.erp.between = lambda _: None
    assert carried(export).notes == []
    assert len(files(export)) == len(set(files(export))) == 3


def test_what_a_killed_task_had_posted_gets_its_files_when_its_success_is_found(export):
    deliver(ports_of(export), claim.mark_exported(export.ports, INVOICE), attempt="1")
    found = recording.find_verdict(ports_of(export), INVOICE, attempt="2")
    assert (found.action, found.notes) == ("unchanged", [])
    assert len(files(export)) == 3


def test_a_document_that_took_anothers_place_gets_all_files_and_one_that_stays_the_new_ones(export):
    first = carried(export)
    export.sandbox.control.edit_in_ui(INVOICE, EDIT)
    second = carried(export)
    assert second.erp_id != first.erp_id
    assert len(files(export)) == 3
    more = {"id": 4509, "type": "file", "file": "/attachments/4509/late.pdf"}
    export.sandbox.control.edit_in_ui(INVOICE, {"attachments": [more]})
    assert carried(export).action == "unchanged"
    assert files(export)[3:] == ["4509"]


def test_another_scan_goes_along_beside_the_first(export):
    carried(export)
    export.sandbox.control.edit_in_ui(INVOICE, {"image-scan": "/invoices/104201/corrected.pdf"})
    carried(export)
    names = [file.name for file in export.erp.attached[export.erp.find_by_key(KEY).erp_id]]
    assert names == ["scan.pdf", "inv.pdf", "delivery-note.pdf", "corrected.pdf"]


def test_a_void_takes_no_files_along(export):
    carried(export)
    export.sandbox.control.void_in_ui(INVOICE)
    export.sandbox.control.forget_calls()
    assert carried(export).action == "voided"
    assert [call for call in api_calls(export) if call.startswith("GET /api/invoices/")] == []


# What fails


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault(status=404, times=None), "404"),
        (Fault(status=500, times=None), "500"),
        (Fault(status=403, times=None), "403"),
        (Fault(cut=True, times=None), "connection broke"),
        (Fault(status=302, times=None, headers={"Location": "https://files.example.com"}), "302"),
        (Fault(status=200, shape="html", times=None), "web page"),
        (Fault(shape="empty", times=None), "empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_coupa_does_not_give_is_named_and_the_others_go(export, fault, why):
    export.sandbox.control.order(fault.model_copy(update={"path": "attachments/4501$"}))
    verdict = carried(export)
    (note,) = notes_of(verdict)
    assert verdict.action == "created"
    assert note.startswith("Header: Not attached to Memory's document M-1: inv.pdf, because ")
    assert why in note
    assert "export the invoice again" in note
    assert [key.startswith("scan-") for key in files(export)] == [True, False]
    assert files(export)[1] == "4502"
    # Once the cause is mended, the next attempt brings the one that lacks.
    export.sandbox.control.behave()
    assert carried(export).notes == []
    assert files(export)[2:] == ["4501"]


def test_a_file_beyond_the_cap_is_named_with_the_cap(export):
    export.sandbox.state.file_contents[INVOICE, 4502] = b"x" * (MEGABYTE + 1)
    (note,) = notes_of(carried(export))
    assert "delivery-note.pdf, because it has more than 1 MB" in note
    export.sandbox.control.edit_in_ui(WITH_NOTES, {"attachments": {"2": {"text": "ü" * MEGABYTE}}})
    (note,) = notes_of(carried(export, WITH_NOTES))
    assert "note-4505.txt, because it has more than 1 MB" in note


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (TransientError("The ERP serves nobody."), "The ERP serves nobody"),
        (OutcomeUnknown("The answer was lost."), "The answer was lost"),
        (ConfigurationError("No right to attach."), "No right to attach"),
        (ErpRejection(Refusal("ERP_REFUSED", "No files here.")), "No files here"),
        (ErpRejection(Refusal("TOO_LARGE", "The invoice is larger…")), "takes no request of its size"),
        (NotAttachable("it is a program"), "it is a program"),
        (KeyError("secret"), r"error of the export's own (KeyError)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_erp_that_takes_no_files_keeps_the_posting_and_is_named(export, fault, why):
    def refuse(*_):
        raise fault

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.export.memory_erp.MemoryFiles.attach", refuse)
        verdict = carried(export)
    assert (verdict.action, len(verdict.notes)) == ("created", 3)
    assert all(why in note and "secret" not in note for note in notes_of(verdict))
    assert export.record(verdict).kind == "posted"
    assert len(export.erp.live) == 1
    assert carried(export).notes == []
    assert len(files(export)) == 3


def test_an_erp_or_a_coupa_that_cannot_be_asked_about_files_keeps_the_posting(export):
    export.erp.failing_files = TransientError("The ERP serves nobody.")
    (note,) = notes_of(carried(export))
    assert "its scan and files, because The ERP serves nobody" in note
    export.erp.failing_files = None
    export.sandbox.control.order(Fault(method="GET", path=f"invoices/{INVOICE}$", times=None, status=503))
    (note,) = notes_of(carried(export))
    assert "its scan and files, because GET" in note
    assert len(export.erp.live) == 1


def test_what_fails_for_a_moment_is_tried_once_more_after_the_others(export):
    lost = [True]

    def after(place):
        if place == "attached 4501" and lost:
            lost.pop()
            raise OutcomeUnknown("The answer was lost.")

    export.erp.between = after
    assert carried(export).notes == []
    assert sorted(files(export)[1:]) == ["4501", "4502"]


def test_files_have_a_limit_of_time_after_which_they_are_named(export, monkeypatch):
    now = iter(range(0, 10_000, 40))
    monkeypatch.setattr(carrying, "monotonic", lambda: next(now))
    # They come to their turn after 40, 80 and 120 seconds.
    notes = notes_of(carried(export, file_seconds=100.0))
    assert [note.partition(", because ")[2][:26] for note in notes] == ["there was no time left for"]
    assert "delivery-note.pdf" in notes[0]
    assert len(files(export)) == 2


def test_of_many_that_fail_the_first_are_named_one_by_one_and_the_rest_together(export):
    many = [{"id": number, "type": "file", "file": f"/a/{number}/f{number}.pdf"} for number in range(1, 41)]
    export.sandbox.control.edit_in_ui(INVOICE, {"attachments": many, "image-scan": None})
    export.sandbox.control.order(Fault(path="attachments/", times=None, status=404))
    notes = notes_of(carried(export))
    assert len(notes) == 6
    assert notes[-1].startswith("Header: Not attached either, ")
    assert len(notes[-1]) < 400


# What is told


def test_a_file_that_lacks_is_told_with_the_success_in_coupa_in_the_log_and_in_the_summary(export, caplog):
    export.sandbox.control.order(Fault(path="attachments/4501$", times=None, status=404))
    verdict = carried(export)
    told = [one for one in caplog.records if one.name == carrying.log.name and one.levelname == "WARNING"]
    (warning,) = (one.getMessage() for one in told)
    assert "inv.pdf" in warning
    assert "export the invoice again" in warning
    outcome = export.record(verdict)
    assert (outcome.kind, [message.code for message in outcome.messages]) == ("posted", ["NOT_ATTACHED"])
    (record,) = export.history(INVOICE)
    assert [response["response-code"] for response in record["responses"]] == ["CREATED", "NOT_ATTACHED"]
    assert (record["status"], export.errors(INVOICE)) == ("Success", [])
    listed = [Label(id=INVOICE, number=outcome.facts.invoice_number)]
    summary = summarise(listed, started=True, outcomes=[outcome])
    assert summary.failure is None
    assert [one.invoice_number for one in summary.bounded().not_attached] == [outcome.facts.invoice_number]
    export.sandbox.control.behave()
    again = export.record(carried(export))
    assert again.messages == []
    assert summarise(listed, started=True, outcomes=[again]).not_attached == []
    assert [record["resolved"] for record in export.history(INVOICE)] == [True, False]


# Where it is off, and where there is nothing


def test_without_the_setting_coupa_is_asked_nothing_more_and_the_erp_neither(export):
    export.sandbox.control.forget_calls()
    export.erp.failing_files = AssertionError("nobody asks")
    carried(export, largest_file=None)
    assert not [call for call in api_calls(export) if call.startswith("GET /api/invoices")]


def test_an_invoice_on_which_nothing_hangs_takes_no_further_call(asking):
    asking.sandbox.control.forget_calls()
    asking.erp.failing_files = AssertionError("nobody asks")
    assert carried(asking, BARE).notes == []
    assert api_calls(asking) == [
        f"PUT /api/invoices/{BARE}",
        "GET /api/integration_history_records",
        "GET /api/integration_errors",
    ]
    asking.erp.failing_files = None
    carried(asking)
    assert len(files(asking)) == 3


def test_switching_it_on_makes_no_invoice_look_edited(export, asking):
    plain = claim.facts_of(CoupaHook(retry_policy=RetryPolicy(first_wait=0)).read_invoice(INVOICE),
                           export.coupa.scope)  # fmt: skip
    assert claim.facts_of(asking.coupa.read_invoice(INVOICE), asking.coupa.scope) == plain


def test_a_dry_run_attaches_nothing_and_fetches_nothing(export):
    ports = rehearsing(ports_of(export))
    invoice = claim.mark_exported(ports, INVOICE)
    export.sandbox.control.forget_calls()
    verdict = carry_files(ports, invoice, deliver(ports, invoice, attempt="1"))
    assert (verdict.action, verdict.notes) == ("created", [])
    assert export.erp.attached == {}
    assert api_calls(export) == []
