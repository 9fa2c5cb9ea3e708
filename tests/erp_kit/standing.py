"""What must stand in the ERP, read behind the hook's back."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from include.erp_port import ErpDocument, ErpPort
from include.errors import ErpRejection, OutcomeUnknown, Refusal, TransientError
from include.models.bill import Bill
from tests.erp_kit.world import World


def booked(world: World, bill: Bill) -> dict[str, Decimal]:
    """Debit less credit by account where the bill is posted once."""
    side = -1 if bill.kind == "credit_note" else 1
    accounts = {tax.code: tax.account for tax in (world.books.tax, world.books.deducted)}
    parts = [(line.account, line.amount) for line in bill.lines]
    parts += [(accounts[tax.code], tax.amount) for tax in bill.taxes]
    parts.append((world.books.payable, -bill.total))
    sums: dict[str, Decimal] = {}
    for account, amount in parts:
        sums[account] = sums.get(account, Decimal(0)) + side * amount
    return {account: amount for account, amount in sums.items() if amount}


def live_states(world: World, key: str) -> list[str]:
    """The states of what is live under a key."""
    return [state for state in world.states(key) if state != "cancelled"]


def stands_once(world: World, bill: Bill) -> None:
    """One posted document with the bill's content, and nothing beside it."""
    stands(world, bill)
    assert world.leftovers(bill.key) == []


def stands(world: World, bill: Bill) -> None:
    """The same, where an attempt that broke off after its work may have left a trace, but no document."""
    assert live_states(world, bill.key) == ["posted"]
    assert world.balances(bill.key) == booked(world, bill)


def nothing_stands(world: World, key: str) -> None:
    """No live document, no balance, nothing left."""
    assert live_states(world, key) == []
    assert world.balances(key) == {}
    assert world.leftovers(key) == []


def is_of(document: ErpDocument, bill: Bill) -> None:
    """The document says what the bill says."""
    shown = (
        document.key, document.fingerprint, document.kind, document.company, document.supplier,
        document.supplier_number, document.invoice_date, document.currency, document.total, document.tax,
    )  # fmt: skip
    sent = (
        bill.key, bill.fingerprint, bill.kind, bill.company, bill.supplier,
        bill.number, bill.invoice_date, bill.currency, bill.total, bill.tax,
    )  # fmt: skip
    assert shown == sent
    assert document.state == "posted"
    assert document.number
    if bill.posting_date is not None:
        assert document.posting_date == bill.posting_date


def refusals_of(world: World, call: Callable[[], object]) -> list[Refusal]:
    """The refusals of a call that must be refused; each a sentence for an accountant."""
    with pytest.raises(ErpRejection) as refused:
        call()
    for refusal in refused.value.refusals:
        assert refusal.code.isupper()
        assert refusal.code.isidentifier()
        assert "\n" not in refusal.message
        assert refusal.message.endswith(".")
        assert world.secret not in refusal.message
    return list(refused.value.refusals)


def names(sentence: str, amount: Decimal) -> bool:
    """Whether a sentence names an amount, with whatever zeros at its end."""
    return amount in {Decimal(number) for number in re.findall(r"\d+(?:\.\d+)?", sentence)}


def done_or_unknown(call: Callable[[], object]) -> str | None:
    """Make a call whose answer may be lost: either it finds its work itself, or it says that it is unknown.

    :return: what it says.
    """
    try:
        call()
    except TransientError as lost:
        if not isinstance(lost, OutcomeUnknown):
            pytest.fail(f"said as if nothing had been done: {lost!r}")
        return str(lost)
    return None


def told(world: World, code: str) -> str:
    """The code by which this hook tells a cause."""
    return world.traits.told_as.get(code, code)


def live(hook: ErpPort, key: str) -> ErpDocument:
    """The live document of a key, which must be there."""
    found = hook.find_by_key(key)
    assert found is not None
    assert found.live
    return found
