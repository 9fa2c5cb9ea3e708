"""What every ERP hook passes: a NetSuite sandbox where the environment names one, else the stand-in."""

from __future__ import annotations

import pytest

from tests.erp_kit.all_tests import *  # noqa: F403
from tests.erp_kit.real import world_of
from tests.erp_kit.tests_of_not_attaching import *  # noqa: F403
from tests.netsuite.real_world import RealNetSuiteWorld
from tests.netsuite.world import NetSuiteWorld


@pytest.fixture(scope="module")
def world(state):
    with world_of("NETSUITE", RealNetSuiteWorld, NetSuiteWorld) as world:
        yield world
