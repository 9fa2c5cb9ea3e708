"""One Airflow for all tests of this folder: its start costs more than most of them."""

from __future__ import annotations

import os

import pytest

from include.demo.airflow_server import stop
from include.demo.layout import DAG_ID
from include.sandbox.running import running_sandbox
from tests.crashes.deployment import DATABASE, connect, until


@pytest.fixture(scope="package")
def deployment(tryton, tmp_path_factory):
    """The whole deployment; its DAG is switched on, and the schedule's first run has gone by."""
    ledger = f"ledger_crashes_{os.getpid()}"
    tryton.create_database(ledger)
    tryton.postgres.drop_database(DATABASE)
    with running_sandbox() as sandbox:
        made = connect(sandbox, tryton, ledger, tmp_path_factory.mktemp("crashes"))
        try:
            made.airflow.start()
            made.airflow.api.switch_on(DAG_ID)
            first = until(lambda: made.airflow.api.active_run(DAG_ID), "the schedule begins")
            assert made.ended(first) == "success"
            yield made
        finally:
            stop(made.layout, patience=0.5)
            made.coupa.down()
            made.erp.down()
            tryton.postgres.drop_database(DATABASE)
    tryton.drop_database(ledger)


@pytest.fixture
def live(deployment):
    """The deployment, behaving again whatever the test before has ordered."""
    yield deployment
    deployment.coupa.calm()
    deployment.erp.calm()
