"""Odoo passes the kit: a real one where the environment names it, else the stand-in."""

from __future__ import annotations

from tests.erp_kit.all_tests import *  # noqa: F403
from tests.erp_kit.tests_of_attaching import *  # noqa: F403
