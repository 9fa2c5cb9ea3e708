"""``make bench-limit``: the package at Coupa's 25 requests a second, with the sandbox's limiter on."""

from __future__ import annotations

import datetime
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from include.bench.carrier import RUN_VARIABLE
from include.bench.erp import CALLS_VARIABLE
from include.bench.invoices import clean_invoices
from include.bench.script import INTEGRATION, Coupa
from include.demo.connections import COUPA
from include.demo.console import Console
from include.demo.layout import Layout
from include.sandbox.running import RunningSandbox, running_sandbox
from include.sandbox.settings import Settings

INVOICES = 150


@dataclass(frozen=True)
class Crowd:
    """How many work at once, and what each machine of them may ask of Coupa.

    :param per_second: each machine's budget, ``requests_per_second`` of the connection.
    """

    machines: int
    processes: int
    per_second: float

    @property
    def title(self) -> str:
        """As the table has it."""
        machines = "1 machine" if self.machines == 1 else f"{self.machines} machines"
        return f"{machines}, {self.processes} processes each, {self.per_second:g} requests/s each"


#: The default; the whole limit; the limit shared out; and what becomes of a share that nobody has divided.
CROWDS = (Crowd(1, 8, 20), Crowd(1, 8, 25), Crowd(2, 4, 12.5), Crowd(2, 4, 20))


@dataclass(frozen=True)
class Answered:
    """What Coupa saw of a crowd.

    :param seconds: from the first call to the last.
    :param by_second: calls that were served, second by second.
    :param too_many: calls that were answered with 429.
    :param exported: invoices with their number in Coupa at the end.
    :param failed: processes that gave up.
    """

    crowd: Crowd
    seconds: float
    by_second: Sequence[int]
    too_many: int
    exported: int
    failed: int

    @property
    def row(self) -> str:
        """Of the table."""
        served = sum(self.by_second)
        return (
            f"| {self.crowd.title} | {served / self.seconds:.1f} | {max(self.by_second)} | {self.too_many} "
            f"| {self.exported} of {INVOICES} | {self.exported / self.seconds:.2f} | "
            f"{' '.join(map(str, self.by_second))} |"
        )


def bench_limit(layout: Layout, console: Console) -> int:
    """Several crowds, one after the other, each at a Coupa of its own."""
    own = Layout(layout.root, layout.run_dir / "bench-limit")
    own.run_dir.mkdir(parents=True, exist_ok=True)
    console.line(
        f"{INVOICES} invoices at a Coupa that serves 25 requests a second, {len(CROWDS)} times: two minutes."
    )
    found = []
    for crowd in CROWDS:
        console.status(f"  {crowd.title}")
        found.append(_let_loose(own.run_dir, crowd))
        console.line(f"  {crowd.title}: {found[-1].seconds:.0f} s, {found[-1].too_many} times 429")
    console.line()
    console.line(
        "| who | requests/s | the busiest second | 429 | exported | invoices/s | served, second by second |"
    )
    console.line("|---|---|---|---|---|---|---|")
    for one in found:
        console.line(one.row)
    return 0 if all(one.exported == INVOICES and not one.failed for one in found) else 1


def _let_loose(folder: Path, crowd: Crowd) -> Answered:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    invoices = clean_invoices(INVOICES)
    calls = folder / "erp-calls"
    calls.write_text("")
    with running_sandbox(
        invoices=invoices, settings=Settings(limiter=True), client_secret=secrets.token_urlsafe(24)
    ) as sandbox:
        run_id = _open_run(sandbox)
        ids = [str(invoice["id"]) for invoice in invoices]
        total = crowd.machines * crowd.processes
        started = sandbox.control.overview()["calls"]["all"]
        processes = [
            subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "include.bench.carrier", *ids[number::total]],
                env={
                    **_connected(sandbox, crowd),
                    # Processes of a machine share a budget and a token by what lies here.
                    "COUPA_ERP_STATE_DIR": str(folder / f"machine-{number % crowd.machines}"),
                    "AIRFLOW_HOME": str(folder / "home"),
                    CALLS_VARIABLE: str(calls),
                    RUN_VARIABLE: str(run_id),
                },
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for number in range(total)
        ]
        failed = sum(process.wait() != 0 for process in processes)
        log = [call for call in sandbox.control.calls(after=started) if call["path"].startswith("/api/")]
        rows = sandbox.control.rows("invoices")
    moments = [datetime.datetime.fromisoformat(call["at"]).timestamp() for call in log]
    served = Counter(
        int(moment - moments[0])
        for call, moment in zip(log, moments, strict=True)
        if call["status"] is not None and call["status"] < 400
    )
    return Answered(
        crowd,
        moments[-1] - moments[0],
        [served[second] for second in range(int(moments[-1] - moments[0]) + 1)],
        sum(call["status"] == 429 for call in log),
        sum(bool(row["custom-fields"]["cf-erp-invoice-number"]) for row in rows),
        failed,
    )


def _open_run(sandbox: RunningSandbox) -> int:
    """An integration run for the records to belong to."""
    coupa = Coupa(sandbox.url, sandbox.client_id, sandbox.client_secret)
    return int(coupa.call("POST", "integration_runs", body={"integration": INTEGRATION})["id"])


def _connected(sandbox: RunningSandbox, crowd: Crowd) -> dict[str, str]:
    """The environment of a process that reaches this Coupa."""
    connection = {
        "conn_type": "coupa",
        "host": sandbox.url,
        "login": sandbox.client_id,
        "password": sandbox.client_secret,
        "extra": {
            "integration_code": "INVOICES_TO_ERP",
            "instance_key": "coupa-bench",
            "sandbox": True,
            "requests_per_second": crowd.per_second,
        },
    }
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), str(root / "plugins")])
    return {**os.environ, "PYTHONPATH": path, COUPA: json.dumps(connection)}
