"""Each monitoring level over HTTP: with its own scopes, by calls that are in the Swagger."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from coupa_erp.coupa.connection import OAUTH_SCOPE
from include.export.records import RecordName
from include.models.records import RecordDraft, Response
from include.monitoring import SCOPES
from include.monitoring.level import monitored
from include.options import read_options
from include.sandbox.running import RunningSandbox, running_sandbox
from tests.coupa_hook.conftest import Connect, an_invoice
from tests.swagger_check import check_request

INVOICE = 104217
STATUS = "cf-integration-status"


@pytest.fixture
def at_level(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def choose(level: str) -> None:
        monkeypatch.setenv("COUPA_ERP_MONITORING", level)
        read_options.cache_clear()

    yield choose
    read_options.cache_clear()


@pytest.fixture(params=["history", "custom_field"])
def coupa(request: pytest.FixtureRequest, at_level: Callable[[str], None]) -> Iterator[RunningSandbox]:
    """A Coupa that grants what the level needs and nothing else."""
    at_level(request.param)
    with running_sandbox(
        invoices=[an_invoice(INVOICE)], granted_scopes=tuple(SCOPES[request.param].split())
    ) as one:
        yield one


def a_draft(
    outcome: str, run_id: int, *, content: str = "9c1a2b3c4d5e", alerted: bool = False
) -> RecordDraft:
    key = f"coupa-sandbox/InvoiceHeader/{INVOICE}"
    name = RecordName(key, None, outcome, "a1b2c3d4e5.1", content, "58ab12cd", alerted=alerted)
    return RecordDraft(
        document_id=INVOICE,
        document_status="approved",
        contact_alert_type="Functional",
        status="Success" if outcome == "created" else "Error",
        integration_run_id=run_id,
        external_id=str(name),
        responses=[Response(response_code="PERIOD_CLOSED", response_message="Header: The period is closed.")],
    )


def test_what_a_level_does_needs_its_scopes_alone_and_is_in_the_swagger(
    coupa: RunningSandbox, connect: Connect
) -> None:
    port = monitored(connect(coupa), read_options())
    run_id = port.create_integration_run().id
    port.start_integration_run(run_id, 1)
    port.mark_exported(INVOICE)
    port.create_integration_error(a_draft("rejected", run_id, alerted=True), look_first=True)
    (told,) = port.find_integration_errors(INVOICE)
    assert (told.integration_run_id, told.resolved) == (run_id, False)
    assert [response.response_code for response in told.responses] == ["PERIOD_CLOSED"]
    assert not port.find_history_records(INVOICE)
    assert list(port.find_open_integration_errors([INVOICE])) == [INVOICE]
    assert [error.document_id for error in port.list_open_errors("coupa-sandbox/")] == [INVOICE]
    port.resolve_integration_error(told.id)
    assert not port.find_integration_errors(INVOICE)
    assert [error.resolved for error in port.find_integration_errors(INVOICE, resolved=None)] == [True]
    port.unresolve_integration_error(told.id)
    assert len(port.find_integration_errors(INVOICE)) == 1
    port.resolve_integration_error(told.id)
    success = a_draft("created", run_id)
    port.write_custom_fields(INVOICE, {"cf-erp-invoice-number": "BILL/1", **port.fields_of_outcome(success)})
    port.create_history_record(success)
    assert len(port.find_history_records(INVOICE)) == 1
    assert not port.find_integration_errors(INVOICE)
    assert not port.find_open_run_errors("coupa-sandbox/INVOICES_TO_ERP#")
    port.succeed_integration_run(run_id)
    # A number of Coupa's own is no status text.
    if read_options().monitoring == "custom_field":
        assert port.resolve_history_record(INVOICE).id == INVOICE
        assert len(port.find_history_records(INVOICE)) == 1
    calls = [call for call in coupa.control.calls() if call["path"].startswith("/api/")]
    assert {call["status"] for call in calls} <= {200, 201}
    for call in calls:
        check_request(call["method"], call["path"], [tuple(pair) for pair in call["query"]], call["body"])


def test_an_error_at_the_level_of_history_records_is_one_with_an_alert(
    at_level: Callable[[str], None], sandbox: RunningSandbox, connect: Connect
) -> None:
    at_level("history")
    port = monitored(connect(sandbox), read_options())
    run_id = port.create_integration_run().id
    port.create_integration_error(a_draft("rejected", run_id, alerted=True))
    (record,), (alert,) = sandbox.control.rows("history"), sandbox.control.rows("alerts")
    assert (record["status"], record["resolved"], record["integration-run-id"]) == ("Error", False, None)
    assert (alert["about"], alert["record-id"]) == ("history", record["id"])
    assert alert["recipients"]
    assert [error.id for error in port.list_errors_of_run(run_id)] == [record["id"]]
    assert not list(port.list_errors_of_run(run_id - 1))
    # A repeat whose answer was lost finds it.
    port.create_integration_error(a_draft("rejected", run_id, alerted=True), look_first=True)
    assert len(sandbox.control.rows("history")) == 1


def test_the_test_button_asks_for_what_the_level_needs(coupa: RunningSandbox, connect: Connect) -> None:
    served, says = connect(coupa).test_connection()
    assert served, says
    asked = {call["path"] for call in coupa.control.calls() if call["path"].startswith("/api/")}
    level = read_options().monitoring
    assert ("/api/integration_history_records" in asked) is (level == "history")
    assert not asked & {"/api/integration_runs", "/api/integration_errors"}


def test_a_scope_that_only_another_level_needs_is_not_missed(
    at_level: Callable[[str], None], connect: Connect
) -> None:
    at_level("history")
    with running_sandbox(granted_scopes=tuple(SCOPES["custom_field"].split())) as coupa:
        served, says = connect(coupa).test_connection()
        assert not served
        missing = set(OAUTH_SCOPE.split()) - set(SCOPES["custom_field"].split())
        assert {scope for scope in OAUTH_SCOPE.split() if scope in says} == missing


def test_a_status_field_that_the_invoice_does_not_have_is_told(
    at_level: Callable[[str], None], sandbox: RunningSandbox, connect: Connect
) -> None:
    at_level("custom_field")
    served, says = connect(sandbox, status_field="cf-export-status").test_connection()
    assert not served
    assert "no custom field cf-export-status" in says
    assert connect(sandbox, status_field="cf_integration_status").test_connection()[0]
    assert STATUS in connect(sandbox).test_connection()[1]


def test_an_unknown_integration_stops_the_run_before_anything_is_claimed(
    at_level: Callable[[str], None], sandbox: RunningSandbox, connect: Connect
) -> None:
    from include.errors import ConfigurationError

    at_level("history")
    port = monitored(connect(sandbox, integration_code="INVOICES_TO_MARS"), read_options())
    with pytest.raises(ConfigurationError, match="INVOICES_TO_MARS"):
        port.create_integration_run()
