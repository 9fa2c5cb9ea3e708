"""Plays Airflow with the bodies of the DAG's own tasks: states, tries, XComs, and processes that die.

Which tasks an invoice has it reads from the DAG itself, in either grain.
"""

from __future__ import annotations

import datetime
import functools
import importlib.util
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSkipException,
)

from coupa_erp.retry_policy import RetryByException
from coupa_erp.tasks import backlog, run_end, whole_invoice
from coupa_erp.tasks import invoice as invoice_tasks
from coupa_erp.tasks import run as run_tasks
from coupa_erp.tasks.word import STEPS, WHOLE
from include.export.request import RunRequest
from include.options import Grain, read_options

DAG_FILE = Path(__file__).parents[2] / "dags" / "coupa_invoices_to_erp.py"
DAG = "coupa_invoices_to_erp"
CREATE, FETCH, START, END, CONTINUE = (
    "create_integration_run",
    "fetch_invoices",
    "start_integration_run",
    "end_integration_run",
    "continue_backlog",
)
ENDED = ("success", "failed", "skipped", "upstream_failed", "removed")
_POLICY = RetryByException(1)
_UNSET: Any = object()

#: What becomes of a run whose process died: Airflow starts the task again; no try was left; nor did
#: ``record_outcome`` ever run; the DAG run is gone as if it had never been.
After = Literal["restarted", "no try left", "no record either", "run lost"]


@dataclass(frozen=True)
class Shape:
    """The tasks of an invoice.

    :param tasks: their ids, in their order.
    :param regardless: those that begin whatever became of the ones before.
    """

    tasks: tuple[str, ...]
    regardless: frozenset[str]

    def task_of(self, step: str) -> str:
        """The task that does a step of the passage."""
        return WHOLE if self.tasks == (WHOLE,) else f"invoice.{step}"

    @property
    def steps(self) -> tuple[str, ...]:
        """What a person can clear of an index."""
        return STEPS if len(self.tasks) > 1 else (WHOLE,)

    @property
    def record(self) -> str:
        """The task whose return value is the outcome."""
        return self.tasks[-1]


@functools.cache
def shape_in(grain: Grain) -> Shape:
    """The shape of the DAG in a grain, read from its own file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUPA_ERP_GRAIN", grain)
        read_options.cache_clear()
        spec = importlib.util.spec_from_file_location(f"dag_in_{grain}", DAG_FILE)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        dag = module.coupa_invoices_to_erp()
    read_options.cache_clear()
    mapped = [
        task
        for task in dag.topological_sort()
        if task.task_id.partition(".")[0] == WHOLE  # the group, or the task
    ]
    assert all(task.is_mapped or task.get_closest_mapped_task_group() for task in mapped)
    return Shape(
        tuple(task.task_id for task in mapped),
        frozenset(task.task_id for task in mapped if task.trigger_rule == "all_done"),
    )


class Killed(BaseException):
    """The process ends here: nothing of ours catches it."""


@dataclass
class TaskRow:
    """A task instance, as Airflow's database has it.

    :param cleared_at: how many tries it had when it was cleared.
    """

    state: str | None = None
    tries: int = 0
    cleared_at: int = 0

    def clear(self) -> None:
        self.state, self.cleared_at = None, self.tries


@dataclass
class RunRow:
    """A DAG run, as Airflow's database has it.

    :param interval: the data interval of a backfill's run.
    """

    run_id: str
    conf: dict[str, Any]
    run_type: str = "scheduled"
    interval: tuple[datetime.datetime, datetime.datetime] | None = None
    state: str = "running"
    tasks: dict[tuple[str, int], TaskRow] = field(default_factory=dict)
    xcoms: dict[tuple[str, int, str], str] = field(default_factory=dict)
    #: The extras of the asset events that its tasks have made.
    events: list[dict[str, Any]] = field(default_factory=list)

    def row(self, task_id: str, index: int = -1) -> TaskRow:
        return self.tasks.setdefault((task_id, index), TaskRow())

    def told(self, task_id: str, index: int = -1, key: str = "return_value") -> Any:
        value = self.xcoms.get((task_id, index, key))
        return None if value is None else json.loads(value)


class TaskInstance:
    """The part of Airflow's task instance that the task bodies use, with its rules of pulling."""

    def __init__(self, airflow: Airflow, run: RunRow, task_id: str, index: int, max_tries: int) -> None:
        self.dag_id, self.task_id, self.map_index = DAG, task_id, index
        self.max_tries, self.try_number = max_tries, run.row(task_id, index).tries
        self._airflow, self._run = airflow, run

    @property
    def is_superseded(self) -> bool:
        """Whether Airflow has started the task again: it listens to this try no more."""
        return self._run.row(self.task_id, self.map_index).tries != self.try_number

    def xcom_push(self, key: str, value: Any) -> None:
        if value is not None and not self.is_superseded:
            self._run.xcoms[self.task_id, self.map_index, key] = json.dumps(value)

    def xcom_pull(
        self,
        task_ids: str,
        key: str = "return_value",
        dag_id: str = DAG,
        run_id: str | None = None,
        map_indexes: Any = _UNSET,
    ) -> Any:
        assert dag_id == DAG
        run = self._run if run_id is None else self._airflow.runs[run_id]
        if map_indexes is not _UNSET:
            return run.told(task_ids, -1 if map_indexes is None else map_indexes, key)
        places = sorted(index for task, index, name in run.xcoms if (task, name) == (task_ids, key))
        found = [run.told(task_ids, index, key) for index in places]
        return None if not found else found[0] if len(found) == 1 else found

    def get_task_states(
        self,
        dag_id: str,
        task_ids: Iterable[str],
        run_ids: Iterable[str] | None = None,
        map_index: int | None = None,
    ) -> dict[str, dict[str, str | None]]:
        assert dag_id == DAG
        return {
            run_id: {
                task_id if index < 0 else f"{task_id}_{index}": row.state
                for (task_id, index), row in run.tasks.items()
                if task_id in task_ids and map_index in (None, index)
            }
            for run_id, run in self._airflow.runs.items()
            if run_ids is None or run_id in run_ids
        }

    def get_dagrun_state(self, dag_id: str, run_id: str) -> str:
        assert dag_id == DAG
        return self._airflow.runs[run_id].state


class Airflow:
    """A scheduler and its database.

    :param watch: called with a run, a task and an invoice's id around each try of a task; whatever it yields
        to is the time of that try.
    :param retries: how often a task is started again.
    """

    def __init__(self, watch: Callable[[RunRow, str, int | None], Any], retries: int = 2) -> None:
        self.runs: dict[str, RunRow] = {}
        self.after: After = "restarted"
        self.retries = retries
        #: Whether a scheduler starts at once whatever it may: what was cleared waits for nothing else.
        self.hasty = False
        self.shape = shape_in("steps")
        self._triggered = 0
        self._watch = watch

    def trigger(self, run_id: str | None = None, *, run_type: str = "scheduled", **conf: Any) -> RunRow:
        """A new run, nothing of which has been done yet."""
        self._triggered += 1
        run = RunRow(run_id or f"run_{self._triggered}", conf, run_type)
        assert run.run_id not in self.runs
        self.runs[run.run_id] = run
        return run

    def whole(self, **conf: Any) -> RunRow:
        """A run from its beginning to its end."""
        run = self.trigger(**conf)
        self.play(run)
        return run

    def play(self, run: RunRow) -> None:
        """Do whatever of the run is still to be done."""
        try:
            for _ in self.tasks(run):
                pass
        except RunLost:
            self.runs.pop(run.run_id, None)

    def drain(self, run: RunRow, *, longest: int) -> list[RunRow]:
        """Play a run and whatever it starts, one after the other.

        :param longest: a chain of more runs goes on for ever.
        """
        chain = [run]
        while True:
            self.play(chain[-1])
            told = chain[-1].told(CONTINUE) if chain[-1].row(CONTINUE).state == "success" else None
            if told is None or told[0] in self.runs:
                return chain  # a run that is there already is not started again
            assert len(chain) < longest, "the chain of runs does not end"
            run_id, conf = told
            chain.append(self.trigger(run_id, run_type="operator_triggered", **conf))

    def clear(self, run: RunRow) -> None:
        """Clear the whole run: its tasks are to be done again, and what they have said stays until then."""
        for row in run.tasks.values():
            if row.state != "removed":  # Airflow 3.3.2 does not bring back what it removed
                row.clear()
        run.state = "running"

    def clear_step(
        self, run: RunRow, step: str, index: int, *, downstream: bool = False, only_failed: bool = False
    ) -> list[tuple[str, int]]:
        """Clear a step of an index as Airflow does: setup and teardown with it.

        :return: what was cleared.
        """
        tasks, task_id = self.shape.tasks, self.shape.task_of(step)
        later = tasks[tasks.index(task_id) :] if downstream else (task_id,)
        named = {(one, index) for one in later} | {(CREATE, -1), (END, -1)}
        if downstream:
            named.add((CONTINUE, -1))
        cleared = [
            place
            for place, row in run.tasks.items()
            if place in named and (not only_failed or row.state in ("failed", "upstream_failed"))
        ]
        for place in cleared:
            run.tasks[place].clear()
        if cleared:
            run.state = "running"
        return cleared

    def clear_index(self, run: RunRow, index: int) -> None:
        """Clear one index with what follows, the run's setup and teardown among it."""
        for (task_id, of_index), row in run.tasks.items():
            if of_index == index or task_id in (CREATE, END, CONTINUE):
                row.clear()
        run.state = "running"

    def tasks(self, run: RunRow) -> Iterator[tuple[str, int]]:
        """Do the run task by task, so that another may get a turn in between."""
        lost = False
        if self.hasty:
            yield from self._too_early(run)
        for task_id in (CREATE, FETCH, START):
            yield from self._one(run, task_id)
        if self.hasty:
            yield from self._end_too_early(run)
        if run.row(START).state == "success":
            for (_, index), row in run.tasks.items():
                if index >= len(run.told(FETCH) or []):
                    row.state = "removed"
            for index in range(len(run.told(FETCH) or [])):
                try:
                    yield from self._invoice(run, index)
                except RunLost:
                    lost = True
        if lost:
            raise RunLost
        if run.row(CREATE).state == "success":
            yield from self._one(run, END)
            yield from self._one(run, CONTINUE)
        ended = run.row(END).state == "success"
        run.state = "success" if ended else "failed"

    def _one(self, run: RunRow, task_id: str) -> Iterator[tuple[str, int]]:
        before = {FETCH: CREATE, START: FETCH}.get(task_id)
        row = run.row(task_id)
        if before and run.row(before).state != "success":
            row.state = "upstream_failed"
        elif row.state in (None, "up_for_retry", "running", "up_for_reschedule"):
            self.task(run, task_id)
            yield task_id, -1

    def _too_early(self, run: RunRow) -> Iterator[tuple[str, int]]:
        """A cleared step, all before which has ended already, begins before the setup does."""
        for (task_id, index), row in list(run.tasks.items()):
            if index >= 0 and row.state is None and row.tries and self._may_begin(run, task_id, index):
                self.task(run, task_id, index)
                yield task_id, index

    def _may_begin(self, run: RunRow, task_id: str, index: int) -> bool:
        before = self.shape.tasks[: self.shape.tasks.index(task_id)]
        states = [run.row(one, index).state for one in before]
        if task_id in self.shape.regardless:
            return all(state in ENDED for state in states)
        return all(state == "success" for state in states)

    def _end_too_early(self, run: RunRow) -> Iterator[tuple[str, int]]:
        """The teardown begins once the last step of each index has ended, whatever was cleared before it."""
        records = [row for (task_id, _), row in run.tasks.items() if task_id == self.shape.record]
        if run.row(END).tries and records and all(row.state in ENDED for row in records):
            yield from self._one(run, END)

    def _invoice(self, run: RunRow, index: int) -> Iterator[tuple[str, int]]:
        going_on, record_lost = True, False
        for task_id in self.shape.tasks:
            row, regardless = run.row(task_id, index), task_id in self.shape.regardless
            if row.state in ENDED:
                going_on = going_on and row.state == "success"
                continue
            if regardless and record_lost:
                row.state = "failed"
            elif going_on or regardless:
                record_lost = self.task(run, task_id, index) == "no record either"
                going_on = going_on and row.state == "success"
                yield task_id, index
            else:
                row.state = "upstream_failed"

    def task(self, run: RunRow, task_id: str, index: int = -1) -> After | None:
        """One task with its tries.

        :return: what the death of its process brought, if it died for good.
        """
        row = run.row(task_id, index)
        while True:
            row.tries += 1
            try:
                self.attempt(run, task_id, index)
            except Killed:
                if self.after == "run lost":
                    raise RunLost from None
                if self.after == "restarted" and row.tries <= row.cleared_at + self.retries:
                    continue
                row.state = "failed"
                return self.after
            except Superseded:
                return None
            except AirflowSkipException:
                row.state = "skipped"
            except AirflowRescheduleException:
                row.state = "up_for_reschedule"
                row.tries -= 1
            except (TypeError, AttributeError, NameError, AssertionError):
                raise  # of the test or of the code: nothing that a retry mends
            except Exception as fault:  # noqa: BLE001 - as Airflow does
                if self._is_tried_again(fault, row):
                    continue
                row.state = "failed"
            else:
                row.state = "success"
            return None

    def attempt(self, run: RunRow, task_id: str, index: int = -1) -> None:
        """One try, in a process of its own: what an earlier try has said is forgotten first."""
        row = run.row(task_id, index)
        for place in [place for place in run.xcoms if place[:2] == (task_id, index)]:
            del run.xcoms[place]
        row.state = "running"
        retries = self.retries if self.after == "restarted" else 0
        ti = TaskInstance(self, run, task_id, index, row.cleared_at + retries)
        ids = run.told(FETCH) if index >= 0 else None
        with self._watch(run, task_id, ids[index] if ids else None):
            try:
                answer = _body(task_id)(_context(run, ti, retries))
            except Exception:
                if ti.is_superseded:
                    raise Superseded from None
                raise
        if ti.is_superseded:
            raise Superseded
        ti.xcom_push("return_value", answer)

    def xcom_set(
        self, *, key: str, value: Any, dag_id: str, task_id: str, run_id: str, map_index: int
    ) -> None:
        """A task writes the XCom of another of its run."""
        assert dag_id == DAG
        self.runs[run_id].xcoms[task_id, map_index, key] = json.dumps(value)

    def start_again(self, run: RunRow, task_id: str, index: int) -> None:
        """Start a task although an earlier try of it still runs, and carry the run to its end."""
        self.task(run, task_id, index)
        self.play(run)

    def _is_tried_again(self, fault: Exception, row: TaskRow) -> bool:
        most = row.cleared_at + self.retries
        if isinstance(fault, AirflowFailException) or row.tries > most or self.after != "restarted":
            return False
        assert not isinstance(fault, AirflowException), fault
        return _POLICY.evaluate(fault, row.tries, most).action.value == "retry"


class Superseded(BaseException):
    """Another try of the task has taken over: what this one does or says counts for nothing."""


class RunLost(BaseException):
    """Airflow does not know the run any more."""


def _context(run: RunRow, ti: TaskInstance, retries: int) -> dict[str, Any]:
    begin, end = run.interval or (None, None)
    dag_run = SimpleNamespace(
        run_type=run.run_type, conf=run.conf, data_interval_start=begin, data_interval_end=end
    )
    params = RunRequest().model_dump(mode="json")
    return {
        "ti": ti,
        "task": SimpleNamespace(retries=retries),
        "run_id": run.run_id,
        "dag_run": dag_run,
        "params": {**params, **run.conf},
        "outlet_events": Outlets(run),
    }


@dataclass(frozen=True)
class Outlets:
    """Takes down the events of a task, whatever the asset."""

    run: RunRow

    def __getitem__(self, alias: Any) -> Outlets:
        return self

    def add(self, asset: Any, extra: dict[str, Any]) -> None:
        self.run.events.append(extra)


def _body(task_id: str) -> Callable[[Any], Any]:
    group, _, step = task_id.rpartition(".")
    if task_id == CONTINUE:
        return backlog.next_run
    if task_id == WHOLE:
        return whole_invoice.carry_invoice
    if not group:
        return getattr(run_end if task_id == END else run_tasks, task_id)  # type: ignore[no-any-return]
    return getattr(invoice_tasks, step)  # type: ignore[no-any-return]
