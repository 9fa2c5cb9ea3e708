"""What is changed about a service so that it runs without a container, and that nothing else is."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from include.compose import file, translation
from include.compose.file import Service
from include.compose.translation import Replica, Translation
from tests.compose.reading import raw_services, services, stages

TREE = Path("/somewhere/root")


@pytest.fixture
def known(tmp_path: Path) -> dict[str, Service]:
    return services(tmp_path)


@pytest.fixture
def ports(known: dict[str, Service]) -> dict[tuple[str, int], int]:
    free = itertools.count(50001)
    return {
        (Replica(service, number + 1).name, port): next(free)
        for service in known.values()
        for number in range(service.replicas)
        for port in service.expose
    }


@pytest.fixture
def translated(known: dict[str, Service], ports: dict[tuple[str, int], int]) -> Translation:
    programs = {"airflow": [Path("/airflow/bin")], "tryton": [Path("/tryton/bin")], "": []}
    return Translation(known, stages(), TREE, ports=ports, programs=programs)


def words_of(translated: Translation, replica: Replica) -> dict[str, str]:
    """Every string that a process of it is started or checked with, by where it stands."""
    words = {f"command {number}": word for number, word in enumerate(translated.command(replica))}
    words |= {f"check {number}": word for number, word in enumerate(translated.healthcheck(replica) or [])}
    return words | translated.environment(replica, {"PATH": "/bin"})


def test_everything_that_a_service_says_is_used_or_named_as_a_containers_own() -> None:
    said = {key for raw in raw_services().values() for key in raw}
    assert said == file.USED | file.OF_CONTAINERS.keys()


def test_each_variable_of_each_service_reaches_its_process(
    known: dict[str, Service], translated: Translation
) -> None:
    for service in known.values():
        assert service.environment.keys() <= translated.environment(Replica(service), {"PATH": ""}).keys()
    # Those few that no process without a container reads are named with their reason.
    assert translation.OF_CONTAINERS.keys() <= {name for one in known.values() for name in one.environment}


def test_no_word_of_a_container_is_left(
    known: dict[str, Service], translated: Translation, ports: dict[tuple[str, int], int]
) -> None:
    theirs = "|".join(f"{name}:{port}" for name, service in known.items() for port in service.expose)
    containers = re.compile(
        rf"(?<![\w./-])/(?:opt|tmp|data|var)\b|\b0\.0\.0\.0\b|\blocalhost:|(?:{theirs})\b"
    )
    for service in known.values():
        for where, word in words_of(translated, Replica(service)).items():
            if translation.is_postgres(service) or where == "AIRFLOW__API__BASE_URL":
                continue  # started by the wheel; a variable of .env, as people reach it
            assert not containers.search(word.replace(f"{TREE}/", "")), (service.name, where, word)


def test_nothing_else_is_changed(known: dict[str, Service], translated: Translation) -> None:
    """Put back by hand what was put in place, each word is the file's again."""
    for service in known.values():
        replica = Replica(service)
        found = translated.environment(replica, {"PATH": ""})
        for name, value in service.environment.items():
            if found[name] != value:
                assert re.search(r"127\.0\.0\.1|/somewhere/root|^50\d\d\d$", found[name]), (name, value)
        if service.target is None:
            continue
        kept = [word for word in translated.command(replica) if word in service.command]
        assert len(kept) >= len(service.command) - 5, service.name


@pytest.mark.parametrize(
    ("service", "written", "becomes"),
    [
        ("airflow-worker", "redis://:pw@redis:6379/0", "redis://:pw@127.0.0.1:{redis-1 6379}/0"),
        ("tryton", "x://t:pw@tryton-postgres:5432/", "x://t:pw@127.0.0.1:{tryton-postgres-1 5432}/"),
        ("airflow-apiserver", "//localhost:8080/health", "//127.0.0.1:{airflow-apiserver-1 8080}/health"),
        ("tryton", "0.0.0.0:8069", "127.0.0.1:{tryton-1 8069}"),
        ("airflow-scheduler", "8974", "{airflow-scheduler-1 8974}"),
        ("airflow-scheduler", "8080", "8080"),
        ("airflow-worker", "/opt/airflow:/opt/airflow/x", f"{TREE}/opt/airflow:{TREE}/opt/airflow/x"),
        ("redis", "dir /data\n", f"dir {TREE}/data\n"),
        ("redis", "/database /opt/airflowish http://x/data", "/database /opt/airflowish http://x/data"),
    ],
)  # fmt: skip
def test_hosts_ports_and_paths_become_this_machines(
    translated: Translation,
    ports: dict[tuple[str, int], int],
    service: str,
    written: str,
    becomes: str,
) -> None:
    wanted = re.sub(r"\{(\S+) (\d+)\}", lambda found: str(ports[found[1], int(found[2])]), becomes)
    assert translated.text(Replica(translated.services[service]), written) == wanted


def test_each_worker_has_a_port_and_a_name_of_its_own(
    known: dict[str, Service], translated: Translation
) -> None:
    first, second = (Replica(known["airflow-worker"], number) for number in (1, 2))
    name = "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT"
    environments = [translated.environment(one, {"PATH": ""}) for one in (first, second)]
    assert environments[0][name] != environments[1][name]
    assert translated.command(first) == [
        "airflow", "celery", "worker", "--celery-hostname", "celery@airflow-worker-1",
    ]  # fmt: skip
    assert environments[1]["HOSTNAME"] == "airflow-worker-2"


def test_a_process_sees_no_variable_of_this_machine_but_the_path(
    known: dict[str, Service], translated: Translation
) -> None:
    worker = translated.environment(Replica(known["airflow-worker"]), {"PATH": "/bin", "AIRFLOW__X": "y"})
    assert "AIRFLOW__X" not in worker
    assert worker["PATH"] == "/airflow/bin:/bin"
    assert worker["AIRFLOW_HOME"] == f"{TREE}/opt/airflow"
    assert worker["PYTHONPATH"].split(":") == [
        f"{TREE}/opt/airflow",
        f"{TREE}/opt/airflow/include/demo/preload",
    ]
