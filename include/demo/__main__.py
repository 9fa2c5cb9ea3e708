"""The commands behind the Makefile's targets, in Airflow's environment: ``python -m include.demo run``."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

from include.demo import checks
from include.demo.airflow_api import AirflowApi, NotReady
from include.demo.comparison import compare
from include.demo.connections import CLIENT_ID, INSTANCE_KEY, own_connections
from include.demo.console import Console, DemoError
from include.demo.coupa_reader import CoupaReader
from include.demo.layout import DAG_ID, Layout
from include.demo.ledger import posted_lines
from include.demo.machines import Machines, alone
from include.demo.outcomes import outcomes_of
from include.demo.postgres import Postgres, PostgresFailed
from include.demo.private_file import others_may_read
from include.demo.report import print_report
from include.demo.trigger import EndedRun, read_conf, trigger_and_wait
from include.demo.tryton_server import DEMO_DATABASE
from include.demo.trytond import TrytonFailed
from include.export.foretelling import DryRunReport
from include.sandbox.invoices import CASES


def run(layout: Layout, console: Console) -> int:
    """The whole demo."""
    started = time.monotonic()
    machines = Machines(layout, console)
    with alone(layout):
        airflow = machines.start_demo()
        console.line("Carrying the invoices over, as the DAG coupa_invoices_to_erp in Airflow")
        ended = trigger_and_wait(airflow.api, {}, console, machines.progress("demo"))
    console.line(f"  The run ended: {ended.state}, after {ended.seconds:.0f} s.")
    if ended.state != "success":
        console.line(f"  What went wrong is in the red tasks' logs: {airflow.api.page(DAG_ID, ended.run_id)}")
    reader = CoupaReader(machines.ports.url("sandbox"), CLIENT_ID, machines.sandbox.client_secret)
    outcomes = outcomes_of(reader.invoices(), reader.history(), reader.open_errors())
    comparison = compare(outcomes, posted_lines(machines.postgres, DEMO_DATABASE), INSTANCE_KEY)
    meant = {case.id for case in CASES.values() if case.outcome == "posted"}
    console.line()
    agreed = print_report(outcomes, comparison, meant, console.line)
    _say_where(machines, console)
    console.line(f"All of it took {time.monotonic() - started:.0f} s.")
    return 0 if agreed and ended.state == "success" else 1


def up(layout: Layout, console: Console) -> int:
    """Airflow alone, for the user's own Coupa and ERP."""
    machines = Machines(layout, console)
    given = {**machines.env_file, **os.environ}
    connections = own_connections(given)
    settings = {
        name: value
        for name, value in given.items()
        if name in machines.env_file or name.startswith(("AIRFLOW__", "AIRFLOW_CONN_", "COUPA_ERP_"))
    }
    if others_may_read(layout.env_file):
        console.line("  Others on this machine may read .env and the secrets in it: chmod 600 .env")
    with alone(layout):
        airflow = machines.start_own({**settings, **connections})
    console.line()
    console.line(
        f"  Airflow          {machines.ports.url('airflow')}/dags/{DAG_ID}  (no login: loopback only)"
    )
    if airflow.api.is_paused(DAG_ID):
        console.line(
            "  The DAG is switched off and exports nothing. Switch it on in Airflow, and it runs every"
        )
        console.line("  schedule; or start one run by `make trigger`, which switches it on, too.")
    console.line("  make trigger CONF='{\"max_invoices\": 5}' starts a run; make stop ends Airflow.")
    return 0


def trigger(layout: Layout, console: Console) -> int:
    """One run, waited for."""
    conf = read_conf(os.environ.get("CONF", ""))
    machines = Machines(layout, console)
    api = AirflowApi(machines.ports.url("airflow"))
    try:
        api.health()
    except NotReady:
        raise DemoError("Airflow does not run here: start it by `make up` or `make run`.") from None
    ended = trigger_and_wait(api, conf, console, machines.progress(machines.mode))
    console.line(f"Run {ended.run_id}: {ended.state}, after {ended.seconds:.0f} s.")
    _say_summary(ended, console)
    if ended.state != "success":
        console.line(f"What went wrong is in the red tasks' logs: {api.page(DAG_ID, ended.run_id)}")
    follow_up = api.active_run(DAG_ID)
    if follow_up is not None:
        console.line(f"More is on its way: the run {follow_up} is active.")
    return 0 if ended.state == "success" else 1


def stop(layout: Layout, console: Console) -> int:
    """End exactly what was started."""
    ended = Machines(layout, console).stop()
    console.line(
        f"Ended: {', '.join(ended)}. The data stays in {layout.run_dir}." if ended else "Nothing runs."
    )
    return 0


def status(layout: Layout, console: Console) -> int:
    """What runs, and where."""
    running = Machines(layout, console).running()
    for name, where in running.items():
        console.line(f"  {name:<15} {where}")
    if not running:
        console.line("Nothing runs.")
    return 0


def erp(layout: Layout, console: Console) -> int:
    """Tryton alone."""
    machines = Machines(layout, console)
    with alone(layout):
        machines.start_erp()
    console.line(f"  REST key of the user export: in {layout.secrets / 'tryton-rest-key'}")
    return 0


def sandbox(layout: Layout, console: Console) -> int:
    """The Coupa sandbox alone."""
    machines = Machines(layout, console)
    with alone(layout):
        machines.start_sandbox()
    console.line(f"  Client secret of coupa-erp-export: in {layout.secrets / 'coupa-client-secret'}")
    return 0


def soak(layout: Layout, console: Console) -> int:
    """The export under faults, kills and people, and what is left of it."""
    from include.soak.command import soak as whole_soak  # noqa: PLC0415 - no other command needs any of it

    return whole_soak(layout, console)


def pictures(layout: Layout, console: Console) -> int:
    """The README's pictures, of the demo as it runs."""
    return checks.pictures(layout, Machines(layout, console).ports.url("airflow"))


def compose_native(layout: Layout, console: Console) -> int:
    """The services of docker-compose.yaml as processes."""
    from include.compose.command import compose_native as whole  # noqa: PLC0415 - no other command needs it

    Machines(layout, console).install()
    return whole(layout, console)


def env(layout: Layout, console: Console) -> int:
    """``.env`` with secrets of its own."""
    from include.compose.command import new_env  # noqa: PLC0415 - no other command needs it

    return new_env(layout, console)


def bench(layout: Layout, console: Console) -> int:
    """What an invoice costs, beside its floor."""
    from include.bench.command import bench as whole_bench  # noqa: PLC0415 - likewise

    return whole_bench(layout, console)


def bench_backlog(layout: Layout, console: Console) -> int:
    """A backlog of ten thousand invoices."""
    from include.bench.backlog import bench_backlog as whole_backlog  # noqa: PLC0415 - likewise

    return whole_backlog(layout, console)


def bench_limit(layout: Layout, console: Console) -> int:
    """The package at Coupa's limit."""
    from include.bench.limit import bench_limit as whole_limit  # noqa: PLC0415 - likewise

    return whole_limit(layout, console)


def install(layout: Layout, console: Console) -> int:
    """Both environments."""
    with alone(layout):
        Machines(layout, console).install()
    console.line(f"Installed: {layout.airflow_env} and {layout.tryton_env}.")
    return 0


def clean(layout: Layout, console: Console) -> int:
    """Stop, then delete everything that was made here."""
    machines = Machines(layout, console)
    machines.stop()
    machines.postgres.remove()
    Postgres(layout.run_dir / "compose").remove()
    shutil.rmtree(layout.run_dir)
    console.line(f"Deleted: {layout.run_dir}.")
    return 0


def _say_summary(ended: EndedRun, console: Console) -> None:
    if ended.summary is None:
        return
    if ended.summary.get("dry_run"):
        report = DryRunReport.model_validate(ended.summary)
        for line in [*report.lines(), *filter(None, [report.failure])]:
            console.line(line)
        return
    counts = ended.summary.get("counts", {})
    told = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in counts.items() if number)
    console.line(f"{ended.summary.get('fetched', '?')} invoices fetched: {told or 'nothing to do'}.")
    for title in ("rejections", "given_back"):
        for entry in ended.summary.get(title, []):
            console.line(f"  {entry['invoice_number']}: {'; '.join(entry['messages'])}")
    if ended.summary.get("failure"):
        console.line(ended.summary["failure"])


def _say_where(machines: Machines, console: Console) -> None:
    ports = machines.ports
    console.line()
    console.line(f"  Airflow          {ports.url('airflow')}/dags/{DAG_ID}  (no login: loopback only)")
    console.line(
        f"  Coupa sandbox    {ports.url('sandbox')}/api/invoices  (secret: .run/secrets/coupa-client-secret)"
    )
    console.line(f"  Tryton           {ports.url('tryton')}  (database tryton, user admin, password:")
    console.line("                   .run/secrets/tryton-admin-password)")
    console.line("  Connections      .run/connections.env, for `make up` with this ERP or this Coupa")
    console.line("  make stop ends all of it; make run carries on where it was.")


COMMANDS: dict[str, Callable[[Layout, Console], int]] = {
    "run": run,
    "up": up,
    "trigger": trigger,
    "stop": stop,
    "status": status,
    "erp": erp,
    "sandbox": sandbox,
    "install": install,
    "soak": soak,
    "pictures": pictures,
    "compose-native": compose_native,
    "env": env,
    "bench": bench,
    "bench-backlog": bench_backlog,
    "bench-limit": bench_limit,
    "clean": clean,
    "lock": checks.lock,
    "lint": checks.lint,
    "test": checks.test,
    "test-fast": checks.test_fast,
    "test-slow": checks.test_slow,
}


def main(arguments: list[str]) -> int:
    """Run one command.

    :param arguments: its name.
    :return: the exit code.
    """
    console = Console()
    # A closed terminal or a plain kill ends a command as Ctrl-C does; else a bench would leave its Airflow.
    for order in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(order) is not signal.SIG_IGN:
            signal.signal(order, _interrupt)
    try:
        return COMMANDS[arguments[0]](Layout(), console)
    except (DemoError, PostgresFailed, TrytonFailed, NotReady) as error:
        console.status("")
        console.line(str(error))
        return 1
    except KeyboardInterrupt:
        console.status("")
        console.line("Interrupted. What was started goes on; `make stop` ends it.")
        return 130


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
