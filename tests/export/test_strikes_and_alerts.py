from __future__ import annotations

import pytest

from include.errors import (
    ConfigurationError,
    ErpRejection,
    ErpUnavailable,
    NumberNotWritten,
    Refusal,
    TransientError,
)
from include.export import claim
from include.export.alerts import capped_of, sum_up
from include.export.breaker import resolve_run_errors, tell_outage
from include.export.recording import record_without_verdict
from include.sandbox.faults import Fault
from tests.export.conftest import Export

INVOICE = 104201
BUG = TransientError("Tryton failed.")
CLOSED = ErpRejection(Refusal("PERIOD_CLOSED", "The period is closed."))


def alerts(export: Export):
    return export.sandbox.control.rows("alerts")


def exported(export: Export, invoice_id: int = INVOICE) -> bool:
    return export.invoice(invoice_id)["exported"]


def open_errors(export: Export, invoice_id: int = INVOICE):
    return [row for row in export.errors(invoice_id) if not row["resolved"]]


def test_the_first_technical_failure_alerts_the_second_does_not_and_both_come_back(export):
    assert export.refuse(INVOICE, BUG).kind == "given_back"
    assert (len(alerts(export)), exported(export)) == (1, False)
    assert export.refuse(INVOICE, BUG).kind == "given_back"
    assert (len(alerts(export)), exported(export)) == (1, False)


def test_the_third_technical_failure_in_a_row_alerts_and_is_not_given_back(export):
    for _ in range(2):
        export.refuse(INVOICE, BUG)
    outcome = export.refuse(INVOICE, BUG)
    assert outcome.kind == "stopped"
    assert (len(alerts(export)), exported(export)) == (2, True)
    (error,) = open_errors(export)
    assert "not tried again by itself" in error["responses"][0]["response-message"]


def test_a_stopped_invoice_that_fails_again_alerts_nobody_anew(export):
    for _ in range(4):
        export.refuse(INVOICE, BUG)
    assert (len(alerts(export)), exported(export)) == (2, True)
    assert len(open_errors(export)) == 1


@pytest.mark.parametrize("between", ["success", "rejection"])
def test_failures_are_counted_since_the_last_success_or_rejection(export, between):
    for _ in range(2):
        export.refuse(INVOICE, BUG)
    if between == "success":
        export.whole(INVOICE)
    else:
        export.refuse(INVOICE, CLOSED)
    told = len(alerts(export))
    assert export.refuse(INVOICE, BUG).kind == "given_back"
    assert len(alerts(export)) == told + 1


def test_a_repeated_record_of_one_failure_is_one_strike_and_one_alert(export):
    outcome = export.refuse(INVOICE, BUG)
    trouble = export.trouble(BUG, INVOICE)
    from include.export.giving_back import record_trouble

    again = record_trouble(export.ports, outcome.facts, trouble, export.run_id)
    assert (again.kind, again.alert) == ("given_back", "sent")
    assert len(alerts(export)) == len(export.errors(INVOICE)) == 1


def test_the_same_rejection_opens_the_old_error_again_and_sends_no_mail(export):
    export.refuse(INVOICE, CLOSED)
    outcome = export.refuse(INVOICE, CLOSED)
    assert outcome.alert == "known"
    assert len(alerts(export)) == len(export.errors(INVOICE)) == len(open_errors(export)) == 1


def test_another_rejection_is_a_new_error_with_a_mail(export):
    export.refuse(INVOICE, CLOSED)
    export.refuse(INVOICE, ErpRejection(Refusal("SUPPLIER_UNKNOWN", "No supplier.")))
    assert len(alerts(export)) == len(export.errors(INVOICE)) == 2
    assert len(open_errors(export)) == 1


def test_the_same_rejection_after_a_success_is_new(export):
    export.refuse(INVOICE, CLOSED)
    export.whole(INVOICE)
    export.refuse(INVOICE, CLOSED)
    assert len(alerts(export)) == 2


def test_ten_alerts_of_a_code_then_errors_alone_and_one_sum(export):
    invoices = [row["id"] for row in export.sandbox.control.rows("invoices")][:14]
    for row in invoices:
        export.sandbox.control.edit_in_ui(row, {"status": "approved"})
    outcomes = [export.refuse(invoice_id, CLOSED) for invoice_id in invoices]
    assert len(alerts(export)) == 10
    assert all(len(open_errors(export, invoice_id)) == 1 for invoice_id in invoices)
    assert capped_of(outcomes) == {"PERIOD_CLOSED": 4}
    for _ in range(2):
        sum_up(export.coupa, export.run_id, capped_of(outcomes))
    assert len(alerts(export)) == 11
    assert "4 more invoices" in alerts(export)[-1]["responses"][0]["response-message"]


def test_the_cap_is_for_each_code_and_each_run(export):
    invoices = [row["id"] for row in export.sandbox.control.rows("invoices")][:11]
    for row in invoices:
        export.sandbox.control.edit_in_ui(row, {"status": "approved"})
    for invoice_id in invoices:
        export.refuse(invoice_id, CLOSED)
    export.refuse(invoices[0], ErpRejection(Refusal("SUPPLIER_UNKNOWN", "No supplier.")))
    assert len(alerts(export)) == 11
    export.run_id = export.coupa.create_integration_run().id
    export.refuse(invoices[1], ErpRejection(Refusal("PERIOD_CLOSED", "Another period is closed.")))
    assert len(alerts(export)) == 12


def test_an_erp_that_is_away_claims_nothing(export):
    export.erp.away = TransientError("Memory cannot be reached.")
    with pytest.raises(ErpUnavailable, match="nothing is claimed"):
        claim.mark_exported(export.ports, INVOICE)
    assert not exported(export)
    export.erp.away = ConfigurationError("The key is refused.")
    with pytest.raises(ConfigurationError):
        claim.mark_exported(export.ports, INVOICE)
    assert not exported(export)


def test_an_outage_in_the_middle_gives_back_without_strike_error_or_alert(export):
    invoice = claim.mark_exported(export.ports, INVOICE)
    export.erp.away = TransientError("Memory cannot be reached.")
    outcome = record_without_verdict(
        export.ports,
        claim.facts_of(invoice, export.coupa.scope),
        export.trouble(BUG, INVOICE),
        run_id=export.run_id,
        attempt="1",
        repeated=False,
        last_try=True,
    )
    assert (outcome.kind, outcome.outage) == ("given_back", True)
    assert not exported(export)
    assert export.errors(INVOICE) == alerts(export) == []


def test_one_outage_is_one_alert_however_many_runs_meet_it(export):
    for _ in range(3):
        run = export.coupa.create_integration_run().id
        tell_outage(export.coupa, run, "Memory cannot be reached.")
        resolve_run_errors(export.coupa, but=run, outage_lasts=True)
    assert len(alerts(export)) == 1
    resolve_run_errors(export.coupa, but=0, outage_lasts=False)
    assert all(row["resolved"] for row in export.sandbox.control.rows("errors"))
    tell_outage(export.coupa, export.run_id, "Memory cannot be reached.")
    assert len(alerts(export)) == 2


def test_a_mark_that_coupa_keeps_is_told_and_the_error_stands(export):
    export.refuse(INVOICE, BUG)
    invoice = claim.mark_exported(export.ports, INVOICE)
    export.attempt += 1
    export.sandbox.control.order(
        Fault(method="PUT", path=f"/invoices/{INVOICE}$", times=None, status=422, message="not editable")
    )
    from include.export.giving_back import record_trouble

    facts = claim.facts_of(invoice, export.coupa.scope)
    outcome = record_trouble(export.ports, facts, export.trouble(BUG), export.run_id)
    assert outcome.kind == "stopped"
    assert len(alerts(export)) == 2
    assert "TECHNICAL-NOT_GIVEN_BACK" in [row["responses"][0]["response-code"] for row in open_errors(export)]


def test_a_number_that_coupa_goes_on_refusing_is_told_once(export):
    export.sandbox.control.change_settings(refuse_custom_field_writes=True)
    for _ in range(2):
        verdict = export.post(INVOICE)
        with pytest.raises(NumberNotWritten):
            export.record(verdict)
    assert len(alerts(export)) == 1
    assert len(open_errors(export)) == 1
