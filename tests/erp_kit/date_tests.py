"""Dates: the document's is the invoice's, the posting date the one that was asked for; neither moves."""

from __future__ import annotations

import datetime

from tests.erp_kit.needs import needs, what_the_world_can  # noqa: F401 - comes along
from tests.erp_kit.standing import is_of, nothing_stands, refusals_of, stands_once, told


def test_the_posting_date_is_another_than_the_documents_where_it_is_asked_for(world):
    sent = world.bill(invoice_date=world.books.open_day - datetime.timedelta(days=3))
    is_of(world.open_hook().create(sent), sent)
    stands_once(world, sent)


@needs("first_open_day")
def test_without_a_posting_date_the_first_open_day_is_taken(world):
    hook = world.open_hook()
    sent = world.bill(invoice_date=world.books.closed_day, posting_date=None)
    document = hook.create(sent)
    assert (document.invoice_date, document.posting_date) == (sent.invoice_date, world.books.first_open_day)
    stands_once(world, sent)
    assert hook.create(world.bill(posting_date=None)).posting_date == world.books.open_day


def test_a_closed_period_refuses_and_no_date_is_moved(world):
    day = world.books.closed_day
    sent = world.bill(invoice_date=day, posting_date=day)
    refusals = refusals_of(world, lambda: world.open_hook().create(sent))
    assert [refusal.code for refusal in refusals] == [told(world, "PERIOD_CLOSED")]
    nothing_stands(world, sent.key)
