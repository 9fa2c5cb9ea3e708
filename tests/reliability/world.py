"""A Coupa over HTTP, an ERP in memory, an Airflow played, and people: anything may happen at any call."""

from __future__ import annotations

import copy
import datetime
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.tasks.asked import request_of
from include.errors import OutcomeUnknown
from include.export.ports import Ports
from include.export.rehearsing import rehearsing
from include.mapping.settings import load_mapping
from include.monitoring.level import monitored
from include.options import Monitoring, read_options
from include.sandbox.running import RunningSandbox
from include.soak.levels import from_history, from_status
from tests.export.memory_erp import MemoryErp
from tests.reliability.driver import FETCH, Airflow, Killed, RunRow

TODAY = datetime.date(2026, 10, 31)
NUMBER = "cf-erp-invoice-number"
COST_CENTERS = ("CA200", "CA234", "CA100")
MAPPING = load_mapping()

When = Literal["before", "after"]


@dataclass(frozen=True)
class Point:
    """A moment between two calls.

    :param number: of the call, among those made for one invoice (or for the run itself), from 1.
    :param call: its task and its name.
    """

    number: int
    when: When
    call: str

    def __str__(self) -> str:
        return f"{self.when} {self.call}"


@dataclass
class _Try:
    run_id: str
    task_id: str
    invoice_id: int | None


@dataclass(frozen=True)
class Snapshot:
    """All that stands in Coupa, the ERP and Airflow."""

    tables: dict[str, tuple[Any, ...]]
    settings: Any
    documents: list[Any]
    entered: int
    closed: set[str]
    failing: Exception | None
    runs: dict[str, RunRow]


class Watched:
    """A port, each call of which can be stopped before and after.

    :param port: the real one.
    :param name: how its calls are called.
    """

    def __init__(self, world: World, port: Any, name: str) -> None:
        self._world, self._port, self._name = world, port, name

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if not callable(value) or name.endswith("_url"):
            return value

        def call(*arguments: Any, **named: Any) -> Any:
            with self._world.at_a_call(f"{self._name}.{name}"):
                answer = value(*arguments, **named)
                # A listing is asked for as it is consumed: here it is consumed at once.
                return iter(list(answer)) if isinstance(answer, Iterator) else answer

        return call


class World:
    """Everything.

    :param sandbox: the Coupa.
    :param coupa: a hook on it.
    """

    def __init__(self, sandbox: RunningSandbox, coupa: CoupaHook) -> None:
        self.sandbox, self.coupa = sandbox, coupa
        self.erp = MemoryErp()
        self.erp.between = lambda place: self._at_once(f"erp {place}")
        self.airflow = Airflow(self._trying)
        self.watched: str | None = None
        self.calls: dict[int | None, list[str]] = {}
        self.plans: dict[int | None, tuple[int, When, Callable[[], None]]] = {}
        self.done: list[str] = []
        #: Whose process dies right after the next call of one of these names.
        self.dying: dict[int | None, tuple[str, ...]] = {}
        self._tries: list[_Try] = []
        self._turns: set[str] = set()
        self._day_before(0)
        sandbox.state.now = self._tick  # type: ignore[method-assign]

    # Airflow's tasks

    def ports_of(self, context: Any) -> Ports:
        ports = Ports(
            coupa=self.monitored_coupa(),
            monitoring=self.level,
            open_erp=lambda: Watched(self, self.erp, "erp"),  # type: ignore[arg-type, return-value]
            read_mapping=lambda: MAPPING,
            today=TODAY,
            alert_turn=lambda: self._alert_turn(context["run_id"]),
            largest_file=read_options().largest_file,
        )
        return rehearsing(ports) if request_of(context).dry_run else ports

    @property
    def level(self) -> Monitoring:
        return read_options().monitoring

    @level.setter
    def level(self, level: Monitoring) -> None:
        os.environ["COUPA_ERP_MONITORING"] = level
        read_options.cache_clear()

    def monitored_coupa(self) -> Any:
        return monitored(self.watched_coupa(), read_options())

    def watched_coupa(self) -> Any:
        return Watched(self, self.coupa, "coupa")

    def watch(
        self,
        invoice_id: int | None = None,
        point: Point | None = None,
        act: Callable[[], None] | None = None,
    ) -> None:
        """Let something happen in the next run, once.

        :param invoice_id: at a call for this invoice; ``None``: at a call for the run itself.
        """
        self.calls.clear()
        self.plans.clear()
        self.done.clear()
        self.dying.clear()
        if point and act:
            self.plans[invoice_id] = (point.number, point.when, act)

    def run_watched(self, **conf: Any) -> RunRow:
        """A run whose calls are numbered, at which what was planned happens."""
        run = self.airflow.trigger("watched", **conf)
        self.watched = run.run_id
        try:
            self.airflow.play(run)
        finally:
            self.watched = None
        return run

    def points(self, invoice_id: int | None, when: When = "before") -> list[Point]:
        """Where the run that was just watched could have been stopped."""
        calls = self.calls.get(invoice_id, [])
        return [Point(number, when, call) for number, call in enumerate(calls, start=1)]

    @contextmanager
    def _trying(self, run: RunRow, task_id: str, invoice_id: int | None) -> Iterator[None]:
        self._tries.append(_Try(run.run_id, task_id.rpartition(".")[2], invoice_id))
        try:
            yield
            self._at_once("its end")
        finally:
            self._tries.pop()

    @contextmanager
    def at_a_call(self, name: str) -> Iterator[None]:
        number = self._count(name)
        self._reached(number, "before")
        yield
        self._reached(number, "after")
        now = self._now_trying()
        if now and name in self.dying.get(now.invoice_id, ()):
            del self.dying[now.invoice_id]
            raise Killed

    def _at_once(self, place: str) -> None:
        self._reached(self._count(place), "before")

    def _count(self, name: str) -> int:
        now = self._now_trying()
        if now is None:
            return 0
        calls = self.calls.setdefault(now.invoice_id, [])
        calls.append(f"{now.task_id}: {name}")
        return len(calls)

    def _reached(self, number: int, when: When) -> None:
        now = self._now_trying()
        plan = self.plans.get(now.invoice_id) if now else None
        if now and plan and plan[:2] == (number, when):
            del self.plans[now.invoice_id]
            self.done.append(f"{when} {self.calls[now.invoice_id][number - 1]}")
            plan[2]()

    def _now_trying(self) -> _Try | None:
        now = self._tries[-1] if self._tries else None
        return now if now and now.run_id == self.watched else None

    @property
    def trying(self) -> _Try:
        """The try that is stopped now."""
        return self._tries[-1]

    @contextmanager
    def _alert_turn(self, run_id: str) -> Iterator[None]:
        assert run_id not in self._turns
        self._turns.add(run_id)
        try:
            yield
        finally:
            self._turns.discard(run_id)

    # What may happen

    def kill(self) -> None:
        raise Killed

    def lose(self) -> None:
        raise OutcomeUnknown("The answer was lost.")

    def edit(self, invoice_id: int, *, reset: bool) -> None:
        """Another cost center on the first line: the bill differs."""
        company, cost, *shown = self.row(invoice_id)["invoice-lines"][0]["account"]["code"].split("-")
        place = COST_CENTERS.index(shown[0]) if shown else 0
        center = COST_CENTERS[(place + 1) % len(COST_CENTERS)]
        code = f"{company}-{cost}-{center}"
        account = {"code": code, "segment-3": center}
        self._people().edit_in_ui(
            invoice_id, {"invoice-lines": {"0": {"account": account}}}, reset_mark=reset
        )

    def change(self, invoice_id: int, *, reset: bool, **changes: Any) -> None:
        named = {name.replace("_", "-"): value for name, value in changes.items()}
        self._people().edit_in_ui(invoice_id, named, reset_mark=reset)

    def void(self, invoice_id: int) -> None:
        if self.row(invoice_id)["status"] == "approved":
            self._people().void_in_ui(invoice_id)

    def pay(self, invoice_id: int) -> None:
        found = self.erp.find_by_key(self.key(invoice_id))
        if found and found.state == "posted":
            self.erp.pay(found.key or "", "1.00")

    def correct(self, invoice_id: int) -> None:
        found = self.erp.find_by_key(self.key(invoice_id))
        if found and found.state == "posted":
            self.erp.change(found, total=found.total + 5)

    def start_again(self, invoice_id: int) -> None:
        """Airflow starts the task that is stopped here a second time, and goes on with that."""
        run, now = self.airflow.runs[self.trying.run_id], self.trying
        if run.run_id in self._turns:
            return  # the other would wait for its turn to alert
        index = run.told(FETCH).index(invoice_id)
        # What the second try does is not watched.
        watched, self.watched = self.watched, None
        try:
            self.airflow.start_again(run, self.airflow.shape.task_of(now.task_id), index)
        finally:
            self.watched = watched

    def edit_and_start_again(self, invoice_id: int) -> None:
        """The same after an edit; and the next run goes by, too, before the first try goes on."""
        self.edit(invoice_id, reset=True)
        self.start_again(invoice_id)
        self.airflow.whole()

    def edit_and_other_run(self, invoice_id: int) -> None:
        """Another run carries a newer state of the invoice than the watched one has read."""
        self.edit(invoice_id, reset=True)
        self.other_run(invoice_id)

    def void_and_other_run(self, invoice_id: int) -> None:
        """Another run carries the void of an invoice that the watched one has read as approved."""
        self.void(invoice_id)
        self.other_run(invoice_id)

    def other_run(self, invoice_id: int) -> None:
        """A whole run of a backfill beside the watched one."""
        self.airflow.whole(run_type="backfill", invoice_ids=[invoice_id], include_exported=True)

    def _people(self) -> Any:
        return self.sandbox.control

    # What stands

    def key(self, invoice_id: int) -> str:
        return self.coupa.scope.key(invoice_id)

    def row(self, invoice_id: int) -> dict[str, Any]:
        return self.rows("invoices", invoice_id)[0]

    def told(self, kind: str, invoice_id: int | None = None) -> list[dict[str, Any]]:
        """Errors, successes (``history``) or alerts, whatever they are in Coupa at the level of now."""
        if self.level == "runs":
            return self.rows(kind, invoice_id)
        if self.level == "history":
            parted = from_history(self.rows("history"), self.rows("alerts"))
        else:
            scope = self.coupa.scope
            parted = (*from_status(self.rows("invoices"), scope.status_field, scope.key_prefix), [])
        found = dict(zip(("errors", "history", "alerts"), parted, strict=True))[kind]
        return [row for row in found if invoice_id in (None, row["document-id"])]

    def rows(self, kind: str, invoice_id: int | None = None) -> list[dict[str, Any]]:
        """Rows of a table, by id; of one invoice where it is named."""
        with self.sandbox.state.lock:
            table = list(self.sandbox.state.tables[kind])
            found = [
                row
                for row in table
                if invoice_id is None
                or (row["id"] if kind == "invoices" else row.get("document-id")) == invoice_id
            ]
            return copy.deepcopy(found)

    # Time

    def now_is_a_day_later(self) -> None:
        """Whatever was made until now is older than the longest run."""
        self._day_before(0)

    def _day_before(self, days: int) -> None:
        self._clock = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)

    def a_day_ago(self) -> None:
        self._day_before(2)

    def _tick(self) -> str:
        """Every look at the clock is a second later, so that Coupa's order of things shows."""
        self._clock += datetime.timedelta(seconds=1)
        return self._clock.replace(microsecond=0).isoformat()

    # The whole, kept and brought back

    def snapshot(self) -> Snapshot:
        state = self.sandbox.state
        with state.lock:
            tables = {
                kind: copy.deepcopy((table._rows, table._index, table._highest))
                for kind, table in state.tables.items()
            }
            settings = state.settings.model_copy(deep=True)
        erp = self.erp
        return Snapshot(
            tables,
            settings,
            list(erp.documents),
            erp._entered,
            set(erp.closed_months),
            erp.failing,
            copy.deepcopy(self.airflow.runs),
        )

    def restore(self, kept: Snapshot) -> None:
        state = self.sandbox.state
        with state.lock:
            for kind, table in state.tables.items():
                table._rows, table._index, table._highest = copy.deepcopy(kept.tables[kind])
            state.settings = kept.settings.model_copy(deep=True)
            state.calls.clear()
        self.erp.documents = list(kept.documents)
        self.erp._entered = kept.entered
        self.erp.closed_months = set(kept.closed)
        self.erp.failing = kept.failing
        self.erp.attached.clear()
        self.erp.failing_files = None
        self.airflow.runs = copy.deepcopy(kept.runs)
        self.airflow.after = "restarted"
        self.airflow.hasty = False
