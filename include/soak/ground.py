"""What a soak stands on: a Coupa, a Tryton, and the settings of an Airflow that reaches both by proxies."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from include.demo.connections import COUPA, ERP
from include.demo.console import DemoError
from include.demo.coupa_reader import CoupaReader
from include.demo.ports import HOST
from include.options import Grain, Monitoring
from include.sandbox.control import SandboxControl
from include.soak.levels import from_history, from_status

Json = dict[str, Any]
_PATIENCE_SECONDS = 180


@dataclass(frozen=True)
class Told:
    """What stands in Coupa about invoices, in the words of option 3 whatever the level.

    :param history: successes.
    :param alerts: the mails; ``None`` where nothing is known of them, or none are sent.
    """

    errors: list[Json]
    history: list[Json]
    alerts: list[Json] | None


@dataclass(frozen=True)
class CoupaServer:
    """A Coupa, the sandbox or another.

    :param control: of the sandbox; ``None`` for another Coupa, in which nobody can act and whose mails are
        not known.
    :param monitoring: the level at which the export reports to it.
    """

    url: str
    client_id: str
    client_secret: str
    integration_code: str = "INVOICES_TO_ERP"
    instance_key: str = "coupa-sandbox"
    control: SandboxControl | None = None
    monitoring: Monitoring = "runs"

    def read(self, what: Callable[[CoupaReader], list[Json]]) -> list[Json]:
        """Ask it straight, by no proxy; a Coupa that fails by itself is asked again.

        :param what: ``CoupaReader.invoices``, ``CoupaReader.errors``, …
        :raises DemoError: it has failed for minutes.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return what(CoupaReader(self.url, self.client_id, self.client_secret))
            except DemoError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)

    def invoices(self) -> list[Json]:
        """All of its invoices, as they are now."""
        return self.read(CoupaReader.invoices)

    def told(self) -> Told:
        """What the export has told in it, resolved ones included, and the mails."""
        alerts = self.control.rows("alerts") if self.control else None
        if self.monitoring == "custom_field":
            key_prefix = f"{self.instance_key}/InvoiceHeader/"
            errors, history = from_status(self.invoices(), "cf-integration-status", key_prefix)
            return Told(errors, history, None)
        history = self.read(CoupaReader.history)
        if self.monitoring == "runs":
            return Told(self.read(CoupaReader.errors), history, alerts)
        errors, successes, about = from_history(history, alerts or [])
        return Told(errors, successes, None if alerts is None else about)


@dataclass(frozen=True)
class Pace:
    """How fast everything goes.

    :param schedule: of the DAG, cron.
    :param max_invoices: a run; the package's default when left out.
    :param grain: into how many tasks an invoice is cut.
    :param coupa_seconds: how long a call to Coupa may take; ``erp_seconds`` likewise.
    :param slowest: seconds of a slow call.
    :param act_seconds: between two acts of people.
    :param task_kill_seconds: between two random kills of tasks.
    :param scheduler_kills: how often the scheduler is killed.
    :param scheduler_kill_seconds: between two of them, and before the first.
    :param backfill_seconds: after which the backfill begins.
    :param longest_storm: seconds after which the faults end in any case.
    :param most_runs: bounds the runs after the faults.
    :param longest_run_seconds: short enough to see the end of runs that were left open; live ones are spared.
    """

    schedule: str = "*/5 * * * *"
    max_invoices: int | None = None
    grain: Grain = "steps"
    coupa_seconds: int = 15
    erp_seconds: int = 30
    slowest: float = 3.0
    act_seconds: float = 6.0
    task_kill_seconds: float = 30.0
    scheduler_kills: int = 3
    scheduler_kill_seconds: float = 240.0
    backfill_seconds: float = 120.0
    longest_storm: float = 3600.0
    most_runs: int = 12
    longest_run_seconds: float = 72.0


def airflow_given(
    coupa: CoupaServer,
    *,
    coupa_url: str,
    erp_url: str,
    erp_key: str,
    database: str,
    pace: Pace,
    state: str,
) -> dict[str, str]:
    """Connections and settings of the soak's Airflow.

    :param coupa_url: of the proxy before Coupa; ``erp_url`` likewise.
    :param erp_key: Tryton's REST application key.
    :param database: Tryton's.
    :param state: a folder for what the hooks keep.
    """
    to_coupa = {
        "conn_type": "coupa",
        "host": coupa_url,
        "login": coupa.client_id,
        "password": coupa.client_secret,
        "extra": {
            "integration_code": coupa.integration_code,
            "instance_key": coupa.instance_key,
            "sandbox": True,
            "timeout_seconds": pace.coupa_seconds,
        },
    }
    to_erp = {
        "conn_type": "tryton",
        "host": erp_url,
        "schema": database,
        "password": erp_key,
        "extra": {"sandbox": True, "timeout_seconds": pace.erp_seconds},
    }
    given = {
        COUPA: json.dumps(to_coupa),
        ERP: json.dumps(to_erp),
        "COUPA_ERP_STATE_DIR": state,
        "COUPA_ERP_MONITORING": coupa.monitoring,
        "COUPA_ERP_SCHEDULE": pace.schedule,
        "COUPA_ERP_GRAIN": pace.grain,
        "COUPA_ERP_RETRY_SECONDS": "1",
        "COUPA_ERP_LONGEST_RUN_HOURS": str(pace.longest_run_seconds / 3600),
        # A scheduler that has found nothing to do looks again (1): so long does each step of a run wait.
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        # A scheduler that was killed is missed after seconds, not after minutes.
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "10",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "3",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    }
    if pace.max_invoices is not None:
        given["COUPA_ERP_MAX_INVOICES"] = str(pace.max_invoices)
    return given


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
