"""The two connections, as Airflow takes them from its environment: the demo's made, one's own checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from include.demo.console import DemoError
from include.demo.ports import Ports
from include.demo.private_file import write_private

COUPA = "AIRFLOW_CONN_COUPA_DEFAULT"
ERP = "AIRFLOW_CONN_ERP_DEFAULT"
CLIENT_ID = "coupa-erp-export"
INSTANCE_KEY = "coupa-sandbox"


def demo_connections(ports: Ports, coupa_secret: str, tryton_key: str, database: str) -> dict[str, str]:
    """The sandbox and the seeded Tryton.

    :param coupa_secret: the sandbox's OAuth2 client secret.
    :param tryton_key: the REST application key.
    :param database: Tryton's database.
    """
    coupa: dict[str, Any] = {
        "conn_type": "coupa",
        "host": ports.url("sandbox"),
        "login": CLIENT_ID,
        "password": coupa_secret,
        "extra": {
            "integration_code": "INVOICES_TO_ERP",
            "instance_key": INSTANCE_KEY,
            "sandbox": True,
            "requests_per_second": 20,
            "timeout_seconds": 30,
        },
    }
    erp: dict[str, Any] = {
        "conn_type": "tryton",
        "host": ports.url("tryton"),
        "schema": database,
        "password": tryton_key,
        "extra": {"sandbox": True, "timeout_seconds": 60},
    }
    return {COUPA: json.dumps(coupa), ERP: json.dumps(erp)}


def write_connections(path: Path, connections: Mapping[str, str]) -> None:
    """Keep connections for ``make up``, or for a shell: one line each, readable by their owner alone.

    :param path: ``.run/connections.env``.
    """
    lines = [
        "# The demo's Coupa sandbox and Tryton. Copy the line of the one that you want to keep into .env,",
        "# or read all of it into a shell: set -a; . .run/connections.env; set +a",
        *(f"{name}='{value}'" for name, value in connections.items()),
    ]
    write_private(path, "\n".join(lines) + "\n")


def own_connections(given: Mapping[str, str]) -> dict[str, str]:
    """The user's two connections, each checked as far as this can be done without calling anybody.

    :param given: the environment and ``.env``.
    :raises DemoError: in one sentence, for the first one that is missing or cannot be read.
    """
    for name in (COUPA, ERP):
        value = given.get(name, "").strip()
        if not value:
            raise DemoError(
                f"{name} is missing: put it into .env or the environment (.env.example shows both; "
                f"after `make run`, .run/connections.env holds the demo's)."
            )
        connection = _parsed(name, value)
        if not connection.get("conn_type"):
            raise DemoError(
                f'{name} names no conn_type: "coupa" for Coupa, the ERP\'s ("tryton") for the ERP.'
            )
        if not connection.get("host"):
            raise DemoError(f"{name} names no host.")
    coupa = _parsed(COUPA, given[COUPA].strip())
    if coupa["conn_type"] != "coupa":
        raise DemoError(f'{COUPA} has conn_type "{coupa["conn_type"]}"; it must be "coupa".')
    if not (coupa.get("login") and coupa.get("password")):
        raise DemoError(f"{COUPA} needs login and password: Coupa's OAuth2 client id and client secret.")
    mapping = given.get("COUPA_ERP_MAPPING", "").strip()
    if mapping and not Path(mapping).is_file():
        raise DemoError(f"COUPA_ERP_MAPPING={mapping} is no file.")
    return {name: given[name].strip() for name in (COUPA, ERP)}


def _parsed(name: str, value: str) -> dict[str, Any]:
    if not value.startswith("{"):
        conn_type, divided, rest = value.partition("://")
        if not divided:
            raise DemoError(f'{name} is neither JSON ({{"conn_type": …}}) nor an address (coupa://…).')
        # The host may bring its own scheme: coupa://https://id:secret@acme.coupahost.com
        uri = urlsplit(f"//{rest.partition('://')[2]}" if "://" in rest.partition("@")[0] else f"//{rest}")
        return {
            "conn_type": conn_type,
            "host": uri.hostname,
            "login": uri.username,
            "password": uri.password,
        }
    try:
        parsed = json.loads(value)
    except json.JSONDecodeError as error:
        # Never the value itself: it holds a secret.
        raise DemoError(f"{name} is not valid JSON: {error.msg} at character {error.pos + 1}.") from None
    if not isinstance(parsed, dict):
        raise DemoError(f"{name} must be a JSON object.")
    extra = parsed.get("extra")
    if isinstance(extra, str) and extra:
        try:
            json.loads(extra)
        except json.JSONDecodeError as error:
            raise DemoError(f"{name}: its extra is not valid JSON: {error.msg}.") from None
    return parsed
