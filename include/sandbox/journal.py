"""Keeps the sandbox's objects in a SQLite file, so that a restart finds them again."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any


class Journal:
    """Writes every change through; the sandbox itself only reads it when it starts.

    :param file: ``None`` keeps nothing.
    """

    def __init__(self, file: Path | None) -> None:
        self._connection: sqlite3.Connection | None = None
        if file is None:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        # the server's thread is not the one that opened the file; the state's lock serialises both
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        # a killed process loses nothing; only a power cut could, and this is a sandbox
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS object (kind TEXT, id TEXT, body TEXT, PRIMARY KEY (kind, id))"
        )

    def read(self, kind: str) -> list[Any]:
        """Every object of the kind, in the order of its first writing."""
        if self._connection is None:
            return []
        rows = self._connection.execute("SELECT body FROM object WHERE kind = ? ORDER BY rowid", (kind,))
        return [json.loads(body) for (body,) in rows]

    def write(self, kind: str, identity: int | str, body: Any) -> None:
        """Insert or replace one object."""
        if self._connection is not None:
            self._connection.execute(
                "INSERT INTO object VALUES (?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                (kind, str(identity), json.dumps(body)),
            )

    def clear(self) -> None:
        """Forget everything."""
        if self._connection is not None:
            self._connection.execute("DELETE FROM object")

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
