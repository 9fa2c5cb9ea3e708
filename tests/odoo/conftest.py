"""An Odoo for these tests: the one that the environment names, else a stand-in made from its answers."""

from __future__ import annotations

import os

import pytest

from tests.odoo.stand_in import server
from tests.odoo.world import OdooWorld, StandInWorld


@pytest.fixture(scope="module")
def world():
    """``COUPA_ERP_KIT_ODOO_URL`` and its like name a real one, set up as ``docs/odoo.md`` tells."""
    if "COUPA_ERP_KIT_ODOO_URL" in os.environ:
        names = ("URL", "DATABASE", "KEY", "ADMIN_KEY", "DSN")
        real = OdooWorld(*(os.environ.get(f"COUPA_ERP_KIT_ODOO_{name}", "") for name in names))
        yield real
        real.reopen()
        return
    with server.serving() as (odoo, address):
        yield StandInWorld(odoo, address)
