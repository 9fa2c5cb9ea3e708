"""What Odoo does without a word, and the kit does not ask: taxes, remarks, doubles, reversals."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from coupa_erp.odoo.lock_dates import LockDates
from coupa_erp.odoo.settling import Settling
from include.errors import ErpRejection, Refusal, TransientError
from tests.erp_kit.standing import is_of, live_states, nothing_stands, refusals_of, stands_once


def test_odoo_computes_taxes_anew_in_a_draft_and_an_amendment_sends_coupas_all_the_same(world):
    hook = world.open_hook()
    first = world.bill(world.line("100.00"), taxes=(world.tax("100.00", "17.98"),))
    created = hook.create(first)
    second = world.changed(first, world.line("200.00"), taxes=(world.tax("200.00", "35.97"),))
    amended = hook.amend(second, created)
    assert (amended.number, amended.tax) == (created.number, Decimal("35.97"))
    stands_once(world, second)


def test_an_amendment_that_is_refused_in_the_middle_gives_the_old_taxes_back(world, monkeypatch):
    """Refused after the document went back to draft, as by a rule of a customer's."""
    hook = world.open_hook()
    first = world.bill(world.line("100.00"), taxes=(world.tax("100.00", "17.98"),))
    created = hook.create(first)
    post, refused = Settling.post, []

    def refusing(self, draft, wanted, **more):
        if refused:
            return post(self, draft, wanted, **more)
        refused.append(draft)
        raise ErpRejection(Refusal("ERP_REFUSED", "Odoo refuses: a rule of a customer's."))

    monkeypatch.setattr(Settling, "post", refusing)
    second = world.changed(first, world.line("200.00"))
    (told,) = refusals_of(world, lambda: hook.amend(second, created))
    assert told.message.endswith(f"Document {created.number} stays in Odoo as it was.")
    is_of(world.open_hook().find_by_key(first.key), first)
    stands_once(world, first)


def test_a_remark_that_a_person_takes_out_loses_neither_key_nor_fingerprint(world):
    hook = world.open_hook()
    sent = world.bill()
    created = hook.create(sent)
    world.rewrite(created, narration=False, invoice_origin="PO00042")
    found = world.open_hook().find_by_key(sent.key)
    assert (found.key, found.fingerprint) == (sent.key, sent.fingerprint)
    assert world.open_hook().create(sent).number == created.number
    stands_once(world, sent)


def test_a_bill_that_a_person_duplicated_is_not_taken_for_ours(world):
    """Odoo's Duplicate takes Source Document and terms along, but never the external id."""
    hook = world.open_hook()
    sent = world.bill()
    created = hook.create(sent)
    hook.void(created, None)
    typed = world.enter(sent.supplier, sent.number)
    copied = created.model_copy(update={"erp_id": typed})
    world.rewrite(copied, invoice_origin=sent.key, narration=f"<p>Coupa export: {sent.fingerprint}</p>")
    assert hook.live_keys([sent.key]) == set()
    (found,) = hook.find_by_supplier_number(sent.company, sent.supplier, sent.number)
    assert (found.erp_id, found.key, found.fingerprint) == (typed, None, None)
    world.remove(typed)


def test_a_number_that_stands_under_another_key_is_refused_by_name_though_odoo_would_post_it(world):
    hook = world.open_hook()
    first = world.bill()
    created = hook.create(first)
    second = world.bill(number=first.number)
    (refusal,) = refusals_of(world, lambda: hook.create(second))
    assert refusal.code == "ALREADY_IN_ERP"
    assert created.number in refusal.message
    nothing_stands(world, second.key)
    typed = world.bill()
    world.enter(typed.supplier, typed.number)
    (refusal,) = refusals_of(world, lambda: hook.create(typed))
    assert "draft" in refusal.message
    nothing_stands(world, typed.key)


def test_of_two_keys_with_one_number_at_once_one_is_posted(world):
    for _ in range(3):
        bills = [world.bill()]
        bills.append(world.bill(number=bills[0].number))

        def enter(sent):
            try:
                return world.open_hook().create(sent)
            except (ErpRejection, TransientError) as refused:
                return refused

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(enter, bills))
        for sent in bills:
            enter(sent)  # who waited for the other comes again
        assert sorted(live_states(world, sent.key) for sent in bills) == [[], ["posted"]]


def test_a_void_is_a_credit_note_of_the_day_that_was_asked_for(world):
    hook = world.open_hook()
    sent = world.bill()
    created = hook.create(sent)
    day = world.books.open_day + datetime.timedelta(days=40)
    hook.void(created, day)
    notes = world.reversals(created)
    assert [(note["state"], note["date"], note["invoice_date"]) for note in notes] == [
        ("posted", day.isoformat(), day.isoformat())
    ]
    nothing_stands(world, sent.key)


@pytest.mark.parametrize("decimals", ["117.985", "0.001"])
def test_odoo_rounds_in_silence_and_the_hook_refuses_by_place(world, decimals):
    sent = world.bill(world.line("1.00"), world.line(decimals, 1, "Line 2"))
    (refusal,) = refusals_of(world, lambda: world.open_hook().create(sent))
    assert (refusal.code, refusal.place) == ("AMOUNT_DECIMALS", "Line 2")


def test_a_bill_without_a_term_is_due_on_coupas_day(world):
    due = world.books.open_day + datetime.timedelta(days=17)
    sent = world.bill(payment_term=None, due_date=due)
    created = world.open_hook().create(sent)
    is_of(created, sent)
    assert world.due_date(created) == due.isoformat()


@pytest.mark.parametrize("kind", ["invoice", "credit_note"])
def test_a_foreign_bill_leaves_nothing_in_the_companys_currency_once_it_is_voided(world, kind):
    hook = world.open_hook()
    sent = world.bill(
        world.line("1001"), world.line("34", 1, "Line 2"), taxes=(world.tax("1035", "187"),),
        currency="JPY", kind=kind,
    )  # fmt: skip
    hook.void(hook.create(sent), world.books.open_day + datetime.timedelta(days=90))
    nothing_stands(world, sent.key)
    assert world.own_balances(sent.key) == {}


def test_a_period_that_is_locked_after_the_look_up_refuses_all_the_same(world, monkeypatch):
    """By what the draft itself says; Odoo would post it in another month."""
    monkeypatch.setattr(LockDates, "until", lambda *_, **__: None)
    day = world.books.closed_day
    sent = world.bill(invoice_date=day, posting_date=day)
    (refusal,) = refusals_of(world, lambda: world.open_hook().create(sent))
    assert refusal.code == "PERIOD_CLOSED"
    nothing_stands(world, sent.key)


def test_a_bill_that_is_paid_just_before_its_credit_note_is_posted_keeps_its_payment(world, monkeypatch):
    hook = world.open_hook()
    sent = world.bill()
    created = hook.create(sent)
    post = Settling.post

    def late(self, draft, wanted, **more):
        if wanted.reverses:
            world.pay(created, whole=True)
        return post(self, draft, wanted, **more)

    monkeypatch.setattr(Settling, "post", late)
    (refusal,) = refusals_of(world, lambda: hook.void(created, None))
    assert refusal.code == "PAID"
    assert [note["state"] for note in world.reversals(created)] == ["cancel"]
    found = world.open_hook().find_by_key(sent.key)
    assert (found.state, found.paid_amount) == ("paid", sent.total)


def test_what_was_paid_before_an_amendment_broke_off_is_never_cancelled(world):
    """Odoo leaves the payment on the draft, and would undo it with its cancellation."""
    hook = world.open_hook()
    if hook.transport.version < 19:
        pytest.skip("before 19 button_draft itself takes payments off")
    sent = world.bill()
    created = hook.create(sent)
    paid = world.pay(created, whole=False)
    hook.transport.call("account.move", "button_draft", [int(created.erp_id)])
    for take_away in (lambda: hook.discard_drafts(sent.key), lambda: hook.void(created, None)):
        (refusal,) = refusals_of(world, take_away)
        assert refusal.code == "PAID"
    (refusal,) = refusals_of(world, lambda: hook.create(world.changed(sent)))
    assert refusal.code == "PAID"
    found = world.open_hook().find_by_key(sent.key)
    assert (found.state, found.paid_amount, found.fingerprint) == ("posted", paid, sent.fingerprint)
    stands = world.balances(sent.key)
    assert stands[world.books.payable] == -sent.total


def test_a_bill_moves_to_the_company_that_coupa_says_now(world):
    """Odoo keeps a document in its company, so it is reversed there and entered here under the same key."""
    hook = world.open_hook()
    first = world.bill(company="DE01")
    created = hook.create(first)
    assert (created.company, created.total) == ("DE01", first.total)
    second = world.changed(first, company=world.books.company)
    amended = hook.amend(second, world.open_hook().find_by_key(first.key))
    is_of(amended, second)
    assert [(one.company, one.state) for one in hook.find_by_keys([first.key])] == [
        (world.books.company, "posted"),
        ("DE01", "cancelled"),
    ]
