"""What the file promises a team, read off the file."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from include.compose.file import Mount, services_of
from include.compose.interpolation import interpolated
from include.demo.airflow_settings import _taste
from include.demo.console import DemoError
from tests.compose.reading import ROOT, compose, raw_services, required_variables, services, variables

AIRFLOW = {name for name, raw in raw_services().items() if "airflow-init" in raw.get("depends_on", {})}
ENDING = {"airflow-init", "demo-init", "tryton-init"}


def test_the_file_follows_the_schema_of_compose() -> None:
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(compose(), json.loads(schema.read_text(encoding="utf-8")))


def test_without_its_secrets_nothing_starts_and_the_missing_one_is_named(tmp_path: Path) -> None:
    given = variables(tmp_path)
    services_of(compose(), given)
    for name in required_variables():
        for lacking in ({**given, name: ""}, {key: value for key, value in given.items() if key != name}):
            with pytest.raises(DemoError, match=rf"^{name} is missing from \.env"):
                services_of(compose(), lacking)


def test_no_secret_has_a_default() -> None:
    written = (ROOT / "docker-compose.yaml").read_text(encoding="utf-8")
    defaults = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|KEY)\w*)(:?-)([^}]*)\}", written)
    assert {default for _, _, default in defaults} == {""}
    # The demo's must not stop those who leave it out: Compose looks at each variable whatever the profile.
    assert {name for name, _, _ in defaults} - required_variables() == {"TRYTON_POSTGRES_PASSWORD"}


def test_a_missing_secret_is_named_once() -> None:
    """As Compose reads the file: its anchors put in, and every place of a variable with a line of its own."""
    asked = re.findall(r"(?<!\$)\$\{(\w+):\?", json.dumps(compose()))
    assert sorted(asked) == sorted(required_variables())


def test_each_service_is_restarted_checked_and_its_log_bounded() -> None:
    for name, raw in raw_services().items():
        assert raw["restart"] in ({"unless-stopped"} if name not in ENDING else {"on-failure:3", "no"}), name
        assert ("healthcheck" in raw) is (name not in ENDING), name
        assert raw["logging"]["options"]["max-size"], name


def test_each_foreign_image_has_a_version_of_its_own() -> None:
    for name, raw in raw_services().items():
        if "build" not in raw:
            assert re.fullmatch(r"[a-z]+:\d[\w.-]*", raw["image"]), name


def test_airflow_starts_when_the_database_is_migrated_and_workers_when_the_api_answers() -> None:
    assert {f"airflow-{name}" for name in ("apiserver", "scheduler", "dag-processor", "triggerer")} <= AIRFLOW
    for name in AIRFLOW:
        after = raw_services()[name]["depends_on"]
        assert after["airflow-init"]["condition"] == "service_completed_successfully", name
    worker = raw_services()["airflow-worker"]["depends_on"]
    assert worker["airflow-apiserver"]["condition"] == "service_healthy"


def test_all_of_airflow_shares_its_secrets_its_logs_and_the_budget_of_requests(tmp_path: Path) -> None:
    known = services(tmp_path)
    for name in (*AIRFLOW, "airflow-init"):
        assert known["airflow-worker"].environment.items() - known[name].environment.items() <= {
            ("AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT", "8793"),
            ("PYTHONPATH", "/opt/airflow:/opt/airflow/include/demo/preload"),
            ("DUMB_INIT_SETSID", "0"),
        }, name
        state = known[name].environment["COUPA_ERP_STATE_DIR"]
        assert {Mount("coupa-erp-state", state), Mount("airflow-logs", "/opt/airflow/logs")} <= {
            *known[name].mounts
        }, name


def test_a_worker_may_end_its_tasks_before_it_is_stopped_and_a_message_outlives_each_task(
    tmp_path: Path,
) -> None:
    worker = raw_services()["airflow-worker"]
    assert int(worker["stop_grace_period"].removesuffix("m")) > 15  # COUPA_ERP_TASK_MINUTES
    known = services(tmp_path)["airflow-worker"].environment
    assert int(known["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"]) > 2 * 3600
    assert known["AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER"] == "1"
    assert known["AIRFLOW__CELERY__TASK_ACKS_LATE"] == "True"


def test_nothing_is_published_but_the_ui_and_that_on_loopback(tmp_path: Path) -> None:
    published = {
        name: interpolated(raw["ports"], variables(tmp_path))
        for name, raw in raw_services().items()
        if "ports" in raw
    }
    assert published == {"airflow-apiserver": ["127.0.0.1:8080:8080"]}


def test_a_path_that_is_not_there_is_an_error_and_no_empty_folder(tmp_path: Path) -> None:
    """As Compose makes one for the short form of a mount."""
    for name, raw in raw_services().items():
        for mount in interpolated(raw.get("volumes", []), variables(tmp_path)):
            if isinstance(mount, str):
                assert re.match(r"[a-z]", mount), name
            else:
                assert (mount["read_only"], mount["bind"]) == (True, {"create_host_path": False}), name
                assert (ROOT / mount["source"]).exists(), mount


def test_the_profile_demo_adds_the_sandbox_and_tryton_and_changes_nothing_else(tmp_path: Path) -> None:
    known = variables(tmp_path)
    plain, demo = services_of(compose(), known), services_of(compose(), known, ["demo"])
    assert plain.items() <= demo.items()
    assert demo.keys() - plain.keys() == {
        *("coupa-sandbox", "demo-init"),
        *("tryton", "tryton-init", "tryton-postgres"),
    }


def test_what_make_up_has_found_good_is_set_here_too(tmp_path: Path) -> None:
    here = services(tmp_path)["airflow-scheduler"].environment
    # How many at once depends on the machines; Airflow tells its name; a login may not try addresses out.
    of_one_machine = {
        "AIRFLOW__API__INSTANCE_NAME",
        "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG",
        "AIRFLOW__CORE__PARALLELISM",
        "AIRFLOW__CORE__TEST_CONNECTION",
        "AIRFLOW__LOGGING__LOGGING_LEVEL",
    }
    common = {name: value for name, value in _taste("own").items() if name not in of_one_machine}
    assert common.items() <= here.items()


def test_docker_compose_itself_reads_the_file_as_we_do(tmp_path: Path) -> None:
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("no docker-compose on the PATH; it needs no engine for this")
    read = variables(tmp_path)
    said = subprocess.run(  # noqa: S603 - the real one
        [program, "--env-file", str(tmp_path / "env"), "--profile", "demo", "config", "--format", "json"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    )
    theirs = json.loads(said.stdout.replace("$$", "$"))["services"]
    ours = services_of(compose(), read, ["demo"])
    assert theirs.keys() == ours.keys()
    for name, service in ours.items():
        their = theirs[name]
        assert service.command == (their["command"] or []), name
        assert service.environment == {
            key: value for key, value in their["environment"].items() if value is not None
        }, name
        assert service.after == {key: how["condition"] for key, how in their.get("depends_on", {}).items()}
        assert service.replicas == their.get("deploy", {}).get("replicas", 1)
        assert [mount.target for mount in service.mounts] == [
            mount["target"] for mount in their.get("volumes", [])
        ]
