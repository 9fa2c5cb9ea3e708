"""Start a run of the DAG and wait for its end, showing how far it is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from include.demo.airflow_api import ENDED, AirflowApi, NotReady
from include.demo.console import Console, DemoError
from include.demo.layout import DAG_ID

_POLL_SECONDS = 2.0
_NO_ANSWER_SECONDS = 60.0
_PARSE_SECONDS = 20.0


@dataclass(frozen=True)
class EndedRun:
    """A run that came to its end.

    :param state: ``success`` or ``failed``.
    :param seconds: from the trigger to the end.
    :param summary: what ``end_integration_run`` returned, if it did.
    """

    run_id: str
    state: str
    seconds: float
    summary: dict[str, Any] | None


def read_conf(text: str) -> dict[str, Any]:
    """The run's conf as it was typed.

    :param text: JSON; empty for none.
    :raises DemoError: it is no JSON object.
    """
    try:
        conf = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        raise DemoError(f"CONF is not valid JSON ({error.msg}): {text}") from None
    if not isinstance(conf, dict):
        raise DemoError("CONF must be a JSON object, for example CONF='{\"max_invoices\": 5}'.")
    return conf


def trigger_and_wait(
    api: AirflowApi, conf: dict[str, Any], console: Console, progress: Callable[[str], str]
) -> EndedRun:
    """Start a run and stay until it has ended.

    The run is created before a switched-off DAG is switched on, so that it comes before the schedule's own,
    which waits while a run is active. Airflow counts active runs when it reads the DAG's file, so that is
    asked for in between.

    :param conf: the run's parameters.
    :param progress: tells how far the run of an id is.
    :raises DemoError: Airflow refuses them, or answers no more.
    """
    started = time.monotonic()
    run_id = api.trigger(DAG_ID, conf, note="Started by make.")
    if api.is_paused(DAG_ID):
        _let_airflow_count(api)
        api.switch_on(DAG_ID)
        console.line("  The DAG was switched off; it is on now, so its schedule runs, too.")
    state = _wait(api, run_id, started, console, progress)
    console.status("")
    summary = api.result(DAG_ID, run_id, "end_integration_run")
    return EndedRun(run_id, state, time.monotonic() - started, summary if isinstance(summary, dict) else None)


def _let_airflow_count(api: AirflowApi) -> None:
    before = api.parsed_at(DAG_ID)
    api.ask_to_parse(DAG_ID)
    deadline = time.monotonic() + _PARSE_SECONDS
    while api.parsed_at(DAG_ID) == before and time.monotonic() < deadline:
        time.sleep(0.3)


def _wait(
    api: AirflowApi, run_id: str, started: float, console: Console, progress: Callable[[str], str]
) -> str:
    answered = time.monotonic()
    while True:
        try:
            state = api.run_state(DAG_ID, run_id)
            if state in ENDED:
                return state
            doing = _waiting_for(api, run_id) if state == "queued" else progress(run_id) or "listing invoices"
            console.status(f"  {doing} ({time.monotonic() - started:.0f} s)")
            answered = time.monotonic()
        except NotReady as error:
            if time.monotonic() - answered > _NO_ANSWER_SECONDS:
                raise DemoError(
                    f"Airflow has not answered for {_NO_ANSWER_SECONDS:.0f} s ({error}); "
                    f"the run {run_id} may go on."
                ) from None
        time.sleep(_POLL_SECONDS)


def _waiting_for(api: AirflowApi, run_id: str) -> str:
    other = api.active_run(DAG_ID)
    return "waiting for the scheduler" if other in (None, run_id) else f"waiting for the run {other} to end"
