"""An Odoo for these tests: the one that the environment names, else a stand-in made from its answers."""

from __future__ import annotations

import os

import pytest

from tests.odoo.world import OdooWorld


@pytest.fixture(scope="module")
def world():
    return OdooWorld(
        os.environ["ODOO_URL"],
        os.environ["ODOO_DATABASE"],
        os.environ["ODOO_KEY"],
        os.environ["ODOO_ADMIN_KEY"],
        os.environ["ODOO_DSN"],
    )
