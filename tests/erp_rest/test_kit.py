"""The hook for any API passes the kit with the settings of the page, against a strict stand-in."""

from __future__ import annotations

from tests.erp_kit.all_tests import *  # noqa: F403
from tests.erp_kit.tests_of_attaching import *  # noqa: F403
