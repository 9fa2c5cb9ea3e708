"""What a deployment shows to whoever looks: processes, secrets that exist, and Airflow's answers."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from include.demo.airflow_api import ENDED
from include.demo.airflow_server import AirflowServer, services
from include.demo.layout import DAG_ID
from include.demo.processes import session_of
from include.sandbox.running import RunningSandbox
from tests.crashes.deployment import OwnLayout, until


@dataclass(frozen=True)
class Running:
    """All that runs for the tests of this file.

    :param state: Airflow's run directory; the token's directory is ``state/tokens``.
    """

    airflow: AirflowServer
    sandbox: RunningSandbox
    tryton: Any
    ledger: str
    layout: OwnLayout
    state: Path
    port: int

    @property
    def api(self) -> Any:
        return self.airflow.api


def let_the_schedule_go_by(api) -> None:
    """Wait for the run that the schedule starts by itself, so that it takes no invoice of a test."""

    def gone_by() -> bool:
        runs = api.runs(DAG_ID)
        return {run["run_type"] for run in runs} >= {"scheduled"} and all(
            run["state"] in ENDED for run in runs
        )

    until(gone_by, "the schedule's own run ends")


def processes_of(deployment):
    """Every process of the demo's servers by name; the sandbox lives in this one."""
    tryton, postgres = deployment.tryton, deployment.tryton.postgres
    data = f"{json.loads((tryton.run_dir / 'postgres' / 'server.json').read_text())['home']}/data"
    found = {"sandbox": [psutil.Process()]}
    for name, service in services(deployment.layout).items():
        found[name] = [psutil.Process(pid) for pid in session_of(service.record)]
    for process in psutil.process_iter():
        command = command_line(process)
        if str(tryton.run_dir / "secrets" / "trytond.conf") in command:
            found.setdefault("tryton", []).append(process)
        if data in command:
            found.setdefault("postgres", []).append(process)
    assert postgres.running
    return found


def listening(process):
    """The addresses at which a process listens; none where it has ended by now, as a task's may."""
    try:
        opened = process.net_connections(kind="inet")
    except psutil.NoSuchProcess:
        return []
    return [tuple(each.laddr) for each in opened if each.status == psutil.CONN_LISTEN]


def command_line(process):
    """What ``ps`` shows of a process."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def known_secrets(deployment):
    postgres = json.loads((deployment.tryton.run_dir / "secrets" / "postgres.json").read_text())
    airflow = json.loads((deployment.layout.secrets / "airflow.json").read_text())
    tokens = [
        json.loads(file.read_text())["access_token"]
        for file in deployment.state.glob("tokens/token-*")
        if file.suffix != ".lock"
    ]
    return {
        "client secret": deployment.sandbox.client_secret,
        "ERP key": deployment.tryton.export_key,
        "Tryton's administrator": deployment.tryton.admin_password,
        **{f"PostgreSQL's {role}": password for role, password in postgres.items()},
        **{f"Airflow's {name} key": key for name, key in airflow.items()},
        **{f"token {number}": token for number, token in enumerate(tokens)},
    }


def crawl(deployment, run_id):
    """What Airflow answers to every GET of its API, and its pages, about this DAG and its run."""
    answers = {}

    def get(path):
        connection = http.client.HTTPConnection("127.0.0.1", deployment.port, timeout=60)
        try:
            connection.request("GET", path, headers={"Accept": "application/json, text/html"})
            answer = connection.getresponse()
            answers[path] = answer.read().decode("utf-8", errors="replace")
            return answer.status
        finally:
            connection.close()

    run = f"/api/v2/dags/{DAG_ID}/dagRuns/{quote(run_id, safe='')}"
    get(f"{run}/taskInstances?limit=1000")
    instances = json.loads(answers[f"{run}/taskInstances?limit=1000"])["task_instances"]
    for instance in instances:
        task = f"{run}/taskInstances/{instance['task_id']}"
        index = instance["map_index"]
        get(f"{task}/{index}" if index >= 0 else task)
        for attempt in range(1, instance["try_number"] + 1):
            get(f"{task}/logs/{attempt}?map_index={index}&full_content=true")
        get(f"{task}/xcomEntries?map_index={index}")
        for entry in json.loads(answers[f"{task}/xcomEntries?map_index={index}"]).get("xcom_entries", []):
            key = quote(entry["key"], safe="")
            get(f"{task}/xcomEntries/{key}?map_index={index}")
            get(f"{task}/xcomEntries/{key}?map_index={index}&deserialize=false&stringify=true")
    get("/openapi.json")
    for path, verbs in json.loads(answers["/openapi.json"])["paths"].items():
        if "get" not in verbs:
            continue
        filled = path.replace("{dag_id}", DAG_ID).replace("{dag_run_id}", quote(run_id, safe=""))
        filled = filled.replace("{run_id}", quote(run_id, safe="")).replace(
            "{task_id}", "create_integration_run"
        )
        if not re.search(r"[{}]|logout|/wait$", filled):
            get(filled)
    for page in ("/", f"/dags/{DAG_ID}", f"/dags/{DAG_ID}/runs/{quote(run_id, safe='')}", "/connections"):
        get(page)
    for ui in ("config", f"grid/structure/{DAG_ID}", f"grid/runs/{DAG_ID}", "dags", "connections/hook_meta"):
        get(f"/ui/{ui}")
    return answers
