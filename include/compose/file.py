"""The services of ``docker-compose.yaml``, as far as a process can be started from them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from include.compose.interpolation import interpolated

#: The condition under which a service is started after another.
HEALTHY, COMPLETED = "service_healthy", "service_completed_successfully"

#: What a service says about its container; a process has none. Everything else is used.
OF_CONTAINERS = {
    "restart": "nobody starts a process anew that has ended",
    "logging": "a process writes into a file",
    "stop_grace_period": "what is ended here has nothing to finish",
    "user": "a process belongs to whoever starts it",
}
USED = {
    "build",
    "command",
    "depends_on",
    "deploy",
    "environment",
    "expose",
    "healthcheck",
    "image",
    "ports",
    "profiles",
    "volumes",
}


@dataclass(frozen=True)
class Mount:
    """A folder or file that lies over one of the container's.

    :param source: a volume's name, or a path on this machine.
    :param target: a path in the container.
    """

    source: str
    target: str

    @property
    def is_volume(self) -> bool:
        """Whether the source is a volume, which Compose makes."""
        return not self.source.startswith((".", "/"))


@dataclass(frozen=True)
class Service:
    """One service.

    :param image: its image's name; ``target``: the Dockerfile's stage, where it is built here.
    :param environment: without what is not set.
    :param expose: the ports that it listens at.
    :param after: the services before it, each with its condition.
    :param healthcheck: a command; ``None`` where there is none.
    """

    name: str
    image: str
    target: str | None
    command: list[str]
    environment: dict[str, str]
    expose: list[int]
    mounts: list[Mount]
    after: dict[str, str]
    healthcheck: list[str] | None
    replicas: int = 1
    profiles: list[str] = field(default_factory=list)


def read_compose(path: Path) -> dict[str, Any]:
    """The file as YAML has it, its variables not put in yet."""
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def services_of(
    content: Mapping[str, Any], variables: Mapping[str, str], profiles: Iterable[str] = ()
) -> dict[str, Service]:
    """The services that are started with these profiles.

    :param content: of :func:`read_compose`.
    :param variables: the environment and ``.env``.
    :raises DemoError: a variable that must be given is not.
    """
    whole = interpolated(content["services"], variables)
    found = {name: _service(name, raw, variables) for name, raw in whole.items()}
    chosen = set(profiles)
    return {
        name: service
        for name, service in found.items()
        if not service.profiles or chosen & {*service.profiles}
    }


def _service(name: str, raw: Mapping[str, Any], variables: Mapping[str, str]) -> Service:
    test = (raw.get("healthcheck") or {}).get("test")
    # A key without a value takes over the variable of its name, where there is one.
    environment = {
        key: variables.get(key) if value is None else str(value)
        for key, value in raw.get("environment", {}).items()
    }
    return Service(
        name=name,
        image=raw["image"],
        target=raw["build"]["target"] if "build" in raw else None,
        command=_words(raw.get("command", [])),
        environment={key: value for key, value in environment.items() if value is not None},
        expose=[int(port) for port in raw.get("expose", [])],
        mounts=[_mount(written) for written in raw.get("volumes", [])],
        after={other: how["condition"] for other, how in raw.get("depends_on", {}).items()},
        healthcheck=_check(test) if test else None,
        replicas=int(raw.get("deploy", {}).get("replicas", 1)),
        profiles=list(raw.get("profiles", [])),
    )


def _mount(written: str | Mapping[str, Any]) -> Mount:
    if isinstance(written, str):
        return Mount(*written.split(":")[:2])
    return Mount(written["source"], written["target"])


def _words(command: str | list[str]) -> list[str]:
    return shlex.split(command) if isinstance(command, str) else list(command)


def _check(test: list[str]) -> list[str]:
    kind, *words = test
    return ["sh", "-c", *words] if kind == "CMD-SHELL" else words
