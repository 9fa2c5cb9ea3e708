from __future__ import annotations

from include.export.records import error_record, success_record
from include.models.outcome import InvoiceFacts, Message, Trouble, Verdict
from include.scope import CoupaScope

SCOPE = CoupaScope(integration_code="X", instance_key="acme", sandbox=True)
FACTS = InvoiceFacts(invoice_id=7, invoice_number="INV-7", status="approved")


def verdict(**changes):
    sent = {"action": "created", "erp_number": "2026/1", "fingerprint": "f", "attempt": "r.1"}
    return Verdict.model_validate({"facts": FACTS, **sent, **changes})


def trouble(kind, *texts):
    messages = [Message(code="PERIOD_CLOSED", text=text) for text in texts]
    return Trouble(kind=kind, step="post_to_erp", messages=messages, attempt="r.1")


def test_a_success_names_the_erp_number_and_belongs_to_the_run():
    draft = success_record(verdict(), SCOPE, 5)
    assert draft.status == "Success"
    assert draft.integration_run_id == 5
    assert "2026/1" in (draft.responses[0].response_message or "")


def test_a_rejection_is_functional_with_one_response_a_message():
    draft = error_record(FACTS, trouble("rejected", "Header: closed", "Line 1: unknown"), SCOPE, 5)
    assert draft.contact_alert_type == "Functional"
    told = [response.response_message for response in draft.responses]
    assert told == ["Header: closed", "Line 1: unknown"]


def test_a_technical_failure_is_technical():
    assert error_record(FACTS, trouble("failed", "Header: x"), SCOPE, 5).contact_alert_type == "Technical"


def test_a_repeat_finds_its_own_record_and_never_takes_another_outcome_for_it():
    same = success_record(verdict(), SCOPE, 5).external_id
    assert success_record(verdict(), SCOPE, 6).external_id == same
    others = [verdict(fingerprint="g"), verdict(action="amended"), verdict(attempt="r.2")]
    assert same not in [success_record(other, SCOPE, 5).external_id for other in others]
    assert "acme/InvoiceHeader/7" in same
