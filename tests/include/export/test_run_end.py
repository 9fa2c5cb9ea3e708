from __future__ import annotations

from decimal import Decimal

import pytest

from include.export.listing import Label
from include.export.run_end import summarise
from include.models.outcome import InvoiceFacts, Message, Outcome


def label(number):
    return Label(id=number, number=f"INV-{number}")


def outcome(number, kind, total="10.00", currency="USD"):
    facts = InvoiceFacts(
        invoice_id=number, invoice_number=f"INV-{number}", currency=currency, total=Decimal(total)
    )
    return Outcome(kind=kind, facts=facts, messages=[Message(code="X", text="why")])


def test_a_run_without_invoices_ends_well():
    assert summarise([], True, [], 0).failure is None


def test_rejections_never_fail_a_run():
    rejected = [outcome(1, "rejected"), outcome(2, "rejected")]
    assert summarise([label(1), label(2)], True, rejected, 0).failure is None


def test_one_technical_failure_among_others_does_not_fail_a_run():
    summary = summarise([label(1), label(2)], True, [outcome(1, "posted"), outcome(2, "given_back")], 0)
    assert summary.failure is None
    assert summary.counts["given_back"] == 1


@pytest.mark.parametrize(
    ("fetched", "started", "outcomes", "unfinished"),
    [
        (None, False, [], 0),
        ([], False, [], 0),
        ([label(1)], False, [], 1),
        ([label(1)], True, [outcome(1, "given_back")], 0),
        ([label(1), label(2)], True, [outcome(1, "posted")], 0),
    ],
    ids=["listing failed", "not started", "not started, one waits", "all given back", "books do not add up"],
)
def test_a_run_fails_when_a_step_of_its_own_or_every_invoice_failed(fetched, started, outcomes, unfinished):
    assert summarise(fetched, started, outcomes, unfinished).failure


def test_totals_are_kept_by_outcome_and_currency_to_the_last_digit():
    summary = summarise(
        [label(n) for n in (1, 2, 3)],
        True,
        [
            outcome(1, "posted", "12345678901234567.89"),
            outcome(2, "posted", "0.01"),
            outcome(3, "posted", "100", "JPY"),
        ],
        0,
    )
    assert summary.totals == {"posted": {"USD": Decimal("12345678901234567.90"), "JPY": Decimal(100)}}
    assert summary.model_dump(mode="json")["totals"]["posted"]["USD"] == "12345678901234567.90"
