from __future__ import annotations

import json
import logging

import pytest
from structlog.contextvars import get_contextvars

CLEAN, UNMAPPED = 104201, 104261
STEPS = ("mark_exported", "resolve_previous", "post_to_erp", "record_outcome")


@pytest.fixture
def with_web_client(connections, monkeypatch):
    erp = connections["ERP_DEFAULT"]
    erp["extra"]["web_url"] = "https://tryton.example.com"
    monkeypatch.setenv("AIRFLOW_CONN_ERP_DEFAULT", json.dumps(erp))


def links_of(run_id):
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        rows = session.query(XComModel).filter(XComModel.run_id == run_id, XComModel.key.like("_link_%"))
        return {(row.task_id, row.map_index, row.key): row.value for row in rows}


def test_buttons_open_the_invoice_the_document_and_the_run_where_there_is_one(
    run_dag, sandbox, take, with_web_client
):
    take(CLEAN, UNMAPPED)
    ended = run_dag()
    links = links_of(ended.run_id)
    (run,) = sandbox.control.rows("runs")
    for index, invoice in ((0, CLEAN), (1, UNMAPPED)):
        for step in STEPS:
            shown = links["invoice." + step, index, "_link_InvoiceInCoupa"]
            assert f"{sandbox.url}/invoices/{invoice}" in shown
    with_document = {place[:2] for place in links if place[2] == "_link_DocumentInErp"}
    assert with_document == {("invoice.post_to_erp", 0), ("invoice.record_outcome", 0)}
    assert "https://tryton.example.com/#" in links["invoice.post_to_erp", 0, "_link_DocumentInErp"]
    assert not [place for place in links if place[0] == "continue_backlog"]
    with_run = {place for place in links if place[2] == "_link_RunInCoupa"}
    assert {task for task, _, _ in with_run} == {
        "create_integration_run",
        "invoice.record_outcome",
        "end_integration_run",
    }
    assert all(f"{sandbox.url}/integration_runs/{run['id']}" in links[place] for place in with_run)


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
