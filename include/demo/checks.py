"""``make test``, ``test-fast``, ``lint`` and ``lock``: the project's own tools, run in its environment."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from include.demo.console import Console, DemoError
from include.demo.environments import Environment, uv_settings_of
from include.demo.layout import Layout, python_of

#: Each lock, what it resolves, and whose versions it must agree with.
_LOCKS = {
    # What is deployed decides: what is developed and tested with are the same versions.
    "deployment.lock": (["requirements.txt", "requirements/deployment.txt"], None),
    "airflow.lock": (["requirements.txt", "requirements/demo.txt"], "requirements/deployment.lock"),
    "tryton.lock": (["requirements/tryton.txt"], None),
    "dev.lock": (["requirements/dev.txt"], "requirements/airflow.lock"),
}
_FAST = ("tests/include", "tests/demo")


def lint(layout: Layout, console: Console) -> int:
    """Ruff and mypy."""
    for title, arguments in (
        ("ruff check", ["ruff", "check", "."]),
        ("ruff format", ["ruff", "format", "--check", "."]),
        ("mypy", ["mypy", "plugins", "include"]),
    ):
        console.line(f"{title}:")
        code = _tool(layout, arguments)
        if code:
            return code
    return 0


def test(layout: Layout, console: Console) -> int:
    """Everything; pytest's own summary is the last line."""
    tryton = Environment(layout.tryton_env, layout.logs / "install-tryton-env.log")
    locks = [layout.requirements / "tryton.lock"]
    if not tryton.is_current(locks):
        with console.step("Tryton's environment"):
            tryton.install(locks, uv=layout.airflow_env / "bin" / "uv")
    # Three on two cores: a third of the time a test waits, for Airflow, Tryton or a clock. tests/conftest.py
    # says what may run beside what.
    return lint(layout, console) or _tool(layout, ["pytest", "--numprocesses=3"])


def test_slow(layout: Layout, console: Console) -> int:
    """What takes longer than every change may wait: every moment of every race, whole machines killed.

    At the lesser monitoring levels the ordinary choice of all that.
    """
    del console
    parts = ("reliability", "crashes", "live", "soak", "bench", "erp_kit", "tryton/test_orders.py")
    whole = ["pytest", "-m", "slow or not slow", *(f"tests/{part}" for part in parts)]
    code = _tool(layout, whole, EVERY_MOMENT="1")
    for level in ("history", "custom_field"):
        code = code or _tool(layout, ["pytest", "tests/reliability"], AT_LEVEL=level)
    return code


def test_fast(layout: Layout, console: Console) -> int:
    """The pure tests."""
    del console
    return _tool(layout, ["pytest", *_FAST])


def pictures(layout: Layout, airflow_url: str) -> int:
    """The README's pictures; the browser and its driver are the tests'.

    :param airflow_url: of the running demo.
    """
    return _tool(layout, ["tests.page.pictures", str(layout.root / "docs" / "pictures"), airflow_url])


def lock(layout: Layout, console: Console) -> int:
    """Resolve the direct dependencies anew, for Python 3.11 and 3.12 on every platform."""
    uv = layout.airflow_env / "bin" / "uv"
    for name, (sources, constraint) in _LOCKS.items():
        command = [str(uv), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
        command += ["--no-emit-index-url", "--no-header", "--no-annotate", "--upgrade"]
        command += [*sources, "-o", f"requirements/{name}"]
        if constraint:
            command += ["-c", constraint]
        environment = {**os.environ, **uv_settings_of(uv)}
        if subprocess.run(command, cwd=layout.root, env=environment, check=False).returncode:  # noqa: S603
            raise DemoError(f"requirements/{name} cannot be resolved; see above.")
        console.line(f"  requirements/{name}")
    return 0


def _tool(layout: Layout, arguments: list[str], **more: str) -> int:
    environment = {
        **os.environ,
        **more,
        "PYTHONPATH": f"{layout.root}{os.pathsep}{layout.root / 'plugins'}",
        "TRYTON_PYTHON": str(python_of(layout.tryton_env)),
    }
    command: list[str | Path] = [python_of(layout.airflow_env), "-m", *arguments]
    return subprocess.run(command, cwd=layout.root, env=environment, check=False).returncode  # noqa: S603
