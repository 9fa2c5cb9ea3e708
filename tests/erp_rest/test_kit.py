"""The hook for any API passes the kit: at a real one that the environment names, else a strict stand-in."""

from __future__ import annotations

import pytest

from tests.erp_kit.all_tests import *  # noqa: F403
from tests.erp_kit.real import world_of
from tests.erp_kit.tests_of_attaching import *  # noqa: F403
from tests.erp_rest.real_world import RealRestWorld
from tests.erp_rest.world import payables


@pytest.fixture(scope="module")
def world(connection):
    with world_of("REST", RealRestWorld, lambda: payables(connection)) as world:
        yield world
