"""``make bench-backlog``: ten thousand everyday invoices in the grain ``invoice``, watched on the way."""

from __future__ import annotations

import datetime
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import requests

from include.bench.ground import Ground, own_layout
from include.bench.invoices import everyday_invoices
from include.bench.metadata import Metadata, Progress
from include.bench.meter import PROCESSES, Meter
from include.demo.airflow_api import AirflowApi
from include.demo.console import Console, DemoError
from include.demo.layout import DAG_ID, Layout
from include.demo.machines import alone

_MB = 1024 * 1024
_LOOK_SECONDS = 10.0
#: Rows of the table.
_ROWS = 10


@dataclass(frozen=True)
class Look:
    """What one look at a backlog on its way found.

    :param seconds: since the trigger.
    :param done: invoices whose task has ended.
    :param runs: of the DAG, until now.
    :param cpu: seconds since the trigger, by process.
    :param memory: bytes in use, by process.
    :param database: bytes of Airflow's database.
    :param heartbeat: seconds since the scheduler's last sign of life.
    :param grid: seconds that Airflow took to answer what its grid asks for.
    """

    seconds: float
    done: int
    runs: int
    cpu: dict[str, float]
    memory: dict[str, int]
    database: int
    heartbeat: float
    grid: float


def bench_backlog(layout: Layout, console: Console) -> int:
    """Let a backlog of ``BENCH_BACKLOG`` invoices (10,000 when left out) drain, and tell what it took."""
    text = os.environ.get("BENCH_BACKLOG") or "10000"
    if not text.isdecimal() or not int(text):
        raise DemoError(f"BENCH_BACKLOG={text}: a whole number above 0 is needed.")
    waiting = int(text)
    own = own_layout(layout)
    console.line(
        f"{waiting:,} invoices of 5 to 20 KB, one in 200 with 500 lines, in the grain invoice: some "
        f"{waiting / 5 / 60:.0f} minutes on two quiet cores."
    )
    kept = own.run_dir / f"backlog-{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H%M%S}.json"
    looks: list[Look] = []

    def keep(look: Look) -> None:
        looks.append(look)
        kept.write_text(json.dumps([asdict(one) for one in looks], indent=1))
        console.status(f"  {look.done:,} of {waiting:,} invoices, run {look.runs}, {look.seconds:.0f} s")

    with alone(own):
        ground = Ground(own, console, secrets.token_urlsafe(24))
        with ground.running_airflow("invoice", {}) as airflow:
            invoices = everyday_invoices(waiting)
            sizes = sorted(len(json.dumps(invoice)) for invoice in invoices)
            console.line(
                f"  Bodies of {sizes[0]:,} to {sizes[-1]:,} bytes, half up to {sizes[waiting // 2]:,}."
            )
            with ground.coupa(invoices) as sandbox:
                metadata = Metadata(ground.postgres, DAG_ID)
                run_id = airflow.api.trigger(DAG_ID, {}, note="A backlog.")
                console.line(f"  In Airflow: {airflow.api.page(DAG_ID, run_id)}")
                with _watching(ground, metadata, airflow.api, keep):
                    progress = _until_it_has_ended(metadata)
                with sandbox.state.lock:
                    exported = sum(row["exported"] for row in sandbox.state.invoices)
                    calls = sandbox.state.counts["api"]
            tables = metadata.largest_tables()
    console.status("")
    console.line(table_of(looks))
    console.line()
    console.line(
        f"{exported:,} of {waiting:,} exported in {progress.runs} runs, {progress.failed} tasks and "
        f"{progress.failed_runs} runs failed; {calls / waiting:.2f} Coupa calls an invoice."
    )
    console.line(f"Largest tables: {', '.join(f'{name} {size // _MB} MB' for name, size in tables)}.")
    console.line(
        f"Longest without a sign of life of the scheduler: {max(look.heartbeat for look in looks):.1f} s; "
        f"slowest answer to the grid: {max(look.grid for look in looks):.2f} s. Every look: {kept}."
    )
    return 0 if exported == waiting and not progress.failed_runs else 1


def _until_it_has_ended(metadata: Metadata) -> Progress:
    while True:
        time.sleep(_LOOK_SECONDS)
        progress = metadata.progress()
        if progress.runs and not progress.live:
            return progress


@contextmanager
def _watching(
    ground: Ground, metadata: Metadata, api: AirflowApi, keep: Callable[[Look], None]
) -> Iterator[None]:
    """Look every ten seconds until the block ends, and once more then."""
    over, started, meter = threading.Event(), time.monotonic(), ground.meter
    before = meter.cpu_seconds()

    def watch() -> None:
        while not over.wait(_LOOK_SECONDS):
            keep(_look(metadata, meter, before, api, time.monotonic() - started))

    thread = threading.Thread(target=watch, name="backlog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    keep(_look(metadata, meter, before, api, time.monotonic() - started))


def _look(
    metadata: Metadata, meter: Meter, before: dict[str, float], api: AirflowApi, seconds: float
) -> Look:
    progress, used = metadata.progress(), meter.cpu_seconds()
    return Look(
        seconds=seconds,
        done=progress.over,
        runs=progress.runs,
        cpu={name: used[name] - before[name] for name in used},
        memory=meter.memory(),
        database=metadata.size(),
        heartbeat=metadata.heartbeat_age(),
        grid=_seconds_of_the_grid(api),
    )


def _seconds_of_the_grid(api: AirflowApi) -> float:
    """How long Airflow takes for what its grid asks of it: the picture, the runs, and the states of each."""
    started = time.monotonic()
    with requests.Session() as session:
        session.trust_env = False  # a machine's proxy must never see loopback

        def read(what: str, query: list[tuple[str, str]]) -> requests.Response:
            answer = session.get(f"{api.url}/ui/grid/{what}/{DAG_ID}", params=query, timeout=120)
            answer.raise_for_status()
            return answer

        read("structure", [("limit", "10")])
        runs = read("runs", [("limit", "10"), ("order_by", "-run_after")]).json()
        read("ti_summaries", [("run_ids", run["run_id"]) for run in runs])
    return time.monotonic() - started


def table_of(looks: Sequence[Look]) -> str:
    """A row for each tenth of the way: rates are of that tenth, sizes as they stood at its end."""
    head = [
        "invoices",
        "minutes",
        "invoices/s",
        "CPU-s an invoice",
        *(f"{name} MB" for name in PROCESSES),
        "database on disk MB",
        "heartbeat s",
        "grid s",
    ]
    lines = [head, ["---"] * len(head)]
    last = Look(0, 0, 0, {}, {}, 0, 0, 0)
    for look in _tenths(looks):
        within = [one for one in looks if last.seconds < one.seconds <= look.seconds]
        done, cpu = max(look.done - last.done, 1), sum(look.cpu.values()) - sum(last.cpu.values())
        lines.append(
            [
                f"{look.done:,}",
                f"{look.seconds / 60:.1f}",
                f"{done / (look.seconds - last.seconds):.1f}",
                f"{cpu / done:.3f}",
                *(str(max(one.memory.get(name, 0) for one in within) // _MB) for name in PROCESSES),
                str(look.database // _MB),
                f"{max(one.heartbeat for one in within):.1f}",
                f"{max(one.grid for one in within):.2f}",
            ]
        )
        last = look
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _tenths(looks: Sequence[Look]) -> Iterator[Look]:
    step, due = looks[-1].done / _ROWS, 1
    for look in looks:
        if look.done >= step * due:
            yield look
            due = int(look.done / step) + 1 if step else due + 1
