from __future__ import annotations

import pytest

from tests.s4hana.world import S4HanaWorld


@pytest.fixture(scope="module")
def world():
    with S4HanaWorld() as world:
        yield world
