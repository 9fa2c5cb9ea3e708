"""Coupa's calls on integration runs, and on the integrations and contacts that they belong to."""

from __future__ import annotations

from typing import Any

from include.sandbox.calls import Answer, Call, Json, invalid
from include.sandbox.fields import Selection, selection_of, shown
from include.sandbox.queries import page_of
from include.sandbox.state import CoupaState
from include.sandbox.tables import Table

ENDED = frozenset(["successful", "failed", "errored"])
#: From which statuses each call may be made. Coupa documents the statuses and not the moves: read strictly.
MOVES: dict[str, frozenset[str]] = {
    "run": frozenset(["pending", "paused"]),
    "pause": frozenset(["running"]),
    "pending": frozenset(["running", "paused"]),
    "success": frozenset(["running", "paused"]),
    "finish": frozenset(["running", "paused"]),
    "fail": frozenset(["pending", "running", "paused"]),
}
ERRORS = "integration-errors"


def create_run(state: CoupaState, call: Call) -> Answer:
    """``POST /api/integration_runs``: 201, pending."""
    selection_of(call, "IntegrationRun", state.settings)
    body = call.body()
    if body.get("integration") in (None, "", {}):
        raise invalid(integration="can't be blank")
    integration = find_integration(state, body["integration"])
    run = state.runs.add(
        {
            "status": "pending",
            "total-records": _count(body, "total-records"),
            "records-processed": _count(body, "records-processed") or 0,
            "start-time": None,
            "end-time": None,
            "integration": integration,
            **state.stamps(),
        }
    )
    answer = _answer(state, call, run)
    answer.status = 201
    return answer


def list_runs(state: CoupaState, call: Call) -> Answer:
    """``GET /api/integration_runs``."""
    selection = selection_of(call, "IntegrationRun", state.settings)
    rows = [
        shown(call, _with_errors(state, run, selection), "IntegrationRun", selection)
        for run in page_of(state.runs, call)
    ]
    return Answer([row for row in rows if row is not None], state.runs.element)


def read_run(state: CoupaState, call: Call, run_id: int) -> Answer:
    """``GET /api/integration_runs/{id}``."""
    return _answer(state, call, state.runs.demand(run_id))


def update_run(state: CoupaState, call: Call, run_id: int) -> Answer:
    """``PUT /api/integration_runs/{id}``: the counts, the times, and a status while the run has not ended."""
    selection_of(call, "IntegrationRun", state.settings)
    run = state.runs.demand(run_id)
    body = call.body()
    status = body.get("status", run["status"])
    if run["status"] in ENDED and status != run["status"]:
        raise invalid(status=f"the integration run is {run['status']} already and cannot become {status}")
    for name in ("total-records", "records-processed"):
        if name in body:
            run[name] = _count(body, name)
    run.update({name: body[name] for name in ("start-time", "end-time", "status") if name in body})
    return _saved(state, call, run)


def move_run(state: CoupaState, call: Call, run_id: int, move: str) -> Answer:
    """``PUT /api/integration_runs/{id}/run`` and its sisters.

    ``success`` and ``finish`` set it successful "if no errors exist", says the Swagger; with errors it is
    ``errored``, a status that the article names.
    """
    selection_of(call, "IntegrationRun", state.settings)
    run = state.runs.demand(run_id)
    if run["status"] not in MOVES[move]:
        raise invalid(status=f"an integration run that is {run['status']} cannot take '{move}'")
    body = call.body()
    if "total-records" in body:
        run["total-records"] = _count(body, "total-records")
    if move == "run":
        run["start-time"] = run["start-time"] or state.now()
    well = "errored" if _errors_of(state, run) else "successful"
    run["status"] = {"run": "running", "pause": "paused", "pending": "pending", "fail": "failed"}.get(
        move, well
    )
    if run["status"] in ENDED:
        run["end-time"] = state.now()
    return _saved(state, call, run)


def find_integration(state: CoupaState, named: Any) -> Json:
    """The integration that a body names by code or id, as a reference.

    :raises Refused: 400, Coupa has none of that name.
    """
    named = named if isinstance(named, dict) else {}
    for integration in state.integrations:
        if named.get("code") == integration["code"] or named.get("id") == integration["id"]:
            return {"id": integration["id"], "code": integration["code"], "name": integration["name"]}
    raise invalid(integration=f"{named.get('code') or named.get('id')} is not a known integration")


def list_rows(state: CoupaState, call: Call, table: Table) -> Answer:
    """A listing of any of the integration objects."""
    selection = selection_of(call, table.definition, state.settings)
    rows = [shown(call, row, table.definition, selection) for row in page_of(table, call)]
    return Answer([row for row in rows if row is not None], table.element)


def _answer(state: CoupaState, call: Call, run: Json) -> Answer:
    selection = selection_of(call, "IntegrationRun", state.settings)
    run = _with_errors(state, run, selection)
    return Answer(shown(call, run, "IntegrationRun", selection), state.runs.element)


def _with_errors(state: CoupaState, run: Json, selection: Selection | None) -> Json:
    if selection is not None and ERRORS not in selection:
        return run
    names = ("id", "document-type", "document-id", "status", "resolved", "contact-alert-type", "created-at")
    return {**run, ERRORS: [{name: error.get(name) for name in names} for error in _errors_of(state, run)]}


def _saved(state: CoupaState, call: Call, run: Json) -> Answer:
    state.touch(run)
    state.runs.save(run)
    return _answer(state, call, run)


def _errors_of(state: CoupaState, run: Json) -> list[Json]:
    return [error for error in state.errors if error["integration-run-id"] == run["id"]]


def _count(body: Json, name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not str(value).isdigit():
        raise invalid(**{name: f"is not a number: {value}"})
    return int(value)
