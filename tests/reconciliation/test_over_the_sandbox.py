from __future__ import annotations

import datetime

import pytest

from include.reconciliation.acknowledged import Acknowledgement
from include.reconciliation.window import Window
from include.sandbox.faults import Fault
from include.sandbox.invoices import CASES, load
from tests.reconciliation.carrying import NUMBER, YEAR, kinds
from tests.reconciliation.conftest import FEW

CLEAN, OTHER, CREDIT, YEN, REFUSED, ELSEWHERE = 104201, 104202, 104231, 104241, 104261, 104284
TAKEN = [case.id for case in CASES.values() if case.outcome != "not taken"]
MARCH = Window(first=datetime.date(2026, 3, 1), last=datetime.date(2026, 3, 31))
RECODED = {"0": {"account": {"code": "3004-6500-CA200", "segment-2": "6500"}}}


@pytest.fixture
def carried(world):
    world.carry(CLEAN, OTHER, CREDIT, YEN, REFUSED)
    return world


@pytest.fixture
def all_carried(world):
    """Everything that the export takes; the in-memory ERP accepts what Tryton would refuse."""
    world.control.add_invoices([one for one in load() if one["id"] not in FEW])
    world.carry(*TAKEN)
    return world


def change(world, invoice_id, **changes):
    document = world.erp.find_by_key(world.key(invoice_id))
    world.erp.change(document, **changes)
    return document


def facts(report, invoice_id):
    return {
        fact.what: (fact.coupa, fact.erp)
        for finding in report.findings
        if finding.difference.invoice_id == invoice_id
        for fact in finding.difference.facts
    }


def test_after_the_export_of_every_invoice_all_is_explained(all_carried):
    report = all_carried.look()
    assert report.failure is None
    assert set(kinds(report, "under_open_error")) == {
        case.id for case in CASES.values() if case.refused_by == "mapping"
    }
    assert set(kinds(report, "carried_elsewhere")) == {104284, 104285}
    assert report.looked_at == len(TAKEN) + 2
    assert report.looked_at == report.agreeing + len({one.difference.key for one in report.findings})


def test_sums_of_both_sides_differ_by_what_is_reported_and_nothing_else(carried):
    report = carried.look()
    for currency in {*report.coupa_totals, *report.erp_totals}:
        gap = report.erp_totals.get(currency, 0) - report.coupa_totals.get(currency, 0)
        told = [one.difference for one in report.findings if one.difference.currency == currency]
        assert gap == sum((one.erp_total or 0) - (one.coupa_total or 0) for one in told)


def test_an_orphan_is_given_back_and_makes_the_run_red(world):
    world.coupa.mark_exported(CLEAN)
    report = world.look(MARCH)
    assert kinds(report) == {CLEAN: "orphan"}
    assert "1 exported, but in the ERP nowhere" in report.failure
    assert not world.exported(CLEAN)
    assert CLEAN in kinds(world.look(MARCH), "waiting")


def test_an_orphan_that_coupa_does_not_give_back_is_told_and_does_not_stop_the_rest(world):
    world.coupa.mark_exported(CLEAN)
    world.coupa.mark_exported(OTHER)
    world.control.order(Fault(method="PUT", path=f"/invoices/{CLEAN}$", times=None, status=503))
    report = world.look(MARCH)
    assert kinds(report) == {CLEAN: "orphan", OTHER: "orphan"}
    assert not world.exported(OTHER)
    assert "could not be given back" in next(report.unexplained_lines())


def test_a_draft_alone_is_an_orphan(carried):
    change(carried, CLEAN, state="draft", number=None)
    report = carried.look()
    assert kinds(report) == {CLEAN: "orphan"}
    assert facts(report, CLEAN)["total"] == ("1180.00 USD", "only a draft")


def test_what_the_erp_lost_with_its_database_goes_back_to_the_export(carried):
    carried.erp.documents = [one for one in carried.erp.documents if one.key != carried.key(CLEAN)]
    assert kinds(carried.look()) == {CLEAN: "orphan"}
    assert not carried.exported(CLEAN)


def test_what_another_system_exported_with_its_number_is_never_given_back(world):
    report = world.look()
    assert kinds(report, "carried_elsewhere")[ELSEWHERE] == "orphan"
    assert world.exported(ELSEWHERE)


def test_what_was_cancelled_in_the_erp_by_hand_is_told_and_not_posted_again(carried):
    change(carried, CLEAN, state="cancelled")
    assert kinds(carried.look()) == {CLEAN: "changed_in_erp"}
    assert carried.exported(CLEAN)


def test_a_replacement_that_broke_off_after_the_cancelling_goes_back_to_the_export(carried):
    change(carried, CLEAN, state="cancelled")
    carried.edit(CLEAN, invoice_lines=RECODED)
    assert kinds(carried.look()) == {CLEAN: "orphan"}
    assert not carried.exported(CLEAN)


def test_a_missing_number_is_told_and_written_only_when_asked(carried):
    number = carried.number(CLEAN)
    carried.lose_number(CLEAN)
    report = carried.look()
    assert kinds(report) == {CLEAN: "number_missing"}
    assert carried.number(CLEAN) is None
    repaired = carried.look(repair=True)
    assert repaired.failure is None
    assert kinds(repaired, "mended") == {CLEAN: "number_missing"}
    assert carried.number(CLEAN) == number
    assert carried.exported(CLEAN)
    assert carried.look().failure is None


def test_a_number_that_was_repaired_without_a_record_of_the_success_goes_to_the_next_run(carried):
    (record,) = carried.coupa.find_history_records(CLEAN)
    carried.coupa.resolve_history_record(record.id)
    carried.lose_number(CLEAN)
    carried.look(repair=True)
    assert carried.number(CLEAN)
    assert not carried.exported(CLEAN)


def test_a_number_that_coupa_refuses_stays_unexplained(carried):
    carried.lose_number(CLEAN)
    carried.control.change_settings(refuse_custom_field_writes=True)
    report = carried.look(repair=True)
    assert kinds(report) == {CLEAN: "number_missing"}
    assert "could not be written" in next(report.unexplained_lines())


def test_a_number_under_an_open_error_is_known_and_repaired_all_the_same(carried):
    carried.lose_number(CLEAN)
    carried.refuse(CLEAN, "Header: Coupa refused the number.", "unnumbered")
    assert kinds(carried.look(), "under_open_error")[CLEAN] == "number_missing"
    assert kinds(carried.look(repair=True), "mended") == {CLEAN: "number_missing"}
    assert not carried.exported(CLEAN)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"company": "DE01"}, "company"),
        ({"supplier": "V000312"}, "supplier"),
        ({"supplier_number": "X"}, "invoice number"),
        ({"invoice_date": datetime.date(2026, 3, 2)}, "invoice date"),
        ({"currency": "EUR"}, "currency"),
        ({"total": 1180 + 1}, "total"),
        ({"tax": 0}, "tax"),
        ({"kind": "credit_note"}, "sign"),
        ({"line_sums": {"6400": 999, "6890": 1}}, "account 6400"),
        ({"tax_sums": {"VST19": 180}}, "tax VST19"),
    ],
)
def test_whatever_differs_is_said_by_name_and_is_a_change_in_the_erp_where_coupas_is_the_same(
    carried, changes, what
):
    change(carried, CLEAN, **changes)
    report = carried.look()
    assert kinds(report) == {CLEAN: "changed_in_erp"}
    assert what in facts(report, CLEAN)
    assert what in next(report.unexplained_lines())


def test_content_that_changed_in_coupa_without_coming_back_differs(carried):
    carried.edit(CLEAN, invoice_lines=RECODED)
    report = carried.look()
    assert kinds(report) == {CLEAN: "amounts_differ"}
    assert facts(report, CLEAN) == {
        "account 6400": ("nothing", "800.00"),
        "account 6500": ("1000.00", "200.00"),
    }


def test_a_cost_center_that_changed_in_coupa_is_told_though_no_sum_differs(carried):
    carried.edit(CLEAN, invoice_lines={"0": {"account": {"code": "3004-6400-CA200", "segment-3": "CA200"}}})
    assert kinds(carried.look()) == {CLEAN: "amounts_differ"}


def test_content_that_the_mapping_refuses_by_now_differs_with_the_mappings_words(carried):
    carried.edit(CLEAN, gross_total="999.00")
    report = carried.look()
    assert kinds(report) == {CLEAN: "amounts_differ"}
    assert "refused by the mapping" in facts(report, CLEAN)["content"][0]


def test_a_change_that_was_refused_is_known_under_its_open_error(carried):
    carried.edit(CLEAN, invoice_lines=RECODED)
    carried.refuse(CLEAN, "Header: The invoice was changed in Coupa, but the ERP has paid it.")
    report = carried.look()
    assert report.failure is None
    assert kinds(report, "under_open_error")[CLEAN] == "amounts_differ"


def test_an_error_that_promised_another_try_explains_nothing(world):
    world.coupa.mark_exported(CLEAN)
    world.refuse(CLEAN, "Header: A technical failure.", "failed")
    assert kinds(world.look(MARCH)) == {CLEAN: "orphan"}


def test_two_live_documents_of_one_invoice_are_never_explained_by_an_error(carried):
    twin = carried.erp.find_by_key(carried.key(CLEAN))
    carried.erp.documents.append(twin.model_copy(update={"erp_id": "999", "number": "M-999"}))
    carried.refuse(CLEAN, "Header: Whatever.")
    report = carried.look()
    assert kinds(report) == {CLEAN: "live_twice"}
    assert "M-999" in facts(report, CLEAN)["live documents"][1]


@pytest.mark.parametrize("status", ["voided", "on_hold", "pending_approval"])
def test_what_is_no_longer_approved_and_live_in_the_erp_is_told(carried, status):
    carried.edit(CLEAN, status=status)
    report = carried.look(void_minutes=0)
    assert kinds(report) == {CLEAN: "void_but_live"}
    assert status in facts(report, CLEAN)["status"][0]


def test_a_void_of_this_hour_is_on_its_way(carried):
    carried.control.void_in_ui(CLEAN)
    assert kinds(carried.look(void_minutes=60), "waiting") == {CLEAN: "void_but_live"}


def test_a_void_that_the_erp_refused_is_known_under_its_error(carried):
    carried.control.void_in_ui(CLEAN)
    carried.refuse(CLEAN, "Header: The ERP has paid it.")
    assert kinds(carried.look(), "under_open_error")[CLEAN] == "void_but_live"


def test_a_document_whose_invoice_coupa_does_not_have_is_told(carried):
    ghost = carried.erp.find_by_key(carried.key(CLEAN))
    carried.erp.documents.append(ghost.model_copy(update={"key": carried.key(999999999), "number": "M-7"}))
    (finding,) = carried.look().of("unexplained")
    assert finding.difference.kind == "void_but_live"
    assert finding.difference.facts[0].coupa == "is not there"


def test_credit_notes_and_currencies_without_cents_are_compared_by_their_sign(carried):
    report = carried.look()
    assert kinds(report).keys().isdisjoint({CREDIT, YEN})
    change(carried, CREDIT, kind="invoice")
    report = carried.look()
    (finding,) = report.of("unexplained")
    assert (finding.difference.invoice_id, facts(report, CREDIT)["sign"]) == (
        CREDIT,
        ("a credit note", "an invoice"),
    )
    assert finding.difference.coupa_total == -finding.difference.erp_total < 0


def test_what_waits_is_no_difference_until_it_waits_too_long(world):
    assert set(kinds(world.look(MARCH), "waiting").values()) == {"not_taken"}
    report = world.look(MARCH, waiting_hours=24)
    assert set(kinds(report).values()) == {"not_taken"}
    assert not any(world.exported(invoice_id) for invoice_id in kinds(report))


def test_an_edit_that_came_back_and_waits_is_no_difference(carried):
    carried.control.edit_in_ui(CLEAN, {"invoice-lines": RECODED})
    assert kinds(carried.look(), "waiting") == {CLEAN: "amounts_differ"}


def test_what_a_live_run_holds_is_left_out(world):
    world.coupa.mark_exported(CLEAN)
    report = world.look(MARCH, in_flight={CLEAN})
    assert (report.failure, report.in_flight) == (None, 1)
    assert world.exported(CLEAN)


def test_what_the_export_finished_between_both_reads_is_no_difference(world, monkeypatch):
    world.coupa.mark_exported(CLEAN)
    listed = world.erp.list_documents

    def finished_just_after(*args):
        found = list(listed(*args))
        world.carry(CLEAN)
        return iter(found)

    monkeypatch.setattr(world.erp, "list_documents", finished_just_after)
    assert CLEAN not in kinds(world.look(MARCH))
    assert world.exported(CLEAN)


def test_a_date_that_was_edited_out_of_the_window_is_no_missing_invoice(carried):
    carried.edit(CLEAN, invoice_date="2025-03-01T00:00:00-08:00")
    report = carried.look(MARCH)
    assert kinds(report) == {CLEAN: "amounts_differ"}
    assert facts(report, CLEAN)["invoice date"] == ("2025-03-01", "2026-03-01")


def test_a_document_that_was_dated_out_of_the_window_is_no_orphan(carried):
    change(carried, CLEAN, invoice_date=datetime.date(2026, 6, 1))
    assert kinds(carried.look(MARCH)) == {CLEAN: "changed_in_erp"}
    assert carried.exported(CLEAN)


def test_an_old_invoice_that_was_marked_today_is_in_todays_window(world):
    world.coupa.mark_exported(CLEAN)
    today = datetime.datetime.now(datetime.UTC).date()
    window = Window(first=today - datetime.timedelta(days=34), last=today)
    assert kinds(world.look(window)) == {CLEAN: "orphan"}


def test_each_invoice_is_read_in_one_page_and_suspects_in_another(all_carried):
    all_carried.control.forget_calls()
    all_carried.look()
    paths = [call["path"] for call in all_carried.control.calls()]
    # three listings in four pages, the refused read again and found without a document, their errors, and
    # both records of each of the two that another system exported
    assert paths.count("/api/invoices") <= 6
    assert sum("/api/integration_" in path for path in paths) <= 6
    assert not any(path.startswith("/api/invoices/") for path in paths)


def test_the_scope_of_the_connection_holds_here_too(world):
    settings = world.coupa.settings
    scope = settings.business.model_copy(update={"go_live_from": datetime.date(2026, 6, 1)})
    world.coupa.__dict__["settings"] = settings.model_copy(update={"business": scope})
    world.coupa.mark_exported(CLEAN)
    report = world.look(YEAR)
    assert report.failure is None
    assert world.exported(CLEAN)


def acknowledgement(difference, **changes):
    values = {
        "invoice": difference.invoice_id,
        "kind": difference.kind,
        "difference": difference.code,
        "reason": "Settled by hand",
    }
    return Acknowledgement.model_validate({**values, **changes})


def test_an_acknowledged_difference_leaves_the_run_green_until_it_changes(carried):
    change(carried, CLEAN, total=1185)
    (finding,) = carried.look().of("unexplained")
    entry = acknowledgement(finding.difference)
    report = carried.look(acknowledged=[entry])
    assert (report.failure, report.removable) == (None, [])
    (known,) = report.of("acknowledged")
    assert known.because == "Settled by hand"
    change(carried, CLEAN, total=1190)
    changed = carried.look(acknowledged=[entry])
    assert kinds(changed) == {CLEAN: "changed_in_erp"}
    assert changed.removable == [entry]


def test_an_acknowledged_orphan_is_not_given_back(world):
    world.coupa.mark_exported(CLEAN)
    found = world.look(MARCH, in_flight={OTHER})
    world.coupa.mark_exported(CLEAN)
    entry = acknowledgement(found.of("unexplained")[0].difference)
    assert world.look(MARCH, acknowledged=[entry]).failure is None
    assert world.exported(CLEAN)


def test_an_acknowledgement_outlives_the_window_and_is_removable_once_the_difference_is_gone(carried):
    june = Window(first=datetime.date(2026, 6, 1), last=datetime.date(2026, 6, 30))
    change(carried, CLEAN, total=1185)
    entry = acknowledgement(carried.look().of("unexplained")[0].difference)
    assert carried.look(june, acknowledged=[entry]).removable == []
    change(carried, CLEAN, total=1180)
    report = carried.look(june, acknowledged=[entry])
    assert report.removable == [entry]
    assert any("can be removed" in line for line in report.lines())


def test_the_summary_is_small_whatever_was_found(all_carried):
    all_carried.erp.documents.clear()
    for invoice_id in TAKEN:
        all_carried.edit(invoice_id, custom_fields={NUMBER: "x" * 200})
    report = all_carried.look()
    assert len(report.of("unexplained")) > 40
    summary = report.summary()
    assert len(summary["first_unexplained"]) == 20
    assert len(str(summary)) < 16_000
    assert summary["differences"]["unexplained"]["orphan"]["count"] == len(report.of("unexplained"))
    # An ERP without a single document is rather another ERP than one that lost them all.
    assert all(all_carried.exported(invoice_id) for invoice_id in TAKEN)
    assert "leads to the right ERP" in next(report.unexplained_lines())
