"""All tests of the kit, for ``from tests.erp_kit.every_test import *`` in a file of the hook's own tests."""

from __future__ import annotations

from tests.erp_kit.amending_tests import *  # noqa: F403
from tests.erp_kit.connection_tests import *  # noqa: F403
from tests.erp_kit.crash_tests import *  # noqa: F403
from tests.erp_kit.date_tests import *  # noqa: F403
from tests.erp_kit.entering_tests import *  # noqa: F403
from tests.erp_kit.failure_tests import *  # noqa: F403
from tests.erp_kit.listing_tests import *  # noqa: F403
from tests.erp_kit.number_tests import *  # noqa: F403
from tests.erp_kit.race_tests import *  # noqa: F403
from tests.erp_kit.refusal_tests import *  # noqa: F403
from tests.erp_kit.void_tests import *  # noqa: F403
