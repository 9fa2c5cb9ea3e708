from __future__ import annotations

import datetime

from include.errors import ErpRejection, Refusal
from include.export.listing import fetch_invoices
from include.export.request import RunRequest
from include.options import Options
from include.sandbox.invoices import CASES
from tests.export.conftest import Export

INVOICE = 104201
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
