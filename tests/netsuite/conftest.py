from __future__ import annotations

import pytest

from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from tests.netsuite.world import NetSuiteWorld


@pytest.fixture(scope="module", autouse=True)
def state(tmp_path_factory):
    """Tokens of these tests lie apart from those of anybody else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DIRECTORY_VARIABLE, str(tmp_path_factory.mktemp("netsuite") / "state"))
        yield


@pytest.fixture(scope="module")
def world(state):
    with NetSuiteWorld() as world:
        yield world
