"""``airflow connections test``, for real, on connections of the environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from include.sandbox.running import running_sandbox

ROOT = Path(__file__).parents[2]
EXTRA = {
    "integration_code": "INVOICES_TO_ERP",
    "instance_key": "2026",
    "sandbox": "true",
    "timeout_seconds": "20",
}


def connections_test(written: str, state: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "airflow", "connections", "test", "coupa_default"],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
            "AIRFLOW_CONN_COUPA_DEFAULT": written,
            DIRECTORY_VARIABLE: str(state),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_command_is_content_with_a_connection_written_as_a_uri(tmp_path: Path) -> None:
    with running_sandbox() as coupa:
        at = f"{coupa.client_id}:{quote(coupa.client_secret, safe='')}@{coupa.url.removeprefix('http://')}"
        done = connections_test(f"coupa://http://{at}/?{urlencode(EXTRA)}", tmp_path / "state")
    assert "Connection success!" in done.stdout
    assert done.returncode == 0


def test_the_command_says_what_is_wrong_with_a_connection_written_as_json(tmp_path: Path) -> None:
    with running_sandbox(granted_scopes=("core.invoice.read", "core.integration.read")) as coupa:
        connection = {
            "conn_type": "coupa",
            "host": coupa.url,
            "login": coupa.client_id,
            "password": coupa.client_secret,
            "extra": EXTRA,
        }
        done = connections_test(json.dumps(connection), tmp_path / "state")
    assert done.returncode == 1
    told = " ".join(done.stdout.split())
    assert "Connection failed!" in told
    assert "Scopes core.invoice.write and core.integration.write are not granted" in told
    assert coupa.client_secret not in done.stdout + done.stderr
