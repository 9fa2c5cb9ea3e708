from __future__ import annotations

import pytest

from include.sandbox.running import RunningSandbox
from tests.sandbox.caller import Caller, history_body

NUMBER = "cf-erp-invoice-number"


def write(coupa: Caller, **fields: object) -> dict[str, object]:
    body = {"custom-fields": {name.replace("_", "-"): value for name, value in fields.items()}}
    answer: dict[str, object] = coupa.call("PUT", "/api/invoices/101", body)
    return answer


def test_the_mark_is_set_and_taken_away_by_its_own_request(coupa: Caller) -> None:
    marked = coupa.call("PUT", "/api/invoices/101", exported="true")
    assert marked["exported"] is True
    assert marked["last-exported-at"] is not None
    assert 101 not in coupa.ids(exported="false")
    given_back = coupa.call("PUT", "/api/invoices/101", exported="false")
    assert (given_back["exported"], given_back["last-exported-at"]) == (False, None)
    assert 101 in coupa.ids(exported="false")


def test_the_answer_to_the_mark_carries_the_whole_invoice(coupa: Caller) -> None:
    marked = coupa.call("PUT", "/api/invoices/101", exported="true")
    assert marked["invoice-lines"][0]["tax-lines"][0]["amount"] == "144.00"


def test_other_changes_beside_the_mark_are_ignored(coupa: Caller) -> None:
    body = {"custom-fields": {NUMBER: "17"}}
    answer = coupa.call("PUT", "/api/invoices/101", body, exported="true")
    assert answer["exported"] is True
    assert answer["custom-fields"][NUMBER] is None


def test_exported_in_a_body_is_read_only(coupa: Caller) -> None:
    body = {"id": 101, "exported": True, "custom-fields": {NUMBER: "17"}}
    response = coupa.send("PUT", "/api/invoices/101", json=body)
    assert response.json()["exported"] is False
    assert response.json()["custom-fields"][NUMBER] == "17"


def test_custom_fields_are_written_and_the_others_stay(coupa: Caller) -> None:
    write(coupa, cf_integration_status="Success")
    write(coupa, cf_erp_invoice_number="17")
    fields = coupa.call("GET", "/api/invoices/101")["custom-fields"]
    assert (fields[NUMBER], fields["cf-integration-status"]) == ("17", "Success")


def test_an_api_write_moves_version_and_time_and_never_the_mark(
    sandbox: RunningSandbox, coupa: Caller
) -> None:
    before = coupa.call("PUT", "/api/invoices/101", exported="true")
    after = write(coupa, cf_erp_invoice_number="17")
    assert after["lock-version-key"] == before["lock-version-key"] + 1
    assert str(after["updated-at"]) > "2026-03-05T16:40:22-08:00"
    assert after["exported"] is True
    assert after["last-exported-at"] == before["last-exported-at"]


def test_an_api_edit_of_content_keeps_the_mark(coupa: Caller) -> None:
    coupa.call("PUT", "/api/invoices/101", exported="true")
    lines = [{"id": 350302, "description": "Setup, again"}]
    after = coupa.call("PUT", "/api/invoices/101", {"invoice-lines": lines, "comments": "mended"})
    assert [line["description"] for line in after["invoice-lines"]] == ["Laptop", "Setup, again"]
    assert after["invoice-lines"][1]["price"] == "200.00"
    assert (after["exported"], after["comments"]) == (True, "mended")


def test_an_unknown_custom_field_is_passed_over_without_a_word(coupa: Caller) -> None:
    answer = write(coupa, cf_no_such_field="17")
    assert "cf-no-such-field" not in answer["custom-fields"]  # type: ignore[operator]


def test_an_unknown_attribute_in_a_body_is_refused(coupa: Caller) -> None:
    assert "unknown attribute 'colour'" in coupa.refused(400, "PUT", "/api/invoices/101", {"colour": "red"})


@pytest.mark.parametrize("value", ["yes", "1", ""])
def test_the_mark_is_true_or_false(coupa: Caller, value: str) -> None:
    coupa.refused(400, "PUT", "/api/invoices/101", exported=value)


def test_custom_fields_must_be_an_object_and_their_texts_fit(coupa: Caller) -> None:
    coupa.refused(400, "PUT", "/api/invoices/101", {"custom-fields": "17"})
    coupa.refused(400, "PUT", "/api/invoices/101", {"custom-fields": {NUMBER: "1" * 256}})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/invoices/999"),
        ("PUT", "/api/invoices/999?exported=true"),
        ("PUT", "/api/invoices/999/void"),
        ("GET", "/api/invoices/999/attachments"),
        ("GET", "/api/invoices/abc"),
        ("GET", "/api/purchase_orders"),
    ],
)
def test_what_is_not_there_is_answered_404(coupa: Caller, method: str, path: str) -> None:
    coupa.refused(404, method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/invoices"), ("DELETE", "/api/invoices/101"), ("POST", "/api/invoices/101/void")],
)
def test_a_verb_that_the_sandbox_does_not_serve_is_answered_405(
    coupa: Caller, method: str, path: str
) -> None:
    coupa.refused(405, method, path)


def test_a_void_keeps_the_mark_and_cannot_be_repeated(coupa: Caller) -> None:
    coupa.call("PUT", "/api/invoices/101", exported="true")
    voided = coupa.call("PUT", "/api/invoices/101/void")
    assert (voided["status"], voided["canceled"], voided["exported"]) == ("voided", True, True)
    coupa.refused(400, "PUT", "/api/invoices/101/void")
    coupa.refused(400, "PUT", "/api/invoices/104/void")


def test_open_history_records_stand_on_the_invoice(coupa: Caller) -> None:
    record = coupa.call("POST", "/api/integration_history_records", history_body(101))
    shown = coupa.call("GET", "/api/invoices/101")["current-integration-history-records"]
    assert [(one["id"], one["status"]) for one in shown] == [(record["id"], "Success")]
    coupa.call("PUT", f"/api/integration_history_records/{record['id']}/resolve")
    assert coupa.call("GET", "/api/invoices/101")["current-integration-history-records"] == []


def test_attachments_are_listed(coupa: Caller) -> None:
    assert [one["id"] for one in coupa.call("GET", "/api/invoices/101/attachments")] == [4501]


def test_coupa_can_answer_well_and_not_take_a_custom_field(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.change_settings(custom_fields_not_taken=[NUMBER])
    answer = write(coupa, cf_erp_invoice_number="17", cf_integration_status="Success")
    assert answer["custom-fields"][NUMBER] is None  # type: ignore[index]
    assert answer["custom-fields"]["cf-integration-status"] == "Success"  # type: ignore[index]


def test_coupa_can_refuse_every_custom_field_write(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.change_settings(refuse_custom_field_writes=True)
    assert NUMBER in coupa.refused(400, "PUT", "/api/invoices/101", {"custom-fields": {NUMBER: "17"}})
    coupa.call("PUT", "/api/invoices/101", exported="true")


def test_all_validations_refuse_a_write_while_an_account_is_inactive(
    sandbox: RunningSandbox, coupa: Caller
) -> None:
    sandbox.control.edit_in_ui(101, {"invoice-lines": {"0": {"account": {"active": False}}}})
    body = {"custom-fields": {NUMBER: "17"}}
    coupa.call("PUT", "/api/invoices/101", body)
    sandbox.control.change_settings(enforce_all_invoice_validations=True)
    assert "is not active" in coupa.refused(400, "PUT", "/api/invoices/101", body)
    coupa.call("PUT", "/api/invoices/103", body)
    coupa.call("PUT", "/api/invoices/101", exported="true")


def test_all_validations_protect_fields_that_are_not_editable(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.change_settings(enforce_all_invoice_validations=True, non_editable_custom_fields=[NUMBER])
    coupa.refused(400, "PUT", "/api/invoices/101", {"custom-fields": {NUMBER: "17"}})
    write(coupa, cf_integration_status="Success")
