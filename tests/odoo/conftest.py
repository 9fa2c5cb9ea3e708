"""An Odoo for these tests: the one that the environment names, else a stand-in made from its answers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.odoo.stand_in import server
from tests.odoo.world import OdooWorld, StandInWorld


@contextmanager
def odoo(real: type[OdooWorld], stand_in: type[StandInWorld]) -> Iterator[OdooWorld]:
    """``COUPA_ERP_KIT_ODOO_URL`` and its like name a real one, set up as ``docs/odoo.md`` tells."""
    if "COUPA_ERP_KIT_ODOO_URL" in os.environ:
        names = ("URL", "DATABASE", "KEY", "ADMIN_KEY", "DSN")
        world = real(*(os.environ.get(f"COUPA_ERP_KIT_ODOO_{name}", "") for name in names))
        yield world
        world.reopen()
        return
    with server.serving() as (served, address):
        yield stand_in(served, address)


@pytest.fixture(scope="module")
def world():
    """An Odoo whose hooks book to accounts, as they do unless they are told otherwise."""
    with odoo(OdooWorld, StandInWorld) as world:
        yield world
