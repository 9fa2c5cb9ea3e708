from __future__ import annotations

from tests.dag.test_a_run import CLEAN, UNMAPPED, number_of


def test_a_run_at_the_level_of_a_status_text_tells_by_it_and_calls_nothing_but_invoices(
    monkeypatch, request, sandbox, take, books
):
    monkeypatch.setenv("COUPA_ERP_MONITORING", "custom_field")
    take(CLEAN, UNMAPPED)
    ended = request.getfixturevalue("run_dag")()
    assert ended.state == "success"
    assert ended.state_of("end_integration_run") == "success"
    number = books.number(CLEAN)
    assert number_of(sandbox, CLEAN) == number
    told = {
        one: sandbox.control.row("invoices", one)["custom-fields"]["cf-integration-status"]
        for one in (CLEAN, UNMAPPED)
    }
    assert told[CLEAN].startswith(f"Exported: Posted in the ERP as {number}.")
    assert told[UNMAPPED].startswith("Rejected: TAX_CODE_UNMAPPED: ")
    called = {call["path"] for call in sandbox.control.calls()}
    assert {path for path in called if not path.startswith("/api/invoices")} == {"/oauth2/token"}
