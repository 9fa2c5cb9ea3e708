"""The deployment's files, read once for the tests of this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from include.compose.dockerfile import Stage, read_dockerfile
from include.compose.file import Service, read_compose, services_of
from include.compose.interpolation import names_in, required_in
from include.compose.new_env import filled_in
from include.demo.envfile import read_env_file

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")


def compose() -> dict[str, Any]:
    return read_compose(ROOT / "docker-compose.yaml")


def raw_services() -> dict[str, Any]:
    """The services, their variables not put in yet."""
    services: dict[str, Any] = compose()["services"]
    return services


def variables(folder: Path) -> dict[str, str]:
    """What ``make env`` would write, read as ``make up`` reads it."""
    (folder / "env").write_text(filled_in(EXAMPLE))
    return read_env_file(folder / "env")


def services(folder: Path) -> dict[str, Service]:
    """All services, with new secrets."""
    return services_of(compose(), variables(folder), ["demo"])


def stages() -> dict[str, Stage]:
    return read_dockerfile(ROOT / "Dockerfile")


def used_variables() -> set[str]:
    """Every variable that the file takes from ``.env``: those it names, and keys without a value."""
    taken_over = {
        key
        for service in raw_services().values()
        for key, value in service.get("environment", {}).items()
        if value is None
    }
    return names_in(compose()) | taken_over


def required_variables() -> set[str]:
    return required_in(compose())
