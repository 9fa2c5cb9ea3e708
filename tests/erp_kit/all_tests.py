"""All tests of the kit, for ``from tests.erp_kit.all_tests import *`` in a file of the hook's own tests."""

from __future__ import annotations

from tests.erp_kit.in_peace import *  # noqa: F403
from tests.erp_kit.in_trouble import *  # noqa: F403
