"""Tryton passes the kit, against the real program."""

from __future__ import annotations

from tests.erp_kit.in_peace import *  # noqa: F403
from tests.erp_kit.tests_of_attaching import *  # noqa: F403
