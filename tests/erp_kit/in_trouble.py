"""The tests in which something fails, ends or comes between; the longer half."""

from __future__ import annotations

from tests.erp_kit.crash_tests import *  # noqa: F403
from tests.erp_kit.failure_tests import *  # noqa: F403
from tests.erp_kit.race_tests import *  # noqa: F403
