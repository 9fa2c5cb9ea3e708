"""What every ERP hook passes: a real S/4HANA where the environment names one, else the stand-in."""

from __future__ import annotations

import pytest

from tests.erp_kit.all_tests import *  # noqa: F403
from tests.erp_kit.real import world_of
from tests.erp_kit.tests_of_attaching import *  # noqa: F403
from tests.s4hana.real_world import RealS4HanaWorld
from tests.s4hana.world import S4HanaWorld


@pytest.fixture(scope="module")
def world():
    with world_of("S4HANA", RealS4HanaWorld, S4HanaWorld) as world:
        yield world
