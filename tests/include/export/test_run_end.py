from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from include.export.listing import Label
from include.export.run_end import outage_of, summarise
from include.models.outcome import InvoiceFacts, Message, Outcome


def label(number):
    return Label(id=number, number=f"INV-{number}")


def outcome(number, kind, total="10.00", currency="USD"):
    facts = InvoiceFacts(
        invoice_id=number, invoice_number=f"INV-{number}", currency=currency, total=Decimal(total)
    )
    return Outcome(kind=kind, facts=facts, messages=[Message(code="X", text="why")])


def test_a_run_without_invoices_ends_well():
    assert summarise([], True, []).failure is None


def test_rejections_never_fail_a_run():
    rejected = [outcome(1, "rejected"), outcome(2, "rejected")]
    assert summarise([label(1), label(2)], True, rejected).failure is None


def test_one_technical_failure_among_others_does_not_fail_a_run():
    summary = summarise([label(1), label(2)], True, [outcome(1, "posted"), outcome(2, "given_back")])
    assert summary.failure is None
    assert summary.counts["given_back"] == 1


@pytest.mark.parametrize(
    ("fetched", "started", "outcomes"),
    [
        (None, False, []),
        ([], False, []),
        ([label(1)], False, [outcome(1, "given_back")]),
        ([label(1)], True, [outcome(1, "given_back")]),
        ([label(1), label(2)], True, [outcome(1, "given_back"), outcome(2, "stopped")]),
        ([label(1), label(2)], True, [outcome(1, "posted")]),
    ],
    ids=["listing failed", "not started", "not started, one waits", "given back", "stopped", "no equation"],
)
def test_a_run_fails_when_a_step_of_its_own_or_every_invoice_failed(fetched, started, outcomes):
    assert summarise(fetched, started, outcomes).failure


def test_an_outage_fails_the_run_and_says_why():
    gone = outcome(1, "given_back").model_copy(update={"outage": True})
    why = outage_of([outcome(2, "posted"), gone])
    assert why is not None
    summary = summarise([label(1), label(2)], True, [outcome(2, "posted"), gone], stopped_by=why)
    assert summary.failure == why
    assert why.startswith("1 invoices")


def test_the_summary_says_which_invoices_no_earlier_refusal_holds_any_more():
    outcomes = [outcome(1, "posted"), outcome(2, "rejected"), outcome(3, "skipped"), outcome(4, "stopped")]
    summary = summarise(
        [label(n) for n in (1, 2, 3, 4)], True, outcomes, url_of=lambda number: f"https://coupa.test/{number}"
    )
    assert summary.settled == [1, 3]
    assert [(refused.invoice_id, refused.coupa_url) for refused in summary.rejections] == [
        (2, "https://coupa.test/2")
    ]


def test_the_time_from_approval_to_the_erp_counts_new_documents_whose_approval_is_known():
    approved = datetime.datetime(2026, 11, 1, 8, tzinfo=datetime.UTC)

    def posted(number, action, known=True, hours=2):
        facts = outcome(number, "posted").facts.model_copy(
            update={"approved_at": approved if known else None}
        )
        moment = approved + datetime.timedelta(hours=hours)
        return Outcome(kind="posted", facts=facts, action=action, posted_at=moment)

    outcomes = [posted(1, "created"), posted(2, "created", known=False), posted(3, "amended")]
    outcomes += [posted(4, "created", hours=1), posted(5, "created", hours=-1)]
    summary = summarise([label(n) for n in range(1, 6)], True, outcomes)
    assert summary.seconds_to_erp == [0, 3600, 7200]


def test_totals_are_kept_by_outcome_and_currency_to_the_last_digit():
    summary = summarise(
        [label(n) for n in (1, 2, 3)],
        True,
        [
            outcome(1, "posted", "12345678901234567.89"),
            outcome(2, "posted", "0.01"),
            outcome(3, "posted", "100", "JPY"),
        ],
    )
    assert summary.totals == {"posted": {"USD": Decimal("12345678901234567.90"), "JPY": Decimal(100)}}
    assert summary.model_dump(mode="json")["totals"]["posted"]["USD"] == "12345678901234567.90"


def test_the_summary_of_a_thousand_refusals_is_small_and_says_how_many_it_leaves_to_the_log():
    long = [Message(code="X", text="Line 1: " + "why " * 200)] * 9
    refused = [outcome(n, "rejected").model_copy(update={"messages": long}) for n in range(1000)]
    whole = summarise([label(n) for n in range(1000)], True, refused)
    small = whole.bounded()
    assert len(whole.rejections) == 1000
    assert small.counts["rejected"] == 1000
    assert small.left_out == {"rejections": 900}
    assert len(small.model_dump_json()) < 100_000


def test_the_summary_of_an_ordinary_run_is_told_whole():
    summary = summarise([label(1)], True, [outcome(1, "rejected")])
    assert summary.bounded() == summary
