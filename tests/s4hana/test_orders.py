"""The kit's tests of purchase orders: a real S/4HANA where the environment names one, else the stand-in."""

from __future__ import annotations

import pytest

from tests.erp_kit.real import Variables, world_of
from tests.erp_kit.tests_of_orders import *  # noqa: F403
from tests.s4hana.real_world import ORDER_VARIABLES, RealS4HanaOrderWorld
from tests.s4hana.world import S4HanaOrderWorld


@pytest.fixture(scope="module")
def world():
    variables = Variables("S4HANA")
    if variables.named and not any(variables.get(name) for name in ORDER_VARIABLES):
        pytest.skip(f"orders: no variable says where the buyer orders ({', '.join(ORDER_VARIABLES)})")
    with world_of("S4HANA", RealS4HanaOrderWorld, S4HanaOrderWorld) as world:
        yield world
