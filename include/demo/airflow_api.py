"""The few calls of Airflow's REST API that the demo needs; on loopback mostly without a login."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from include.demo.console import DemoError

#: A machine's proxy must never see loopback.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_TIMEOUT_SECONDS = 30

ENDED = ("success", "failed")


class NotReady(Exception):
    """Airflow does not answer, or not yet."""


class AirflowApi:
    """One Airflow.

    :param url: ``http://127.0.0.1:8080``.
    :param token: of ``/auth/token``, where Airflow asks for a login.
    """

    def __init__(self, url: str, *, token: str | None = None) -> None:
        self.url = url
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def health(self) -> dict[str, Any]:
        """Each component's state."""
        return self._call("GET", "/monitor/health")

    def import_error(self) -> str | None:
        """The last line of the first import error, if there is one."""
        errors = self._call("GET", "/importErrors?limit=1")["import_errors"]
        return str(errors[0]["stack_trace"]).strip().splitlines()[-1] if errors else None

    def knows(self, dag_id: str) -> bool:
        """Whether the DAG was parsed and can be run."""
        try:
            dag = self._call("GET", f"/dags/{dag_id}")
        except DemoError:
            return False
        return not dag["is_stale"]

    def parsed_at(self, dag_id: str) -> str:
        """When the dag-processor last read the DAG's file."""
        return str(self._call("GET", f"/dags/{dag_id}/details")["last_parsed_time"])

    def ask_to_parse(self, dag_id: str) -> None:
        """Have the DAG's file read again now."""
        token = self._call("GET", f"/dags/{dag_id}/details")["file_token"]
        self._call("PUT", f"/parseDagFile/{urllib.parse.quote(token, safe='')}")

    def is_paused(self, dag_id: str) -> bool:
        """Whether the DAG is switched off."""
        return bool(self._call("GET", f"/dags/{dag_id}")["is_paused"])

    def switch_on(self, dag_id: str) -> None:
        """Unpause the DAG."""
        self._call("PATCH", f"/dags/{dag_id}?update_mask=is_paused", {"is_paused": False})

    def trigger(self, dag_id: str, conf: dict[str, Any], note: str) -> str:
        """Create a run.

        :return: its id.
        :raises DemoError: with Airflow's reason, where a parameter is wrong.
        """
        body = {"logical_date": None, "conf": conf, "note": note}
        return str(self._call("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """``queued``, ``running``, ``success``, ``failed``."""
        return str(self._call("GET", f"{_run(dag_id, run_id)}")["state"])

    def end_badly(self, dag_id: str, run_id: str) -> None:
        """Mark a run as failed: what has not begun is skipped."""
        self._call("PATCH", f"{_run(dag_id, run_id)}?update_mask=state", {"state": "failed"})

    def active_run(self, dag_id: str) -> str | None:
        """The id of a run that is queued or running now, the oldest of them."""
        query = "?state=running&state=queued&limit=1&order_by=run_after"
        runs = self._call("GET", f"/dags/{dag_id}/dagRuns{query}")["dag_runs"]
        return str(runs[0]["dag_run_id"]) if runs else None

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The newest runs, at most a hundred."""
        found = self._call("GET", f"/dags/{dag_id}/dagRuns?limit=100&order_by=-run_after")["dag_runs"]
        return list(found)

    def backfill(self, dag_id: str, first: str, last: str, conf: dict[str, Any]) -> int:
        """Run past intervals, one at a time, beside the schedule.

        :param first: the first logical date, with its zone; ``last`` likewise.
        :return: the backfill's id.
        :raises DemoError: with Airflow's reason, where it refuses.
        """
        body = {
            "dag_id": dag_id,
            "from_date": first,
            "to_date": last,
            "dag_run_conf": conf,
            "max_active_runs": 1,
            "reprocess_behavior": "completed",
        }
        return int(self._call("POST", "/backfills", body)["id"])

    def page(self, dag_id: str, run_id: str) -> str:
        """Where a person sees the run."""
        return f"{self.url}/dags/{dag_id}/runs/{urllib.parse.quote(run_id, safe='')}"

    def result(self, dag_id: str, run_id: str, task: str) -> Any:
        """What a task returned; ``None`` if it returned nothing."""
        path = f"{_run(dag_id, run_id)}/taskInstances/{task}/xcomEntries/return_value?deserialize=false"
        try:
            value = self._call("GET", path)["value"]
        except DemoError:
            return None
        return json.loads(value) if isinstance(value, str) and value[:1] in "{[" else value

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.url}/api/v2{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers=self._headers,
        )
        try:
            with _OPENER.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                said: dict[str, Any] = json.load(answer) or {}
                return said
        except urllib.error.HTTPError as refused:
            text = refused.read().decode(errors="replace")
            if refused.code >= 500:
                raise NotReady(f"{refused.code}: {text[:200]}") from None
            raise DemoError(f"Airflow refuses {method} {path} with {refused.code}: {_detail(text)}") from None
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
            raise NotReady(str(error)) from None


def _run(dag_id: str, run_id: str) -> str:
    return f"/dags/{dag_id}/dagRuns/{urllib.parse.quote(run_id, safe='')}"


def _detail(text: str) -> str:
    try:
        detail = json.loads(text)["detail"]
    except (ValueError, KeyError, TypeError):
        return text[:300]
    return detail.splitlines()[0] if isinstance(detail, str) and detail else json.dumps(detail)[:300]
