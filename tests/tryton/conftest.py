"""A seeded Tryton on PostgreSQL for these tests: started once, a ledger of its own for each file."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from coupa_erp.tryton.connection import read_settings
from coupa_erp.tryton.hook import TrytonHook
from coupa_erp.tryton.transport import TrytonTransport
from include.soak.desk import accountant
from tests.tryton.ledger import Ledger
from tests.tryton.world import TrytonWorld


@pytest.fixture(scope="session")
def server(tryton):
    """The session's one Tryton, under the name that these tests know it by."""
    return tryton


@pytest.fixture(scope="module")
def ledger(server, request):
    name = f"t_{request.module.__name__.rpartition('.')[2]}_{os.getpid()}"
    server.create_database(name)
    yield Ledger(server, name)
    server.drop_database(name)


@pytest.fixture(scope="module")
def open_hook(ledger):
    """Make hooks as tasks do, each with a session of its own."""

    def make(session=None, key=None, address=None, **extra):
        connection = connection_to(ledger.server, ledger.database, key=key, address=address, **extra)
        hook = TrytonHook(erp_conn_id="erp_default")
        hook.__dict__["settings"] = read_settings(connection)
        if session is not None:
            hook.__dict__["transport"] = TrytonTransport(hook.settings, session)
        return hook

    return make


@pytest.fixture
def hook(open_hook):
    return open_hook()


@pytest.fixture(scope="module")
def by_hand(ledger):
    """Run what a person does in Tryton; see ``by_hand.py``."""

    def run(*arguments):
        command = [
            str(ledger.server.python),
            str(Path(__file__).with_name("by_hand.py")),
            str(ledger.server.run_dir / "secrets" / "trytond.conf"),
            ledger.database,
            *map(str, arguments),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    return run


@pytest.fixture(scope="module")
def as_administrator(by_hand, open_hook):
    """The transport of Tryton's administrator."""
    return open_hook(key=by_hand("key")).transport


@pytest.fixture(scope="module")
def world(ledger, open_hook, as_administrator):
    """What the kit's tests are given."""
    with accountant(ledger.server, ledger.database) as person:
        yield TrytonWorld(ledger, open_hook, person, as_administrator)


def connection_to(server, database, key=None, address=None, **extra):
    return SimpleNamespace(
        conn_id="erp_default",
        host=address or server.url,
        port=None,
        schema=database,
        password=key or server.export_key,
        extra=json.dumps({"sandbox": True, **extra}),
    )
