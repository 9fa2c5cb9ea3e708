"""An API filter that cuts any key out of any invoice never changes what is posted."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from include.errors import ErpRejection
from include.mapping.answered import refuse_unanswered
from include.mapping.money_fields import USED
from include.mapping.settings import Mapping
from include.models.absence import absent_keys, needed_keys
from include.models.bill import Bill
from include.models.invoice import CoupaInvoice
from tests.include.mapping.answers import Path, answer, bill_of, ids, without
from tests.include.mapping.documents import MAPPING, Json, invoice, line, mapped

#: What decides amounts, accounts, taxes and the side of an invoice; texts and terms are no part of it.
MONEY_CARRYING = frozenset().union(*USED.values()) | {
    *("invoice-lines", "invoice-charges", "tax-lines", "withholding-tax-lines", "tcs-tax-lines"),
    *("account", "account-allocations", "account-type", "code", "tax-code", "type", "currency", "decimals"),
    *("document-type", "is-credit-note", "line-level-taxation", "status", "supplier", "number"),
    *("invoice-number", "invoice-date", "net-due-date", "remit-to-address", "supplier-remit-to"),
    *(f"segment-{number}" for number in range(1, 4)),
}


def outcome(document: Json) -> Bill | list[str]:
    try:
        return bill_of(document)
    except ErpRejection as rejection:
        return [refusal.code for refusal in rejection.refusals]


def booked(bill: Bill) -> tuple[Any, ...]:
    """All that is money, or says whose and when; no text, quantity or term."""
    lines = [(line.account, line.amount, sorted(line.dimensions.items())) for line in bill.lines]
    taxes = [(tax.code, tax.base, tax.amount) for tax in bill.taxes]
    parties = (bill.company, bill.supplier, bill.number)
    dates = (bill.invoice_date, bill.posting_date, bill.due_date)
    return bill.kind, *parties, *dates, bill.currency, lines, taxes, bill.total


def form(value: Any) -> Any:
    """What a part of an answer consists of, whatever its amounts and names are."""
    if isinstance(value, dict):
        return frozenset((key, form(item)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(form(item) for item in value)
    return type(value)


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place of a document; of a list's items of one form the first and the last."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*path, key))
    if isinstance(value, list):
        forms = [form(item) for item in value]
        for place, item in enumerate(value):
            if forms[place] not in forms[:place] or forms[place] not in forms[place + 1 :]:
                yield from paths(item, (*path, place))


@pytest.mark.parametrize("invoice_id", ids())
def test_without_any_one_key_an_invoice_is_posted_the_same_or_refused(invoice_id: int) -> None:
    whole = outcome(answer(invoice_id))
    for path in paths(answer(invoice_id)):
        cut = without(answer(invoice_id), path) if path and path[-1] in MONEY_CARRYING else {}
        if not cut or is_told(absent_keys(cut)):
            continue
        less = outcome(cut)
        if isinstance(less, Bill):
            assert isinstance(whole, Bill), f"{path} let an invoice pass that is refused with it: {whole}"
            assert booked(less) == booked(whole), path


def is_told(absent: list[str]) -> bool:
    """Whether the absence alone is reason enough, whatever else the answer holds."""
    try:
        refuse_unanswered(CoupaInvoice(id=1, gross_total=Decimal(1), absent=absent), MAPPING)
    except ErpRejection:
        return True
    return False


def without_keys(document: Json, *absent: str) -> str:
    """What the accountant reads of an answer that lacks keys."""
    try:
        mapped({**document, "absent": [*document.get("absent", []), *absent]})
    except ErpRejection as rejection:
        (refusal,) = rejection.refusals
        return f"{refusal.code} {refusal}"
    return ""


PLAIN = invoice([line("100.00")], "100.00")


def test_the_refusal_names_the_keys_and_who_mends_the_filter() -> None:
    said = without_keys(PLAIN, "invoice-date", "invoice-lines.tax-lines")
    assert said.startswith("API_FILTER Header: Coupa's answer lacks invoice-date, invoice-lines.tax-lines: ")
    assert "Nothing is wrong with the invoice itself" in said
    assert "ask whoever manages Coupa's API filters to let them through" in said


def test_nothing_else_is_told_where_a_filter_hides_what_would_be_judged() -> None:
    bare = {"id": 1, "status": "approved", "absent": ["invoice-lines", "gross-total"]}
    assert without_keys(bare).startswith("API_FILTER")


def test_a_key_that_this_coupa_never_answers_can_be_named_in_the_settings() -> None:
    content = MAPPING.model_dump(by_alias=True) | {"keys_left_out": {"status": "a reason"}}
    lenient = Mapping.model_validate(content)
    assert mapped(PLAIN | {"absent": ["status"]}, lenient).total == 100
    with pytest.raises(ValueError, match="it does not ask for stattus"):
        Mapping.model_validate(content | {"keys_left_out": {"stattus": "a slip"}})


def test_null_is_an_answer_and_underscores_are_another_spelling_of_it() -> None:
    nothing = dict.fromkeys(needed_keys())
    assert absent_keys({name: None for name in nothing if "." not in name}) == []
    assert absent_keys({name.replace("-", "_"): None for name in nothing if "." not in name}) == []
    assert "invoice-lines.total" in absent_keys({"invoice_lines": [{"total": None}, {"tax_lines": []}]})


def test_custom_fields_are_needed_only_where_a_template_reads_them() -> None:
    assert without_keys(PLAIN, "custom-fields", "invoice-lines.custom-fields") == ""
    content = MAPPING.model_dump(by_alias=True)
    content["accounts"]["template"] = "{line.cf-account}"
    fields = {"custom-fields": {"cf-account": "6400"}}
    document = invoice([line("1.00", **fields)], "1.00", absent=["invoice-lines.custom-fields"])
    with pytest.raises(ErpRejection, match=r"lacks invoice-lines\.custom-fields"):
        mapped(document, Mapping.model_validate(content))


def test_an_empty_object_that_coupa_leaves_out_is_no_filters_fault() -> None:
    split = {"account-allocations": [{"amount": "1.00", "account": {"code": "3004-6400-CA100"}}]}
    assert not [key for key in absent_keys({"invoice-lines": [split]}) if key.endswith("lines.account")]
    assert "invoice-charges.account" in absent_keys(
        {"invoice-charges": [{"total": "5.00", "account-allocations": []}]}
    )
