"""What is S/4HANA's own: CSRF, error details, doubles, purchase orders, OAuth, the Test button."""

from __future__ import annotations

import datetime
import json
import re

import pytest

from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from include.errors import ConfigurationError, ErpRejection, ExportError, TransientError
from tests.erp_kit.standing import is_of, nothing_stands, refusals_of, stands_once
from tests.s4hana.ledger import Ledger
from tests.s4hana.stand_in import BOOKS, INVOICES
from tests.s4hana.world import S4HanaWorld


@pytest.fixture
def own_world():
    with S4HanaWorld() as world:
        yield world


def error(status, *details, code="M8/001", head="Something", severity="error"):
    listed = [{"code": code, "message": text, "severity": severity} for code, text in details]
    body = {"error": {"code": code, "message": {"lang": "en", "value": head},
                      "innererror": {"errordetails": listed}}}  # fmt: skip
    return status, json.dumps(body).encode(), "application/json", {}


def test_a_csrf_token_that_ended_is_fetched_anew_and_the_write_sent_again(world):
    hook = world.open_hook()
    hook.check_reachable()
    world.server.forget_sessions()
    sent = world.bill()
    is_of(hook.create(sent), sent)
    stands_once(world, sent)


def test_every_error_of_errordetails_is_told_with_its_number_and_its_line(world):
    sent = world.bill(
        world.line("1.00", "477777", "Line 1"),
        world.line("2.00", 0, "Line 2", dimensions={"cost_center": "NOWHERE"}),
    )
    refusals = refusals_of(world, lambda: world.open_hook().create(sent))
    assert [(refusal.code, refusal.place) for refusal in refusals] == [
        ("ACCOUNT_UNKNOWN", "Line 1"),
        ("DIMENSION_UNKNOWN", "Line 2"),
    ]
    assert "(F5/506)" in refusals[0].message
    assert not re.search("exception was raised|differs slightly", "".join(map(str, refusals)))


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (
            error(400, ("M3/682", "Document 5100 is locked by user SMITH")),
            TransientError,
            "locked by user SMITH",
        ),
        (error(400, ("F5/351", "Account 400000 is locked for posting")), ErpRejection, "locked for posting"),
        (error(400, head="No authorization for company code US01"), ConfigurationError, "that authorization"),
        (
            error(400, ("M8_2/832", "Time-dependent taxes active: Fill Tax Determ. Date in invoice header.")),
            ConfigurationError,
            "tax_country",
        ),
        (error(400, head="Property 'YY1_X' is invalid"), ExportError, "does not understand"),
        (error(400, ("M8/999", "A rule of yours")), ErpRejection, r"A rule of yours \(M8/999\)"),
        (error(500, ("M8/998", "A rule told with 500")), ErpRejection, "A rule told with 500"),
        (error(500, head="Internal server error"), TransientError, "failed with 500"),
        ((302, b"", "text/html", {"Location": "https://login"}), ConfigurationError, "redirect"),
        ((415, b"no", "text/plain", {}), ExportError, "does not understand"),
    ],
)
def test_an_answer_is_what_its_status_and_its_sentences_say(own_world, answer, kind, told):
    hook = own_world.open_hook(impatient=True)
    hook.check_reachable()
    sent = own_world.bill()
    assert hook.find_by_key(sent.key) is None
    own_world.server.answer_to_create = answer
    with pytest.raises(kind, match=told):
        hook.create(sent)
    nothing_stands(own_world, sent.key)


def test_a_number_that_saps_screens_wrote_in_capitals_is_the_same_number():
    with S4HanaWorld(Ledger(capitals=True)) as world:
        hook = world.open_hook()
        sent = world.bill(number="Re-2026/a")
        assert hook.create(sent).supplier_number == "RE-2026/A"
        (found,) = hook.find_by_supplier_number(sent.company, sent.supplier, sent.number)
        assert found.key == sent.key
        stands_once(world, sent)


def test_saps_own_check_for_doubles_refuses_by_name_and_lets_an_amendment_pass():
    with S4HanaWorld(Ledger(checks_doubles=True)) as world:
        hook = world.open_hook()
        first = world.bill()
        old = hook.create(first)
        (refusal,) = refusals_of(world, lambda: hook.create(world.bill(number=first.number)))
        assert refusal.code == "ALREADY_IN_ERP"
        assert str(old.number).partition("/")[0] in refusal.message
        second = world.changed(first)
        is_of(hook.amend(second, old), second)
        stands_once(world, second)


def test_a_line_is_booked_against_its_purchase_order_where_the_connection_says_so(world):
    hook = world.open_hook(po_backed="match")
    line = world.line(
        "100.00", purchase_order="4500000123", purchase_order_line="10", quantity="2", unit="EA"
    )
    sent = world.bill(line, taxes=(world.tax("100.00", "18.00"),))
    document = hook.create(sent)
    (item,) = world.ledger.find(*document.erp_id.split("/"))["to_SuplrInvcItemPurOrdRef"]
    assert (item["PurchaseOrder"], item["PurchaseOrderItem"]) == ("4500000123", "00010")
    missing = line.model_copy(update={"purchase_order": "4599999999"})
    (refusal,) = refusals_of(world, lambda: hook.create(world.bill(missing, taxes=(world.tax("100", "18"),))))
    assert (refusal.code, refusal.place) == ("PURCHASE_ORDER", "Line 1")


def test_key_and_fingerprint_lie_in_the_fields_that_the_connection_names(world):
    hook = world.open_hook(
        key_field="JrnlEntryCntrySpecificRef2", fingerprint_field="IN_InvoiceReferenceNumber"
    )
    sent = world.bill()
    document = world.ledger.find(*hook.create(sent).erp_id.split("/"))
    assert document["IN_InvoiceReferenceNumber"] == sent.fingerprint
    assert document["DocumentHeaderText"] is None
    found = hook.find_by_key(sent.key)
    assert found is not None
    is_of(found, sent)


def test_an_oauth_client_gets_one_token_and_another_where_it_is_refused(world, tmp_path, monkeypatch):
    monkeypatch.setenv(DIRECTORY_VARIABLE, str(tmp_path / "state"))
    address = f"{world.address}/oauth/token"
    world.server.tokens.clear()
    for _ in range(2):
        world.open_hook(oauth_url=address).check_reachable()
    assert len(world.server.tokens) == 1
    world.server.tokens.clear()
    sent = world.bill()
    is_of(world.open_hook(oauth_url=address).create(sent), sent)
    assert len(world.server.tokens) == 1
    with pytest.raises(ConfigurationError, match="invalid_client"):
        world.open_hook(secret="wrong", oauth_url=address).check_reachable()


def test_the_test_button_names_what_is_missing(own_world):
    def says(**extra):
        served, sentence = own_world.open_hook(impatient=True, **extra).test_connection()
        assert served is False
        return sentence

    assert "no field YY1_CoupaKey" in says(key_field="YY1_CoupaKey")
    assert "cannot hold a text of 25" in says(key_field="AssignmentReference")
    assert "cannot hold a text of 32" in says(fingerprint_field="PaymentReference")
    assert "password" in says(sap_client="200")
    own_world.server.without_functions.add("Post")
    assert "release is too old" in says()
    own_world.server.without_functions.clear()
    for service in (BOOKS, INVOICES):
        own_world.server.hidden_services.add(service)
        assert f"no service {service}" in says()


def test_a_document_opens_in_the_launchpad(world):
    hook = world.open_hook(web_url="https://my300000.s4hana.cloud.sap/ui")
    document = hook.create(world.bill())
    number, year = document.erp_id.split("/")
    address = str(hook.document_url(document))
    assert address.startswith("https://my300000.s4hana.cloud.sap/ui#SupplierInvoice-")
    assert address.endswith(f"SupplierInvoice={number}&FiscalYear={year}")


@pytest.mark.parametrize("versions", [False, True])
def test_a_parked_document_that_was_changed_after_it_was_found_is_deleted_all_the_same(versions):
    with S4HanaWorld(Ledger(versions=versions)) as world:
        hook = world.open_hook()
        sent = world.bill()
        parked = hook._entering._park(sent)
        (found,) = hook._documents.of_key(sent.key)
        assert (found.id, found.etag is not None) == (parked, versions)
        world.edit_draft(found.document)
        assert hook._entering._withdrawal.of_parked(found) is None
        nothing_stands(world, sent.key)


def test_a_reversal_has_the_reason_that_allows_its_date(world):
    hook = world.open_hook()

    def reversed_with(day):
        sent = world.bill()
        hook.void(hook.create(sent), day)
        nothing_stands(world, sent.key)
        (reversal,) = [row for row in world._of(sent.key) if row["IsReversal"]]
        return reversal["reason"], reversal["PostingDate"]

    own, other = world.books.open_day, world.books.open_day + datetime.timedelta(days=1)
    assert reversed_with(None) == ("01", own)
    assert reversed_with(other) == ("02", other)
    first = world.bill()
    second = world.changed(first, posting_date=other)
    is_of(hook.amend(second, hook.create(first)), second)
    stands_once(world, second)


def test_a_period_that_closes_between_parking_and_posting_refuses_in_logistics_words(own_world):
    hook = own_world.open_hook()
    sent = own_world.bill()
    hook._entering._park(sent)
    own_world.close_period(sent.posting_date)
    (refusal,) = refusals_of(own_world, lambda: hook.create(sent))
    assert (refusal.code, "(M8/535)" in refusal.message) == ("PERIOD_CLOSED", True)
    nothing_stands(own_world, sent.key)
