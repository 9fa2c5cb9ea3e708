"""Records ``recorded.json`` from a running demo: ``python -m tests.page.recording http://127.0.0.1:8080``.

One entry of each answer that the page reads, with its values as they came, so that the stub's shapes are
Airflow's own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import requests

DAG, END, RECORD = "coupa_invoices_to_erp", "end_integration_run", "invoice.record_outcome"

ASSET = "coupa_erp_run_summaries"


def record(address: str) -> dict[str, Any]:
    """Ask the same questions as the page.

    :param address: of Airflow, open without a login as the demo's is.
    """
    session = requests.Session()

    def get(path: str, **query: Any) -> Any:
        answer = session.get(f"{address}/api/v2/{path}", params=query, timeout=30)
        answer.raise_for_status()
        return answer.json()

    runs = f"dags/{DAG}/dagRuns"
    event = get("assets/events", source_dag_id=DAG, source_task_id=END, name_prefix_pattern=ASSET, limit=1)
    run_id = event["asset_events"][0]["source_run_id"]
    entries = get(f"{runs}/{run_id}/taskInstances/{RECORD}/xcomEntries", xcom_key="return_value", limit=1)
    index = entries["xcom_entries"][0]["map_index"]
    square = get(f"{runs}/{run_id}/taskInstances", task_id=RECORD, limit=1)["task_instances"][0]
    outcome = get(f"{runs}/{run_id}/taskInstances/{RECORD}/xcomEntries/return_value", map_index=index)
    xcom = get(f"{runs}/{run_id}/taskInstances/{END}/xcomEntries/return_value")
    return {
        "run": get(f"{runs}/{run_id}"),
        "event": event["asset_events"][0],
        # Of which machine it was is nobody's business.
        "square": {**square, "hostname": None, "unixname": None, "pid": None},
        "xcom": {**xcom, "value": None},
        "summary": xcom["value"],
        "outcome": outcome["value"],
    }


if __name__ == "__main__":
    told = json.dumps(record(sys.argv[1]), indent=1, ensure_ascii=False)
    (Path(__file__).parent / "recorded.json").write_text(told + "\n", encoding="utf-8")
