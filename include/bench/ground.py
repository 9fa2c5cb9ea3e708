"""What a bench stands on: Coupa without latency, an ERP that answers at once, Airflow as by ``make up``."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from include.bench import preload
from include.bench.contenders import CONTENDERS
from include.bench.erp import CALLS_VARIABLE, CONN_TYPE
from include.bench.invoices import Json
from include.bench.metadata import DATABASE
from include.bench.meter import Meter
from include.demo.airflow_server import AirflowServer, services, stop
from include.demo.connections import COUPA, ERP
from include.demo.console import Console, DemoError
from include.demo.layout import Layout
from include.demo.ports import HOST, Ports
from include.demo.postgres import Postgres
from include.options import Grain
from include.sandbox.running import RunningSandbox, running_sandbox
from include.sandbox.settings import Settings
from include.soak.ground import free_port

_DAGS = Path(__file__).parent / "dags"
#: Made anew for each bench, and known to nobody else; the sandbox listens on this machine alone.
_KNOWN_SECONDS = 120


def own_layout(layout: Layout) -> Layout:
    """The bench's run directory, beside the demo's.

    :param layout: of the clone.
    """
    own = Layout(layout.root, layout.run_dir / "bench")
    for folder in (own.logs, own.processes, own.secrets):
        folder.mkdir(parents=True, exist_ok=True)
    return own


class Ground:
    """Starts and ends what is needed, each Airflow with a database of its own.

    :param layout: with a run directory of the bench's own.
    :param secret: the sandbox's client secret.
    """

    def __init__(self, layout: Layout, console: Console, secret: str) -> None:
        self._layout, self._console, self._secret = layout, console, secret
        self._coupa_port = free_port()
        self._state = layout.run_dir / "state"
        self.erp_calls = layout.run_dir / "erp-calls"
        self.postgres = Postgres(layout.run_dir)
        self.airflow: AirflowServer

    @contextmanager
    def running_airflow(self, grain: Grain, settings: Mapping[str, str]) -> Iterator[AirflowServer]:
        """Airflow on an empty database, until the block ends.

        :param grain: of the product's DAG.
        :param settings: that are tried, beside those of ``make up``.
        """
        self.postgres.start()
        self.postgres.drop_database(DATABASE)
        self.airflow = AirflowServer(
            self._layout,
            Ports(airflow=free_port()),
            self.postgres,
            mode="own",
            given={**self._given(grain), **settings},
            preload=Path(preload.__file__).parent,
        )
        try:
            with self._console.step("Airflow") as remarks:
                remarks.append(self.airflow.start())
                self._switch_on()
            yield self.airflow
        finally:
            stop(self._layout)
            self.postgres.stop()

    @contextmanager
    def coupa(self, invoices: Iterable[Json]) -> Iterator[RunningSandbox]:
        """A fresh Coupa without a rate limit, and nobody's token.

        :param invoices: that wait in it.
        """
        shutil.rmtree(self._state, ignore_errors=True)
        self.erp_calls.unlink(missing_ok=True)
        self.erp_calls.touch()
        with running_sandbox(
            invoices=invoices,
            settings=Settings(limiter=False),
            port=self._coupa_port,
            client_secret=self._secret,
        ) as sandbox:
            yield sandbox

    @property
    def meter(self) -> Meter:
        """Reads the processes that run now."""
        roots = {
            name: service.record.pid for name, service in services(self._layout).items() if service.record
        }
        with self.postgres.session() as cursor:
            cursor.execute("SHOW data_directory")
            data = Path(cursor.fetchone()[0])
        return Meter({**roots, "database": int((data / "postmaster.pid").read_text().split()[0])})

    @property
    def api_log(self) -> Path:
        """Where the API server notes each call."""
        return self._layout.logs / "airflow-api-server.log"

    def _given(self, grain: Grain) -> dict[str, str]:
        host = f"http://{HOST}:{self._coupa_port}"
        client = {"login": "coupa-erp-export", "password": self._secret}
        coupa_extra = {
            "integration_code": "INVOICES_TO_ERP",
            "instance_key": "coupa-bench",
            "sandbox": True,
            # No limit but the machine's: part 4 of a bench is another measurement.
            "requests_per_second": 0,
        }
        bundles = [
            {
                "name": name,
                "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
                "kwargs": {"path": str(path)},
            }
            for name, path in (("dags-folder", self._layout.root / "dags"), ("bench", _DAGS))
        ]
        return {
            COUPA: json.dumps({"conn_type": "coupa", "host": host, **client, "extra": coupa_extra}),
            ERP: json.dumps({"conn_type": CONN_TYPE, "host": HOST}),
            # Two: with a login Airflow's HttpHook sends basic auth in the place of the token.
            "AIRFLOW_CONN_BENCH_HTTP": json.dumps({"conn_type": "http", "host": host}),
            "AIRFLOW_CONN_BENCH_CLIENT": json.dumps({"conn_type": "generic", **client}),
            CALLS_VARIABLE: str(self.erp_calls),
            "COUPA_ERP_STATE_DIR": str(self._state),
            "COUPA_ERP_GRAIN": grain,
            # Nothing starts by itself: no interval of the schedule has ended yet.
            "COUPA_ERP_SCHEDULE": "0 0 1 1 *",
            "COUPA_ERP_START_DATE": f"{time.gmtime().tm_year}-11-01",
            "COUPA_ERP_RECONCILIATION_SCHEDULE": "0 0 1 1 *",
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
        }

    def _switch_on(self) -> None:
        for dag_id in {contender.dag_id for contender in CONTENDERS if contender.dag_id}:
            deadline = time.monotonic() + _KNOWN_SECONDS
            while not self.airflow.api.knows(dag_id):
                if time.monotonic() > deadline:
                    fault = self.airflow.api.import_error()
                    raise DemoError(f"Airflow does not know the DAG {dag_id}: {fault or 'no import error'}.")
                time.sleep(0.5)
            self.airflow.api.switch_on(dag_id)
