"""``make compose-native`` and ``make env``."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import time
import urllib.request
from pathlib import Path

from include.compose.dockerfile import read_dockerfile
from include.compose.file import read_compose, services_of
from include.compose.new_env import filled_in, write_env
from include.compose.running import NativeServices
from include.demo.airflow_api import AirflowApi
from include.demo.comparison import compare
from include.demo.connections import CLIENT_ID, INSTANCE_KEY
from include.demo.console import Console, DemoError
from include.demo.coupa_reader import CoupaReader
from include.demo.envfile import read_env_file
from include.demo.layout import DAG_ID, Layout
from include.demo.ledger import posted_lines
from include.demo.outcomes import outcomes_of
from include.demo.private_file import write_private
from include.demo.report import print_report
from include.sandbox.invoices import CASES

_START_SECONDS = 600
_POLL_SECONDS = 3


def new_env(layout: Layout, console: Console) -> int:
    """``.env`` with secrets of its own."""
    write_env(layout.root / ".env.example", layout.env_file)
    console.line(f"Written: {layout.env_file}, with new secrets, readable by you alone.")
    return 0


def native_services(layout: Layout, state: Path, variables: dict[str, str]) -> NativeServices:
    """The file's services with its profile demo, not started yet.

    :param layout: the clone.
    :param state: takes what they keep.
    :param variables: what ``.env`` would say.
    """
    programs = {
        "airflow": [layout.airflow_env / "bin"],
        "tryton": [layout.tryton_env / "bin"],
        "": [],
    }
    content = read_compose(layout.root / "docker-compose.yaml")
    services = services_of(content, variables, profiles=["demo"])
    stages = read_dockerfile(layout.root / "Dockerfile")
    return NativeServices(services, stages, layout.root, state, programs=programs)


def logged_in(url: str, user: str, password: str) -> AirflowApi:
    """Airflow's API for somebody who may log in.

    :param url: the API server's.
    """
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{url}/auth/token",
        data=json.dumps({"username": user, "password": password}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        return AirflowApi(url, token=json.load(answer)["access_token"])


def compose_native(layout: Layout, console: Console) -> int:
    """The services of ``docker-compose.yaml`` with its profile demo.

    They run until Ctrl-C, or, without a terminal, until both books were laid side by side.
    """
    if shutil.which("redis-server") is None:
        raise DemoError(
            "redis-server is not installed here: apt-get install redis-server, or your system's word."
        )
    state = layout.run_dir / "compose"
    secrets = state / "secrets" / "env"
    if not secrets.exists():
        shutil.rmtree(state, ignore_errors=True)
        write_private(secrets, filled_in((layout.root / ".env.example").read_text(encoding="utf-8")))
    variables = read_env_file(secrets)
    services = native_services(layout, state, variables)
    try:
        with console.step("Services of the file"):
            services.prepare()
            services.up(_START_SECONDS)
        with console.step("Health checks of the file"):
            services.wait_healthy(_START_SECONDS)
        url = services.url("airflow-apiserver")
        console.line(f"  Airflow          {url}  (user admin, password AIRFLOW_ADMIN_PASSWORD in {secrets})")
        console.line(f"  Coupa sandbox    {services.url('coupa-sandbox')}")
        console.line(f"  Tryton           {services.url('tryton')}  (database tryton)")
        console.line(f"  Logs             {services.logs}")
        agreed = _first_run(services, variables, console)
        if sys.stdin.isatty():
            console.line("Ctrl-C ends all of it.")
            signal.pause()
    except KeyboardInterrupt:
        return 0
    finally:
        console.status("")
        services.down()
    return 0 if agreed else 1


def _first_run(services: NativeServices, variables: dict[str, str], console: Console) -> bool:
    """Wait until nothing runs any more, then lay both books side by side."""
    api = logged_in(services.url("airflow-apiserver"), "admin", variables["AIRFLOW_ADMIN_PASSWORD"])
    with console.step("The schedule's first run"):
        while api.active_run(DAG_ID) is not None or not api.runs(DAG_ID):
            time.sleep(_POLL_SECONDS)
    coupa = CoupaReader(services.url("coupa-sandbox"), CLIENT_ID, variables["COUPA_SANDBOX_CLIENT_SECRET"])
    outcomes = outcomes_of(coupa.invoices(), coupa.history(), coupa.open_errors())
    comparison = compare(outcomes, posted_lines(services.postgres, "tryton"), INSTANCE_KEY)
    meant = {case.id for case in CASES.values() if case.outcome == "posted"}
    return print_report(outcomes, comparison, meant, console.line)
