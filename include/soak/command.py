"""``make soak``: invoices under faults, kills and people; a table and an exit code at the end."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import get_args

from include.demo.console import Console, DemoError
from include.demo.environments import Environment
from include.demo.layout import Layout
from include.demo.machines import alone
from include.demo.postgres import Postgres
from include.demo.tryton_server import Tryton
from include.options import Grain
from include.sandbox.invoices import CASES
from include.sandbox.invoices.case import Case
from include.sandbox.running import running_sandbox
from include.sandbox.settings import Settings
from include.soak.ground import CoupaServer, Pace
from include.soak.report import print_soak
from include.soak.samples import samples
from include.soak.soak import CREATED_FROM, CREATED_TO, Soak

_LEDGER = "soak"


def soak(layout: Layout, console: Console) -> int:
    """The whole soak.

    ``SOAK_SEED`` and ``SOAK_INVOICES`` choose another one, ``SOAK_GRAIN`` the grain; ``SOAK_COUPA_URL``,
    ``SOAK_COUPA_CLIENT_ID``, ``SOAK_COUPA_CLIENT_SECRET`` and ``SOAK_COUPA_INTEGRATION_CODE`` another Coupa
    in the sandbox's place, with the invoices that it has.
    """
    seed = _number("SOAK_SEED", secrets.randbelow(1_000_000))
    count = _number("SOAK_INVOICES", 500)
    grain = chosen_grain()
    own = Layout(layout.root, layout.run_dir / "soak")
    for folder in (own.logs, own.processes, own.secrets):
        folder.mkdir(parents=True, exist_ok=True)
    again = f"make soak SOAK_SEED={seed} SOAK_INVOICES={count} SOAK_GRAIN={grain}"
    console.line(f"The soak with seed {seed} (again: {again})")
    with alone(own), ExitStack() as stack:
        tryton = stack.enter_context(_tryton(layout, own, console))
        coupa, cases = stack.enter_context(_coupa(count))
        pace = Pace(grain=grain)
        report = Soak(own, tryton, _LEDGER, coupa, cases, seed=seed, pace=pace, console=console).run()
    good = print_soak(report, console.line)
    console.line(f"Seed {seed}; it took {report.seconds / 60:.0f} minutes. Logs: {own.logs}")
    return 0 if good else 1


@contextmanager
def _tryton(layout: Layout, own: Layout, console: Console) -> Iterator[Tryton]:
    """A Tryton of the soak's own with clean books, and a clean database for Airflow."""
    environment = Environment(layout.tryton_env, own.logs / "install-tryton-env.log")
    locks = [layout.requirements / "tryton.lock"]
    if not environment.is_current(locks):
        with console.step("Tryton's environment"):
            environment.install(locks, uv=layout.airflow_env / "bin" / "uv")
    postgres = Postgres(own.run_dir)
    tryton = Tryton(own.run_dir, postgres, environment.python, port=0, say=console.status)
    try:
        with console.step("PostgreSQL"):
            postgres.start()
        with console.step("Tryton"):
            tryton.seed()
            tryton.start()
            for database in (_LEDGER, "airflow_own"):
                postgres.drop_database(database)
            tryton.create_database(_LEDGER)
        yield tryton
    finally:
        tryton.stop()
        postgres.stop()


@contextmanager
def _coupa(count: int) -> Iterator[tuple[CoupaServer, dict[int, Case]]]:
    url = os.environ.get("SOAK_COUPA_URL")
    if url:
        yield (
            CoupaServer(
                url.rstrip("/"),
                _needed("SOAK_COUPA_CLIENT_ID"),
                _needed("SOAK_COUPA_CLIENT_SECRET"),
                os.environ.get("SOAK_COUPA_INTEGRATION_CODE") or "INVOICES_TO_ERP",
                "soak",
            ),
            dict(CASES),
        )
        return
    made = samples(count, (CREATED_FROM, CREATED_TO))
    with running_sandbox(invoices=[one.document for one in made], settings=Settings()) as running:
        yield (
            CoupaServer(running.url, running.client_id, running.client_secret, control=running.control),
            {one.case.id: one.case for one in made},
        )


def _number(variable: str, default: int) -> int:
    value = os.environ.get(variable) or str(default)
    if not value.isdecimal():
        raise DemoError(f"{variable}={value} is no whole number.")
    return int(value)


def chosen_grain() -> Grain:
    """The grain that ``SOAK_GRAIN`` names.

    :raises DemoError: there is no such grain.
    """
    value = os.environ.get("SOAK_GRAIN") or "steps"
    for grain in get_args(Grain):
        if value == grain:
            return grain  # type: ignore[no-any-return]
    raise DemoError(f"SOAK_GRAIN={value} is neither of {' and '.join(get_args(Grain))}.")


def _needed(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise DemoError(f"SOAK_COUPA_URL needs {variable}, too.")
    return value
