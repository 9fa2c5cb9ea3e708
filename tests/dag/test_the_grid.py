from __future__ import annotations

import json
import logging

import pytest
from structlog.contextvars import get_contextvars

from coupa_erp.links import DocumentInErp, InvoiceInCoupa, RunInCoupa
from tests.dag.conftest import ROOT

CLEAN, UNMAPPED = 104201, 104261
#: Tasks without buttons of ours.
PLAIN = {"fetch_invoices", "start_integration_run", "continue_backlog"}
STEPS = ("mark_exported", "resolve_previous", "post_to_erp", "record_outcome")


@pytest.fixture
def with_web_client(connections, monkeypatch):
    erp = connections["ERP_DEFAULT"]
    erp["extra"]["web_url"] = "https://tryton.example.com"
    monkeypatch.setenv("AIRFLOW_CONN_ERP_DEFAULT", json.dumps(erp))


def links_of(ended):
    """What each button of each task opens, where it opens anything."""
    return {
        (task_id, index, link.name): address
        for link in (InvoiceInCoupa(), DocumentInErp(), RunInCoupa())
        for task_id, index in ended.tasks
        if (address := ended.link(link, task_id, index)) and task_id not in PLAIN
    }


def test_buttons_open_the_invoice_the_document_and_the_run_where_there_is_one(
    run_dag, sandbox, take, with_web_client
):
    take(CLEAN, UNMAPPED)
    ended = run_dag()
    links = links_of(ended)
    (run,) = sandbox.control.rows("runs")
    for index, invoice in ((0, CLEAN), (1, UNMAPPED)):
        for step in STEPS:
            shown = links["invoice." + step, index, "Invoice in Coupa"]
            assert shown == f"{sandbox.url}/invoices/{invoice}"
    with_document = {place[:2] for place in links if place[2] == "Document in the ERP"}
    assert with_document == {("invoice.post_to_erp", 0), ("invoice.record_outcome", 0)}
    assert "https://tryton.example.com/#" in links["invoice.post_to_erp", 0, "Document in the ERP"]
    with_run = {place for place in links if place[2] == "Integration run in Coupa"}
    assert {task for task, _, _ in with_run} == {
        "create_integration_run",
        "invoice.record_outcome",
        "end_integration_run",
    }
    assert {links[place] for place in with_run} == {f"{sandbox.url}/integration_runs/{run['id']}"}


def test_the_buttons_are_on_our_tasks_and_on_no_other():
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    dag = DagBag(str(ROOT / "dags" / "coupa_invoices_to_erp.py")).dags["coupa_invoices_to_erp"]
    shown = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    ours = {"Invoice in Coupa", "Document in the ERP", "Integration run in Coupa"}
    with_buttons = {task.task_id for task in shown.tasks if set(task.extra_links) == ours}
    assert with_buttons == set(dag.task_ids) - PLAIN
    assert not dag.get_task("invoice.post_to_erp").operator_extra_links, "a worker would keep each address"


def test_each_line_of_our_logs_names_run_and_invoice(run_dag, sandbox, take):
    told = []

    class Noting(logging.Handler):
        def emit(self, record):
            told.append((record.getMessage(), get_contextvars()))

    noting = Noting()
    ours = [logging.getLogger(name) for name in ("coupa_erp", "include")]
    for logger in ours:
        logger.addHandler(noting)
    try:
        take(CLEAN, UNMAPPED)
        run_dag()
    finally:
        for logger in ours:
            logger.removeHandler(noting)
    (run,) = sandbox.control.rows("runs")
    assert {bound.get("integration_run") for _, bound in told} <= {run["id"], None}
    about = {"INV-88123": 0, "SC-2026-050": 0}
    for said, bound in told:
        for number in about:
            if said.startswith(number):
                assert bound["invoice"] == number
                assert bound["integration_run"] == run["id"]
                about[number] += 1
    assert all(count >= 3 for count in about.values())


def test_a_run_that_delivered_makes_an_event_and_one_that_did_not_makes_none(run_dag, sandbox, take):
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session

    def events_of(run_id):
        with create_session() as session:
            found = session.query(AssetEvent).filter(AssetEvent.source_run_id == run_id)
            return [event.extra for event in found if event.asset.name == "coupa_invoices_in_erp"]

    take(CLEAN)
    ended = run_dag()
    (run,) = sandbox.control.rows("runs")
    (extra,) = events_of(ended.run_id)
    assert (extra["integration_run_id"], extra["posted"]) == (run["id"], 1)
    assert events_of(run_dag().run_id) == []
