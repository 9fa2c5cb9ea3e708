"""The grain ``invoice``: the four steps of an invoice in one task, played by Airflow itself."""

from __future__ import annotations

from decimal import Decimal

import pytest
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session

from coupa_erp.links import InvoiceInCoupa, RunInCoupa
from include.errors import OutcomeUnknown

CLEAN, CREDIT, NEVER_SENT, UNMAPPED, HELD = 104201, 104231, 104237, 104261, 104202
ALL = (CLEAN, HELD, CREDIT, NEVER_SENT, UNMAPPED)
EACH = "invoice"


@pytest.fixture(autouse=True)
def one_task(monkeypatch):
    monkeypatch.setenv("COUPA_ERP_GRAIN", "invoice")


def xcoms_of(ended, task_id):
    with create_session() as session:
        rows = session.query(XComModel).filter_by(run_id=ended.run_id, task_id=task_id)
        return {(row.map_index, row.key): row.value for row in rows}


def test_each_invoice_is_one_square_that_ends_with_its_outcome_in_coupa_and_in_the_ledger(
    run_dag, sandbox, take, books, monkeypatch
):
    from coupa_erp.tryton.hook import TrytonHook
    from include.export import claim

    take(*ALL)
    create, mark, tries = TrytonHook.create, claim.mark_exported, []

    def answer_lost(self, bill):
        document = create(self, bill)
        if bill.key.endswith(str(CLEAN)):
            tries.append(document.number)
            if len(tries) == 1:
                raise OutcomeUnknown("The answer was lost.")
        return document

    def held_meanwhile(ports, invoice_id):
        if invoice_id == HELD:
            sandbox.control.edit_in_ui(HELD, {"status": "on_hold"})
        return mark(ports, invoice_id)

    monkeypatch.setattr(TrytonHook, "create", answer_lost)
    monkeypatch.setattr(claim, "mark_exported", held_meanwhile)
    ended = run_dag()
    assert ended.state == "success"
    assert {task for task, index in ended.tasks if index >= 0} == {EACH}
    states = [ended.state_of(EACH, index) for index in range(len(ALL))]
    assert states == ["success", "skipped", "success", "success", "failed"]
    assert [ended.labels[EACH, index] for index in (0, 4)] == ["INV-88123", "SC-2026-050"]

    assert len(tries) == 1, "the second try finds the document and creates none"
    assert books.totals() == {CLEAN: Decimal("1180.00"), CREDIT: Decimal("-492.00")}
    shown = {one: sandbox.control.row("invoices", one) for one in ALL}
    assert [shown[one]["exported"] for one in ALL] == [True, False, True, True, True]
    assert shown[CLEAN]["custom-fields"]["cf-erp-invoice-number"] == books.number(CLEAN)
    (refused,) = sandbox.control.rows("errors")
    assert (refused["document-id"], refused["contact-alert-type"]) == (UNMAPPED, "Functional")
    assert len(sandbox.control.rows("alerts")) == 1

    (run,) = sandbox.control.rows("runs")
    assert run["end-time"]
    summary = xcoms_of(ended, "end_integration_run")[-1, "return_value"]
    told = {kind: count for kind, count in summary["counts"].items() if count}
    assert told == {"posted": 1, "unchanged": 1, "voided": 1, "rejected": 1, "skipped": 1}
    of_invoices = xcoms_of(ended, EACH)
    assert {key for _, key in of_invoices} == {"return_value"}
    assert ended.link(InvoiceInCoupa(), EACH, 4).endswith(f"/invoices/{UNMAPPED}")
    assert ended.link(RunInCoupa(), EACH, 0).endswith(f"/integration_runs/{run['id']}")
