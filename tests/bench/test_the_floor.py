"""The floor is honest: the product's picture, setting for setting, and nothing in it."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag

from include.bench.erp import CONN_TYPE
from include.demo.layout import ROOT
from include.options import read_options

#: Everything of a task that the scheduler or the worker acts upon.
OF_A_TASK = (
    "trigger_rule",
    "retries",
    "retry_delay",
    "retry_exponential_backoff",
    "weight_rule",
    "execution_timeout",
    "max_active_tis_per_dag",
    "is_setup",
    "is_teardown",
    "on_failure_fail_dagrun",
    "map_index_template",
    "multiple_outputs",
    "do_xcom_push",
    "show_return_value_in_logs",
    "upstream_task_ids",
    "downstream_task_ids",
    "pool",
    "queue",
    "depends_on_past",
)


def dag_of(file: str, dag_id: str, grain: str = "steps") -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUPA_ERP_GRAIN", grain)
        read_options.cache_clear()
        bag = DagBag(str(ROOT / file))
    read_options.cache_clear()
    assert not bag.import_errors
    return bag.dags[dag_id]


@pytest.fixture(scope="module", params=["steps", "invoice"])
def pair(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    return (
        dag_of("dags/coupa_invoices_to_erp.py", "coupa_invoices_to_erp", request.param),
        dag_of("include/bench/dags/floor.py", "bench_floor", request.param),
    )


def told(task: Any) -> dict[str, Any]:
    found = {name: str(getattr(task, name, None)) for name in OF_A_TASK}
    policy = task.retry_policy
    return {
        **found,
        "retry_policy": (type(policy), vars(policy)),
        "outlets": [type(outlet).__name__ for outlet in task.outlets],
        "pre_execute": getattr(task, "_pre_execute_hook", None) is not None,
        "group": [(group.group_id, type(group).__name__) for group in task.iter_mapped_task_groups()],
        "mapped": task.is_mapped,
    }


def test_each_task_has_the_edges_retries_and_limits_of_the_products(pair):
    product, floor = pair
    assert set(floor.task_ids) == set(product.task_ids)
    for task_id in product.task_ids:
        assert told(floor.get_task(task_id)) == told(product.get_task(task_id)), task_id


def test_the_run_has_the_same_schedule_limits_and_callbacks(pair):
    product, floor = pair
    for name in ("catchup", "max_active_runs", "max_active_tasks", "dagrun_timeout", "start_date"):
        assert getattr(floor, name) == getattr(product, name), name
    assert vars(floor.timetable).keys() == vars(product.timetable).keys()
    for name in ("on_success_callback", "on_failure_callback"):
        assert _count(getattr(floor, name)) == _count(getattr(product, name)), name


def test_the_form_has_the_same_fields(pair):
    product, floor = pair
    texts = {"title", "description"}
    for name in product.params:
        of_product, of_floor = (dag.params.get_param(name) for dag in (product, floor))
        assert of_floor.value == of_product.value, name
        wanted = {key: value for key, value in of_product.schema.items() if key not in texts}
        assert of_floor.schema == wanted, name


def test_the_first_dag_of_an_airflow_user_can_be_read():
    first = dag_of("include/bench/dags/http_first.py", "bench_http_first")

    assert len(first.task_ids) == 11


def test_no_production_connection_leads_to_the_erp_that_books_nothing():
    from coupa_erp.erp import ERP_HOOKS

    assert CONN_TYPE not in ERP_HOOKS


def _count(callbacks: Any) -> int:
    return len(callbacks) if isinstance(callbacks, list) else int(callbacks is not None)
