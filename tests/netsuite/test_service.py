"""What is NetSuite's own: two types, generations, voids as a setting, errors, tokens, the Test button."""

from __future__ import annotations

import json

import pytest

from include.errors import ConfigurationError, ErpRejection, ExportError, TransientError
from tests.erp_kit.standing import is_of, nothing_stands, refusals_of, stands_once
from tests.netsuite.ledger import Ledger
from tests.netsuite.stand_in import CLIENT
from tests.netsuite.world import NetSuiteWorld


@pytest.fixture
def own_world(state):
    with NetSuiteWorld() as world:
        yield world


def error(status, *details):
    names = ("o:errorCode", "detail", "o:errorPath")
    listed = [dict(zip(names, told, strict=True)) for told in details]
    body = json.dumps({"status": status, "o:errorDetails": listed}).encode()
    return status, body, "application/vnd.oracle.resource+json; type=error", {}


def of_key(world, sent):
    return [(one["kind"], one["externalId"].rpartition("_2f")[2]) for one in world._of(sent.key)]


def test_each_void_has_its_own_credit_and_what_is_entered_after_it_its_own_external_id(world):
    hook = world.open_hook()
    sent = world.bill()
    for _ in range(2):
        hook.void(hook.create(sent), None)
    is_of(hook.create(sent), sent)
    stands_once(world, sent)
    last = sent.key.rpartition("/")[2]
    assert of_key(world, sent) == [
        ("vendorBill", last),
        ("vendorCredit", f"{last}_v"),
        ("vendorBill", f"{last}_g2"),
        ("vendorCredit", f"{last}_g2_v"),
        ("vendorBill", f"{last}_g3"),
    ]


def test_a_voided_credit_note_is_set_off_against_a_bill(world):
    hook = world.open_hook()
    sent = world.bill(kind="credit_note")
    hook.void(hook.create(sent), None)
    credit, opposite = world._of(sent.key)
    assert (credit["kind"], opposite["kind"]) == ("vendorCredit", "vendorBill")
    assert [one["doc"] for one in credit["apply"]] == [opposite["id"]]
    assert world.ledger.paid(opposite) == world.ledger.total(opposite)
    nothing_stands(world, sent.key)


def test_a_void_of_a_credit_note_that_ended_before_it_was_applied_is_carried_on(world):
    hook = world.open_hook()
    sent = world.bill(kind="credit_note")
    created = hook.create(sent)
    hook.void(created, None)
    world._of(sent.key)[0]["apply"].clear()
    assert hook.find_by_key(sent.key).state == "posted"
    assert hook.void(created, None).state == "cancelled"
    nothing_stands(world, sent.key)


def test_where_voids_are_left_to_people_a_void_is_refused_by_name_and_nothing_changes(world):
    hook = world.open_hook(voids="refuse")
    first = world.bill()
    created = hook.create(first)
    other = world.changed(first, supplier=world.books.suppliers[1])
    for call in (
        lambda: hook.void(created, None),
        lambda: hook.foresee_void(created, None),
        lambda: hook.amend(other, created),
    ):
        (refusal,) = refusals_of(world, call)
        assert refusal.code == "VOID_BY_HAND"
    stands_once(world, first)
    second = world.changed(first)
    is_of(hook.amend(second, created), second)


def test_where_voids_are_left_to_people_what_differs_stands_and_both_figures_are_named(own_world):
    hook = own_world.open_hook(voids="refuse")
    sent = own_world.bill(own_world.line("100.00"))
    with own_world.altering("amount"):
        refusals = refusals_of(own_world, lambda: hook.create(sent))
    told = "; ".join(refusal.message for refusal in refusals)
    assert "total 101" in told
    assert "it stands there" in told
    assert own_world.states(sent.key) == ["posted"]


def test_what_was_paid_while_it_was_changed_is_as_it_was_down_to_the_fields_that_were_empty(
    world, monkeypatch
):
    hook = world.open_hook()
    first = world.bill(payment_term=None, due_date=None)
    created = hook.create(first)
    (record,) = world._of(first.key)
    before = dict(record)
    patch = hook.transport.patch
    payments = iter([lambda: world.pay(created, whole=False)])

    def overtaken(*sent, **how):
        for pay in payments:
            pay()
        return patch(*sent, **how)

    monkeypatch.setattr(hook.transport, "patch", overtaken)
    second = world.changed(first, payment_term="Net 30", due_date=first.invoice_date)
    with pytest.raises(ErpRejection, match="paid"):
        hook.amend(second, created)
    (after,) = world._of(first.key)
    assert (before["terms"], before["dueDate"]) == (None, None)
    assert {**after, "paid": before["paid"]} == before


def overtaken_after_its_look(hook, rival):
    """Another process does its work between the hook's first look and what follows from it."""
    looked, works = hook._documents.of_key, iter([rival])

    def look(key):
        found = looked(key)
        for work in works:
            work()
            break
        return found

    hook._documents.of_key = look


def test_two_live_documents_of_two_types_are_settled_by_the_younger_being_voided():
    with NetSuiteWorld(Ledger(shared_ids=False)) as world:
        sent = world.bill()
        credit = sent.model_copy(update={"kind": "credit_note"})
        hook = world.open_hook()
        overtaken_after_its_look(hook, lambda: world.open_hook().create(sent))
        document = hook.create(credit)
        assert (document.kind, document.fingerprint) == ("invoice", sent.fingerprint)
        stands_once(world, sent)


def test_a_credit_whose_external_id_a_bill_took_meanwhile_is_no_rejection_and_the_bill_stands_alone(world):
    sent = world.bill()
    credit = sent.model_copy(update={"kind": "credit_note"})
    hook = world.open_hook()
    overtaken_after_its_look(hook, lambda: world.open_hook().create(sent))
    is_of(hook.create(credit), sent)
    stands_once(world, sent)


def test_an_external_id_that_stays_taken_is_tried_again_later_in_netsuites_words(own_world, monkeypatch):
    monkeypatch.setattr("coupa_erp.netsuite.entering._ROUNDS", 1)
    own_world.server.answer_to_put = error(400, ("USER_ERROR", "This record already exists.", ""))
    with pytest.raises(TransientError, match="This record already exists"):
        own_world.open_hook().create(own_world.bill())


def test_what_a_person_set_off_against_a_credit_meanwhile_is_not_taken_off(world, monkeypatch):
    hook = world.open_hook()
    sent = world.bill(kind="credit_note")
    created = hook.create(sent)
    other = world.open_hook().create(world.bill()).erp_id.partition("/")[2]
    patch = hook.transport.patch

    def overtaken(kind, record, values, **how):
        half = {"doc": {"id": other}, "apply": True, "amount": sent.total / 2}
        world.ledger.update(kind, record, {"apply": {"items": [half]}}, set())
        return patch(kind, record, values, **how)

    monkeypatch.setattr(hook.transport, "patch", overtaken)
    with pytest.raises(ErpRejection, match=r"is paid .* was entered to void it and stands in NetSuite"):
        hook.void(created, None)
    credit = world._of(sent.key)[0]
    assert [(one["doc"], one["amount"]) for one in credit["apply"]] == [(other, sent.total / 2)]


def test_an_update_without_being_told_to_replace_would_add_lines_so_it_is_told(world):
    hook = world.open_hook()
    first = world.bill(world.line("10.00"), world.line("20.00", 1, "Line 2"))
    second = world.changed(first, world.line("5.00"))
    hook.amend(second, hook.create(first))
    (record,) = world._of(first.key)
    assert [line["amount"] for line in record["expense"]] == [5]


def test_every_detail_of_an_error_is_told_with_its_line(own_world):
    hook = own_world.open_hook()
    lines = own_world.line("1.00"), own_world.line("2.00", 1, "Line 2")
    sent = own_world.bill(*lines, taxes=(own_world.tax("1.00", "0.18"),))
    hook.create(own_world.bill(*sent.lines, taxes=tuple(sent.taxes)))
    own_world.ledger.lists.inactive |= {"101", "102", "31"}
    refusals = refusals_of(own_world, lambda: hook.create(sent))
    assert [(refusal.code, refusal.place) for refusal in refusals] == [
        ("ACCOUNT_UNKNOWN", "Line 1"),
        ("TAX_UNKNOWN", "Line 1"),
        ("ACCOUNT_UNKNOWN", "Line 2"),
    ]
    assert "(USER_ERROR)" in refusals[0].message


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (error(400, ("USER_ERROR", "A rule of yours.", "memo")), ErpRejection, r"yours \(USER_ERROR\)"),
        (error(400, ("RCRD_HAS_BEEN_CHANGED", "Changed.", "")), TransientError, "busy"),
        (error(429, ("REQUEST_LIMIT_EXCEEDED", "Limit.", "")), TransientError, "busy"),
        (error(400, ("INSUFFICIENT_PERMISSION", "Permission.", "")), ConfigurationError, "permissions"),
        (error(403, ("INSUFFICIENT_PERMISSION", "Permission.", "")), ConfigurationError, "permissions"),
        (error(400, ("INVALID_CONTENT", "Unknown property x", "x")), ExportError, "does not understand"),
        (error(500, ("UNEXPECTED_ERROR", "Unexpected error.", "")), TransientError, "failed with 500"),
        ((302, b"", "text/html", {"Location": "https://other"}), ConfigurationError, "redirects"),
        ((200, b"{}", "application/json", {}), TransientError, "not as it does"),
    ],
)  # fmt: skip
def test_an_answer_is_what_its_status_and_its_details_say(own_world, answer, kind, told):
    own_world.server.answer_to_put = answer
    sent = own_world.bill()
    with pytest.raises(kind, match=told):
        own_world.open_hook(impatient=True).create(sent)
    nothing_stands(own_world, sent.key)


def test_one_token_serves_all_hooks_of_a_machine_and_another_is_asked_for_where_it_is_refused(own_world):
    for _ in range(3):
        own_world.open_hook().check_reachable()
    assert len(own_world.server.tokens) == 1
    own_world.server.tokens.clear()
    own_world.open_hook().check_reachable()
    assert len(own_world.server.tokens) == 1


def test_content_lies_in_the_field_that_the_connection_names(own_world):
    sent = own_world.bill()
    (refused, says) = own_world.open_hook(content_field="custbody_nowhere").test_connection()
    assert refused is False
    assert "custbody_nowhere" in says
    own_world.open_hook().create(sent)
    (record,) = own_world._of(sent.key)
    assert record["memo"] == f"Coupa {sent.fingerprint} 2026-03-05"


def test_the_test_button_names_what_is_missing(own_world):
    served, says = own_world.open_hook(payable_account="9999").test_connection()
    assert (served, "no account 9999" in says) == (False, True)
    served, says = own_world.open_hook(certificate_id="another").test_connection()
    assert (served, "invalid_client" in says, "certificate_id" in says) == (False, True, True)
    own_world.ledger.lists.subsidiary.clear()
    served, says = own_world.open_hook().test_connection()
    assert (served, "sees no subsidiary" in says) == (False, True)
    assert CLIENT not in says


def test_a_document_opens_in_netsuite(world):
    hook = world.open_hook(web_url="https://1234567.app.netsuite.com/")
    document = hook.create(world.bill())
    record = document.erp_id.partition("/")[2]
    page = f"https://1234567.app.netsuite.com/app/accounting/transactions/vendbill.nl?id={record}"
    assert hook.document_url(document) == page
