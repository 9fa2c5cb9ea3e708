"""The soak itself: a storm over the export, then calm until nothing moves any more, then the judgement."""

from __future__ import annotations

import dataclasses
import datetime
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from include.demo.airflow_server import AirflowServer, services, stop
from include.demo.console import Console
from include.demo.coupa_reader import CoupaReader
from include.demo.layout import DAG_ID, Layout
from include.demo.ports import Ports
from include.demo.tryton_server import Tryton
from include.sandbox.invoices.case import Case
from include.soak.calm import Calm, patiently, waiting_in
from include.soak.desk import accountant
from include.soak.erp_books import read_books
from include.soak.faults import SeededPlan
from include.soak.ground import CoupaServer, Pace, airflow_given, free_port
from include.soak.judge import Scene, Verdict, judge
from include.soak.people import People
from include.soak.proxy import FaultProxy
from include.soak.storm import Storm
from include.soak.victims import TasksOf

Json = dict[str, Any]
_POLL_SECONDS = 2.0

#: The time over which the invoices of the soak were made; the backfill takes the middle part of it.
CREATED_FROM = datetime.datetime(2026, 11, 20, 10, 0, tzinfo=datetime.UTC)
CREATED_TO = CREATED_FROM + datetime.timedelta(minutes=15)


@dataclass
class Report:
    """What there is to tell.

    :param calls: by server, while the storm lasted.
    :param faults: by server, how often each kind befell a call.
    :param runs: the DAG's runs by state.
    :param asked: invoices that an operator had to ask for, since they stood under a technical error.
    :param settled: whether it came to rest within the bounded number of runs.
    """

    verdict: Verdict
    calls: dict[str, int]
    faults: dict[str, Counter[str]]
    acts: Counter[str]
    runs: Counter[str]
    task_kills: int
    scheduler_kills: int
    asked: list[int] = field(default_factory=list)
    calm_runs: int = 0
    settled: bool = True
    seconds: float = 0.0


class Soak:
    """One soak.

    :param layout: with a run directory of its own.
    :param tryton: running, with the ledger ``database``.
    :param coupa: holds the invoices already.
    :param cases: what must become of each.
    :param seed: of faults, kills and people.
    :param share: of all calls that fail.
    """

    def __init__(
        self,
        layout: Layout,
        tryton: Tryton,
        database: str,
        coupa: CoupaServer,
        cases: dict[int, Case],
        *,
        seed: int,
        pace: Pace,
        console: Console,
        share: float = 0.1,
    ) -> None:
        self._layout, self._tryton, self._database, self._coupa = layout, tryton, database, coupa
        self._cases, self._seed, self._pace, self._console = cases, seed, pace, console
        self._share = share

    def run(self) -> Report:
        """All of it; Airflow is ended, whatever happens."""
        started = time.monotonic()
        victims = TasksOf(self._scheduler_pid)
        coupa_proxy = FaultProxy(self._coupa.url, name="coupa", victims=victims)
        erp_proxy = FaultProxy(self._tryton.url, name="tryton", victims=victims)
        with coupa_proxy, erp_proxy, accountant(self._tryton, self._database) as person:
            people = People(
                self._coupa.instance_key,
                self._cases,
                self._coupa.invoices,
                self._coupa.control,
                person,
                random.Random(f"{self._seed}/people"),  # noqa: S311 - it chooses acts
            )
            airflow = self._airflow(coupa_proxy, erp_proxy)
            try:
                with self._console.step("Airflow") as remarks:
                    remarks.append(airflow.start())
                storm = Storm(
                    self._layout,
                    airflow,
                    victims,
                    people,
                    self._pace,
                    random.Random(f"{self._seed}/storm"),  # noqa: S311 - it chooses victims
                    self._console.line,
                )
                for proxy in (coupa_proxy, erp_proxy):
                    proxy.plan = SeededPlan(
                        f"{self._seed}/{proxy.name}",
                        share=self._share,
                        longest=self._pace.slowest,
                        longest_after=self._pace.slowest * 1.5,
                    )
                self._rage(airflow, storm)
                in_storm = {proxy.name: len(proxy.journal) for proxy in (coupa_proxy, erp_proxy)}
                for proxy in (coupa_proxy, erp_proxy):
                    proxy.calm()
                calm = Calm(airflow, self._coupa, self._pace, self._console)
                calm.settle()
                runs = Counter(str(run["state"]) for run in airflow.api.runs(DAG_ID))
            finally:
                stop(self._layout, patience=1)  # nothing runs any more
            scene = self._scene(people)
            self._keep(scene, people, coupa_proxy, erp_proxy)
        return Report(
            judge(scene),
            calls=in_storm,
            faults={
                proxy.name: Counter(entry.fault for entry in proxy.journal if entry.fault)
                for proxy in (coupa_proxy, erp_proxy)
            },
            acts=people.acts,
            runs=runs,
            task_kills=len(victims.killed),
            scheduler_kills=storm.scheduler_kills,
            asked=calm.asked,
            calm_runs=calm.runs,
            settled=calm.settled,
            seconds=time.monotonic() - started,
        )

    def _airflow(self, coupa_proxy: FaultProxy, erp_proxy: FaultProxy) -> AirflowServer:
        given = airflow_given(
            self._coupa,
            coupa_url=coupa_proxy.url,
            erp_url=erp_proxy.url,
            erp_key=self._tryton.export_key,
            database=self._database,
            pace=self._pace,
            state=str(self._layout.run_dir / "state"),
        )
        ports = Ports(airflow=free_port())
        return AirflowServer(self._layout, ports, self._tryton.postgres, mode="own", given=given)

    def _rage(self, airflow: AirflowServer, storm: Storm) -> None:
        waiting = sum(case.outcome != "not taken" for case in self._cases.values()) or 100
        began = time.monotonic()
        backfilled = False
        patiently(lambda: airflow.api.trigger(DAG_ID, {}, note="The soak's first run."))
        patiently(lambda: airflow.api.switch_on(DAG_ID))
        with storm.raging(waiting):
            while time.monotonic() - began < self._pace.longest_storm:
                seconds = time.monotonic() - began
                if not backfilled and seconds > self._pace.backfill_seconds:
                    backfilled = True
                    patiently(lambda: self._backfill(airflow))
                left = self._waiting()
                storm.progress = max(0.1, 1 - left / waiting)
                self._console.status(f"  the storm rages: {left} invoices wait ({seconds:.0f} s)")
                if storm.done and left == 0:
                    return
                time.sleep(_POLL_SECONDS)

    def _backfill(self, airflow: AirflowServer) -> None:
        first = CREATED_FROM + datetime.timedelta(minutes=5)
        airflow.api.backfill(DAG_ID, first.isoformat(), first.isoformat(), {"include_exported": True})
        self._console.line("  A backfill over a third of the invoices runs beside the schedule.")

    def _waiting(self) -> int:
        return len(waiting_in(self._coupa.invoices()))

    def _scheduler_pid(self) -> int | None:
        scheduler = services(self._layout)["scheduler"]
        record = scheduler.record
        return record.pid if record is not None and scheduler.running else None

    def _keep(self, scene: Scene, people: People, *proxies: FaultProxy) -> None:
        """What the judge sees, and what befell which call: for whoever looks for the cause of a finding."""
        kept = {
            "scene": dataclasses.asdict(scene),
            "befallen": {
                proxy.name: [dataclasses.asdict(entry) for entry in proxy.journal if entry.fault]
                for proxy in proxies
            },
            "acts": people.told,
            "refused_to_people": people.refused,
        }
        file = self._layout.run_dir / f"soak-{self._seed}.json"
        file.write_text(json.dumps(kept, default=_plain, indent=1))

    def _scene(self, people: People) -> Scene:
        invoices = self._coupa.invoices()
        told = self._coupa.told()
        return Scene(
            instance_key=self._coupa.instance_key,
            invoices=invoices,
            history=told.history,
            errors=told.errors,
            runs=self._coupa.read(CoupaReader.runs),
            alerts=told.alerts,
            books=read_books(self._tryton.postgres, self._database),
            cases=self._cases,
            versions=people.versions,
            excuses=people.excuses_now(invoices),
            mended=people.mended,
            by_hand=people.by_hand,
        )


def _plain(value: object) -> Any:
    return sorted(value) if isinstance(value, set) else str(value)
