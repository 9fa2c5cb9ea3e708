"""The first step where there is Python and nothing else: Airflow's environment, then the rest inside it.

Runs before any environment exists: the standard library alone. ``include/demo/start.sh`` calls it.
"""

from __future__ import annotations

import os
import sys

from include.demo.console import Console, DemoError
from include.demo.distribution import Distribution
from include.demo.environments import Environment
from include.demo.layout import Layout

#: Commands that need the test tools beside Airflow.
_WITH_TOOLS = ("test", "test-fast", "test-slow", "lint")
#: Commands that start what docker-compose.yaml starts.
_WITH_DEPLOYMENT = ("compose-native", "test", "test-slow")
#: Commands for which nothing is installed: without an environment there is nothing that they could act on.
_WITHOUT_INSTALL = ("stop", "status", "clean")


def main(arguments: list[str]) -> int | None:
    """Prepare Airflow's environment and become the demo in it.

    :param arguments: the command and what belongs to it.
    :return: the exit code, where it comes to that.
    """
    layout = Layout()
    console = Console()
    environment = Environment(layout.airflow_env, layout.logs / "install-airflow-env.log")
    distribution = Distribution(layout.root)
    locks = [layout.requirements / "airflow.lock"]
    if arguments[0] in _WITH_TOOLS:
        locks.append(layout.requirements / "dev.lock")
    if arguments[0] in _WITH_DEPLOYMENT:
        locks.append(layout.requirements / "deployment.lock")
    if arguments[0] in _WITHOUT_INSTALL:
        if not environment.python.exists():
            console.line("Nothing is installed here, so nothing runs.")
            return 0
    elif not environment.is_current(locks, distribution):
        console.line(f"Installing into {layout.run_dir} (once; about half a minute with a good connection)")
        try:
            with console.step("Airflow's environment"):
                environment.install(locks, distribution)
        except DemoError as error:
            console.line(str(error))
            return 1
    os.chdir(layout.root)
    python = str(environment.python)
    return os.execv(python, [python, "-m", "include.demo", *arguments])  # noqa: S606 - our own interpreter


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
