"""The Coupa sandbox as a service of the demo; the server itself is :mod:`include.sandbox`."""

from __future__ import annotations

import hashlib
import http.client
import os
import secrets
import time

from include.demo.connections import CLIENT_ID
from include.demo.console import DemoError
from include.demo.layout import Layout, python_of
from include.demo.ports import HOST, Ports, require_free
from include.demo.postgres import last_lines
from include.demo.private_file import read_private, write_private
from include.demo.processes import Service

_START_SECONDS = 30
_STOP_SECONDS = 5


class SandboxServer:
    """One sandbox with its state below the run directory."""

    def __init__(self, layout: Layout, ports: Ports) -> None:
        self._layout = layout
        self._ports = ports
        self._secret_file = layout.secrets / "coupa-client-secret"
        self._service = Service("coupa-sandbox", layout.processes, layout.logs / "coupa-sandbox.log")

    @property
    def client_secret(self) -> str:
        """The secret of the OAuth2 client, made once."""
        if not self._secret_file.exists():
            write_private(self._secret_file, secrets.token_urlsafe(32))
        return read_private(self._secret_file)

    @property
    def running(self) -> bool:
        """Whether our sandbox runs."""
        return self._service.running

    @property
    def port(self) -> int | None:
        """The port of the one that runs; ``None`` if none does."""
        return self._service.port

    def start(self) -> str:
        """Start it unless it runs as it should, and wait until it answers.

        :return: what was done.
        :raises DemoError: it does not come up.
        """
        if self._service.runs_with(self._recipe()) and self.port == self._ports.sandbox:
            return "runs already"
        self.stop()
        require_free("sandbox", self._ports.sandbox)
        command = [
            str(python_of(self._layout.airflow_env)),
            *("-m", "include.sandbox", "--host", HOST, "--port", str(self._ports.sandbox)),
            *("--state", str(self._layout.run_dir / "coupa.sqlite")),
        ]
        environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "COUPA_SANDBOX_CLIENT_ID": CLIENT_ID,
            "COUPA_SANDBOX_CLIENT_SECRET": self.client_secret,
        }
        self._service.start(
            command,
            cwd=self._layout.root,
            env=environment,
            recipe=self._recipe(),
            port=self._ports.sandbox,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if not self._service.running or time.monotonic() > deadline:
                log = self._service.log
                self.stop()
                raise DemoError(f"The Coupa sandbox does not start; its log {log} ends: {last_lines(log)}")
            time.sleep(0.1)
        return "started"

    def stop(self) -> bool:
        """End it.

        :return: whether it ran.
        """
        return self._service.end(_STOP_SECONDS)

    def _recipe(self) -> str:
        digest = hashlib.sha256()
        for file in sorted((self._layout.root / "include" / "sandbox").rglob("*.py")):
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._ports.sandbox, timeout=5)
        try:
            connection.request("GET", "/api/invoices")  # 401 without a token, which is an answer
            connection.getresponse().read()
        except OSError:
            return False
        finally:
            connection.close()
        return True
