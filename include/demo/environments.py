"""Virtual environments below ``.run/``, made from the locks and made again only when one of them changed.

Runs before any environment exists: the standard library alone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from include.demo.console import DemoError
from include.demo.distribution import Distribution
from include.demo.layout import python_of

_STAMP = "installed-from"

#: pip's settings and what uv calls them: a company's mirror is configured for pip, uv does not read that.
_UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "timeout": "UV_HTTP_TIMEOUT",
    "proxy": "HTTPS_PROXY",
}


class Environment:
    """One virtual environment.

    :param folder: where it is.
    :param log: takes the output of pip and uv.
    """

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder = folder
        self.log = log
        self.python = python_of(folder)

    def is_current(self, locks: Sequence[Path], distribution: Distribution | None = None) -> bool:
        """Whether all of this was installed here before, for this very place.

        :param locks: the locks.
        :param distribution: the project's own, where it belongs into this environment.
        """
        stamp = self.folder / _STAMP
        stamps = stamp.read_text().splitlines() if stamp.exists() else []
        return set(self._stamps(locks, distribution)) <= set(stamps) and self.python.exists()

    def install(
        self, locks: Sequence[Path], distribution: Distribution | None = None, *, uv: Path | None = None
    ) -> bool:
        """Bring the environment to its locks.

        :param locks: installed one after the other.
        :param distribution: the project's own, installed last.
        :param uv: an installed uv; without one it is installed here first.
        :return: whether there was anything to do.
        :raises DemoError: a download or an installation failed.
        """
        if self.is_current(locks, distribution):
            return False
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_text("")
        stamp = self.folder / _STAMP
        kept = stamp.read_text().splitlines() if stamp.exists() else []
        if not self.python.exists() or not any(line.endswith(f"  {self.folder}") for line in kept):
            kept = []
            self._make(with_pip=uv is None)
        stamp.unlink(missing_ok=True)
        settings = self._pip_settings() if uv is None else uv_settings_of(uv)
        if uv is None:
            uv = self._install_uv(locks[0])
        for lock in locks:
            if self._stamp_of(lock) not in kept:
                self._install(uv, ["-r", str(lock)], lock.name, settings)
        done = self._stamps(locks, distribution)
        if distribution is not None and done[-1] not in kept:
            # uv is its build backend, so nothing is fetched; what it needs is in the locks.
            offline = ["--offline", "--no-deps", "--reinstall", str(distribution.root)]
            self._install(uv, offline, "the connection types", settings)
        names = {line.split()[1] for line in done}
        stamp.write_text("\n".join([*done, *(line for line in kept if line.split()[1] not in names)]) + "\n")
        return True

    def _stamps(self, locks: Sequence[Path], distribution: Distribution | None) -> list[str]:
        own = [] if distribution is None else [f"{distribution.fingerprint}  distribution  {self.folder}"]
        return [*(self._stamp_of(lock) for lock in locks), *own]

    def _stamp_of(self, lock: Path) -> str:
        return f"{hashlib.sha256(lock.read_bytes()).hexdigest()}  {lock.name}  {self.folder}"

    def _make(self, *, with_pip: bool) -> None:
        if self.folder.exists():
            shutil.rmtree(self.folder)
        # Not an environment that this one hangs on: a venv's venv must outlive its parent.
        base = getattr(sys, "_base_executable", sys.executable)
        command = [base, "-m", "venv", str(self.folder)]
        self._run(command if with_pip else [*command, "--without-pip"], "making the environment")

    def _install_uv(self, lock: Path) -> Path:
        pinned = next(line for line in lock.read_text().splitlines() if line.startswith("uv=="))
        command = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check", pinned]
        self._run(command, "downloading the installer uv")
        return self.folder / "bin" / "uv"

    def _install(self, uv: Path, what: list[str], called: str, settings: dict[str, str]) -> None:
        command = [str(uv), "pip", "install", "--python", str(self.python), "--compile-bytecode", *what]
        self._run(command, f"installing {called}", settings)

    def _pip_settings(self) -> dict[str, str]:
        return uv_settings_of(self.folder / "bin" / "uv")

    def _run(self, command: list[str], what: str, settings: dict[str, str] | None = None) -> None:
        environment = {**os.environ, **(settings or {})}
        environment.pop("PYTHONPATH", None)
        with self.log.open("a") as log:
            done = subprocess.run(  # noqa: S603 - pip, venv and uv of our own environment
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise DemoError(
                f"{self.folder.name}: {what} failed: {_reason(self.log)}. "
                f"Check the network and pip's settings (PIP_INDEX_URL, HTTPS_PROXY) and repeat the command; "
                f"the whole story is in {self.log}"
            )


def uv_settings_of(uv: Path) -> dict[str, str]:
    """Pip's configuration of the environment that holds uv, in uv's words; what uv is told itself wins.

    :param uv: ``<environment>/bin/uv``.
    """
    asked = subprocess.run(  # noqa: S603 - pip of our own environment
        [str(uv.with_name("python")), "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return uv_settings(asked.stdout, os.environ)


def uv_settings(pip_config: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Translate the answer of ``pip config list``.

    :param pip_config: lines as ``global.index-url='https://…'``.
    :param environment: variables that are set already are left alone.
    """
    settings = {"UV_SYSTEM_CERTS": "1"}
    for line in pip_config.splitlines():
        name, _, quoted = line.partition("=")
        translated = _UV_NAMES.get(name.rpartition(".")[2])
        if translated and translated not in environment:
            settings[translated] = quoted.strip().strip("'\"")
    return settings


def _reason(log: Path) -> str:
    lines = [
        line.strip(" \u2502\u251c\u2570\u2500\u25b6\u00d7")
        for line in log.read_text(errors="replace").splitlines()
    ]
    telling = [
        line for line in lines if line.lower().startswith(("error", "caused by")) or "failed" in line.lower()
    ]
    return " ".join((telling or lines or ["no output"])[-1].split())[:300].rstrip(".")
