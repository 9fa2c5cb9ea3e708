"""The kit's tests of purchase orders, against the stand-in for S/4HANA."""

from __future__ import annotations

import pytest

from tests.erp_kit.tests_of_orders import *  # noqa: F403
from tests.s4hana.world import S4HanaOrderWorld


@pytest.fixture(scope="module")
def world():
    with S4HanaOrderWorld() as world:
        yield world
