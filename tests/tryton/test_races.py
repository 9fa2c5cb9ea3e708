"""Two invoices of Coupa under one supplier's number, entered at once."""

from __future__ import annotations

import pytest

from coupa_erp.tryton.posting import BeingEntered
from include.errors import ErpRejection
from tests.tryton.bills import bill
from tests.tryton.faulty import FaultySession, Killed, kill


def test_two_invoices_with_one_supplier_and_number_at_once_post_one_at_most(open_hook, ledger):
    first = bill()
    second = bill(number=first.number)
    session = FaultySession(3, before=lambda: _leave_a_draft(open_hook, second))
    with pytest.raises(BeingEntered, match=second.key):
        open_hook(session).create(first)
    assert ledger.states(first.key) == []
    assert open_hook().create(second).state == "posted"
    with pytest.raises(ErpRejection, match="already holds"):
        open_hook().create(first)
    assert ledger.states(first.key) == []


def _leave_a_draft(open_hook, sent):
    with pytest.raises(Killed):
        open_hook(FaultySession(2, after=kill)).create(sent)
