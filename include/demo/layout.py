"""Where the demo keeps what: everything below ``.run/``, nothing anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DAG_ID = "coupa_invoices_to_erp"


@dataclass(frozen=True)
class Layout:
    """The folders and files of one clone.

    :param root: the project's folder.
    :param state: where services keep what they make, when that is not ``.run/``; the environments stay there.
    """

    root: Path = ROOT
    state: Path | None = None

    @property
    def run_dir(self) -> Path:
        """All state; ignored by git."""
        return self.state or self.root / ".run"

    @property
    def requirements(self) -> Path:
        """The locks."""
        return self.root / "requirements"

    @property
    def airflow_env(self) -> Path:
        """Airflow's environment, in which the demo itself runs, too."""
        return self.root / ".run" / "airflow-env"

    @property
    def tryton_env(self) -> Path:
        """Tryton's environment: its dependencies and Airflow's need not agree."""
        return self.root / ".run" / "tryton-env"

    @property
    def logs(self) -> Path:
        """One log a service."""
        return self.run_dir / "logs"

    @property
    def processes(self) -> Path:
        """One record a started process."""
        return self.run_dir / "processes"

    @property
    def secrets(self) -> Path:
        """Readable by their owner alone."""
        return self.run_dir / "secrets"

    @property
    def connections_file(self) -> Path:
        """The demo's two connections as environment variables."""
        return self.run_dir / "connections.env"

    @property
    def env_file(self) -> Path:
        """The user's own settings."""
        return self.root / ".env"


def python_of(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / "bin" / "python"
