"""Every call of the article's options, against the sandbox: what stands in Coupa afterwards."""

from __future__ import annotations

from decimal import Decimal

import pytest

from coupa_erp.coupa.hook import CoupaHook
from include.coupa_port import CoupaPort
from include.errors import ConfigurationError, NotInCoupa, RefusedByCoupa
from include.models.records import RecordDraft, Response
from include.sandbox.running import RunningSandbox
from tests.coupa_hook.conftest import Connect, an_invoice
from tests.swagger_check import check_request

WAITING = {"exported": "false", "status[in]": "approved,voided"}


def a_draft(invoice_id: int = 104217, run_id: int | None = None, **changes: object) -> RecordDraft:
    values = {
        "document_id": invoice_id,
        "document_status": "approved",
        "contact_alert_type": "Functional",
        "status": "Error",
        "integration_run_id": run_id,
        "external_id": f"coupa-sandbox/InvoiceHeader/{invoice_id}/1",
        "responses": [Response(response_code="PERIOD_CLOSED", response_message="Header: closed")],
    }
    return RecordDraft.model_validate({**values, **changes})


def test_the_hook_fulfils_the_port(hook: CoupaHook) -> None:
    port: CoupaPort = hook
    assert port.scope.key(7) == "coupa-sandbox/InvoiceHeader/7"


def test_making_a_hook_opens_nothing() -> None:
    CoupaHook(coupa_conn_id="no_such_connection")


def test_a_run_is_created_started_and_ended(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    run = hook.create_integration_run()
    assert hook.start_integration_run(run.id, 3).total_records == 3
    assert hook.succeed_integration_run(run.id).end_time
    (stored,) = sandbox.control.rows("runs")
    assert (stored["id"], stored["total-records"]) == (run.id, 3)
    assert stored["start-time"]
    assert stored["end-time"]


def test_a_run_is_failed(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    run = hook.create_integration_run()
    hook.fail_integration_run(run.id)
    assert sandbox.control.row("runs", run.id)["status"] == "failed"
    assert hook.read_integration_run(run.id).end_time


def test_an_ended_run_is_not_ended_otherwise_in_silence(hook: CoupaHook) -> None:
    run = hook.create_integration_run()
    hook.fail_integration_run(run.id)
    with pytest.raises(RefusedByCoupa):
        hook.succeed_integration_run(run.id)


def test_an_unknown_integration_code_is_the_operators_to_mend(
    sandbox: RunningSandbox, connect: Connect
) -> None:
    hook = connect(sandbox, integration_code="INVOICES_TO_MARS")
    with pytest.raises(ConfigurationError, match="INVOICES_TO_MARS"):
        hook.create_integration_run()
    with pytest.raises(ConfigurationError, match="integration_code"):
        hook.create_history_record(a_draft())


def test_the_mark_answers_with_the_invoice_itself(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    invoice = hook.mark_exported(104217)
    assert sandbox.control.row("invoices", 104217)["exported"] is True
    assert invoice.exported is True
    assert (invoice.gross_total, invoice.currency and invoice.currency.code) == (Decimal("1180.00"), "USD")
    assert [line.total for line in invoice.invoice_lines] == [Decimal("800.00"), Decimal("200.00")]
    assert invoice.invoice_lines[0].account is not None
    assert invoice.invoice_lines[0].account.segment(3) == "CA234"
    assert invoice.invoice_lines[0].tax_lines[0].amount == Decimal("144.00")
    assert [share.amount for share in invoice.invoice_lines[1].account_allocations] == [
        Decimal("120.00"),
        Decimal("80.00"),
    ]


def test_the_mark_is_taken_away(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    hook.mark_exported(104217)
    assert hook.unmark_exported(104217).exported is False
    assert sandbox.control.row("invoices", 104217)["exported"] is False


def test_no_bank_detail_and_no_person_is_asked_for(hook: CoupaHook) -> None:
    shown = hook.read_invoice(104217).model_dump_json(by_alias=True)
    assert "jdoe" not in shown
    assert "Main St" not in shown


def test_an_unknown_invoice_is_named_so(hook: CoupaHook) -> None:
    with pytest.raises(NotInCoupa, match="GET /api/invoices/1 with 404"):
        hook.read_invoice(1)


def test_a_custom_field_is_written(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    answer = hook.write_custom_fields(104217, {"cf-erp-invoice-number": "4711"})
    assert answer.custom_field("cf-erp-invoice-number") == "4711"
    assert answer.status == "approved"
    stored = sandbox.control.row("invoices", 104217)
    assert stored["custom-fields"]["cf-erp-invoice-number"] == "4711"


def test_a_custom_field_that_coupa_did_not_take_is_a_refusal(
    hook: CoupaHook, sandbox: RunningSandbox
) -> None:
    sandbox.control.change_settings(custom_fields_not_taken=["cf-erp-invoice-number"])
    with pytest.raises(RefusedByCoupa, match="cf-erp-invoice-number") as refused:
        hook.write_custom_fields(104217, {"cf-erp-invoice-number": "4711"})
    assert "4711" not in str(refused.value)


def test_a_refused_custom_field_carries_coupas_own_words(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    sandbox.control.change_settings(refuse_custom_field_writes=True)
    with pytest.raises(RefusedByCoupa) as refused:
        hook.write_custom_fields(104217, {"cf-erp-invoice-number": "4711"})
    assert refused.value.call == "PUT /api/invoices/104217"
    assert refused.value.messages


def test_a_history_record_is_created_found_resolved_and_opened_again(
    hook: CoupaHook, sandbox: RunningSandbox
) -> None:
    run = hook.create_integration_run()
    record = hook.create_history_record(a_draft(run_id=run.id, status="Success"))
    stored = sandbox.control.row("history", record.id)
    assert (stored["document-id"], stored["integration-run"]["id"]) == (104217, run.id)
    assert stored["integration"]["code"] == "INVOICES_TO_ERP"
    assert [found.id for found in hook.find_history_records(104217)] == [record.id]
    assert hook.find_history_records(104218) == []
    assert hook.resolve_history_record(record.id).resolved is True
    assert hook.find_history_records(104217) == []
    assert [found.id for found in hook.find_history_records(104217, resolved=None)] == [record.id]
    assert hook.unresolve_history_record(record.id).resolved is False
    assert hook.find_history_records(104217, external_id="another") == []
    (found,) = hook.find_history_records(104217, external_id=record.external_id)
    assert found.responses == [Response(response_code="PERIOD_CLOSED", response_message="Header: closed")]
    assert found.integration_run_id == run.id


def test_an_integration_error_alerts_only_where_it_is_asked_to(
    hook: CoupaHook, sandbox: RunningSandbox
) -> None:
    run = hook.create_integration_run()
    silent = hook.create_integration_error(a_draft(run_id=run.id, external_id="a"), alert=False)
    assert sandbox.control.rows("alerts") == []
    loud = hook.create_integration_error(a_draft(run_id=run.id, external_id="b"))
    assert len(sandbox.control.rows("alerts")) == 1
    assert [error.id for error in hook.find_integration_errors(104217)] == [silent.id, loud.id]
    assert sandbox.control.row("errors", loud.id)["integration-run-id"] == run.id
    assert hook.resolve_integration_error(loud.id).resolved is True
    assert hook.unresolve_integration_error(loud.id).resolved is False
    assert len(sandbox.control.rows("alerts")) == 1


def test_an_alert_with_a_history_record(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    hook.create_history_record(a_draft(), alert=True)
    assert len(sandbox.control.rows("alerts")) == 1


def test_a_resolve_that_answers_an_array_of_one_is_understood(
    hook: CoupaHook, sandbox: RunningSandbox
) -> None:
    sandbox.control.change_settings(resolve_answers_array=True)
    record = hook.create_history_record(a_draft())
    assert hook.resolve_history_record(record.id).resolved is True


@pytest.mark.parametrize("method", ["POST", "PUT", "both"])
@pytest.mark.parametrize("refused_status", [404, 405])
def test_records_are_created_with_the_verb_that_coupa_takes(
    hook: CoupaHook, sandbox: RunningSandbox, method: str, refused_status: int
) -> None:
    sandbox.control.change_settings(create_method=method, refused_verb_status=refused_status)
    run = hook.create_integration_run()
    for attempt in ("a", "b"):
        hook.create_history_record(a_draft(run_id=run.id, external_id=attempt))
        hook.create_integration_error(a_draft(run_id=run.id, external_id=attempt))
    assert len(sandbox.control.rows("runs")) == 1
    assert len(sandbox.control.rows("history")) == len(sandbox.control.rows("errors")) == 2
    refused = [call for call in sandbox.control.calls() if call["status"] == refused_status]
    assert len(refused) <= 2, "the verb is remembered"


def test_a_pinned_verb_is_not_doubted(sandbox: RunningSandbox, connect: Connect) -> None:
    sandbox.control.change_settings(create_method="PUT")
    connect(sandbox, create_method="PUT").create_history_record(a_draft())
    with pytest.raises(NotInCoupa):
        connect(sandbox, create_method="POST").create_history_record(a_draft(external_id="b"))
    assert len(sandbox.control.rows("history")) == 1


def test_every_request_conforms_to_the_swagger(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    run = hook.create_integration_run()
    hook.test_connection()
    list(hook.list_invoices(WAITING))
    hook.start_integration_run(run.id, 1)
    hook.mark_exported(104217)
    hook.read_invoice(104217)
    record = hook.create_history_record(a_draft(run_id=run.id), look_first=True)
    error = hook.create_integration_error(a_draft(run_id=run.id))
    hook.create_history_record(a_draft(run_id=run.id, external_id="b"), alert=True)
    hook.create_integration_error(a_draft(run_id=run.id, external_id="b"), alert=False)
    hook.resolve_history_record(record.id)
    hook.unresolve_history_record(record.id)
    hook.resolve_integration_error(error.id)
    hook.unresolve_integration_error(error.id)
    hook.write_custom_fields(104217, {"cf-erp-invoice-number": "4711"})
    hook.unmark_exported(104217)
    hook.read_integration_run(run.id)
    hook.succeed_integration_run(run.id)
    other = hook.create_integration_run()
    hook.fail_integration_run(other.id)
    calls = [call for call in sandbox.control.calls() if call["path"].startswith("/api/")]
    assert len(calls) > 20
    for call in calls:
        query = [tuple(pair) for pair in call["query"]]
        check_request(call["method"], call["path"], query, call["body"])


def test_a_clean_invoice_costs_one_call_for_each_of_its_steps(
    hook: CoupaHook, sandbox: RunningSandbox
) -> None:
    hook.settings  # noqa: B018
    hook.mark_exported(104217)
    hook.find_integration_errors(104217)
    hook.write_custom_fields(104217, {"cf-erp-invoice-number": "4711"})
    hook.create_history_record(a_draft(status="Success"))
    assert sandbox.control.overview()["calls"]["api"] == 4


def test_the_listing_reads_every_page_of_a_set_that_shrinks_while_it_is_read(
    hook: CoupaHook, sandbox: RunningSandbox
) -> None:
    sandbox.control.add_invoices(an_invoice(200_000 + number) for number in range(120))
    seen = []
    for label in hook.list_invoices(WAITING):
        seen.append(label.id)
        hook.mark_exported(label.id)
    assert seen == [104217, *(200_000 + number for number in range(120))]
    assert list(hook.list_invoices(WAITING)) == []


def test_the_listing_asks_for_labels_and_begins_after_an_id(hook: CoupaHook, sandbox: RunningSandbox) -> None:
    sandbox.control.add_invoices([an_invoice(200_001)])
    (label,) = hook.list_invoices(WAITING, after_id=104217)
    assert (label.id, label.invoice_number, label.status, label.exported) == (
        200_001,
        "INV-200001",
        "approved",
        False,
    )
    assert "invoice-lines" not in (label.model_extra or {})


def test_an_api_filter_takes_the_place_of_the_fields(sandbox: RunningSandbox, connect: Connect) -> None:
    hook = connect(sandbox, api_filter="invoices_to_erp")
    assert hook.mark_exported(104217).gross_total == Decimal("1180.00")
    assert len(list(hook.list_invoices(WAITING))) == 0
    marks = [call for call in sandbox.control.calls() if call["method"] == "PUT"]
    assert dict(marks[0]["query"]) == {"exported": "true", "filter": "invoices_to_erp"}


def test_a_filter_that_hides_needed_keys_does_not_stop_the_claim_and_they_are_noted(
    sandbox: RunningSandbox, connect: Connect
) -> None:
    hook = connect(sandbox, api_filter="invoices_without_amounts")
    claimed = hook.mark_exported(104217)
    assert {"invoice-date", "invoice-lines", "withholding-tax-lines"} < set(claimed.absent)
    assert "invoice-number" not in claimed.absent
    assert connect(sandbox).read_invoice(104217).absent == []
