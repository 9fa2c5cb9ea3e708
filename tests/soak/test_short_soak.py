"""Sixty invoices through a real scheduler, with faults, kills and people; the long one is ``make soak``."""

from __future__ import annotations

import dataclasses

import pytest

from include.demo.console import Console
from include.demo.layout import Layout
from include.sandbox.running import running_sandbox
from include.soak.command import monitoring_level
from include.soak.ground import CoupaServer, Pace
from include.soak.report import print_soak
from include.soak.samples import samples
from include.soak.soak import CREATED_FROM, CREATED_TO, Soak

SEED = 17
PACE = Pace(
    schedule="* * * * *",
    max_invoices=40,
    slowest=0.6,
    act_seconds=2.0,
    task_kill_seconds=12.0,
    scheduler_kills=1,
    scheduler_kill_seconds=35.0,
    backfill_seconds=20.0,
    longest_storm=420.0,
    most_runs=6,
    longest_run_seconds=18.0,
)


@pytest.fixture
def layout(tmp_path):
    layout = Layout(state=tmp_path)
    for folder in (layout.logs, layout.processes, layout.secrets):
        folder.mkdir(parents=True)
    return layout


@pytest.mark.parametrize("grain", ["invoice", pytest.param("steps", marks=pytest.mark.slow)])
def test_sixty_invoices_survive_faults_kills_and_people(grain, layout, tryton, ledger, capsys):
    pace = dataclasses.replace(PACE, grain=grain)
    made = samples(60, (CREATED_FROM, CREATED_TO))
    tryton.postgres.drop_database("airflow_own")
    with running_sandbox(invoices=[one.document for one in made]) as sandbox:
        coupa = CoupaServer(
            sandbox.url,
            sandbox.client_id,
            sandbox.client_secret,
            control=sandbox.control,
            monitoring=monitoring_level(),
        )
        cases = {one.case.id: one.case for one in made}
        report = Soak(layout, tryton, ledger, coupa, cases, seed=SEED, pace=pace, console=Console()).run()
    said: list[str] = []
    passed = print_soak(report, said.append)
    with capsys.disabled():
        print("\n" + "\n".join(said))
    assert report.scheduler_kills == 1
    assert report.task_kills > 2
    assert passed, "\n".join(map(str, report.verdict.findings))
