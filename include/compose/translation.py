"""What a process has in place of a container: all that is changed about a service, and why.

1. **Host names.** ``redis:6379``, a service and its port, becomes ``127.0.0.1`` and a free port; ``0.0.0.0``
   and ``localhost`` become ``127.0.0.1``.
2. **Ports.** A service's own port, wherever its words name it, becomes that free port: two services of one
   machine cannot both have 5432, two workers not both 8793.
3. **Paths.** ``/opt/airflow/…`` becomes the same path in a folder that the ``Dockerfile``'s COPY lines lay
   out. Volumes are folders in it, so all services share one file system.
4. **The image.** Its ENV lines; of the base images what :data:`BASE_ENVIRONMENT` names; the command as the
   entrypoint of Airflow's image reads it. ``python`` is that of the environment made from the same lock.
5. **The container's host name**, by which Celery tells its workers apart, is the service's name and a number.
6. **PostgreSQL** is not the image's but the wheel's, with the role, password and database that the file
   names; its command (a setting) and its volume are left to :mod:`include.demo.postgres`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from include.compose.dockerfile import Stage
from include.compose.file import Service

HOST = "127.0.0.1"

#: The environment that the base images bring along, as far as a service needs it.
BASE_ENVIRONMENT = {"airflow": {"AIRFLOW_HOME": "/opt/airflow"}, "tryton": {}}

#: Variables that only a container's programs read.
OF_CONTAINERS = {"DUMB_INIT_SETSID": "the image's init process, which hands signals on"}

#: What ``entrypoint`` of Airflow's image starts as it stands; all else is a command of ``airflow``.
_PROGRAMS = ("airflow", "bash", "python")

#: The containers' folders that are named in the file without being a volume of it.
_FOLDERS = ("/opt/airflow", "/opt/tryton", "/tmp")  # noqa: S108 - a container's own


def is_postgres(service: Service) -> bool:
    """Whether its image's program is replaced by the wheel's."""
    return service.image.startswith("postgres:")


@dataclass(frozen=True)
class Replica:
    """One container of a service.

    :param number: counted from one, as Compose does.
    """

    service: Service
    number: int = 1

    @property
    def name(self) -> str:
        """``airflow-worker-2``; also the container's host name."""
        return f"{self.service.name}-{self.number}"


class Translation:
    """Puts a machine's own hosts, ports and paths into the words of services.

    :param services: all that are started.
    :param stages: of the ``Dockerfile``.
    :param tree: the folder that stands for the containers' file system.
    :param ports: the free port for each of a replica's, by the replica's name and the port in the file.
    :param programs: folders of programs by the image's stage; ``""`` for images that are not built here.
    """

    def __init__(
        self,
        services: Mapping[str, Service],
        stages: Mapping[str, Stage],
        tree: Path,
        *,
        ports: Mapping[tuple[str, int], int],
        programs: Mapping[str, list[Path]],
    ) -> None:
        self.services = services
        self._stages = stages
        self._tree = tree
        self._ports = ports
        self._programs = programs
        targets = {mount.target for service in services.values() for mount in service.mounts}
        folders = "|".join(
            re.escape(folder) for folder in sorted({*_FOLDERS, *targets}, key=len, reverse=True)
        )
        self._path = re.compile(rf"(?<![\w./-])(?:{folders})(?![\w.-])")

    def text(self, replica: Replica, words: str) -> str:
        """One string of a replica's, translated."""
        for name, other in self.services.items():
            for port in other.expose:
                here = f"{HOST}:{self._ports[f'{name}-1', port]}"
                words = re.sub(rf"(?<![\w.-]){re.escape(name)}:{port}\b", here, words)
        for port in replica.service.expose:
            mine = self._ports[replica.name, port]
            words = re.sub(rf"(?<![\w.-]){port}\b(?!\.)", str(mine), words)
        words = re.sub(r"(?<![\w.-])(?:0\.0\.0\.0|localhost)(?![\w.-])", HOST, words)
        return self._path.sub(lambda found: str(self._tree / found[0].lstrip("/")), words)

    def command(self, replica: Replica) -> list[str]:
        """The command line."""
        words = [self.text(replica, word) for word in replica.service.command]
        if replica.service.target == "airflow" and words[0] not in _PROGRAMS:
            words.insert(0, "airflow")
        if words[:3] == ["airflow", "celery", "worker"]:
            # In a container Celery takes the container's name.
            words += ["--celery-hostname", f"celery@{replica.name}"]
        return words

    def healthcheck(self, replica: Replica) -> list[str] | None:
        """The command that ends well when the replica is healthy."""
        check = replica.service.healthcheck
        return None if check is None else [self.text(replica, word) for word in check]

    def environment(self, replica: Replica, inherited: Mapping[str, str]) -> dict[str, str]:
        """The whole environment.

        :param inherited: of this machine; its PATH stands behind the programs of the image.
        """
        service = replica.service
        found: dict[str, str] = {}
        if service.target is not None:
            found |= BASE_ENVIRONMENT[service.target] | self._stages[service.target].environment
        found |= service.environment
        translated = {name: self.text(replica, value) for name, value in found.items()}
        programs = [str(folder) for folder in self._programs[service.target or ""]]
        return translated | {
            "HOME": str(self._tree / "home"),
            "HOSTNAME": replica.name,
            "LANG": "C.UTF-8",
            "PATH": ":".join([*programs, inherited["PATH"]]),
        }
