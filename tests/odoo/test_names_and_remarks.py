"""Keys as external ids, and the remark that carries fingerprint and taxes."""

from __future__ import annotations

import datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from coupa_erp.odoo import external_ids
from coupa_erp.odoo.names import amount
from coupa_erp.odoo.remark import note_of, read_note, read_remark, remark_of
from include.models.bill import Bill, BillLine

FINGERPRINT = "0123456789abcdef" * 2


@settings(max_examples=30)
@given(st.text(min_size=1), st.integers(1, 99))
def test_a_key_comes_back_from_its_external_id_whatever_it_holds(key, generation):
    name = external_ids.document_name(key, generation)
    assert " " not in name
    assert external_ids.key_of([f"coupa_export.{name}"]) == (key, generation)


@settings(max_examples=30)
@given(st.text(min_size=1), st.text(min_size=1))
def test_two_keys_never_share_an_external_id(one, other):
    same = external_ids.document_name(one, 1) == external_ids.document_name(other, 1)
    assert same is (one == other)


def test_only_the_documents_own_name_makes_it_ours():
    reversal = f"coupa_export.{external_ids.reversal_name('a/1', 1, 1)}"
    assert external_ids.key_of([reversal, "__import__.a!1", "base.main"]) is None


def test_a_note_of_the_chatter_keeps_the_fingerprint_and_nothing_else_does():
    assert read_note(f"<p>{note_of(FINGERPRINT)}</p>") == FINGERPRINT
    for other in (f"<p>Fwd: {note_of(FINGERPRINT)}</p>", f"<p>{note_of('c0ffee')}</p>", "", None):
        assert read_note(other) is None


def bill(**fields):
    line = BillLine(account="1", amount=Decimal("10.5"), description="a", place="Line 1")
    day = datetime.date(2026, 6, 5)
    return Bill(
        key="a/1", kind="invoice", company="C", supplier="S", supplier_name="S", number="N", invoice_date=day,
        posting_date=day, currency="USD", lines=[line], total=Decimal("10.50"), **fields,
    )  # fmt: skip


def test_a_remark_is_read_back_with_what_is_not_markup_as_text():
    sent = bill(custom_fields={"cf-note": "<script>1 & 2</script>"}, purchase_orders=["PO<1>"])
    remark = remark_of(sent, {13: Decimal("27.05"), 21: Decimal("-10.00")})
    assert "<script>" not in remark
    read = read_remark(remark)
    assert (read.fingerprint, read.total) == (sent.fingerprint, Decimal("10.50"))
    assert read.taxes == {13: Decimal("27.05"), 21: Decimal("-10.00")}


def test_a_remark_survives_an_editor_and_not_its_own_loss():
    told = read_remark(
        f'<p>Paid soon<br>Coupa export: {FINGERPRINT}, total 1, taxes (do not</p><div class="x">a</div>'
    )
    assert (told.fingerprint, told.taxes) == (FINGERPRINT, {})
    assert read_remark("<p>Paid soon</p>") is None
    assert read_remark(None) is None


def test_a_floats_noise_is_no_amount():
    for found in ("35.699999999999996", 35.7, "35.70", Decimal("35.7")):
        assert amount(found) == Decimal("35.70")
    assert str(amount("1.005")) == "1.005"
    assert str(amount(False)) == "0.00"
