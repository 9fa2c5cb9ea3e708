"""After the storm: nothing fails any more, and what it left must be put right by the export itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from include.demo.airflow_api import NotReady
from include.demo.airflow_server import AirflowServer
from include.demo.console import Console
from include.demo.coupa_reader import CoupaReader
from include.demo.layout import DAG_ID
from include.soak.ground import CoupaServer, Pace

Json = dict[str, Any]
_POLL_SECONDS = 2.0
_QUIET_SECONDS = 900
_BUSY_SECONDS = 120


class Calm:
    """After the storm: run after run until nothing changes; an operator asks for what nobody else can."""

    def __init__(self, airflow: AirflowServer, coupa: CoupaServer, pace: Pace, console: Console) -> None:
        self._airflow, self._coupa, self._pace, self._console = airflow, coupa, pace, console
        self.asked: list[int] = []
        self.runs = 0
        self.settled = False
        self._waited = False

    def settle(self) -> None:
        """Until a run has changed nothing, or there were too many, or one does not end."""
        self._console.line("  The faults are over; the export runs on until nothing moves.")
        before: object = None
        going = self._until_quiet()
        while going and self.runs < self._pace.most_runs:
            going = self._run({})
            now = self._picture()
            if now == before:
                if self._wait_for_old_runs():
                    continue
                stuck = self._under_technical_error()
                if set(stuck) <= set(self.asked):
                    self.settled = going and not waiting_in(self._coupa.invoices())
                    return
                self.asked += [one for one in stuck if one not in self.asked]
                going = self._run({"invoice_ids": stuck})
                now = None
            before = now

    def _run(self, conf: Json) -> bool:
        self.runs += 1
        patiently(lambda: self._airflow.api.trigger(DAG_ID, conf, note="The calm after the storm."))
        return self._until_quiet()

    def _until_quiet(self) -> bool:
        """Whether no run is active any more, the follow-ups of runs included."""
        deadline = time.monotonic() + _QUIET_SECONDS
        quiet = 0
        while time.monotonic() < deadline:
            active = patiently(lambda: self._airflow.api.active_run(DAG_ID))
            quiet = quiet + 1 if active is None else 0
            if quiet == 2:
                return True
            self._console.status(f"  waiting for the run {active}")
            time.sleep(_POLL_SECONDS)
        self._console.line(f"  The run {active} has not come to an end for {_QUIET_SECONDS} s.")
        return False

    def _wait_for_old_runs(self) -> bool:
        """Let a run left open in Coupa grow as old as it must be before a later one ends it; once."""
        if self._waited or all(run.get("end-time") for run in self._coupa.read(CoupaReader.runs)):
            return False
        self._waited = True
        time.sleep(self._pace.longest_run_seconds + 5)
        return True

    def _picture(self) -> object:
        invoices = self._coupa.invoices()
        marks = [(one["id"], one["status"], one["exported"]) for one in invoices]
        numbers = [(one["id"], one["custom-fields"].get("cf-erp-invoice-number")) for one in invoices]
        opened = [error["id"] for error in self._open_errors()]
        still_open = [run["id"] for run in self._coupa.read(CoupaReader.runs) if not run.get("end-time")]
        return marks, numbers, opened, still_open

    def _open_errors(self) -> list[Json]:
        return [error for error in self._coupa.told().errors if not error.get("resolved")]

    def _under_technical_error(self) -> list[int]:
        return sorted(
            {
                error["document-id"]
                for error in self._open_errors()
                if error.get("contact-alert-type") == "Technical" and error.get("document-id") is not None
            }
        )


def waiting_in(invoices: list[Json]) -> list[Json]:
    """The invoices that a run must take."""
    return [one for one in invoices if not one["exported"] and one["status"] in ("approved", "voided")]


def patiently(call: Callable[[], Any]) -> Any:
    """A call of Airflow's API, whose server may be busy."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            return call()
        except NotReady:
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)
