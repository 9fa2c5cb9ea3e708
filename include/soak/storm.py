"""What goes on while the export runs: kills and people, each in a thread, until told to stop."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

from include.demo.airflow_server import AirflowServer, services
from include.demo.console import DemoError
from include.demo.layout import Layout
from include.demo.processes import session_of
from include.sandbox.control import SandboxRefused
from include.soak.ground import Pace
from include.soak.people import Act, People
from include.soak.victims import TasksOf

#: How often somebody comes again who found nobody to act upon, once there should be somebody.
_TRIES = 8
_MOSTLY_DONE = 0.8


@dataclass
class Storm:
    """Kills and people.

    :param say: takes a line about what happened.
    :param progress: how far the export is, 0 to 1: so much of their day have people done at most.
    """

    layout: Layout
    airflow: AirflowServer
    victims: TasksOf
    people: People
    pace: Pace
    chance: random.Random
    say: Callable[[str], None]
    scheduler_kills: int = 0
    task_kills: int = 0
    people_left: int = 0
    progress: float = 0.1
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def raging(self, invoices: int) -> Iterator[None]:
        """Until the block ends.

        :param invoices: how many: so much do people do.
        """
        agenda = self.people.agenda(invoices)
        self.people_left = len(agenda)
        threads = [
            threading.Thread(target=target, args=arguments, name=name, daemon=True)
            for name, target, arguments in (
                ("people", self._let_people_act, (agenda,)),
                ("task kills", self._kill_tasks, ()),
                ("scheduler kills", self._kill_schedulers, ()),
            )
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    @property
    def done(self) -> bool:
        """Whether everything planned has happened; random kills of tasks go on as long as it lasts."""
        return self.people_left == 0 and self.scheduler_kills >= self.pace.scheduler_kills

    def _let_people_act(self, agenda: list[Act]) -> None:
        """Act after act, not faster than the export: a payment needs a bill. Who finds nobody comes again."""
        waiting = deque((act, _TRIES) for act in agenda)
        while waiting:
            if self._over.wait(self.pace.act_seconds * self.chance.uniform(0.5, 1.5)):
                return
            if 1 - len(waiting) / len(agenda) > self.progress:
                continue
            act, tries = waiting.popleft()
            try:
                done = act()
            except (SandboxRefused, requests.RequestException, OSError, DemoError) as failure:
                self.people.refused.append(f"{getattr(act, '__name__', act)}: {failure}")
                done = True
            if not done and tries > 1:
                waiting.append((act, tries - (self.progress > _MOSTLY_DONE)))
            self.people_left = len(waiting)

    def _kill_tasks(self) -> None:
        chance = random.Random(self.chance.random())  # noqa: S311 - it chooses victims
        while not self._over.wait(self.pace.task_kill_seconds * chance.uniform(0.5, 1.5)):
            if self.victims.kill_one(chance.choice) is not None:
                self.task_kills += 1

    def _kill_schedulers(self) -> None:
        for _ in range(self.pace.scheduler_kills):
            if self._over.wait(self.pace.scheduler_kill_seconds):
                return
            self._kill_scheduler()

    def _kill_scheduler(self) -> None:
        """SIGKILL to the scheduler and every process of its session, all at once; then another one."""
        scheduler = services(self.layout)["scheduler"]
        record = scheduler.record
        if record is None or not scheduler.running:
            return
        members = session_of(record)
        for pid in members:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + 20
        while session_of(record) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.scheduler_kills += 1
        self.say(f"  The scheduler was killed with its {len(members) - 1} processes; another one starts.")
        self.airflow.start_again("scheduler")
