"""How far a run is, from one query on Airflow's metadata.

Not over REST: counting task instances there costs the API server a tenth of a second each time, which on two
cores the tasks need themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg2

from include.demo.airflow_api import NotReady
from include.demo.layout import DAG_ID
from include.demo.postgres import Postgres

_COUNTS = """
    SELECT task_id, coalesce(state, 'waiting'), count(*)
      FROM task_instance WHERE dag_id = %s AND run_id = %s AND map_index >= 0
  GROUP BY task_id, state
"""
_OVER = ("success", "failed", "skipped", "upstream_failed")

#: What has happened to an invoice once this step of it is over; in the order of the steps.
_STEPS = {"invoice.mark_exported": "claimed", "invoice.post_to_erp": "posted or refused"}
_LAST_STEP = "invoice.record_outcome"


@dataclass(frozen=True)
class Progress:
    """Counts of mapped task instances.

    :param counts: by task and state.
    """

    counts: dict[tuple[str, str], int]

    @property
    def sentence(self) -> str:
        """``62 invoices: 62 claimed, 40 posted or refused, 31 done``; empty before there is a listing."""
        tasks = {task for task, _ in self.counts}
        if not tasks:
            return ""
        last = _LAST_STEP if _LAST_STEP in tasks else max(tasks)  # one task an invoice has another name
        total = sum(count for (task, _), count in self.counts.items() if task == last)
        told = [
            f"{self._over(task)} {what}" for task, what in _STEPS.items() if task in tasks and task != last
        ]
        return f"{total} invoices: " + ", ".join([*told, f"{self._over(last)} done"])

    def _over(self, task: str) -> int:
        return sum(self.counts.get((task, state), 0) for state in _OVER)


def read_progress(postgres: Postgres, database: str, run_id: str) -> Progress:
    """Where the run stands now.

    :param postgres: the server of the metadata database.
    :param database: its name.
    :param run_id: the run.
    :raises NotReady: the database does not answer.
    """
    try:
        with postgres.session(database) as cursor:
            cursor.execute(_COUNTS, (DAG_ID, run_id))
            return Progress({(task, state): count for task, state, count in cursor.fetchall()})
    except psycopg2.OperationalError as error:
        raise NotReady(str(error)) from None
