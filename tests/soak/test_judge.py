"""The judge finds what is wrong: each scene is a good one with one thing spoilt."""

from __future__ import annotations

import copy
from decimal import Decimal

import pytest

from include.demo.expected_books import expected_books
from include.sandbox.invoices import CASES, load
from include.soak.erp_books import ErpBooks, ErpEntry
from include.soak.judge import Scene, judge

KEY = "coupa-sandbox/InvoiceHeader"
CLEAN, CREDIT, NEVER_SENT, REFUSED, NEXT, DRAFT = 104201, 104231, 104237, 104261, 104202, 104281
IDS = (CLEAN, CREDIT, NEVER_SENT, REFUSED, NEXT, DRAFT)
POSTED = (CLEAN, CREDIT, NEXT)


def entry(document, erp_id, number, **others):
    sums = expected_books(document)
    stands = {
        "state": "posted",
        "company": "US01",
        "supplier": document["supplier"]["number"],
        "reference": document["invoice-number"],
        "currency": document["currency"]["code"],
        "sums": dict(sums),
        "left": dict(sums),
        **others,
    }
    return ErpEntry(erp_id, f"{KEY}/{document['id']}", number, **stands)


def error(
    identity, invoice, outcome="rejected", *, run=1, resolved=False, at=10, code=None, text="No", name=None
):
    technical = outcome not in ("rejected",)
    code = code or ("TECHNICAL-TransientError" if technical else CASES[invoice].code)
    return {
        "id": identity,
        "document-id": invoice,
        "contact-alert-type": "Technical" if technical else "Functional",
        "status": "Error",
        "resolved": resolved,
        "integration-run-id": run,
        "external-id": name or f"{KEY}/{invoice}#-#{outcome}#{identity}#c@v",
        "created-at": f"2026-11-22T10:00:{at:02}-08:00",
        "responses": [{"response-code": code, "response-message": text}],
    }


def success(identity, invoice, at=10):
    return {
        "id": identity,
        "document-id": invoice,
        "status": "Success",
        "resolved": False,
        "external-id": f"{KEY}/{invoice}#f#created#{identity}#c@v",
        "created-at": f"2026-11-22T10:00:{at:02}-08:00",
        "responses": [],
    }


def alert(identity, record, about="errors"):
    return {"id": identity, "about": about, "record-id": record}


def run(identity, status="successful"):
    return {"id": identity, "status": status, "end-time": "2026-11-22T10:10:00-08:00"}


@pytest.fixture
def scene():
    documents = {one["id"]: one for one in load() if one["id"] in IDS}
    entries = []
    for erp_id, invoice in enumerate(POSTED, start=70):
        number = f"BILL-US01-2026-{erp_id:05}"
        documents[invoice]["custom-fields"]["cf-erp-invoice-number"] = number
        entries.append(entry(documents[invoice], erp_id, number))
    for invoice in (*POSTED, NEVER_SENT, REFUSED):
        documents[invoice]["exported"] = True
    return Scene(
        instance_key="coupa-sandbox",
        invoices=list(documents.values()),
        history=[success(number, one) for number, one in enumerate((*POSTED, NEVER_SENT), start=1)],
        errors=[error(1, REFUSED)],
        runs=[run(1)],
        alerts=[alert(1, 1)],
        books=ErpBooks(entries),
        cases={one: CASES[one] for one in IDS},
    )


def document(scene, invoice):
    return next(one for one in scene.invoices if one["id"] == invoice)


def kinds(scene):
    return {finding.kind for finding in judge(scene).findings}


def test_a_good_end_has_no_finding(scene):
    verdict = judge(scene)
    assert verdict.findings == []
    ends = [verdict.ends[one] for one in IDS]
    assert ends == ["posted", "posted", "voided", "rejected", "posted", "not taken"]
    assert (verdict.alerts_due, verdict.alerts_sent) == (1, 1)
    assert verdict.documents == {"USD": (3, 3)}
    assert verdict.rows


def test_a_lost_invoice_is_found(scene):
    del scene.books.entries[0]
    assert kinds(scene) == {"lost"}


def test_an_invoice_whose_error_was_resolved_and_nothing_else_done_is_lost(scene):
    scene.errors[0]["resolved"] = True
    assert kinds(scene) == {"lost"}


def test_an_invoice_that_still_waits_is_found(scene):
    document(scene, CLEAN)["exported"] = False
    assert kinds(scene) == {"waiting"}


def test_a_doubled_invoice_is_found(scene):
    again = copy.deepcopy(scene.books.entries[0])
    again.erp_id, again.number = 99, "BILL-US01-2026-00099"
    scene.books.entries.append(again)
    assert kinds(scene) == {"twice", "books"}


def test_the_same_bill_under_another_key_is_found(scene):
    again = copy.deepcopy(scene.books.entries[0])
    again.erp_id, again.key, again.number = 99, "by hand", "BILL-US01-2026-00099"
    scene.books.entries.append(again)
    assert kinds(scene) == {"twice"}


def test_a_draft_left_beside_the_bill_is_found(scene):
    left = entry(document(scene, CLEAN), 99, "", state="draft", sums={}, left={})
    scene.books.entries.append(left)
    assert kinds(scene) == {"twice"}
    del scene.books.entries[0]
    assert {"draft", "lost"} <= kinds(scene)


def test_a_bill_that_is_not_what_coupa_shows_now_is_stale(scene):
    document(scene, CLEAN)["invoice-lines"][0]["account"]["segment-2"] = "6500"
    assert kinds(scene) == {"stale", "books"}


def test_an_earlier_content_is_allowed_under_an_open_error_and_one_that_never_was_is_not(scene):
    shown = document(scene, CLEAN)
    scene.versions[CLEAN] = [copy.deepcopy(shown)]
    scene.excuses[CLEAN] = {"CHANGED_AFTER_PAYMENT"}
    shown["invoice-lines"][0]["account"]["segment-2"] = "6500"
    scene.errors.append(error(2, CLEAN, code="CHANGED_AFTER_PAYMENT", at=20))
    scene.alerts.append(alert(2, 2))
    assert kinds(scene) == set()
    scene.books.entries[0].sums["6600"] = Decimal(1)
    assert "stale" in kinds(scene)


def test_a_void_that_is_live_in_the_erp_is_stale(scene):
    document(scene, CLEAN)["status"] = "voided"
    assert {"stale", "books"} <= kinds(scene)


def test_an_invoice_taken_back_in_coupa_and_live_in_the_erp_is_stale(scene):
    document(scene, CLEAN)["status"] = "on_hold"
    assert {"stale", "books"} <= kinds(scene)


def test_another_number_in_coupa_is_found(scene):
    document(scene, CLEAN)["custom-fields"]["cf-erp-invoice-number"] = "BILL-US01-2026-00001"
    assert kinds(scene) == {"number"}


def test_a_cent_on_one_account_is_found(scene):
    scene.books.entries[0].left["6400"] += Decimal("0.01")
    (finding,) = judge(scene).findings
    assert (finding.kind, finding.about) == ("books", "USD 6400")


def test_a_reversal_that_left_something_is_found(scene):
    cancelled = entry(
        document(scene, CLEAN), 60, "BILL-US01-2026-00060", state="cancelled", left={"6400": Decimal(5)}
    )
    scene.books.entries.append(cancelled)
    assert kinds(scene) == {"books"}


def test_a_bill_that_coupa_does_not_know_is_found(scene):
    stranger = copy.deepcopy(scene.books.entries[0])
    stranger.key, stranger.reference = f"{KEY}/999", "other"
    scene.books.entries.append(stranger)
    assert kinds(scene) == {"books"}


def test_a_move_of_the_exports_that_belongs_to_nothing_is_found(scene):
    scene.books.stray_moves.append(7)
    assert kinds(scene) == {"books"}


def test_an_invoice_that_should_be_refused_and_is_posted_is_found(scene):
    scene.errors[0]["resolved"] = True
    shown = document(scene, REFUSED)
    shown["custom-fields"]["cf-erp-invoice-number"] = "N"
    scene.books.entries.append(entry(shown, 98, "N"))
    assert kinds(scene) == {"wrongly posted"}
    scene.mended.add(REFUSED)
    assert kinds(scene) == set()


def test_a_refusal_without_a_reason_is_found(scene):
    scene.errors.append(error(2, CLEAN, code="PERIOD_CLOSED", at=20))
    scene.alerts.append(alert(2, 2))
    assert kinds(scene) == {"wrongly refused"}
    scene.excuses[CLEAN] = {"PERIOD_CLOSED"}
    assert kinds(scene) == set()


def test_a_technical_error_that_stays_open_is_found(scene):
    scene.errors.append(error(2, CLEAN, "failed", at=20))
    scene.alerts.append(alert(2, 2))
    assert kinds(scene) == {"unfinished"}


def test_what_an_accountant_took_over_must_not_come_back(scene):
    scene.books.entries[0].state = "cancelled"
    scene.books.entries[0].left.clear()
    by_hand = entry(document(scene, CLEAN), 99, "BILL-US01-2026-00099")
    by_hand.key = "entered by hand"
    scene.books.entries.append(by_hand)
    scene.by_hand.add(CLEAN)
    assert kinds(scene) == set()
    assert judge(scene).ended("entered by hand") == 1
    scene.books.entries[0].state = "posted"
    assert "twice" in kinds(scene)


def test_a_run_left_open_is_found(scene):
    scene.runs.append({"id": 2, "status": "running", "end-time": None})
    assert kinds(scene) == {"run open"}


# -- alerts ------------------------------------------------------------------------------------------------


def test_an_alert_that_nobody_got_is_found_and_the_error_is_untold(scene):
    scene.alerts.clear()
    assert kinds(scene) == {"alert missing", "untold"}


def test_the_same_refusal_told_again_is_too_many(scene):
    scene.errors[0]["resolved"] = True
    scene.errors.append(error(2, REFUSED, at=20))
    scene.alerts.append(alert(2, 2))
    verdict = judge(scene)
    assert kinds(scene) == {"alert too many"}
    assert (verdict.alerts_due, verdict.alerts_sent) == (1, 2)
    scene.errors[1]["responses"][0]["response-message"] = "Something else"
    assert kinds(scene) == set()


def test_a_refusal_after_a_success_is_new_trouble(scene):
    scene.errors[0].update({"resolved": True, "created-at": "2026-11-22T10:00:01-08:00"})
    scene.history.append(success(9, REFUSED, at=5))
    scene.errors.append(error(2, REFUSED, at=20))
    scene.alerts.append(alert(2, 2))
    assert kinds(scene) == set()


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ((1, 3), set()),
        ((1,), {"alert missing"}),
        ((1, 2, 3), {"alert too many"}),
        ((2, 3), {"alert missing", "alert too many"}),
    ],
)
def test_the_first_and_the_third_failure_in_a_row_are_told(scene, told, found):
    for number in (1, 2, 3):
        scene.errors.append(
            error(10 + number, CLEAN, "failed", resolved=True, at=number, text=f"try {number}")
        )
    scene.alerts += [alert(10 + number, 10 + number) for number in told]
    assert kinds(scene) == found


def test_a_success_begins_the_row_anew_and_an_outage_is_no_part_of_it(scene):
    for number, outcome in enumerate(("failed", "outage", "failed"), start=1):
        scene.errors.append(error(10 + number, CLEAN, outcome, resolved=True, at=number))
    scene.history.append(success(9, CLEAN, at=4))
    scene.errors.append(error(20, CLEAN, "failed", resolved=True, at=5))
    scene.alerts += [alert(2, 11), alert(3, 20)]
    assert kinds(scene) == set()


def test_one_record_written_twice_is_told_once(scene):
    scene.errors.append(error(2, REFUSED, at=20, name=scene.errors[0]["external-id"]))
    scene.errors[0]["resolved"] = True
    scene.alerts.append(alert(2, 2))
    assert kinds(scene) == {"alert too many"}


def many(scene, count, *, told):
    """So many invoices refused for one reason in run 2."""
    first = document(scene, REFUSED)
    for number in range(count):
        made = {**copy.deepcopy(first), "id": 200_000 + number, "invoice-number": f"N-{number}"}
        scene.invoices.append(made)
        scene.cases[made["id"]] = CASES[REFUSED]
        scene.errors.append(error(100 + number, made["id"], run=2, code="TAX_CODE_UNMAPPED"))
        if number < told:
            scene.alerts.append(alert(100 + number, 100 + number))
    scene.runs.append(run(2, "errored"))


def summary(scene, *, told=True):
    summed = error(
        500, None, run=2, code="TAX_CODE_UNMAPPED", name="coupa-sandbox/INVOICES_TO_ERP#summary#TAX#2"
    )
    scene.errors.append({**summed, "document-id": None})
    if told:
        scene.alerts.append(alert(500, 500))


def test_ten_of_a_code_are_told_and_one_error_sums_up_the_rest(scene):
    many(scene, 14, told=10)
    summary(scene)
    verdict = judge(scene)
    assert verdict.findings == []
    assert (verdict.alerts_due, verdict.alerts_sent) == (12, 12)


def test_fourteen_mails_for_one_cause_are_too_many(scene):
    many(scene, 14, told=14)
    summary(scene)
    assert kinds(scene) == {"alert too many"}


def test_a_missing_summary_is_found(scene):
    many(scene, 14, told=10)
    assert kinds(scene) == {"alert missing", "untold"}


def test_a_summary_of_few_is_too_many(scene):
    many(scene, 4, told=4)
    summary(scene)
    assert kinds(scene) == {"alert too many"}


def outage(identity, of_run):
    made = error(identity, None, "outage", run=of_run, name="coupa-sandbox/INVOICES_TO_ERP#outage")
    return {**made, "document-id": None, "resolved": True}


def test_an_outage_is_told_once_until_a_run_goes_well(scene):
    scene.runs += [run(2, "failed"), run(3, "failed")]
    scene.errors += [outage(30, 2)]
    scene.alerts += [alert(30, 30)]
    assert kinds(scene) == set()
    scene.errors += [outage(31, 3)]
    scene.alerts += [alert(31, 31)]
    assert kinds(scene) == {"alert too many"}
    scene.runs += [run(4), run(5, "failed")]
    scene.errors[-1] = outage(31, 5)
    assert kinds(scene) == set()
