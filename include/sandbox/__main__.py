"""``python -m include.sandbox``: a Coupa on this machine."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from include.sandbox.serving import PortInUse, listen, server_of
from include.sandbox.settings import SCOPES, Client, Settings
from include.sandbox.state import CoupaState

SECRET_VARIABLE = "COUPA_SANDBOX_CLIENT_SECRET"  # noqa: S105 - the name of the variable, not what is in it


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; the exit code is 1 where it cannot start."""
    asked = _parser().parse_args(arguments)
    try:
        invoices = _invoices(asked.invoices)
    except (OSError, ValueError) as error:
        print(f"Cannot read the invoices from {asked.invoices}: {error}", file=sys.stderr)
        return 1
    try:
        listening = listen(asked.host, asked.port)
    except PortInUse as error:
        print(error, file=sys.stderr)
        return 1
    secret = asked.client_secret or os.environ.get(SECRET_VARIABLE)
    client = Client(
        client_id=asked.client_id,
        client_secret=secret or secrets.token_urlsafe(24),
        granted_scopes=tuple(asked.scopes.split()),
    )
    settings = Settings(create_method=asked.create_method, limiter=not asked.no_limiter)
    state = CoupaState(
        client,
        invoices=invoices,
        settings=settings,
        file=asked.state,
        integration_code=asked.integration_code,
    )
    made_up = "" if secret else f", client secret {client.client_secret}"
    print(
        f"Coupa sandbox on http://{asked.host}:{listening.getsockname()[1]} "
        f"with {len(state.invoices)} invoices, client id {client.client_id}{made_up}",
        flush=True,
    )
    server_of(state, control_from_anywhere=asked.control_from_anywhere).run(sockets=[listening])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m include.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="loopback by default")
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one")
    parser.add_argument("--state", type=Path, help="a SQLite file that keeps everything over a restart")
    parser.add_argument(
        "--invoices",
        default="demo",
        help="what it starts with: demo (the sixty), none, or a JSON file with an array of invoices",
    )
    parser.add_argument("--client-id", default="coupa-erp-export")
    parser.add_argument("--client-secret", help=f"else ${SECRET_VARIABLE}, else one is made up and printed")
    parser.add_argument("--scopes", default=" ".join(SCOPES), help="what the client was granted")
    parser.add_argument("--integration-code", default="INVOICES_TO_ERP")
    parser.add_argument("--create-method", choices=["POST", "PUT", "both"], default="POST")
    parser.add_argument("--no-limiter", action="store_true", help="no 25 requests a second")
    parser.add_argument(
        "--control-from-anywhere", action="store_true", help="answer /_sandbox to other machines"
    )
    return parser


def _invoices(named: str) -> list[dict[str, Any]]:
    if named == "none":
        return []
    if named == "demo":
        from include.sandbox.invoices import load  # noqa: PLC0415 - a sandbox of one's own needs no demo

        return load()
    invoices = json.loads(Path(named).read_text(encoding="utf-8"), parse_float=str)
    if not isinstance(invoices, list):
        raise ValueError("it must be a JSON array of invoices")  # noqa: TRY004 - it is the file that is wrong
    return invoices


if __name__ == "__main__":
    sys.exit(main())
