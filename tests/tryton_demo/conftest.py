from __future__ import annotations

from tests.tryton_fixtures import ledger, tryton

__all__ = ["ledger", "tryton"]
