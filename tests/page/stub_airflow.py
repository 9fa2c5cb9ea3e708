"""Airflow's REST API as far as the page asks it, answering from a world of runs in memory.

The shapes are those of ``recorded.json``, answers of a real Airflow 3.3.2; so are its limits: at most a
hundred entries a page, XComs listed without their values, 403 and 404 as it gives them.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from coupa_erp.page.app import Page
from tests.page.world import DAG, World

_PAGE = 100
#: As Airflow's UI frames an external view of the navigation.
_FRAME = """<!doctype html><html class="{theme}"><head><base href="/"></head><body>
<iframe id="view" src="coupa-erp/" style="width:1200px;height:900px;border:0"
 sandbox="allow-scripts allow-same-origin allow-forms allow-downloads"></iframe></body></html>"""


class StubAirflow:
    """The server's state: what there is, who looks, and what was asked."""

    address: str
    world: World

    def __init__(self) -> None:
        self.start_over()

    def start_over(self) -> None:
        """Everything as at the beginning."""
        self.world = World()
        self.dag_status = 200
        self.assets_status = 200
        self.xcoms_status = 200
        #: Held back from here on, until it is set.
        self.hold_from: int | None = None
        self.released = threading.Event()
        self.asked: Counter[str] = Counter()
        self.strangers: list[str] = []

    def api(self, request: Request) -> Response:
        """One request to /api/v2."""
        path = request.path_params["path"]
        if self.dag_status != 200:
            self.asked["refused"] += 1
            return JSONResponse({"detail": "no"}, self.dag_status)
        if path == "assets/events":
            self.asked["events"] += 1
            if self.assets_status != 200:
                return JSONResponse({"detail": "no"}, self.assets_status)
            return self._listed(request, "asset_events", self.world.events)
        return self._of_dag(request, path.removeprefix(f"dags/{DAG}").strip("/").split("/"))

    def _of_dag(self, request: Request, parts: list[str]) -> Response:
        if "xcomEntries" in parts and self.xcoms_status != 200:
            return JSONResponse({"detail": "no"}, self.xcoms_status)
        match parts:
            case [""]:
                self.asked["dag"] += 1
                return JSONResponse({"dag_id": DAG})
            case ["dagRuns"]:
                self.asked["runs"] += 1
                return self._listed(request, "dag_runs", self.world.runs)
            case ["dagRuns", "~", "taskInstances"]:
                self.asked["squares"] += 1
                return self._squares(request)
            case ["dagRuns", "~", "taskInstances", task_id, "xcomEntries"]:
                self.asked["late"] += 1
                return self._listed(request, "xcom_entries", self.world.told(task_id))
            case ["dagRuns", run_id]:
                self.asked["run"] += 1
                found = self.world.run(run_id)
            case ["dagRuns", run_id, "taskInstances", task_id, "xcomEntries", "return_value"]:
                self.asked["xcom"] += 1
                found = self.world.xcom(run_id, task_id, int(request.query_params.get("map_index", -1)))
            case _:
                self.strangers.append("/".join(parts))
                found = None
        return JSONResponse(found) if found else JSONResponse({"detail": "not found"}, 404)

    def _listed(self, request: Request, name: str, rows: list[dict[str, Any]]) -> Response:
        query = request.query_params
        since = query.get("run_after_gte") or query.get("timestamp_gte")
        key = "run_after" if name == "dag_runs" else "timestamp"
        kept = [row for row in rows if not since or row[key] >= since.replace("Z", "+00:00")]
        return self._page(request, name, kept)

    def _squares(self, request: Request) -> Response:
        query = request.query_params
        prefix, pattern = (query.get(f"rendered_map_index{kind}_pattern") for kind in ("_prefix", ""))
        rows = self.world.squares
        if prefix is not None:
            bare = prefix.rstrip("".join(c for c in prefix if not c.isalnum()))
            rows = [row for row in rows if row["rendered_map_index"].startswith(bare)]
        if pattern is not None:
            rows = [row for row in rows if pattern.lower() in row["rendered_map_index"].lower()]
        return self._page(request, "task_instances", rows)

    def _page(self, request: Request, name: str, rows: list[dict[str, Any]]) -> Response:
        offset = int(request.query_params.get("offset", 0))
        if self.hold_from is not None and offset >= self.hold_from:
            self.released.wait(20)
        limit = min(int(request.query_params.get("limit", 50)), _PAGE)
        return JSONResponse({name: rows[offset : offset + limit], "total_entries": len(rows)})


def _frame(request: Request) -> Response:
    return HTMLResponse(_FRAME.format(theme=request.query_params.get("theme", "light")))


@contextmanager
def running_stub() -> Iterator[StubAirflow]:
    """Serve page and stub on a free port of this machine."""
    stub = StubAirflow()
    app = Starlette(
        routes=[
            Route("/api/v2/{path:path}", stub.api),
            Route("/frame", _frame),
            Route("/elsewhere/{path:path}", lambda _: HTMLResponse("elsewhere")),
            Mount("/coupa-erp", Page()),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    stub.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield stub
    finally:
        server.should_exit = True
        thread.join(10)
