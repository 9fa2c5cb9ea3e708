"""What every ERP hook passes, against the stand-in for NetSuite."""

from __future__ import annotations

from tests.erp_kit.every_test import *  # noqa: F403
