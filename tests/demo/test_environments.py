from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from include.demo.console import DemoError
from include.demo.distribution import Distribution
from include.demo.environments import Environment, uv_settings
from include.demo.layout import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def test_a_mirror_configured_for_pip_serves_uv() -> None:
    pip = "global.index-url='https://mirror.example/simple'\n:env:.cert='/etc/ca.pem'\nglobal.no-color='1'"
    assert uv_settings(pip, {}) == {
        "UV_SYSTEM_CERTS": "1",
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "SSL_CERT_FILE": "/etc/ca.pem",
    }


def test_what_uv_was_told_itself_wins() -> None:
    told = {"UV_DEFAULT_INDEX": "https://own.example/simple"}
    assert "UV_DEFAULT_INDEX" not in uv_settings("global.index-url='https://mirror.example/simple'", told)


def installer(folder: Path, script: str) -> Path:
    """A uv that does as the script says, beside the Python whose pip is asked for its settings."""
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    uv = folder / "uv"
    uv.write_text(f"#!/bin/sh\n{script}\n")
    uv.chmod(0o755)
    return uv


def test_an_environment_is_current_only_for_these_locks_at_this_place(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    lock.write_text("")
    environment = Environment(tmp_path / "env", tmp_path / "log")
    assert not environment.is_current([lock])
    uv = installer(tmp_path / "bin", "true")
    assert environment.install([lock], uv=uv)
    assert environment.is_current([lock])
    assert not environment.install([lock], uv=uv)
    lock.write_text("something==1\n")
    assert not environment.is_current([lock])
    (tmp_path / "env").rename(tmp_path / "moved")
    assert not Environment(tmp_path / "moved", tmp_path / "log").is_current([lock])


def test_a_failed_installation_is_one_line_that_says_where_to_look(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    lock.write_text("")
    failing = installer(
        tmp_path / "bin", "echo 'error: Failed to fetch: https://index.example/simple/x/'; exit 2"
    )
    environment = Environment(tmp_path / "env", tmp_path / "log")
    with pytest.raises(DemoError) as refused:
        environment.install([lock], uv=failing)
    message = str(refused.value)
    assert message.startswith("env: installing x.lock failed: error: Failed to fetch")
    assert str(tmp_path / "log") in message
    assert "\n" not in message
    assert not environment.is_current([lock])


def a_project(root: Path) -> Distribution:
    """The project's own distribution, copied so that it can be changed."""
    shutil.copytree(ROOT / "plugins" / "coupa_erp_provider", root / "plugins" / "coupa_erp_provider")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, root / name)
    return Distribution(root)


def test_the_connection_types_are_installed_again_when_their_source_changed_and_only_then(
    tmp_path: Path,
) -> None:
    lock = tmp_path / "x.lock"
    lock.write_text("")
    said = tmp_path / "said"
    uv = installer(tmp_path / "bin", f'echo "$@" >> {said}')
    project = a_project(tmp_path / "clone")
    environment = Environment(tmp_path / "env", tmp_path / "log")
    environment.install([lock], project, uv=uv)
    assert environment.is_current([lock], project)
    form = project.root / "plugins" / "coupa_erp_provider" / "coupa.py"
    form.write_text(form.read_text() + "\n")
    assert not environment.is_current([lock], project)
    assert environment.is_current([lock])
    said.unlink()
    assert environment.install([lock], project, uv=uv)
    (command,) = said.read_text().splitlines()
    assert command.endswith(f"--offline --no-deps --reinstall {project.root}")
    assert not environment.install([lock], project, uv=uv)


def test_the_connection_types_are_built_without_a_network_and_leave_nothing_behind(tmp_path: Path) -> None:
    project = a_project(tmp_path / "clone")
    before = sorted(project.root.rglob("*"))
    environment = Environment(tmp_path / "env", tmp_path / "log")
    environment.install([], project, uv=Path(sys.executable).with_name("uv"))
    assert sorted(project.root.rglob("*")) == before
    asked = "from importlib.metadata import entry_points as e; print(*e(group='apache_airflow_provider'))"
    named = subprocess.run(  # noqa: S603 - the environment just made
        [environment.python, "-c", asked], capture_output=True, text=True, check=True
    )
    assert "coupa_erp_provider:get_provider_info" in named.stdout
    listed = [folder.name for folder in environment.folder.glob("lib/*/site-packages/coupa*")]
    assert sorted(listed) == ["coupa_erp_export-0.1.0.dist-info", "coupa_erp_provider"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_everything_and_names_no_index_or_machine(lock: Path) -> None:
    for line in lock.read_text().splitlines():
        assert re.fullmatch(r"[a-z0-9-]+==[^ ;]+( ; .*)?", line), line


def test_the_test_tools_agree_with_airflows_versions() -> None:
    pinned = {
        name: dict(line.split("==", 1) for line in (ROOT / "requirements" / name).read_text().splitlines())
        for name in ("airflow.lock", "dev.lock")
    }
    shared = pinned["airflow.lock"].keys() & pinned["dev.lock"].keys()
    assert {
        package for package in shared if pinned["airflow.lock"][package] != pinned["dev.lock"][package]
    } == set()
