"""The tests in which every call goes through and nobody comes between."""

from __future__ import annotations

from tests.erp_kit.amending_tests import *  # noqa: F403
from tests.erp_kit.connection_tests import *  # noqa: F403
from tests.erp_kit.date_tests import *  # noqa: F403
from tests.erp_kit.entering_tests import *  # noqa: F403
from tests.erp_kit.listing_tests import *  # noqa: F403
from tests.erp_kit.number_tests import *  # noqa: F403
from tests.erp_kit.refusal_tests import *  # noqa: F403
from tests.erp_kit.void_tests import *  # noqa: F403
