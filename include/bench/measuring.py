"""One measurement: trigger, wait until nothing follows, and read what it has taken."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time

from include.bench.contenders import Contender
from include.bench.erp import CALLS_VARIABLE
from include.bench.ground import Ground
from include.bench.invoices import clean_invoices
from include.bench.measured import Measured
from include.bench.metadata import Metadata, Progress
from include.bench.script import ID_VARIABLE, SECRET_VARIABLE
from include.demo.airflow_server import AirflowServer
from include.demo.console import Console, DemoError
from include.sandbox.running import RunningSandbox

_POLL_SECONDS = 1.0
_ENDING_SECONDS = 120.0
_RESTING_SECONDS, _LOOK_SECONDS = 30.0, 3.0
#: Of one core: with no run there, Airflow takes about a tenth of it.
_AT_REST = 0.2
#: Every call of a task goes to this part of Airflow's API; the API server logs each.
_OF_TASKS = b" path=/execution/"


def measure(
    ground: Ground, airflow: AirflowServer | None, contender: Contender, invoices: int, console: Console
) -> Measured:
    """Let a contender carry over so many invoices.

    :param airflow: running; ``None`` for what needs none.
    :param invoices: how many wait.
    """
    with ground.coupa(clean_invoices(invoices) if contender.calls else ()) as sandbox:
        found = (
            _script(ground, sandbox, contender, invoices)
            if airflow is None
            else _runs(ground, airflow, contender, invoices, console)
        )
        counts = sandbox.state.counts
        exported = sum(bool(row["exported"]) for row in sandbox.control.rows("invoices"))
    if contender.calls and found.done >= invoices > exported:
        raise DemoError(
            f"{contender.name} says it is done, and {invoices - exported} invoices wait in Coupa."
        )
    return found.model_copy(
        update={
            "coupa_calls": counts["api"],
            "tokens": counts["token"],
            "erp_calls": len(ground.erp_calls.read_text().splitlines()),
        }
    )


def _runs(
    ground: Ground, airflow: AirflowServer, contender: Contender, invoices: int, console: Console
) -> Measured:
    dag_id = contender.dag_id or ""
    metadata, meter = Metadata(ground.postgres, dag_id), ground.meter
    before, read = meter.cpu_seconds(), ground.api_log.stat().st_size
    with meter.watching_memory():
        started = time.time()
        run_id = airflow.api.trigger(dag_id, contender.conf(invoices), note="A bench.")
        progress = _wait(metadata, contender, invoices, console)
        used = meter.cpu_seconds()
    with ground.api_log.open("rb") as log:
        log.seek(read)
        api_calls = sum(_OF_TASKS in line for line in log)
    if progress.live:
        airflow.api.end_badly(dag_id, run_id)
        _let_end(metadata)
    count, size = metadata.xcoms()
    if progress.failed_runs or (progress.failed and not progress.live):
        raise DemoError(f"{contender.name}: {progress.failed} tasks and {progress.failed_runs} runs failed.")
    tasks_each = progress.tasks // invoices or 1
    return Measured(
        contender=contender.name,
        invoices=invoices,
        done=invoices if not progress.live else progress.over // tasks_each,
        wall=progress.ended.timestamp() - started,
        runs=progress.runs,
        cpu={name: used[name] - before[name] for name in used},
        peak=meter.peaks,
        api_calls=api_calls,
        xcoms=count,
        xcom_bytes=size,
    )


def let_rest(ground: Ground) -> None:
    """Wait until Airflow does nothing but wait: what it reads as it starts is nobody's invoice.

    :param ground: with a running Airflow.
    """
    meter = ground.meter
    deadline = time.monotonic() + _RESTING_SECONDS
    while time.monotonic() < deadline:
        before = sum(meter.cpu_seconds().values())
        time.sleep(_LOOK_SECONDS)
        if sum(meter.cpu_seconds().values()) - before < _AT_REST * _LOOK_SECONDS:
            return


def _wait(metadata: Metadata, contender: Contender, invoices: int, console: Console) -> Progress:
    """Until no run is left, or patience is."""
    started, last = time.monotonic(), 0.0
    while True:
        time.sleep(_POLL_SECONDS)
        progress, passed = metadata.progress(), time.monotonic() - started
        if (progress.runs and not progress.live) or passed > contender.patience:
            return progress
        if passed - last >= 5:
            last = passed
            share = f"{progress.over} of {progress.tasks} tasks" if progress.tasks else "listing"
            console.status(
                f"  {contender.name}, {invoices} invoices: {share} of run {progress.runs}, {passed:.0f} s"
            )


def _let_end(metadata: Metadata) -> None:
    """Wait for the tasks of a run that was given up, which would be counted to the next one."""
    deadline = time.monotonic() + _ENDING_SECONDS
    while metadata.busy() and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def _script(ground: Ground, sandbox: RunningSandbox, contender: Contender, invoices: int) -> Measured:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "include.bench.script", sandbox.url],
        env={
            **os.environ,
            ID_VARIABLE: sandbox.client_id,
            SECRET_VARIABLE: sandbox.client_secret,
            CALLS_VARIABLE: str(ground.erp_calls),
        },
        check=False,
    )
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise DemoError("The plain script failed; see above.")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(
        contender=contender.name, invoices=invoices, done=invoices, wall=wall, cpu={"worker": used}
    )
