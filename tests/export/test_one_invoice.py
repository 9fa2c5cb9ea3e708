from __future__ import annotations

import pytest

from include.errors import ErpRejection, NotExportable, NumberNotWritten, TransientError
from include.export import claim, recording
from include.export.records import error_record
from include.models.outcome import Message, Trouble
from include.sandbox.faults import Fault
from tests.export.conftest import Export

INVOICE = 104201
KEY = f"coupa-sandbox/InvoiceHeader/{INVOICE}"
EDIT = {"invoice-lines": {"0": {"account": {"code": "3004-6400-CA200", "segment-3": "CA200"}}}}


def api_calls(export: Export) -> list[str]:
    calls = export.sandbox.control.calls()
    return [f"{call['method']} {call['path']}" for call in calls if call["path"].startswith("/api")]


def test_a_clean_invoice_takes_four_calls_after_the_listing(export):
    export.sandbox.control.forget_calls()
    export.whole(INVOICE)
    assert api_calls(export) == [
        f"PUT /api/invoices/{INVOICE}",
        "GET /api/integration_errors",
        f"PUT /api/invoices/{INVOICE}",
        "POST /api/integration_history_records",
    ]


def test_an_approved_invoice_stands_in_the_erp_with_its_number_and_a_success_in_coupa(export):
    outcome = export.whole(INVOICE)
    (document,) = export.erp.documents
    assert (document.key, str(document.total), outcome.kind) == (KEY, "1180.00", "posted")
    shown = export.invoice(INVOICE)
    assert shown["exported"] is True
    assert shown["custom-fields"]["cf-erp-invoice-number"] == document.number
    (record,) = export.history(INVOICE)
    assert (record["status"], record["resolved"], record["integration-run"]["id"]) == (
        "Success",
        False,
        export.run_id,
    )


def test_an_invoice_that_was_sent_already_is_answered_and_not_sent_again(export):
    export.whole(INVOICE)
    outcome = export.whole(INVOICE)
    assert (outcome.kind, outcome.action) == ("unchanged", "unchanged")
    assert len(export.erp.documents) == 1
    assert [record["resolved"] for record in export.history(INVOICE)] == [True, False]


def test_a_change_in_coupa_amends_the_unpaid_document_and_one_stays_live(export):
    export.whole(INVOICE)
    export.sandbox.control.edit_in_ui(INVOICE, EDIT)
    outcome = export.whole(INVOICE)
    assert outcome.action == "amended"
    (live,) = export.erp.live
    assert export.invoice(INVOICE)["custom-fields"]["cf-erp-invoice-number"] == live.number


def test_a_change_after_a_payment_is_for_a_person_to_decide(export):
    export.whole(INVOICE)
    export.erp.pay(KEY, "100.00")
    export.sandbox.control.edit_in_ui(INVOICE, EDIT)
    with pytest.raises(ErpRejection, match="decide there") as rejected:
        export.post(INVOICE)
    assert rejected.value.refusals[0].code == "CHANGED_AFTER_PAYMENT"
    assert len(export.erp.live) == 1


def test_a_void_cancels_the_unpaid_document(export):
    export.whole(INVOICE)
    export.sandbox.control.void_in_ui(INVOICE)
    assert export.whole(INVOICE).kind == "voided"
    assert export.erp.live == []


def test_a_void_after_a_payment_is_for_a_person_to_decide(export):
    export.whole(INVOICE)
    export.erp.pay(KEY, "1180.00")
    export.sandbox.control.void_in_ui(INVOICE)
    with pytest.raises(ErpRejection) as rejected:
        export.post(INVOICE)
    assert rejected.value.refusals[0].code == "VOIDED_AFTER_PAYMENT"
    assert len(export.erp.live) == 1


@pytest.mark.parametrize("invoice_id", [104237, 104238])
def test_a_void_that_never_reached_the_erp_is_a_success_that_creates_nothing(export, invoice_id):
    outcome = export.whole(invoice_id)
    assert (outcome.kind, outcome.action) == ("voided", "nothing_to_void")
    assert export.erp.documents == []
    assert export.history(invoice_id)[0]["status"] == "Success"


def test_what_accountants_changed_in_the_erp_is_reported_and_left_alone(export):
    export.whole(INVOICE)
    changed = export.erp.change(export.erp.documents[0], total=export.erp.documents[0].total + 5)
    outcome = export.whole(INVOICE)
    assert outcome.action == "unchanged"
    assert "1185.00" in outcome.messages[0].text
    assert export.erp.documents == [changed]
    assert "CHANGED_IN_ERP" in [r["response-code"] for r in export.history(INVOICE)[-1]["responses"]]


def test_the_same_supplier_and_number_under_another_key_is_refused_by_its_erp_number(export):
    export.whole(INVOICE)
    export.erp.change(export.erp.documents[0], key="another/InvoiceHeader/1")
    with pytest.raises(ErpRejection, match="M-1"):
        export.post(INVOICE)
    assert len(export.erp.documents) == 1


def test_an_invoice_that_left_approval_is_given_back_and_never_posted(export):
    export.sandbox.control.edit_in_ui(INVOICE, {"status": "on_hold"})
    with pytest.raises(NotExportable, match="on_hold"):
        claim.mark_exported(export.ports, INVOICE)
    assert export.invoice(INVOICE)["exported"] is False


def test_an_edit_after_posting_gives_the_invoice_back_so_that_the_next_run_amends(export):
    verdict = export.post(INVOICE)
    export.sandbox.control.edit_in_ui(INVOICE, EDIT, reset_mark=False)
    outcome = export.record(verdict)
    assert "CHANGED_MEANWHILE" in [message.code for message in outcome.messages]
    assert export.invoice(INVOICE)["exported"] is False
    assert export.whole(INVOICE).action == "amended"
    assert len(export.erp.live) == 1


def test_a_void_after_posting_is_seen_at_the_second_look(export):
    verdict = export.post(INVOICE)
    export.sandbox.control.void_in_ui(INVOICE)
    export.record(verdict)
    assert export.invoice(INVOICE)["exported"] is False
    assert export.whole(INVOICE).kind == "voided"
    assert export.erp.live == []


def test_a_rejection_is_an_open_functional_error_with_an_alert_and_stays_exported(export):
    export.erp.closed_months.add("2026-03")
    with pytest.raises(ErpRejection) as rejected:
        export.post(INVOICE)
    export.refuse(INVOICE, rejected.value)
    (error,) = export.errors(INVOICE)
    assert (error["contact-alert-type"], error["resolved"]) == ("Functional", False)
    assert error["responses"][0]["response-message"] == "Header: The period is closed."
    assert len(export.sandbox.control.rows("alerts")) == 1
    assert export.invoice(INVOICE)["exported"] is True


def test_a_rejection_that_was_mended_is_resolved_by_the_next_success(export):
    test_a_rejection_is_an_open_functional_error_with_an_alert_and_stays_exported(export)
    export.erp.closed_months.clear()
    export.whole(INVOICE)
    assert [error["resolved"] for error in export.errors(INVOICE)] == [True]


@pytest.mark.parametrize("refused_by", ["the mapping", "the ERP"])
def test_a_draft_that_a_broken_attempt_left_is_gone_once_newer_content_is_refused(export, refused_by):
    export.erp.between = lambda place: (_ for _ in ()).throw(TransientError(f"Broke off once {place}."))
    with pytest.raises(TransientError):
        export.post(INVOICE)
    assert [document.state for document in export.erp.documents] == ["draft"]
    export.erp.between = lambda place: None
    if refused_by == "the mapping":
        export.sandbox.control.edit_in_ui(INVOICE, {"payment-term": {"id": 45, "code": "Net 45"}})
    else:
        export.erp.closed_months.add("2026-03")
    with pytest.raises(ErpRejection):
        export.post(INVOICE)
    assert export.erp.documents == []


def test_a_technical_failure_is_told_and_given_back(export):
    outcome = export.refuse(INVOICE, TransientError("Tryton failed."))
    assert outcome.kind == "given_back"
    assert export.errors(INVOICE)[0]["contact-alert-type"] == "Technical"
    assert export.invoice(INVOICE)["exported"] is False


def test_a_repeated_record_is_found_and_not_written_twice(export):
    verdict = export.post(INVOICE)
    export.record(verdict)
    export.record(verdict, repeated=True)
    assert len(export.history(INVOICE)) == 1


def test_a_number_that_coupa_refuses_is_on_record_with_an_alert_and_the_task_fails(export):
    export.sandbox.control.change_settings(refuse_custom_field_writes=True)
    verdict = export.post(INVOICE)
    with pytest.raises(NumberNotWritten, match="M-1") as failed:
        export.record(verdict)
    assert failed.value.outcome.kind == "posted"
    (error,) = export.errors(INVOICE)
    assert "M-1" in error["responses"][0]["response-message"]
    assert error["contact-alert-type"] == "Technical"
    assert "M-1" in export.history(INVOICE)[0]["responses"][0]["response-message"]
    assert len(export.sandbox.control.rows("alerts")) == 1


def test_a_number_that_coupa_refuses_is_tried_again_before_anybody_is_told(export):
    export.sandbox.control.order(
        Fault(method="PUT", path=f"/invoices/{INVOICE}$", nth=2, status=422, message="not editable")
    )
    verdict = export.post(INVOICE)
    with pytest.raises(NumberNotWritten):
        export.record(verdict, last_try=False)
    assert export.errors(INVOICE) == []
    assert export.record(verdict, repeated=True).kind == "posted"


def test_a_killed_task_whose_document_stands_in_the_erp_is_a_success(export):
    export.post(INVOICE)
    found = recording.find_verdict(export.ports, INVOICE, attempt="2")
    assert found is not None
    assert export.record(found).kind == "unchanged"
    assert len(export.erp.documents) == 1


def test_a_killed_task_that_posted_nothing_is_no_success(export):
    claim.mark_exported(export.ports, INVOICE)
    assert recording.find_verdict(export.ports, INVOICE, attempt="2") is None


def test_error_records_name_the_invoice_and_the_run(export):
    facts = claim.facts_of(export.coupa.read_invoice(INVOICE), export.coupa.scope)
    trouble = Trouble(kind="failed", step="x", messages=[Message(code="T", text="Header: x")], attempt="1")
    draft = error_record(facts, trouble, export.coupa.scope, 9)
    assert (draft.document_id, draft.document_status, draft.integration_run_id) == (INVOICE, "approved", 9)
