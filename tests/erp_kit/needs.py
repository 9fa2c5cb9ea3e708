"""What a test needs of its world that not every ERP lets a test do: paying, closing a period.

A test that needs such an act says so, ``@needs("pay")``. Where the world cannot do it (:attr:`World.cannot`),
the test is skipped with the reason, before it books anything. A stand-in can do everything.
"""

from __future__ import annotations

import pytest

from tests.erp_kit.world import World

needs = pytest.mark.needs


def skip_unless(world: World, *acts: str) -> None:
    """Skip the test where the world cannot do one of these, in a sentence."""
    for act in acts:
        if act in world.cannot:
            pytest.skip(f"{act}: {world.cannot[act]}")


@pytest.fixture(autouse=True)
def what_the_world_can(request: pytest.FixtureRequest) -> None:
    """Comes along with the tests of the kit wherever they are taken over."""
    for mark in request.node.iter_markers("needs"):
        skip_unless(request.getfixturevalue("world"), *mark.args)
