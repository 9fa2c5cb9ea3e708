"""What every ERP hook passes, against the stand-in for S/4HANA."""

from __future__ import annotations

from tests.erp_kit.all_tests import *  # noqa: F403
from tests.erp_kit.tests_of_attaching import *  # noqa: F403
