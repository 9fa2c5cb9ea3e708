from __future__ import annotations

import pytest

from tests.erp_kit.example.ledger import Ledger


@pytest.fixture(scope="module")
def world():
    from tests.erp_kit.example.world import LedgerWorld

    with Ledger() as erp:
        yield LedgerWorld(erp)
