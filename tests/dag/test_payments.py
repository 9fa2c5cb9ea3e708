"""The payments' DAG, run by `dag.test()` over a Coupa sandbox and a real Tryton."""

from __future__ import annotations

from pathlib import Path

import pytest

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.tryton.documents import INVOICE
from coupa_erp.tryton.hook import TrytonHook
from tests.reconciliation.carrying import Carrying

CLEAN, CREDIT = 104201, 104231


@pytest.fixture
def carry_back(impatient_airflow, connections):
    """Run the DAG."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    bag = DagBag(str(Path(__file__).parents[2] / "dags"))
    assert not bag.import_errors
    dag = bag.dags["erp_payments_to_coupa"]

    def run(*, dry_run=False):
        ended = dag.test(run_conf={"dry_run": dry_run})
        with create_session() as session:
            told = session.query(XComModel.value).filter(XComModel.run_id == ended.run_id).all()
        return str(ended.state), told[0][0] if told else None

    return run


@pytest.fixture
def world(connections, sandbox, take):
    coupa = CoupaHook()
    carried = Carrying(coupa, TrytonHook(), sandbox.control, coupa.create_integration_run().id)
    take(CLEAN, CREDIT)
    carried.carry(CLEAN, CREDIT)
    return carried


def test_what_tryton_pays_and_takes_back_stands_in_coupa_once_each(carry_back, world, by_hand, caplog):
    def told(invoice_id):
        invoice = world.control.row("invoices", invoice_id)
        return bool(invoice["paid"]), [payment["amount-paid"] for payment in invoice["payments"]]

    document = world.erp.find_by_key(world.key(CLEAN))
    by_hand("pay", document.erp_id, document.total)
    assert carry_back(dry_run=True)[1]["payments"] == 1
    assert told(CLEAN) == (False, [])
    for _ in range(2):
        state, summary = carry_back()
        assert (state, summary["failure"], summary["looked_at"]) == ("success", None, 2)
        assert told(CLEAN) == (True, [f"{document.total:.4f}"])
        assert told(CREDIT) == (False, [])
    by_hand("unpay", document.erp_id)
    carry_back()
    assert told(CLEAN) == (False, [f"{document.total:.4f}", f"-{document.total:.4f}"])
    assert "1 payment added in Coupa" in caplog.text
    assert f"{INVOICE}/" not in caplog.text, "an accountant's figures, and no address of a record"


def test_an_invoice_that_coupa_refuses_makes_it_red_and_names_it_first(carry_back, world, by_hand, caplog):
    document = world.erp.find_by_key(world.key(CLEAN))
    by_hand("pay", document.erp_id, document.total)
    world.control.change_settings(enforce_all_invoice_validations=True)
    account = world.control.row("invoices", CLEAN)["invoice-lines"][0]["account"]
    world.edit(CLEAN, invoice_lines={"0": {"account": {**account, "active": False}}})
    state, summary = carry_back()
    assert state == "failed"
    number = world.control.row("invoices", CLEAN)["invoice-number"]
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert errors[0] == "What Tryton has paid of 1 invoice could not be told in Coupa."
    assert errors[1].startswith(f"{number}: Coupa refused")
    assert summary["trouble"] == [errors[1]]
