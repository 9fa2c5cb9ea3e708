"""An Odoo for these tests: the one that the environment names, else a stand-in made from its answers."""

from __future__ import annotations

import os

import pytest

from tests.odoo.stand_in import server
from tests.odoo.world import OdooWorld, StandInWorld


@pytest.fixture(scope="module")
def world():
    """``ODOO_URL`` and its like name a real one, set up as ``docs/odoo.md`` tells."""
    if "ODOO_URL" in os.environ:
        names = ("ODOO_URL", "ODOO_DATABASE", "ODOO_KEY", "ODOO_ADMIN_KEY", "ODOO_DSN")
        yield OdooWorld(*(os.environ[name] for name in names))
        return
    with server.serving() as (odoo, address):
        yield StandInWorld(odoo, address)
