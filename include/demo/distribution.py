"""The project's own distribution: the connection types, which Airflow finds only where they are installed.

Runs before any environment exists: the standard library alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Distribution:
    """What ``pip install .`` builds.

    :param root: the folder of ``pyproject.toml``.
    """

    root: Path

    @property
    def fingerprint(self) -> str:
        """Changes with anything that is built into it."""
        carried = sorted((self.root / "plugins" / "coupa_erp_provider").rglob("*.py"))
        digest = hashlib.sha256()
        for file in (self.root / "pyproject.toml", *carried):
            digest.update(f"{file.relative_to(self.root).as_posix()}\n".encode())
            digest.update(file.read_bytes())
        return digest.hexdigest()
