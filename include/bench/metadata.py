"""What Airflow's database tells of the runs of a DAG: how far they are, when they ended, what they kept."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from include.demo.postgres import Postgres

DATABASE = "airflow_own"
_OVER = ("success", "failed", "upstream_failed", "skipped", "removed")

_RUNS = """
    SELECT run_id, state, coalesce(end_date, now()) FROM dag_run WHERE dag_id = %s AND queued_at >= %s
"""
_TASKS = """
    SELECT count(*), count(*) FILTER (WHERE state IN %s), count(*) FILTER (WHERE state = 'failed')
      FROM task_instance WHERE dag_id = %s AND run_id IN %s AND map_index >= 0
"""
_XCOMS = """
    SELECT count(*), coalesce(sum(octet_length(value::text)), 0) FROM xcom WHERE dag_id = %s AND run_id IN %s
"""


@dataclass(frozen=True)
class Progress:
    """Where the runs of a measurement stand.

    :param runs: how many there are by now.
    :param live: how many of them have not ended.
    :param failed_runs: how many ended badly.
    :param tasks: mapped task instances, ``over`` of which have ended, ``failed`` of them badly.
    :param ended: when the last run ended; now, where one has not.
    """

    runs: int
    live: int
    failed_runs: int
    tasks: int
    over: int
    failed: int
    ended: datetime.datetime


class Metadata:
    """The runs of one DAG since a moment.

    :param postgres: the server.
    :param dag_id: the DAG.
    """

    def __init__(self, postgres: Postgres, dag_id: str) -> None:
        self._postgres, self._dag_id = postgres, dag_id
        with postgres.session(DATABASE) as cursor:
            cursor.execute("SELECT now()")
            self.since: datetime.datetime = cursor.fetchone()[0]

    def progress(self) -> Progress:
        """Where they stand now."""
        with self._postgres.session(DATABASE) as cursor:
            cursor.execute(_RUNS, (self._dag_id, self.since))
            found = cursor.fetchall()
            ids, states = tuple(row[0] for row in found) or ("",), [row[1] for row in found]
            cursor.execute(_TASKS, (_OVER, self._dag_id, ids))
            tasks, over, failed = cursor.fetchone()
        live = sum(state in ("queued", "running") for state in states)
        ended = max((row[2] for row in found), default=self.since)
        return Progress(len(found), live, states.count("failed"), tasks, over, failed, ended)

    def busy(self) -> bool:
        """Whether a task of theirs still runs."""
        with self._postgres.session(DATABASE) as cursor:
            cursor.execute(
                "SELECT count(*) FROM task_instance WHERE dag_id = %s AND state IN ('queued', 'running')",
                (self._dag_id,),
            )
            return bool(cursor.fetchone()[0])

    def xcoms(self) -> tuple[int, int]:
        """How many values their tasks have handed on, and of how many bytes."""
        with self._postgres.session(DATABASE) as cursor:
            cursor.execute(_RUNS, (self._dag_id, self.since))
            ids = tuple(row[0] for row in cursor.fetchall()) or ("",)
            cursor.execute(_XCOMS, (self._dag_id, ids))
            count, size = cursor.fetchone()
        return int(count), int(size)

    def size(self) -> int:
        """Bytes of Airflow's database on disk."""
        with self._postgres.session(DATABASE) as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])

    def largest_tables(self) -> list[tuple[str, int]]:
        """The five largest tables of Airflow's database, in bytes with their indexes."""
        with self._postgres.session(DATABASE) as cursor:
            cursor.execute(
                "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables"
                " ORDER BY 2 DESC LIMIT 5"
            )
            return [(str(name), int(size)) for name, size in cursor.fetchall()]

    def heartbeat_age(self) -> float:
        """Seconds since the scheduler's last sign of life."""
        with self._postgres.session(DATABASE) as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM now() - max(latest_heartbeat)) FROM job"
                " WHERE job_type = 'SchedulerJob' AND state = 'running'"
            )
            return float(cursor.fetchone()[0] or 0)
