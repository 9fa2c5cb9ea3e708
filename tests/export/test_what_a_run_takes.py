from __future__ import annotations

import datetime

import pytest

from include.errors import ErpRejection, Refusal, TransientError
from include.export import claim
from include.export.listing import fetch_invoices
from include.export.request import RunRequest
from include.models.records import RecordDraft, Response
from include.options import Options
from include.sandbox.invoices import CASES
from tests.export.conftest import Export

INVOICE = 104201
REFUSED, OTHER_CODE, STOPPED = 104201, 104202, 104203
EXPECTED = sorted(case.id for case in CASES.values() if case.outcome != "not taken")


def take(export: Export, **request):
    now = datetime.datetime.now(datetime.UTC)
    return fetch_invoices(export.coupa, export.erp, RunRequest(**request), Options(), now)


def ids(listing):
    return [label.id for label in listing.labels]


def test_everything_that_waits_is_taken_by_id_across_pages(export):
    listing = take(export)
    assert ids(listing) == EXPECTED
    assert len(EXPECTED) > 50
    assert listing.next_after_id is None


def test_a_cut_listing_is_carried_on_by_its_cursor_until_nothing_waits(export):
    taken, after_id = [], 0
    while after_id is not None:
        listing = take(export, max_invoices=25, after_id=after_id)
        taken += ids(listing)
        after_id = listing.next_after_id
    assert taken == EXPECTED


def test_a_listing_that_just_fits_is_not_carried_on(export):
    assert take(export, max_invoices=len(EXPECTED)).next_after_id is None


def test_a_listing_asks_for_labels_alone(export):
    export.sandbox.control.forget_calls()
    take(export)
    queries = [call["query"] for call in export.sandbox.control.calls() if call["path"] == "/api/invoices"]
    assert queries
    assert not any("invoice-lines" in str(query) for query in queries)


def test_a_void_of_an_exported_invoice_is_found_though_its_mark_stays(export):
    export.whole(INVOICE)
    export.sandbox.control.void_in_ui(INVOICE)
    assert export.invoice(INVOICE)["exported"] is True
    assert INVOICE in ids(take(export))


def test_a_void_that_the_erp_knows_already_does_not_come_back(export):
    export.whole(INVOICE)
    export.sandbox.control.void_in_ui(INVOICE)
    export.whole(INVOICE)
    assert INVOICE not in ids(take(export))


def test_a_refused_void_under_its_open_error_does_not_alert_with_every_run(export):
    export.whole(INVOICE)
    export.sandbox.control.void_in_ui(INVOICE)
    export.refuse(INVOICE, ErpRejection(Refusal("VOIDED_AFTER_PAYMENT", "paid")))
    assert INVOICE not in ids(take(export))


def test_invoices_named_by_id_are_taken_though_exported(export):
    export.whole(INVOICE)
    assert ids(take(export, invoice_ids=[INVOICE, 104202])) == [INVOICE, 104202]


def test_what_was_exported_is_taken_again_only_when_asked(export):
    export.whole(INVOICE)
    assert INVOICE not in ids(take(export))
    assert INVOICE in ids(take(export, include_exported=True))


def test_a_window_takes_what_was_created_in_it(export):
    created = {
        row["id"]: datetime.datetime.fromisoformat(row["created-at"])
        for row in export.sandbox.control.rows("invoices")
    }
    middle = sorted(created[invoice_id] for invoice_id in EXPECTED)[len(EXPECTED) // 2]
    until = ids(take(export, window_to=middle))
    since = ids(take(export, window_from=middle))
    assert sorted(until + since) == EXPECTED
    assert all(created[invoice_id] < middle for invoice_id in until)


def test_a_selection_keeps_the_rest_for_another_export(export):
    settings = export.coupa.settings
    narrowed = settings.business.model_copy(update={"selection": "account-type[name]=DE Chart"})
    export.coupa.__dict__["settings"] = settings.model_copy(update={"business": narrowed})
    charts = {row["id"]: row["account-type"]["name"] for row in export.sandbox.control.rows("invoices")}
    taken = ids(take(export))
    assert taken
    assert {charts[invoice_id] for invoice_id in taken} == {"DE Chart"}


@pytest.fixture
def refused(export):
    """Three invoices that a person was told of, exported; and the rest is out of the way."""
    export.refuse(REFUSED, ErpRejection(Refusal("PERIOD_CLOSED", "closed"), Refusal("TAX_UNKNOWN", "no")))
    export.refuse(OTHER_CODE, ErpRejection(Refusal("SUPPLIER_UNKNOWN", "who?")))
    for _ in range(3):
        export.refuse(STOPPED, TransientError("away"))
    for invoice_id in (REFUSED, OTHER_CODE, STOPPED):
        assert export.invoice(invoice_id)["exported"] is True
    return export


def retried(export, *codes, **request):
    """What retrying these codes takes beside what waits."""
    waiting = set(ids(take(export, **request)))
    return [one for one in ids(take(export, retry_rejected=list(codes), **request)) if one not in waiting]


@pytest.mark.parametrize(
    ("codes", "taken"),
    [
        (["PERIOD_CLOSED"], [REFUSED]),
        (["tax_unknown"], [REFUSED]),
        (["PERIOD_CLOSED", "SUPPLIER_UNKNOWN"], [REFUSED, OTHER_CODE]),
        (["TECHNICAL-TransientError"], [STOPPED]),
        (["all"], [REFUSED, OTHER_CODE, STOPPED]),
        (["PERIOD_MISSING"], []),
        ([], []),
    ],
)
def test_what_is_under_an_open_error_is_taken_again_by_its_code(refused, codes, taken):
    assert retried(refused, *codes) == taken


def test_what_was_resolved_is_not_refused_any_more(refused):
    claim.resolve_previous(refused.coupa, REFUSED)
    assert retried(refused, "all") == [OTHER_CODE, STOPPED]


def test_errors_of_other_integrations_are_left_alone(refused):
    claim.resolve_previous(refused.coupa, OTHER_CODE)
    for name in ("theirs#1", f"other-instance/InvoiceHeader/{OTHER_CODE}#-#rejected#1#c@v!"):
        theirs = RecordDraft(
            document_id=OTHER_CODE,
            contact_alert_type="Functional",
            status="Error",
            integration_run_id=refused.run_id,
            external_id=name,
            responses=[Response(response_code="PERIOD_CLOSED", response_message="Header: theirs")],
        )
        refused.coupa.create_integration_error(theirs)
    assert retried(refused, "PERIOD_CLOSED") == [REFUSED]


def test_what_limits_a_run_limits_what_it_retries(refused):
    assert retried(refused, "all", statuses=["voided"]) == []
    assert retried(refused, "all", after_id=REFUSED) == [OTHER_CODE, STOPPED]
    created = datetime.datetime.fromisoformat(refused.invoice(OTHER_CODE)["created-at"])
    assert REFUSED not in retried(refused, "all", window_from=created)
    assert take(refused, retry_rejected=["all"], max_invoices=2).next_after_id == OTHER_CODE
    assert ids(take(refused, retry_rejected=["all"], invoice_ids=[104204])) == [104204]


def test_nothing_from_before_go_live_is_retried(refused):
    settings = refused.coupa.settings
    created = datetime.datetime.fromisoformat(refused.invoice(STOPPED)["created-at"])
    late = settings.business.model_copy(update={"go_live_from": created.date() + datetime.timedelta(days=1)})
    refused.coupa.__dict__["settings"] = settings.model_copy(update={"business": late})
    assert retried(refused, "all") == []


def test_many_under_open_errors_are_found_across_pages(export):
    made = [{**export.invoice(REFUSED), "id": 200000 + number} for number in range(55)]
    export.sandbox.control.add_invoices(made)
    refusal = ErpRejection(Refusal("PERIOD_CLOSED", "closed"))
    for invoice in made:
        export.refuse(invoice["id"], refusal)
    taken, after_id = [], 199999
    while after_id is not None:
        listing = take(export, retry_rejected=["PERIOD_CLOSED"], max_invoices=30, after_id=after_id)
        taken += ids(listing)
        after_id = listing.next_after_id
    assert taken == [invoice["id"] for invoice in made]


def test_a_retry_that_is_refused_in_the_same_words_opens_the_error_again_without_a_mail(export):
    refusal = ErpRejection(Refusal("PERIOD_CLOSED", "closed"))
    export.refuse(REFUSED, refusal)
    alerts = len(export.sandbox.control.rows("alerts"))
    export.refuse(REFUSED, refusal)
    assert [row["resolved"] for row in export.errors(REFUSED)] == [False]
    assert len(export.sandbox.control.rows("alerts")) == alerts
