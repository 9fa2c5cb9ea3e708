"""Where an accountant sits: a process of Tryton's environment that acts on its models."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from include.demo.layout import ROOT
from include.demo.tryton_server import Tryton

_SECONDS_TO_LEAVE = 20


class Accountant:
    """A person at Tryton's client: a process of Tryton's environment, see :mod:`include.soak.accountant`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lock = threading.Lock()

    def does(self, what: str, **details: str) -> tuple[bool, str]:
        """One act; whether Tryton let it be done, and what it said."""
        with self._lock:
            assert self._process.stdin is not None  # noqa: S101 - for mypy
            assert self._process.stdout is not None  # noqa: S101 - for mypy
            self._process.stdin.write(json.dumps({"do": what, **details}) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline() or '{"refused": "the accountant left"}')
        return "done" in answer, str(answer.get("done") or answer.get("refused"))


@contextmanager
def accountant(tryton: Tryton, database: str) -> Iterator[Accountant]:
    """An accountant for the length of a block.

    :param tryton: the running server; the accountant works beside it on the same database.
    :param database: the ledger.
    """
    command = [str(tryton.python), "-m", "include.soak.accountant"]
    command += [str(tryton.run_dir / "secrets" / "trytond.conf"), database]
    with (tryton.run_dir / "logs" / "accountant.log").open("a") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module in Tryton's environment
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert process.stdout is not None  # noqa: S101 - for mypy
            process.stdout.readline()  # it is ready
            yield Accountant(process)
        finally:
            process.kill()
            process.wait(_SECONDS_TO_LEAVE)
