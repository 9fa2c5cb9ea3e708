"""SIGKILL to a task's process at the calls that it makes for an invoice."""

from __future__ import annotations

import pytest

from include.soak.faults import Fault, Order

INVOICE = r"/api/invoices/\d+$"
#: At which call a task dies: the server, the verb, the path, and which one of the invoice's.
CALLS = {
    "mark": ("coupa", "PUT", INVOICE, 1),
    "resolve": ("coupa", "GET", "/api/integration_errors$", 1),
    "create": ("erp", "POST", r"account\.invoice$", 1),
    "post": ("erp", "POST", "", 1),
    "number": ("coupa", "PUT", INVOICE, 2),
    "history": ("coupa", "POST", "/api/integration_history_records$", 1),
}
TRIES = 3


def kill_at(live, name, when, invoice_id):
    """Have the task that makes this call for the invoice killed, once."""
    server, method, path, nth = CALLS[name]
    if name == "post":
        return live.posting_of(invoice_id, Fault(when))
    return getattr(live, server).order(Order(Fault(when), method, path, invoice=invoice_id, nth=nth))


def run_with_kills(live, when):
    """A run in which each invoice's task dies at another call."""
    ids = dict(zip(CALLS, live.invoices(len(CALLS)), strict=True))
    orders = [kill_at(live, name, when, invoice_id) for name, invoice_id in ids.items()]
    run_id = live.trigger()
    assert live.ended(run_id) == "success"
    assert [order for order in orders if not order.struck] == []
    assert live.coupa_run(run_id)["end-time"]
    return ids


def test_a_task_killed_after_any_call_leaves_the_invoice_in_the_books_once(live):
    ids = run_with_kills(live, "kill_after")
    assert {name: live.ends([one])[one] for name, one in ids.items()} == dict.fromkeys(CALLS, "posted")


@pytest.mark.slow
def test_a_task_killed_before_any_call_leaves_the_invoice_in_the_books_once(live):
    ids = run_with_kills(live, "kill")
    assert {name: live.ends([one])[one] for name, one in ids.items()} == dict.fromkeys(CALLS, "posted")


def test_an_invoice_whose_every_try_is_killed_comes_back_once_and_is_told_once(live):
    (invoice_id,) = live.invoices(1)
    before = live.alerts()
    # All tries of post_to_erp end at the first call that names the invoice, those of record_outcome, too.
    order = live.erp.order(
        Order(Fault("kill"), "GET", r"account\.invoice$", invoice=invoice_id, times=2 * TRIES)
    )
    run_id = live.trigger()
    assert live.ended(run_id) == "failed"
    assert order.struck == 2 * TRIES
    assert live.coupa_run(run_id)["status"] == "failed"
    assert live.ends([invoice_id]) == {invoice_id: "waiting"}
    assert live.alerts() == before + 1
    assert live.run() == "success"
    assert live.ends([invoice_id]) == {invoice_id: "posted"}
    assert live.alerts() == before + 1
