"""Money moves, or an accountant corrects, while a document is amended: what was paid is left to people."""

from __future__ import annotations

import pytest

from include.errors import ErpRejection, TransientError
from tests.tryton.bills import bill, changed, line
from tests.tryton.faulty import FaultySession
from tests.tryton.ledger import amounts

FIRST = amounts(a6500="100.00", a1410="18.00", a2100="-118.00")
SECOND = amounts(a6800="250.00", a2100="-250.00")


def refused(call):
    with pytest.raises(ErpRejection) as rejection:
        call()
    return rejection.value.refusals[0]


# 1 the draft, 2 the claim
@pytest.mark.parametrize("at", [1, 2])
def test_a_payment_before_the_old_document_is_cancelled_keeps_it(open_hook, ledger, by_hand, at):
    first = bill()
    old = open_hook().create(first)
    session = FaultySession(at, before=lambda: by_hand("pay", old.erp_id, "40.00"))
    refusal = refused(lambda: open_hook(session).amend(changed(first), old))
    assert refusal.code == "PAID"
    assert "40.00" in refusal.message
    live = open_hook().find_by_key(first.key)
    assert (live.number, str(live.paid_amount), live.fingerprint) == (old.number, "40.00", first.fingerprint)
    assert [state for state in ledger.states(first.key) if state != "cancelled"] == ["posted"]
    assert ledger.postings(first.key) == FIRST
    assert ledger.claims(first.key) == []


@pytest.mark.parametrize("at", [1, 2, 5, 6])
def test_an_accountant_who_cancels_the_old_document_meanwhile_leaves_one(
    open_hook, ledger, as_administrator, at
):
    first = bill()
    old = open_hook().create(first)
    second = changed(first)
    company = open_hook()._documents.by_id(int(old.erp_id)).company

    def cancel():
        as_administrator.press("account.invoice", int(old.erp_id), "cancel", company=company)

    assert open_hook(FaultySession(at, before=cancel)).amend(second, old).fingerprint == second.fingerprint
    assert [state for state in ledger.states(first.key) if state != "cancelled"] == ["posted"]
    assert ledger.postings(first.key) == SECOND
    assert ledger.claims(first.key) == []


def test_an_amendment_never_replaces_a_document_that_it_has_not_seen(open_hook, ledger):
    first = bill()
    old = open_hook().create(first)
    newer = changed(first, line("300.00", "6600"))
    stands = open_hook().amend(newer, old)
    with pytest.raises(TransientError, match=str(stands.number)):
        open_hook().amend(changed(first), old)
    assert open_hook().find_by_key(first.key).number == stands.number
    assert ledger.postings(first.key) == amounts(a6600="300.00", a2100="-300.00")
    assert ledger.claims(first.key) == []
