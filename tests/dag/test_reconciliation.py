"""The reconciliation's DAG, run by `dag.test()` over a Coupa sandbox and a real Tryton."""

from __future__ import annotations

from pathlib import Path

import pytest

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.tryton.documents import INVOICE
from coupa_erp.tryton.hook import TrytonHook
from include.sandbox.invoices import CASES
from tests.reconciliation.carrying import NUMBER, Carrying

CLEAN, CREDIT, NEVER_SENT, UNMAPPED, CLOSED = 104201, 104231, 104237, 104261, 104271
YEN, DINARS = 104241, 104243
#: What people do something to below.
TWICE, RECODED, CANCELLED, VOIDED, HELD, CHANGED, LOST, ORPHAN, TURNED = (
    *(104202, 104203, 104204, 104205, 104207, 104208, 104209),
    *(UNMAPPED, 104232),
)
#: Beside them a plain one, yen, dinars, a void of nothing, and one that Tryton refuses; tests/ledger has all.
TAKEN = (CLEAN, TWICE, RECODED, CANCELLED, VOIDED, HELD, CHANGED, LOST, ORPHAN, TURNED, YEN, DINARS)
TAKEN += (NEVER_SENT, CLOSED)
YEAR = {"window_from": "2026-01-01", "window_to": "2026-12-31"}


@pytest.fixture
def reconcile(impatient_airflow, connections, monkeypatch):
    """Run the DAG; the export is given no time, so that what a person just did is a difference."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    from include.options import read_options

    monkeypatch.setenv("COUPA_ERP_VOID_MINUTES", "0")
    monkeypatch.setenv("COUPA_ERP_WAITING_HOURS", "700")
    read_options.cache_clear()
    bag = DagBag(str(Path(__file__).parents[2] / "dags"))
    assert not bag.import_errors
    dag = bag.dags["coupa_erp_reconciliation"]

    def run(**conf):
        ended = dag.test(run_conf={**YEAR, **conf})
        with create_session() as session:
            told = session.query(XComModel.value).filter(XComModel.run_id == ended.run_id).all()
        return str(ended.state), told[0][0] if told else None

    yield run
    read_options.cache_clear()


@pytest.fixture
def acknowledging(tmp_path, monkeypatch):
    """Write the file of acknowledged differences."""
    from include.options import read_options

    def write(text):
        file = tmp_path / "acknowledged.yaml"
        file.write_text(text)
        monkeypatch.setenv("COUPA_ERP_ACKNOWLEDGED", str(file))
        read_options.cache_clear()

    return write


@pytest.fixture
def world(connections, sandbox):
    coupa = CoupaHook()
    return Carrying(coupa, TrytonHook(), sandbox.control, coupa.create_integration_run().id)


def kinds(summary, standing="unexplained"):
    told = (summary["differences"].get(standing) or {}).items()
    return {kind: counted["count"] for kind, counted in told}


def test_the_books_agree_and_each_thing_that_people_do_to_them_is_found(
    reconcile, world, take, by_hand, caplog
):
    take(*TAKEN, *(case.id for case in CASES.values() if case.outcome == "not taken"))
    world.carry(*TAKEN)
    state, summary = reconcile()
    assert (state, summary["failure"]) == ("success", None)
    assert kinds(summary, "under_open_error") == {"orphan": 2}
    assert kinds(summary, "carried_elsewhere") == {"orphan": 2}
    assert summary["looked_at"] == len(TAKEN) + 2

    def document(invoice_id):
        return world.erp.find_by_key(world.key(invoice_id))

    by_hand("copy", document(TWICE).erp_id, "6710")
    original = document(RECODED)
    by_hand("copy", original.erp_id, "6710")
    press = world.erp.transport.press
    press(INVOICE, int(original.erp_id), "cancel")
    press(INVOICE, int(document(CANCELLED).erp_id), "cancel")
    by_hand("pay", document(VOIDED).erp_id, "10.00")
    world.control.void_in_ui(VOIDED)
    world.edit(HELD, status="on_hold")
    world.edit(CHANGED, invoice_lines={"0": {"account": {"segment-2": "6710", "code": "3004-6710-CA100"}}})
    world.lose_number(LOST)
    for error in world.coupa.find_integration_errors(ORPHAN):
        world.coupa.resolve_integration_error(error.id)
    world.edit(TURNED, document_type="Invoice", is_credit_note=False)

    caplog.clear()
    state, summary = reconcile()
    assert state == "failed"
    assert kinds(summary) == {
        "live_twice": 1,
        "void_but_live": 2,
        "amounts_differ": 2,
        "changed_in_erp": 2,
        "orphan": 1,
        # the copy that took the place of the recoded one has a number of its own
        "number_missing": 2,
    }
    first = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert first[0] == summary["failure"]
    assert "live twice in the ERP under one key: live documents" in first[1]
    assert "account 6710" in " ".join(first)
    assert not world.exported(ORPHAN)

    state, summary = reconcile(repair=True)
    assert state == "failed"
    assert kinds(summary, "mended") == {"number_missing": 2}
    assert world.number(LOST) == document(LOST).number


def test_what_the_export_itself_carried_and_refused_is_explained(
    run_dag, reconcile, sandbox, take, acknowledging
):
    take(CLEAN, CREDIT, UNMAPPED, CLOSED)
    run_dag()
    state, summary = reconcile()
    assert state == "success"
    assert (summary["agreeing"], kinds(summary, "under_open_error")) == (2, {"orphan": 2})
    sandbox.control.edit_in_ui(CLEAN, {"custom-fields": {NUMBER: None}}, reset_mark=False)
    state, summary = reconcile()
    assert (state, kinds(summary)) == ("failed", {"number_missing": 1})
    (told,) = summary["first_unexplained"]
    assert told.startswith("INV-88123 (id 104201), Tryton ")
    acknowledging(summary["to_acknowledge"][0] + "the field is being repaired")
    state, summary = reconcile()
    assert (state, kinds(summary, "acknowledged")) == ("success", {"number_missing": 1})


@pytest.mark.parametrize(
    "conf", [{"dry_run": True}, {"window_from": "2026-05-02", "window_to": "2026-05-01"}]
)
def test_a_param_that_cannot_be_used_is_refused(reconcile, conf):
    assert reconcile(**conf) == ("failed", None)
