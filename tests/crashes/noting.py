"""A notifier for the settings of the deployment."""

from __future__ import annotations

from pathlib import Path

from airflow.sdk.bases.notifier import BaseNotifier


class Noting(BaseNotifier):
    """Writes the ids of failed runs into a file."""

    def __init__(self, *, file: str) -> None:
        super().__init__()
        self.file = Path(file)

    def notify(self, context):
        with self.file.open("a") as told:
            told.write(context["run_id"] + "\n")
