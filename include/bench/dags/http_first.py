"""What an Airflow user writes first for Coupa's article: an ``HttpOperator`` a call, mapped over invoices.

It carries clean invoices over while nothing goes wrong; it keeps none of the product's promises.
"""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from typing import Any

from airflow.providers.http.hooks.http import HttpHook
from airflow.providers.http.operators.http import HttpOperator
from airflow.sdk import dag, get_current_context, task, task_group

from include.bench.erp import CALLS_VARIABLE, note_call

CONNECTION = "bench_http"
TOKEN = "{{ ti.xcom_pull(task_ids='get_token') }}"  # noqa: S105 - a template
CLAIMED = "ti.xcom_pull(task_ids='invoice.mark_exported', map_indexes=ti.map_index)"
NUMBER = "ti.xcom_pull(task_ids='invoice.post_to_erp', map_indexes=ti.map_index)"
RUN = "ti.xcom_pull(task_ids='create_integration_run')"
JSON_HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "Accept": "application/json",
    "Content-Type": "application/json",
}


def next_page(response: Any) -> dict[str, Any] | None:
    """The page after this one; Coupa answers fifty at most."""
    page = response.json()
    return {"data": {**LISTING, "id[gt]": page[-1]["id"]}} if len(page) == 50 else None


LISTING = {
    "exported": "false",
    "status": "approved",
    "order_by": "id",
    "dir": "asc",
    "fields": json.dumps(["id", "invoice-number"]),
}


def resolve(kind: str, invoice_id: int) -> None:
    """Find what is open about an invoice, and resolve each of it."""
    token = get_current_context()["ti"].xcom_pull(task_ids="get_token")
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    found = HttpHook("GET", CONNECTION).run(
        f"api/{kind}",
        {"document-id": invoice_id, "document-type": "InvoiceHeader", "resolved": "false"},
        headers,
    )
    for record in found.json():
        HttpHook("PUT", CONNECTION).run(f"api/{kind}/{record['id']}/resolve", None, headers)


@dag(
    dag_id="bench_http_first",
    schedule=None,
    start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": datetime.timedelta(seconds=15)},
    tags=["bench"],
)
def bench_http_first() -> None:
    """Wire it."""
    get_token = HttpOperator(
        task_id="get_token",
        http_conn_id=CONNECTION,
        endpoint="oauth2/token",
        method="POST",
        data={
            "grant_type": "client_credentials",
            "client_id": "{{ conn.bench_client.login }}",
            "client_secret": "{{ conn.bench_client.password }}",
            "scope": "core.invoice.read core.invoice.write core.integration.read core.integration.write",
        },
        headers={"Accept": "application/json"},
        response_filter=lambda response: response.json()["access_token"],
    )
    create_integration_run = HttpOperator(
        task_id="create_integration_run",
        http_conn_id=CONNECTION,
        endpoint="api/integration_runs",
        method="POST",
        data=json.dumps({"integration": {"code": "INVOICES_TO_ERP"}}),
        headers=JSON_HEADERS,
        response_filter=lambda response: response.json()["id"],
    )
    fetch_invoices = HttpOperator(
        task_id="fetch_invoices",
        http_conn_id=CONNECTION,
        endpoint="api/invoices",
        method="GET",
        data=LISTING,
        headers=JSON_HEADERS,
        pagination_function=next_page,
        response_filter=lambda pages: [
            f"api/invoices/{invoice['id']}?exported=true" for page in pages for invoice in page.json()
        ],
    )
    start_integration_run = HttpOperator(
        task_id="start_integration_run",
        http_conn_id=CONNECTION,
        endpoint=f"api/integration_runs/{{{{ {RUN} }}}}/run",
        method="PUT",
        data='{"total-records": {{ ti.xcom_pull(task_ids="fetch_invoices") | length }}}',
        headers=JSON_HEADERS,
    )

    @task_group
    def invoice(endpoint: str) -> None:
        mark_exported = HttpOperator(
            task_id="mark_exported",
            http_conn_id=CONNECTION,
            endpoint=endpoint,
            method="PUT",
            headers=JSON_HEADERS,
            response_filter=lambda response: response.json(),
        )

        @task
        def resolve_history(claimed: dict[str, Any]) -> None:
            resolve("integration_history_records", claimed["id"])

        @task
        def resolve_errors(claimed: dict[str, Any]) -> None:
            resolve("integration_errors", claimed["id"])

        @task
        def post_to_erp(claimed: dict[str, Any]) -> str:
            note_call(Path(os.environ[CALLS_VARIABLE]), f"create {claimed['id']}")
            return f"B-{claimed['id']}"

        write_number = HttpOperator(
            task_id="write_number",
            http_conn_id=CONNECTION,
            endpoint=f"api/invoices/{{{{ {CLAIMED}['id'] }}}}",
            method="PUT",
            data=f'{{"custom-fields": {{"cf-erp-invoice-number": "{{{{ {NUMBER} }}}}"}}}}',
            headers=JSON_HEADERS,
        )
        record_success = HttpOperator(
            task_id="record_success",
            http_conn_id=CONNECTION,
            endpoint="api/integration_history_records",
            method="POST",
            data=(
                f'{{"document-type": "InvoiceHeader", "document-id": {{{{ {CLAIMED}["id"] }}}}, '
                '"integration": {"code": "INVOICES_TO_ERP"}, '
                f'"integration-run": {{"id": {{{{ {RUN} }}}}}}, '
                '"contact-alert-type": "Functional", "status": "Success", '
                f'"responses": [{{"response-code": "OK", "response-message": "{{{{ {NUMBER} }}}}"}}]}}'
            ),
            headers=JSON_HEADERS,
        )
        claimed = mark_exported.output
        resolve_history(claimed) >> resolve_errors(claimed) >> post_to_erp(claimed) >> write_number
        write_number >> record_success

    end_integration_run = HttpOperator(
        task_id="end_integration_run",
        http_conn_id=CONNECTION,
        endpoint=f"api/integration_runs/{{{{ {RUN} }}}}/success",
        method="PUT",
        headers=JSON_HEADERS,
        trigger_rule="all_done",
    )
    fetched = fetch_invoices.output
    get_token >> create_integration_run >> fetch_invoices >> start_integration_run
    start_integration_run >> invoice.expand(endpoint=fetched) >> end_integration_run


bench_http_first()
