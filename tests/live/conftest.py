"""One Airflow for all tests of a file: between a Coupa sandbox and a Tryton, each empty."""

from __future__ import annotations

import datetime
import json
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from include.demo.airflow_server import AirflowServer, stop
from include.demo.ports import Ports
from include.sandbox.running import running_sandbox
from tests.crashes.deployment import OwnLayout
from tests.live.looking import Running


def hourly_but_not_soon() -> str:
    """One run for the hour before once the DAG is switched on, and no other while the tests last."""
    return f"{(datetime.datetime.now(datetime.UTC).minute + 30) % 60} * * * *"


@pytest.fixture(scope="module")
def deployment(tryton: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Airflow between a Coupa sandbox and a Tryton, each empty."""
    state = tmp_path_factory.mktemp("live")
    layout = OwnLayout(state=state)
    for folder in (layout.logs, layout.processes, layout.secrets):
        folder.mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ledger = f"ledger_live_{os.getpid()}"
    tryton.create_database(ledger)
    tryton.postgres.drop_database("airflow_own")
    with running_sandbox() as sandbox:
        coupa = {
            "conn_type": "coupa",
            "host": sandbox.url,
            "login": sandbox.client_id,
            "password": sandbox.client_secret,
            "extra": {
                "integration_code": "INVOICES_TO_ERP",
                "instance_key": "coupa-sandbox",
                "sandbox": True,
            },
        }
        erp = {
            "conn_type": "tryton",
            "host": tryton.url,
            "schema": ledger,
            "password": tryton.export_key,
            "extra": {"sandbox": True},
        }
        given = {
            "AIRFLOW_CONN_COUPA_DEFAULT": json.dumps(coupa),
            "AIRFLOW_CONN_ERP_DEFAULT": json.dumps(erp),
            "COUPA_ERP_STATE_DIR": str(state / "tokens"),
            "COUPA_ERP_RETRY_SECONDS": "1",
            "COUPA_ERP_SCHEDULE": hourly_but_not_soon(),
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        }
        airflow = AirflowServer(layout, Ports(airflow=port), tryton.postgres, mode="own", given=given)
        try:
            airflow.start()
            yield Running(airflow, sandbox, tryton, ledger, layout, state, port)
        finally:
            stop(layout, patience=0.5)
    tryton.drop_database(ledger)
