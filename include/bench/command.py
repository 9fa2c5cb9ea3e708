"""``make bench``: what an invoice costs here, as a table."""

from __future__ import annotations

import datetime
import json
import os
import platform
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from include.bench.contenders import Contender, chosen, estimated_seconds
from include.bench.ground import Ground, own_layout
from include.bench.measured import Measured, table
from include.bench.measuring import let_rest, measure
from include.demo.console import Console, DemoError
from include.demo.layout import Layout
from include.demo.machines import alone

_SIZES = "50 200 1000"
#: Before anything is measured each DAG has run once: the first tasks of a worker cost more.
_WARM_UP = 2


def bench(layout: Layout, console: Console) -> int:
    """The whole bench.

    ``BENCH_INVOICES`` lists the sizes, ``BENCH_CONTENDERS`` who is measured, ``BENCH_REPEATS`` how often, one
    after the other in turns; ``BENCH_SETTINGS`` names further settings to try against those of ``make up``, a
    JSON object of name to environment variables.
    """
    sizes, repeats = _numbers("BENCH_INVOICES", _SIZES), _numbers("BENCH_REPEATS", "1")[0]
    contenders, settings = chosen(os.environ.get("BENCH_CONTENDERS", "")), _settings()
    own = own_layout(layout)
    seconds = estimated_seconds(contenders, sizes * repeats) * len(settings)
    console.line(
        f"Measuring {', '.join(one.name for one in contenders)} with {', '.join(map(str, sizes))} invoices: "
        f"some {seconds / 60:.0f} minutes on two quiet cores. What is measured by then outlives Ctrl-C."
    )
    kept = own.run_dir / f"bench-{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H%M%S}"
    found: list[Measured] = []
    try:
        with alone(own):
            ground = Ground(own, console, secrets.token_urlsafe(24))
            for name, values in settings.items():
                for measured in _measure_all(ground, console, contenders, sizes * repeats, values):
                    found.append(measured.model_copy(update={"setting": name}))
                    _keep(found, kept)
                    console.line(
                        f"  {name + ': ' if name else ''}{measured.contender}, {measured.invoices} invoices: "
                        f"{measured.wall:.0f} s, {measured.cpu_each:.3f} CPU-s an invoice"
                    )
    except KeyboardInterrupt:
        console.status("")
        console.line("Interrupted; Airflow and PostgreSQL of the bench have ended.")
        return 130
    finally:
        if found:
            console.line()
            console.line(_report(found))
            console.line()
            console.line(f"Kept: {kept}.md, to be pasted into docs/performance.md, and {kept}.json.")
    return 0


def _measure_all(
    ground: Ground,
    console: Console,
    contenders: Sequence[Contender],
    sizes: Sequence[int],
    values: Mapping[str, str],
) -> Iterator[Measured]:
    """Every contender with every size under one setting."""
    for grain in dict.fromkeys(one.grain for one in contenders if one.dag_id):
        of_grain = [one for one in contenders if one.grain == grain and one.dag_id]
        with ground.running_airflow(grain, values) as airflow:
            for contender in of_grain:
                measure(ground, airflow, contender, _WARM_UP, console)
            for size in sizes:
                for contender in of_grain:
                    let_rest(ground)
                    yield measure(ground, airflow, contender, size, console)
    for contender in contenders:
        if contender.dag_id is None and not values:
            for size in sizes:
                yield measure(ground, None, contender, size, console)


def _keep(found: Sequence[Measured], kept: Path) -> None:
    kept.with_suffix(".json").write_text(json.dumps([one.model_dump() for one in found], indent=1))
    kept.with_suffix(".md").write_text(_report(found) + "\n")


def _report(found: Sequence[Measured]) -> str:
    busy = os.getloadavg()[0]
    where = (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {psutil.cpu_count()} cores ({_processor()}), "
        f"{psutil.virtual_memory().total >> 30} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}; load at the end {busy:.1f}"
    )
    return f"Measured by `make bench`: {where}.\n\n{table(found)}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _numbers(variable: str, default: str) -> list[int]:
    words = (os.environ.get(variable) or default).split()
    if not all(word.isdecimal() and int(word) for word in words):
        raise DemoError(f"{variable}={' '.join(words)}: whole numbers above 0 are needed.")
    return [int(word) for word in words]


def _settings() -> dict[str, dict[str, str]]:
    """Those of ``make up`` under an empty name, and what is to be tried beside them."""
    text = os.environ.get("BENCH_SETTINGS") or "{}"
    try:
        tried = json.loads(text)
    except json.JSONDecodeError as error:
        raise DemoError(f"BENCH_SETTINGS is not valid JSON: {error.msg}.") from None
    if not isinstance(tried, dict) or not all(isinstance(values, dict) for values in tried.values()):
        raise DemoError('BENCH_SETTINGS must be like {"more workers": {"AIRFLOW__CORE__PARALLELISM": "16"}}.')
    return {"": {}, **tried}
