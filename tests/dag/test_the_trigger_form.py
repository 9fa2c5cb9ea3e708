"""The form: each param is explained and bounded, and what is wrong is refused before Coupa hears of it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from airflow.sdk.exceptions import ParamValidationError

from include.errors import ConfigurationError
from include.export.request import RunRequest, read_request
from include.options import read_options
from tests.dag.conftest import ROOT


@pytest.fixture(scope="module")
def params() -> Any:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(ROOT / "dags" / "coupa_invoices_to_erp.py"))
    assert not bag.import_errors
    return bag.dags["coupa_invoices_to_erp"].params


def sent(params: Any, **values: Any) -> dict[str, Any]:
    """What a run is given when the form is sent with these values; Airflow checks it as it checks a conf."""
    filled = copy.deepcopy(params)
    filled.update(values)
    checked: dict[str, Any] = filled.validate()
    return checked


def test_the_form_offers_exactly_what_a_run_can_be_asked_for(params):
    assert set(params) == set(RunRequest.model_fields)


def test_each_field_says_what_it_is_and_what_it_takes(params):
    for name in params:
        field = params.get_param(name)
        assert field.schema["title"], name
        assert len(field.description) > 20, name
        assert field.schema["type"], name


def test_an_untouched_form_is_an_ordinary_run(params):
    assert read_request(sent(params), {}) == RunRequest()


@pytest.mark.parametrize(("setting", "value"), [("GRAIN", "invoice"), ("MAX_INVOICES", "7")])
def test_a_task_that_is_given_no_form_reads_what_the_form_would_say(monkeypatch, setting, value):
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk.definitions._internal.dag_parsing_context import _airflow_parsing_context_manager

    monkeypatch.setenv(f"COUPA_ERP_{setting}", value)
    read_options.cache_clear()
    try:
        file = str(ROOT / "dags" / "coupa_invoices_to_erp.py")
        form = DagBag(file).dags["coupa_invoices_to_erp"].params
        with _airflow_parsing_context_manager(dag_id="coupa_invoices_to_erp", task_id="fetch_invoices"):
            in_a_task = DagBag(file).dags["coupa_invoices_to_erp"].params
        assert len(in_a_task) == 0
        assert read_request({}, None) == read_request(sent(form), {})
        assert read_request({}, None).max_invoices == read_options().max_invoices != 75
    finally:
        read_options.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("invoice_ids", [104217, 104218]),
        ("statuses", ["voided"]),
        ("updated_since", "2026-03-01T09:00:00.000Z"),
        ("window_from", "2026-03-01T09:00:00+01:00"),
        ("max_invoices", 1000),
        ("dry_run", True),
        ("include_exported", True),
        ("retry_rejected", ["PERIOD_CLOSED", "TECHNICAL-TransientError"]),
        ("retry_rejected", ["all"]),
        ("retry_rejected", None),
        ("after_id", 7),
    ],
)
def test_what_the_form_takes_the_run_takes(params, name, value):
    request = read_request(sent(params, **{name: value}), {name: value})
    assert getattr(request, name) or value is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("invoice_ids", ["abc"]),
        ("invoice_ids", [0]),
        ("invoice_ids", list(range(1, 1002))),
        ("invoice_ids", 104217),
        ("statuses", []),
        ("statuses", ["draft"]),
        ("statuses", ["voided", "voided"]),
        ("max_invoices", 0),
        ("max_invoices", 1001),
        ("max_invoices", "many"),
        ("dry_run", "yes"),
        ("dry_run", None),
        ("include_exported", "no"),
        ("retry_rejected", "PERIOD_CLOSED"),
        ("retry_rejected", [17]),
        ("after_id", -1),
    ],
)
def test_what_is_wrong_is_refused_in_the_form(params, name, value):
    with pytest.raises(ParamValidationError, match=name):
        sent(params, **{name: value})


@pytest.mark.parametrize(
    ("conf", "named"),
    [
        ({"window_from": "2026-03-02T00:00:00Z", "window_to": "2026-03-01T00:00:00Z"}, "before window_to"),
        ({"updated_since": "yesterday"}, "Param updated_since"),
        ({"retry_rejected": ["PERIOD CLOSED"]}, "Param retry_rejected.0"),
        ({"dryrun": True}, "Param dryrun is not known"),
    ],
)
def test_what_no_form_can_see_is_refused_by_the_first_task_in_a_sentence(params, conf, named):
    with pytest.raises(ConfigurationError, match=named):
        read_request(sent(params, **conf), conf)
