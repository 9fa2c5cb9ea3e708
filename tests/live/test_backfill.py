"""Backfills as the command line and the UI's form send them: once, and again in each reprocess behaviour."""

from __future__ import annotations

import copy
import datetime
import subprocess
import sys
from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest
import requests

from include.demo.airflow_api import ENDED
from include.demo.layout import DAG_ID
from include.sandbox.invoices import load
from include.soak.erp_books import read_books
from tests.crashes.deployment import patiently, until
from tests.live.looking import let_the_schedule_go_by

HOUR, SECOND = datetime.timedelta(hours=1), datetime.timedelta(seconds=1)
PLAIN = next(invoice for invoice in load() if invoice["id"] == 104201)
NET_45 = {"id": 45, "code": "Net 45", "description": "Net 45 days", "active": True}
#: What a claim leaves on an invoice though nothing of it changed.
TRACES = ("last-exported-at", "updated-at", "lock-version-key")


class Hours:
    """The hours before the schedule's own run, and that run's.

    :param live: what runs.
    """

    def __init__(self, live: Any) -> None:
        self.live = live
        scheduled = next(run for run in live.api.runs(DAG_ID) if run["run_type"] == "scheduled")
        self.scheduled = scheduled["dag_run_id"]
        own = datetime.datetime.fromisoformat(scheduled["logical_date"])
        self.begin = [own - 3 * HOUR, own - 2 * HOUR, own - HOUR, own]

    def invoice(self, number: int, created: datetime.datetime, **changes: Any) -> int:
        made = copy.deepcopy(PLAIN)
        made.update({"id": number, "invoice-number": f"B-{number}", "created-at": created.isoformat()})
        self.live.sandbox.control.add_invoices([made | changes])
        return number

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(
            method, f"http://127.0.0.1:{self.live.port}/api/v2{path}", json=body, timeout=60
        )
        assert answer.ok, answer.text
        return answer.json()

    def form(self, first: int, last: int, behaviour: str, **more: Any) -> dict[str, Any]:
        """What the UI's form sends for the hours from the first to the last."""
        return {
            "dag_id": DAG_ID,
            "from_date": self.begin[first].isoformat(),
            "to_date": self.begin[last].isoformat(),
            "reprocess_behavior": behaviour,
            "max_active_runs": 2,
            "run_backwards": False,
            **more,
        }

    def would_run(self, form: dict[str, Any]) -> list[datetime.datetime]:
        """The hours of which the form says that they would be run."""
        told = self.rest("POST", "/backfills/dry_run", form)["backfills"]
        return [datetime.datetime.fromisoformat(one["logical_date"]) for one in told]

    def send(self, form: dict[str, Any]) -> dict[str, Any]:
        """Send it, and wait until all of it is done; what each run is then."""
        self.rest("POST", "/backfills", form)
        return self.done()

    def done(self) -> dict[str, Any]:
        def completed() -> bool:
            listed = self.rest("GET", f"/backfills?dag_id={DAG_ID}")["backfills"]
            return bool(listed) and all(one["completed_at"] for one in listed)

        until(completed, "the backfill is done")
        until(lambda: all(run["state"] in ENDED for run in self.live.api.runs(DAG_ID)), "all runs end")
        return {run["dag_run_id"]: self.of_run(run) for run in self.live.api.runs(DAG_ID)}

    def of_run(self, run: Any) -> Any:
        """A run as Airflow shows it, and what its tasks have said."""
        run_id, api = run["dag_run_id"], self.live.api
        instances = self.rest("GET", f"/dags/{DAG_ID}/dagRuns/{quote(run_id, safe='')}/taskInstances")
        tries = {one["task_id"]: one["try_number"] for one in instances["task_instances"]}
        return {
            "type": run["run_type"],
            "state": run["state"],
            "conf": run["conf"],
            "took": api.result(DAG_ID, run_id, "fetch_invoices"),
            "integration run": api.result(DAG_ID, run_id, "create_integration_run"),
            "tries": tries["create_integration_run"],
        }

    def standing(self, ids: list[int]) -> Any:
        """What Coupa, its people and the ERP hold of these invoices."""
        control, live = self.live.sandbox.control, self.live
        invoices = [
            {name: value for name, value in control.row("invoices", one).items() if name not in TRACES}
            for one in ids
        ]
        errors = [row["external-id"] for row in control.rows("errors") if not row["resolved"]]
        done = Counter(row["document-id"] for row in control.rows("history") if not row["resolved"])
        books = read_books(live.tryton.postgres, live.ledger)
        return invoices, errors, done, len(control.rows("alerts")), books


@pytest.fixture
def hours(deployment: Any) -> Hours:
    patiently(lambda: deployment.api.switch_on(DAG_ID) or True)
    let_the_schedule_go_by(deployment.api)
    return Hours(deployment)


def by_command(hours: Hours, *options: str) -> str:
    """``airflow backfill create``, as an operator types it."""
    airflow = hours.live.airflow
    command = [sys.executable, "-m", "airflow", "backfill", "create", "--dag-id", DAG_ID, *options]
    done = subprocess.run(  # noqa: S603 - Airflow's own command
        command, env=airflow.environment(), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_backfill_takes_its_hours_beside_a_run_and_sent_again_changes_nothing(hours):
    begin = hours.begin
    at_once = hours.invoice(800_001, begin[0])  # the very beginning of an hour is part of it
    last_moment = hours.invoice(800_002, begin[1] - SECOND)
    refused = hours.invoice(800_003, begin[1] + HOUR / 2, **{"payment-term": NET_45})
    next_hour = hours.invoice(800_004, begin[2])
    outside = [hours.invoice(800_005, begin[0] - SECOND), hours.invoice(800_006, begin[3] + HOUR)]
    ids = [at_once, last_moment, refused, next_hour]

    # By command, two runs at once, while another run that is no backfill's is under way.
    beside = hours.live.api.trigger(DAG_ID, {"invoice_ids": outside[:1]}, note="A test.")
    span = ("--from-date", begin[0].isoformat(), "--to-date", begin[2].isoformat())
    by_command(hours, *span, "--max-active-runs", "2", "--reprocess-behavior", "none")
    first = hours.done()
    name = [f"backfill__{(hour + HOUR).isoformat()}" for hour in begin[:3]]
    assert [first[one]["took"] for one in name] == [[at_once, last_moment], [refused], [next_hour]]
    assert {first[one]["state"] for one in (*name, beside)} == {"success"}
    assert first[beside]["took"] == outside[:1]
    assert len({first[one]["integration run"] for one in (*name, beside)}) == 4
    standing = hours.standing(ids)
    assert [row["exported"] for row in standing[0]] == [True] * 4
    posted = [entry.key.rpartition("/")[2] for entry in standing[-1].entries if entry.posted]
    assert [posted.count(str(one)) for one in ids] == [1, 1, 0, 1]
    assert not hours.live.sandbox.control.row("invoices", outside[1])["exported"]

    # Again by the form. None and failed find every hour done, the schedule's own among them.
    assert hours.would_run(hours.form(0, 3, "none")) == []
    assert hours.send(hours.form(0, 3, "none")) == first
    hours.rest("PATCH", f"/dags/{DAG_ID}/dagRuns/{quote(name[1], safe='')}", {"state": "failed"})
    assert hours.would_run(hours.form(0, 3, "failed")) == [begin[1]]
    second = hours.send(hours.form(0, 3, "failed"))
    assert {one for one in second if second[one] != first[one]} == {name[1]}
    assert (second[name[1]]["state"], second[name[1]]["tries"]) == ("success", 2)
    assert second[name[1]]["took"] == []  # exported, refused, and a person knows
    assert hours.standing(ids) == standing

    # Completed clears each old run, the schedule's, too, and makes it the backfill's.
    form = hours.form(0, 3, "completed", dag_run_conf={"include_exported": True}, run_on_latest_version=True)
    assert hours.would_run(form) == begin
    third = hours.send(form)
    assert third.keys() == first.keys()
    assert [third[one]["took"] for one in name] == [[at_once, last_moment], [refused], [next_hour]]
    assert [third[one]["tries"] for one in (*name, hours.scheduled)] == [2, 3, 2, 2]
    assert third[hours.scheduled]["type"] == "backfill"
    assert third[beside] == first[beside]
    again = {third[one]["integration run"] for one in (*name, hours.scheduled)}
    assert len(again) == 4
    assert not again & {run["integration run"] for run in (*first.values(), *second.values())}
    assert hours.standing(ids) == standing

    # The old conf of an hour stays where none is sent: a dry run would stay dry.
    dry = hours.send(hours.form(2, 2, "completed", dag_run_conf={"dry_run": True, "include_exported": True}))
    assert (dry[name[2]]["took"], dry[name[2]]["integration run"]) == ([next_hour], None)
    report = hours.live.api.result(DAG_ID, name[2], "end_integration_run")
    assert report["would"]["nothing"] == 1
    assert hours.send(hours.form(2, 2, "completed"))[name[2]]["integration run"] is None
    assert hours.send(hours.form(2, 2, "completed", dag_run_conf={}))[name[2]]["took"] == []

    assert hours.standing(ids) == standing
    assert all(run["end-time"] for run in hours.live.sandbox.control.rows("runs"))
