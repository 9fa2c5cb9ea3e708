"""The example passes the kit."""

from __future__ import annotations

from tests.erp_kit.every_test import *  # noqa: F403
