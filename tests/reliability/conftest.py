from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from airflow.sdk.execution_time.xcom import XCom

from coupa_erp import erp
from coupa_erp.coupa import fields
from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from coupa_erp.coupa.retry import RetryPolicy
from coupa_erp.tasks import invoice as invoice_tasks
from coupa_erp.tasks import run as run_tasks
from coupa_erp.tasks import run_end, whole_invoice
from include.options import Grain, read_options
from include.sandbox.running import running_sandbox
from include.sandbox.settings import API_FILTERS
from tests.reliability.driver import shape_in
from tests.reliability.world import Snapshot, World


@pytest.fixture(scope="module")
def _one_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Snapshot]]:
    patched = pytest.MonkeyPatch()
    patched.setitem(API_FILTERS, "chosen_by_the_export", ("InvoiceHeader", fields.invoice(())))
    with running_sandbox(invoices=[]) as sandbox, patched.context() as patch:
        connection = {
            "conn_type": "coupa",
            "host": sandbox.url,
            "login": sandbox.client_id,
            "password": sandbox.client_secret,
            "extra": {
                "integration_code": "INVOICES_TO_ERP",
                "instance_key": "coupa-sandbox",
                "sandbox": True,
                "requests_per_second": 0,
                # The export's own choice of fields under a short name: no URL of kilobytes to be taken apart.
                "api_filter": "chosen_by_the_export",
            },
        }
        patch.setenv(DIRECTORY_VARIABLE, str(tmp_path_factory.mktemp("state")))
        patch.setenv("AIRFLOW_CONN_COUPA_DEFAULT", json.dumps(connection))
        coupa = CoupaHook(retry_policy=RetryPolicy(first_wait=0))
        world = World(sandbox, coupa)
        coupa.find_integration_errors(1)
        patch.setattr(XCom, "set", world.airflow.xcom_set)
        for tasks in (run_tasks, run_end, invoice_tasks, whole_invoice):
            patch.setattr(tasks, "ports_of", world.ports_of)
        patch.setattr(run_tasks, "CoupaHook", world.watched_coupa)
        patch.setattr(erp, "open_erp", lambda: world.erp)
        logging.disable(logging.CRITICAL)  # a sixth of the time
        yield world, world.snapshot()
        logging.disable(logging.NOTSET)


@pytest.fixture
def grain() -> str:
    """Into how many tasks an invoice is cut; a test says which by its parameters."""
    return "steps"


@pytest.fixture
def world(
    _one_world: tuple[World, Snapshot], grain: Grain, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    world, first = _one_world
    world.airflow.shape = shape_in(grain)
    monkeypatch.setenv("COUPA_ERP_GRAIN", grain)
    read_options.cache_clear()
    world.restore(first)
    world.watch()
    yield world
    read_options.cache_clear()
